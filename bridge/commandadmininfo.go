// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
)

// rawInfo is Janus's own words, masked, on one line.
type rawInfo string

func (r rawInfo) text() string { return string(r) + "\n" }

func (r rawInfo) json() string { return string(r) + "\n" }

func adminInfo(ctx context.Context, d *adminCommand, args []string) (printed, error) {
	if len(args) == 0 || len(args) > 2 || len(args) == 2 && args[1] != "raw" {
		return nil, errUsage
	}
	id, uuid, err := d.find(args[0])
	if err != nil {
		return nil, err
	}
	info, err := d.HandleInfo(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(args) == 2 {
		return rawInfo(janusclient.Mask(info.Raw)), nil
	}
	var f fields
	f.add("uuid", uuid)
	f.add("session", id.Session)
	f.add("handle", id.ID)
	f.add("plugin", info.Plugin)
	f.add("opaqueId", info.OpaqueID)
	f.add("transport", info.SessionTransport)
	f.add("seconds", int64(info.Age().Seconds()))
	f.add("pcapFile", info.PCAPFile)
	return append(f, peerConnection(info)...), nil
}

// peerConnection is what matters of how Janus sees a PeerConnection; In is what
// Janus has received.
func peerConnection(info *admin.HandleInfo) fields {
	var ice admin.ICE
	var dtls admin.DTLS
	if info.WebRTC != nil {
		ice, dtls = info.WebRTC.ICE, info.WebRTC.DTLS
	}
	audio, _ := info.Audio()
	rtcp := audio.RTCP["main"]
	var f fields
	f.add("iceState", ice.State)
	f.add("iceRole", info.ICERole)
	f.add("selectedPair", ice.SelectedPair)
	f.add("dtlsState", dtls.State)
	f.add("dtlsRole", dtls.Role)
	f.add("srtpProfile", dtls.SRTPProfile)
	f.add("codec", audio.Codec.Name)
	f.add("packetsIn", audio.Stats.In.Packets)
	f.add("packetsOut", audio.Stats.Out.Packets)
	f.add("bytesIn", audio.Stats.In.Bytes)
	f.add("bytesOut", audio.Stats.Out.Bytes)
	f.add("nacksIn", audio.Stats.In.NACKs)
	f.add("nacksOut", audio.Stats.Out.NACKs)
	f.add("retransmissions", audio.Stats.In.Retransmissions)
	f.add("lost", rtcp.Lost)
	f.add("lostByRemote", rtcp.LostByRemote)
	f.add("jitterMs", rtcp.JitterLocal)
	f.add("jitterRemoteMs", rtcp.JitterRemote)
	f.add("roundTripMs", rtcp.RTT)
	return f
}

// commandCall is `janus calls <uuid>`: the row of `janus calls`, where the call
// is at Janus, and with an Admin API how Janus sees it.
func (e *Engine) commandCall(uuid string, asJSON bool) string {
	c, err := e.legNamed(uuid)
	if err != nil {
		return outcome("", err)
	}
	var f fields
	for i, value := range c.row(uuid) {
		f.add(callColumns[i], value)
	}
	f = append(f, c.media.figures.describe()...)
	place := c.janus.place.Load()
	if place == nil {
		place = &admin.Handle{}
	}
	f.add("session", place.Session)
	f.add("handle", place.ID)
	if c.server.Config().AdminURL != "" && place.ID != 0 {
		f = append(f, legAtJanus(c.server, *place)...)
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
