// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// firstPort is the port of the page, unless somebody else has it.
const firstPort = 9127

// withPage is a configuration with the live page, and the page's address.
func withPage(janus *realjanus.Janus) (conf, address string, err error) {
	address = fmt.Sprintf("127.0.0.1:%d", firstPort)
	if socket, err := net.Listen("tcp", address); err == nil { //nolint:noctx // it is closed at once
		_ = socket.Close()
	} else {
		port, err := realjanus.FreePort()
		if err != nil {
			return "", "", err
		}
		address = fmt.Sprintf("127.0.0.1:%d", port)
	}
	conf = lab.ConfOf(janus, fmt.Sprintf(`<param name="admin-url" value="%s"/><param name="admin-secret" value="%s"/>`, janus.Admin, realjanus.AdminSecret))
	return strings.Replace(conf, "<settings/>", `<settings><param name="http-listen" value="`+address+`"/></settings>`, 1), address, nil
}

// stay places the two calls and leaves them up until somebody presses Ctrl-C, or standard input
// ends.
func (d *demo) stay(address string) error {
	speaker, err := d.dial("t="+melody+",", "Speaker", "&playback(${t})")
	if err != nil {
		return err
	}
	listener, err := d.dial("", "Listener", "&park()")
	if err != nil {
		return err
	}
	fmt.Printf(`
The live page is at

    http://localhost%s/#/room/demo/%s

Open it in a browser on this machine, and click Listen: you are in the room with the two callers, and hear the melody of Speaker.
Mute Speaker, and it is silent; click Talk, and the callers hear you. Ctrl-C ends the demo, and so does the end of standard input.
`, address[strings.LastIndex(address, ":"):], room)
	waitForEnd()
	_, _ = d.sw.HangUp(speaker, listener) // Ctrl-C on a terminal ends the switch as well
	return nil
}

// waitForEnd waits for Ctrl-C, or for the end of standard input.
func waitForEnd() {
	pressed := make(chan os.Signal, 1)
	signal.Notify(pressed, os.Interrupt, syscall.SIGTERM)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	select {
	case <-pressed:
	case <-ended:
	}
}
