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
	Number int           // of its command, from 0 on
}

// Burst gives the switch all commands at once (bgapi) and waits until each has
// ended; the jobs are in the order in which they ended.
func (s *Switch) Burst(commands []string) ([]Job, error) {
	return s.Paced(commands, 0, nil)
}

// Paced is Burst with a pause between one command and the next: command n is given
// n pauses after the burst began, however long those before it take. Each job is also
// given to onEnd, unless that is nil, as soon as it has ended.
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
	go func() { sent <- e.giveAll(commands, began, gap) }()
	var jobs []Job
	outcomes, mine := map[string]Job{}, map[string]int{} // by Job-UUID: the switch tells of everybody's
	accepted := 0
	for len(jobs) < len(commands) {
		header, body, err := e.read()
		if err != nil {
			return jobs, err
		}
		id := header.Get("Job-Uuid")
		if header.Get("Content-Type") == "text/event-plain" {
			id = eventHeader(body, "Job-Uuid")
			outcomes[id] = Job{Output: eventBody(body), Took: time.Since(began)}
		} else if id != "" {
			mine[id] = accepted // commands of one connection are accepted in order
			accepted++
		}
		job, ended := outcomes[id]
		number, ours := mine[id]
		if !ended || !ours {
			continue
		}
		job.Number = number
		delete(mine, id)
		jobs = append(jobs, job)
		if onEnd != nil {
			onEnd(job)
		}
	}
	return jobs, <-sent
}

// giveAll writes the commands for the background, each when it is due.
func (e *esl) giveAll(commands []string, began time.Time, gap time.Duration) error {
	if gap == 0 {
		commands = []string{strings.Join(commands, "\n\nbgapi ")} // in one packet
	}
	for i, command := range commands {
		time.Sleep(time.Until(began.Add(time.Duration(i) * gap)))
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
