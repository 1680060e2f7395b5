// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"strings"
	"time"

	"mod_janus/bridge/call"
	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/media"
	"mod_janus/bridge/server"
	"mod_janus/janusclient/admin"
)

func (e *Engine) commandCalls(text string) string {
	args, asJSON := cutJSON(strings.Fields(text))
	switch {
	case len(args) == 1:
		return e.commandCall(args[0], asJSON)
	case len(args) > 1:
		return usageOf("calls")
	}
	return show(e.callsTable(), asJSON)
}

// callColumns are those of `janus calls`; callRow has the values.
var callColumns = []string{
	"uuid", "server", "room", "display", "participant", "codec", "state", "seconds", "loss", "jitter", "rtt",
}

func (e *Engine) callsTable() table {
	t := table{columns: callColumns}
	for _, c := range e.snapshot() {
		if uuid := c.UUID(); uuid != "" {
			t.add(callRow(c, uuid)...)
		}
	}
	return t
}

// callRow is a call's row in `janus calls`: seconds since it was dialled, packets lost, jitter and
// round trip in ms.
func callRow(c *call.Call, uuid string) []any {
	now, figures := c.Status(), c.Figures()
	return []any{
		uuid, c.Server().Name, now.Room, now.Display, now.Participant, now.Codec, now.State, int64(now.Age / time.Second),
		figures.Lost, media.Milliseconds(figures.JitterMs), media.Milliseconds(figures.RoundTripMs),
	}
}

// commandCall is `janus calls <uuid>`: the row of `janus calls`, where the call
// is at Janus, and with an Admin API how Janus sees it.
func (e *Engine) commandCall(uuid string, asJSON bool) string {
	c, err := e.legNamed(uuid)
	if err != nil {
		return outcome("", err)
	}
	var f fields
	for i, value := range callRow(c, uuid) {
		f.add(callColumns[i], value)
	}
	f = append(f, describeMedia(c.Figures())...)
	place := c.Place()
	if place == nil {
		place = &admin.Handle{}
	}
	f.add("session", place.Session)
	f.add("handle", place.ID)
	if c.Server().Config().AdminURL != "" && place.ID != 0 {
		f = append(f, legAtJanus(c.Server(), *place)...)
	}
	return show(f, asJSON)
}

// legAtJanus asks the Admin API about a leg; that it cannot say is no error of
// the command.
func legAtJanus(s *server.Server, place admin.Handle) fields {
	var f fields
	problem := ""
	err := s.Administer(config.AdminPatience, func(ctx context.Context, client *admin.Client) error {
		info, err := client.HandleInfo(ctx, place)
		if err == nil {
			for _, member := range peerConnection(info) {
				f.add("janus."+member.name, member.value)
			}
		}
		return err
	})
	if err != nil {
		problem = failure.Reason(err)
	}
	f.add("janus.error", problem)
	return f
}

// describeMedia is what `janus calls <uuid>` says of a call's media.
func describeMedia(f call.MediaFigures) (said fields) {
	said.add("packetsIn", f.PacketsIn)
	said.add("packetsOut", f.PacketsOut)
	said.add("lossPercent", media.Percent(f.LossPercent))
	said.add("late", f.Late)
	said.add("duplicated", f.Duplicated)
	said.add("concealed", f.Concealed)
	said.add("recovered", f.Recoverable)
	said.add("skipped", f.Skipped)
	said.add("overruns", f.Overruns+f.Dropped)
	said.add("bufferMs", media.Milliseconds(f.BufferMs))
	said.add("targetMs", media.Milliseconds(f.TargetMs))
	said.add("remoteLoss", f.RemoteLost)
	said.add("remoteLossPercent", media.Percent(f.RemoteLossPercent))
	said.add("remoteJitterMs", media.Milliseconds(f.RemoteJitterMs))
	said.add("slowlinksUp", f.SlowUp)
	said.add("slowlinksDown", f.SlowDown)
	said.add("mediaStops", f.Stops)
	return said
}
