// SPDX-License-Identifier: MPL-2.0

package console

import (
	"context"

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
