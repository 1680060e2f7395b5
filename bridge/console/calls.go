// SPDX-License-Identifier: MPL-2.0

package console

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

func (c *Console) commandCalls(text string) string {
	args, asJSON := cutJSON(strings.Fields(text))
	switch {
	case len(args) == 1:
		return c.commandCall(args[0], asJSON)
	case len(args) > 1:
		return usageOf("calls")
	}
	return show(c.callsTable(), asJSON)
}

// callColumns are those of `janus calls`; callRow has the values.
var callColumns = []string{
	"uuid", "server", "room", "display", "participant", "codec", "state", "seconds", "loss", "jitter", "rtt",
}

func (c *Console) callsTable() table {
	t := table{columns: callColumns}
	for _, leg := range c.env.Calls() {
		if uuid := leg.UUID(); uuid != "" {
			t.add(callRow(leg, uuid)...)
		}
	}
	return t
}

// callRow is a call's row in `janus calls`: seconds since it was dialled, packets lost, jitter and
// round trip in ms.
func callRow(leg *call.Call, uuid string) []any {
	now, figures := leg.Status(), leg.Figures()
	return []any{
		uuid, leg.Server().Name, now.Room, now.Display, now.Participant, now.Codec, now.State, int64(now.Age / time.Second),
		figures.Lost, media.Milliseconds(figures.JitterMs), media.Milliseconds(figures.RoundTripMs),
	}
}

// callFields is callRow, each value with its column.
func callFields(leg *call.Call, uuid string) (f fields) {
	for i, value := range callRow(leg, uuid) {
		f.add(callColumns[i], value)
	}
	return f
}

// commandCall is `janus calls <uuid>`: the row of `janus calls`, where the call
// is at Janus, and with an Admin API how Janus sees it.
func (c *Console) commandCall(uuid string, asJSON bool) string {
	leg, err := c.legNamed(uuid)
	if err != nil {
		return outcome("", err)
	}
	f := append(callFields(leg, uuid), describeMedia(leg.Figures())...)
	place := leg.Place()
	if place == nil {
		place = &admin.Handle{}
	}
	f.add("session", place.Session)
	f.add("handle", place.ID)
	if leg.Server().Config().AdminURL != "" && place.ID != 0 {
		f = append(f, legAtJanus(leg.Server(), *place)...)
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
	said.add("repeated", f.Repeated)
	said.add("remoteLoss", f.RemoteLost)
	said.add("remoteLossPercent", media.Percent(f.RemoteLossPercent))
	said.add("remoteJitterMs", media.Milliseconds(f.RemoteJitterMs))
	said.add("slowlinksUp", f.SlowUp)
	said.add("slowlinksDown", f.SlowDown)
	said.add("mediaStops", f.Stops)
	return said
}
