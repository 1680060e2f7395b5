// SPDX-License-Identifier: MPL-2.0

// Demo does the module's main job before your eyes: a real Janus, a switch with
// mod_janus in it, and two callers in AudioBridge room 1234. One plays a
// melody, the other listens; what was heard is measured and kept as a WAV. It
// fails if nothing was heard.
package main

import (
	"flag"
	"fmt"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

const (
	room = "1234" // Debian's stock AudioBridge has it
	// melody is a C major chord, note by note (FreeSWITCH's tone_stream).
	melody = `tone_stream://%(400\,20\,523);%(400\,20\,659);%(400\,20\,784);%(400\,20\,1047);loops=-1`
)

var notes = []float64{523, 659, 784, 1047}

type options struct {
	host, minihost, module, out string
	page                        bool
}

func main() {
	var o options
	flag.StringVar(&o.host, "host", lab.Minihost, "switch: minihost or freeswitch")
	flag.StringVar(&o.minihost, "minihost", "build/minihost", "path of minihost")
	flag.StringVar(&o.module, "module", "", "path of mod_janus.so")
	flag.StringVar(&o.out, "out", "demo.wav", "where to keep what the listener heard")
	flag.BoolVar(&o.page, "page", false, "stay, and let browsers in by the live page")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	dir, err := os.MkdirTemp("", "mod-janus-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	janusDir := filepath.Join(dir, "janus")
	if err := os.Mkdir(janusDir, 0o700); err != nil {
		return err
	}
	fmt.Println("Starting Janus, with AudioBridge as Debian ships it")
	janus, err := realjanus.Start(janusDir, realjanus.Config{})
	if err != nil {
		return err
	}
	defer janus.Stop(syscall.SIGTERM)
	fmt.Printf("Starting %s with mod_janus\n", o.host)
	conf := lab.ConfOf(janus, "")
	address := ""
	if o.page {
		if conf, address, err = withPage(janus); err != nil {
			return err
		}
	}
	sw, err := lab.StartSwitch(filepath.Join(dir, "switch"), lab.SwitchConfig{
		Host: o.host, Binary: o.minihost, Module: o.module, Janus: conf,
	})
	if err != nil {
		return err
	}
	defer sw.Stop()
	d := &demo{sw: sw, out: o.out, table: tabwriter.NewWriter(os.Stdout, 2, 8, 2, ' ', 0)}
	if o.page {
		return d.stay(address)
	}
	if err := d.calls(); err != nil {
		return fmt.Errorf("%w\nthe switch's log:\n%s", err, sw.Log())
	}
	browser(janus.URL)
	return nil
}

// demo is the two callers.
type demo struct {
	sw    *lab.Switch
	out   string
	table *tabwriter.Writer
}

// dial places a call into the room and returns its UUID.
func (d *demo) dial(variables, name, application string) (string, error) {
	command := fmt.Sprintf("originate {%sjanus-use-existing-room=true}janus/demo/%s@%s %s", variables, name, room, application)
	fmt.Println(" ", command)
	out, err := d.sw.API("%s", command)
	if err != nil {
		return "", err
	}
	uuid, ok := strings.CutPrefix(strings.TrimSpace(out), "+OK ")
	if !ok {
		return "", fmt.Errorf("the call was not answered: %s", strings.TrimSpace(out))
	}
	return uuid, nil
}

func (d *demo) calls() error {
	speaker, err := d.dial("t="+melody+",", "Speaker", "&playback(${t})")
	if err != nil {
		return err
	}
	wav, err := filepath.Abs(d.out)
	if err != nil {
		return err
	}
	listener, err := d.dial("", "Listener", fmt.Sprintf("'&record(%s 60)'", wav))
	if err != nil {
		return err
	}
	fmt.Println("Listening for 6 seconds")
	time.Sleep(6 * time.Second)
	ends, err := d.sw.HangUp(listener, speaker)
	if err != nil {
		return err
	}
	fmt.Fprintln(d.table, "\ncaller\tset-up\tcodec\tpackets in\tout\tlost\tjitter\tround trip")
	d.row("Speaker", ends[speaker])
	d.row("Listener", ends[listener])
	d.table.Flush()
	return d.heard(wav)
}

// row prints what the leg's variables say at its end.
func (d *demo) row(name string, end textproto.MIMEHeader) {
	value := func(variable string) string { return end.Get("Variable_janus_" + variable) }
	fmt.Fprintf(d.table, "%s\t%s ms\t%s\t%s\t%s\t%s\t%s ms\t%s ms\n", name, value("setup_ms"), value("codec"),
		value("rtp_packets_in"), value("rtp_packets_out"), value("rtp_lost"), value("rtp_jitter_ms"), value("rtt_ms"))
}

// heard measures the recording and fails when a note of the melody is missing.
func (d *demo) heard(wav string) error {
	sound, err := lab.ReadWAV(wav)
	if err != nil {
		return err
	}
	fmt.Fprintln(d.table, "\nnote\theard at")
	missing := 0
	for _, note := range notes {
		loudest := -120.0
		const step = 100 * time.Millisecond
		for at := time.Duration(0); at+step <= sound.Duration(); at += step {
			loudest = max(loudest, sound.Cut(at, at+step).Tone(note))
		}
		fmt.Fprintf(d.table, "%.0f Hz\t%.1f dB\n", note, loudest)
		if loudest < -30 {
			missing++
		}
	}
	d.table.Flush()
	fmt.Printf("\nThe listener heard %.1f s at %.1f dB: %s\n", sound.Duration().Seconds(), sound.Level(), wav)
	if missing > 0 {
		return fmt.Errorf("%d of %d notes were not heard", missing, len(notes))
	}
	return nil
}

func browser(url string) {
	fmt.Printf(`
A third participant can be a browser: install Debian's package janus-demos, serve /usr/share/janus/demos over http on
localhost, let its settings.js name your Janus (here it was %s), open audiobridgetest.html and join room %s.
`, url, room)
}
