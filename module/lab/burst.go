// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"bufio"
	"fmt"
	"io"
	"net/textproto"
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
	e, err := dialESL(s.addr, s.password)
	if err != nil {
		return nil, err
	}
	defer e.close()
	if _, _, err := e.send("event plain BACKGROUND_JOB"); err != nil {
		return nil, err
	}
	var all strings.Builder
	for _, command := range commands {
		fmt.Fprintf(&all, "bgapi %s\n\n", command)
	}
	began := time.Now()
	_ = e.conn.SetDeadline(began.Add(90 * time.Second))
	if _, err := io.WriteString(e.conn, all.String()); err != nil {
		return nil, fmt.Errorf("event socket: %w", err)
	}
	var jobs []Job
	for len(jobs) < len(commands) {
		header, body, err := e.read()
		if err != nil {
			return jobs, err
		}
		if header.Get("Content-Type") == "text/event-plain" {
			jobs = append(jobs, Job{eventBody(body), time.Since(began)})
		}
	}
	return jobs, nil
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
