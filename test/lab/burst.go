// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"bufio"
	"fmt"
	"io"
	"net/textproto"
	"slices"
	"strings"
	"time"
)

// Job is a command that ran in the background.
type Job struct {
	Output string
	Took   time.Duration // from when the burst began
}

// Burst gives the switch all commands at once (bgapi) and waits until each has
// ended; the jobs are in the order in which they ended.
func (s *Switch) Burst(commands []string) ([]Job, error) {
	return s.Paced(commands, 0, nil)
}

// Paced is Burst with a pause between one command and the next. Each job is
// also given to onEnd, unless that is nil, as soon as it has ended.
func (s *Switch) Paced(commands []string, gap time.Duration, onEnd func(Job)) ([]Job, error) {
	e, err := dialESL(s.addr, s.password)
	if err != nil {
		return nil, err
	}
	defer e.close()
	if _, _, err := e.send("event plain BACKGROUND_JOB", eslPatience); err != nil {
		return nil, err
	}
	began := time.Now()
	_ = e.conn.SetDeadline(began.Add(90*time.Second + gap*time.Duration(len(commands))))
	sent := make(chan error, 1)
	go func() { sent <- e.giveAll(commands, gap) }()
	var jobs []Job
	outcomes, mine := map[string]Job{}, map[string]bool{} // by Job-UUID: the switch tells of everybody's
	for len(jobs) < len(commands) {
		header, body, err := e.read()
		if err != nil {
			return jobs, err
		}
		id := header.Get("Job-Uuid")
		if header.Get("Content-Type") == "text/event-plain" {
			id = eventHeader(body, "Job-Uuid")
			outcomes[id] = Job{eventBody(body), time.Since(began)}
		} else if id != "" {
			mine[id] = true
		}
		job, ended := outcomes[id]
		if !ended || !mine[id] {
			continue
		}
		delete(mine, id)
		jobs = append(jobs, job)
		if onEnd != nil {
			onEnd(job)
		}
	}
	return jobs, <-sent
}

// giveAll writes the commands for the background, with a pause in between.
func (e *esl) giveAll(commands []string, gap time.Duration) error {
	if gap == 0 {
		commands = []string{strings.Join(commands, "\n\nbgapi ")} // in one packet
	}
	pace := time.NewTicker(max(gap, time.Nanosecond))
	defer pace.Stop()
	for i, command := range commands {
		if i > 0 {
			<-pace.C
		}
		if _, err := fmt.Fprintf(e.conn, "bgapi %s\n\n", command); err != nil {
			return fmt.Errorf("event socket: %w", err)
		}
	}
	return nil
}

// HangUp hangs legs up and returns what the switch says of each at its end: the
// headers of CHANNEL_HANGUP_COMPLETE, variables (Variable_...) among them.
func (s *Switch) HangUp(uuids ...string) (map[string]textproto.MIMEHeader, error) {
	e, err := dialESL(s.addr, s.password)
	if err != nil {
		return nil, err
	}
	defer e.close()
	if _, _, err := e.send("event plain CHANNEL_HANGUP_COMPLETE", eslPatience); err != nil {
		return nil, err
	}
	_ = e.conn.SetDeadline(time.Now().Add(30 * time.Second))
	for _, uuid := range uuids {
		if _, err := fmt.Fprintf(e.conn, "bgapi uuid_kill %s\n\n", uuid); err != nil {
			return nil, fmt.Errorf("event socket: %w", err)
		}
	}
	ends := make(map[string]textproto.MIMEHeader)
	for len(ends) < len(uuids) {
		header, body, err := e.read()
		if err != nil {
			return ends, err
		}
		if header.Get("Content-Type") != "text/event-plain" {
			continue
		}
		event, err := textproto.NewReader(bufio.NewReader(strings.NewReader(body))).ReadMIMEHeader()
		if uuid := event.Get("Unique-ID"); err == nil && slices.Contains(uuids, uuid) {
			ends[uuid] = event
		}
	}
	return ends, nil
}

// eventHeader is one of an event's own headers.
func eventHeader(event, name string) string {
	header, _ := textproto.NewReader(bufio.NewReader(strings.NewReader(event))).ReadMIMEHeader()
	return header.Get(name)
}

// eventBody is what follows an event's own headers.
func eventBody(event string) string {
	in := bufio.NewReader(strings.NewReader(event))
	if _, err := textproto.NewReader(in).ReadMIMEHeader(); err != nil {
		return ""
	}
	rest, _ := io.ReadAll(in)
	return string(rest)
}
