// SPDX-License-Identifier: MPL-2.0

// Command listrooms prints the rooms of a Janus's AudioBridge and who is in them.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

func main() {
	url := flag.String("url", "http://127.0.0.1:8088/janus", "of the Janus API, REST or WebSocket")
	secret := flag.String("secret", "", "API secret, if Janus wants one")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := run(ctx, os.Stdout, janusclient.Config{URL: *url, Secret: *secret}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // the process ends, and its context with it
	}
}

func run(ctx context.Context, out io.Writer, cfg janusclient.Config) error {
	client, err := janusclient.New(cfg)
	if err != nil {
		return err
	}
	defer client.Close()
	session, err := client.Create(ctx, janusclient.SessionOptions{})
	if err != nil {
		return err
	}
	defer session.Destroy(context.WithoutCancel(ctx)) //nolint:errcheck // Janus forgets it by itself
	bridge, err := audiobridge.Attach(ctx, session, janusclient.AttachOptions{})
	if err != nil {
		return err
	}
	rooms, err := bridge.List(ctx, "")
	if err != nil {
		return err
	}
	for _, room := range rooms {
		fmt.Fprintf(out, "%s\t%s\t%d Hz\t%d in it\n", room.Room, room.Description, room.SamplingRate, room.NumParticipants)
		people, err := bridge.ListParticipants(ctx, room.Room)
		if audiobridge.HasCode(err, audiobridge.CodeNoSuchRoom) {
			continue // it went meanwhile
		}
		if err != nil {
			return err
		}
		for _, p := range people {
			fmt.Fprintf(out, "\t%s\t%s\n", p.ID, p.Display)
		}
	}
	return nil
}
