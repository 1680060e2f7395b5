// SPDX-License-Identifier: MPL-2.0

// Command watchevents joins a room of a Janus's AudioBridge, without media, and
// prints what happens there until it is interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

func main() {
	url := flag.String("url", "http://127.0.0.1:8088/janus", "of the Janus API, REST or WebSocket")
	secret := flag.String("secret", "", "API secret, if Janus wants one")
	room := flag.String("room", "1234", "to watch: digits are a numeric id")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, janusclient.Config{URL: *url, Secret: *secret}, *room); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // the process ends, and its context with it
	}
}

func run(ctx context.Context, out io.Writer, cfg janusclient.Config, name string) error {
	room, err := janusclient.ParseID(name)
	if err != nil {
		return err
	}
	client, err := janusclient.New(cfg)
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := client.Create(ctx, janusclient.SessionOptions{OnState: func(up bool, err error) {
		if !up {
			fmt.Fprintln(os.Stderr, "no events just now:", err)
		}
	}})
	if err != nil {
		return err
	}
	defer session.Destroy(context.WithoutCancel(ctx)) //nolint:errcheck // Janus forgets it by itself
	// OnEvent must not block: it puts events into a mailbox, which is read below.
	mailbox := make(chan janusclient.Event, 1000)
	bridge, err := audiobridge.Attach(ctx, session, janusclient.AttachOptions{
		OnEvent: func(event janusclient.Event) {
			select {
			case mailbox <- event:
			default: // nobody reads as fast: better to miss one than to stop them all
			}
		},
	})
	if err != nil {
		return err
	}
	joined, _, err := bridge.Join(ctx, audiobridge.JoinRequest{Room: room, Media: audiobridge.Media{Display: "watcher"}}, nil)
	if err != nil {
		return err
	}
	for _, p := range joined.Participants {
		fmt.Fprintln(out, "is there:", describe(p))
	}
	for {
		select {
		case <-ctx.Done():
			return nil // interrupted
		case event := <-mailbox:
			if done, err := show(out, event); done || err != nil {
				return err
			}
		}
	}
}

// show prints an event; done says that no more will come.
func show(out io.Writer, event janusclient.Event) (done bool, err error) {
	switch event := event.(type) {
	case janusclient.SessionLost:
		return true, event.Err
	case janusclient.PluginEvent:
		parsed, err := audiobridge.ParseEvent(event.Data)
		if err != nil {
			return false, err
		}
		return printEvent(out, parsed), nil
	}
	return false, nil
}

func printEvent(out io.Writer, event audiobridge.Event) (done bool) {
	switch event := event.(type) {
	case audiobridge.ParticipantsJoined:
		for _, p := range event.Participants {
			fmt.Fprintln(out, "joined:", describe(p))
		}
	case audiobridge.ParticipantsChanged:
		for _, p := range event.Participants {
			fmt.Fprintln(out, "changed:", describe(p))
		}
	case audiobridge.Leaving:
		fmt.Fprintln(out, "left:", event.ID)
	case audiobridge.Talking:
		fmt.Fprintln(out, "talking:", event.ID, event.Talking)
	case audiobridge.Destroyed, audiobridge.Kicked:
		fmt.Fprintln(out, "the end: the room is gone, or this watcher was thrown out")
		return true
	}
	return false
}

func describe(p audiobridge.Participant) string {
	text := p.ID.String() + " " + p.Display
	if p.Muted {
		text += " (muted)"
	}
	return text
}
