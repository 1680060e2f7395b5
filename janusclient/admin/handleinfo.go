// SPDX-License-Identifier: MPL-2.0

package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"mod_janus/janusclient"
)

// HandleInfo is what Janus tells of one handle (handle_info): the fields that
// matter, and in Raw all of them. What this Janus does not tell, or tells in
// another form, is zero or nil; a Janus 0.x is read as far as it has the same.
type HandleInfo struct {
	SessionID        uint64          `json:"session_id"`
	SessionTransport string          `json:"session_transport"` // janus.transport.http
	SessionTimeout   int             `json:"session_timeout"`   // seconds
	HandleID         uint64          `json:"handle_id"`
	OpaqueID         string          `json:"opaque_id"`
	LoopRunning      bool            `json:"loop-running"`
	Created          int64           `json:"created"`      // µs, on the clock of CurrentTime
	CurrentTime      int64           `json:"current_time"` // µs since Janus's machine started
	Plugin           string          `json:"plugin"`
	PluginSpecific   json.RawMessage `json:"plugin_specific"` // in the plugin's own words
	Flags            Flags           `json:"flags"`           // "negotiated", "ready", "trickle", "alert", ...
	ICEMode          string          `json:"ice-mode"`        // "full" or "lite"
	ICERole          string          `json:"ice-role"`        // "controlling" or "controlled"
	SDPs             SDPs            `json:"sdps"`
	PendingTrickles  int             `json:"pending-trickles"`
	QueuedPackets    int             `json:"queued-packets"`
	PCAPFile         string          `json:"pcap-file"`      // on Janus's disk; "" while no capture runs
	Text2PCAPFile    string          `json:"text2pcap-file"` // the same, as text
	WebRTC           *WebRTC         `json:"webrtc"`         // nil while there is no PeerConnection

	Raw json.RawMessage `json:"-"` // all that Janus has told, in its own form
}

// Flags are those of a handle's PeerConnection; a Janus 0.x writes them as 0 and 1.
type Flags map[string]janusclient.Flag

// SDPs are those of the PeerConnection; ICE passwords are in them.
type SDPs struct {
	Profile string `json:"profile"` // UDP/TLS/RTP/SAVPF
	Local   string `json:"local"`
	Remote  string `json:"remote"`
}

// WebRTC is the PeerConnection of a handle.
type WebRTC struct {
	ICE   ICE               `json:"ice"`
	DTLS  DTLS              `json:"dtls"`
	Media map[string]Medium `json:"media"` // by mid; in a Janus 0.x "audio" and "video"
}

// ICE is the state of connectivity (RFC 8445).
type ICE struct {
	State            string   `json:"state"` // of libnice: "gathering", "connecting", "connected", "ready", "failed"
	Gathered         int64    `json:"gathered"`
	Connected        int64    `json:"connected"` // µs on the clock of CurrentTime; 0: not yet
	FailedDetected   int64    `json:"failed-detected"`
	LocalCandidates  []string `json:"local-candidates"`
	RemoteCandidates []string `json:"remote-candidates"`
	SelectedPair     string   `json:"selected-pair"` // "10.0.0.1:20000 [host,udp] <-> 10.0.0.2:30000 [prflx,udp]"
	Ready            int      `json:"ready"`         // 1: done
}

// DTLS is the state of the handshake and of the keys made from it (RFC 5764).
type DTLS struct {
	State             string `json:"dtls-state"` // "created", "trying", "connected", "failed"
	Role              string `json:"dtls-role"`  // "actpass", "active", "passive"
	RemoteFingerprint string `json:"remote-fingerprint"`
	Retransmissions   int    `json:"retransmissions"`
	Valid             bool   `json:"valid"` // there are SRTP keys
	Ready             bool   `json:"ready"`
	SRTPProfile       string `json:"srtp-profile"`
	Started           int64  `json:"handshake-started"` // µs on the clock of CurrentTime
	Connected         int64  `json:"connected"`         // µs on the clock of CurrentTime; 0: not yet
}

// Medium is one m-line.
type Medium struct {
	Type         string          `json:"type"` // "audio", "video" or "data"
	Index        int             `json:"mindex"`
	Mid          string          `json:"mid"`
	NACKs        bool            `json:"do_nacks"`
	NACKQueue    int             `json:"nack-queue-ms"`
	Direction    Direction       `json:"direction"`
	SSRC         SSRC            `json:"ssrc"`
	Codec        Codec           `json:"codecs"`
	RTCP         map[string]RTCP `json:"rtcp"` // "main", and of simulcast "sim1" and "sim2"
	Stats        Traffic         `json:"stats"`
	RIDSimulcast json.RawMessage `json:"rid-simulcast"`
}

// Direction is that of a medium as Janus sees it.
type Direction struct {
	Send bool `json:"send"`
	Recv bool `json:"recv"`
}

// SSRC are the synchronisation sources (RFC 3550) of a medium; 0 while unknown.
type SSRC struct {
	Own  uint32 `json:"ssrc"`
	Peer uint32 `json:"ssrc-peer"`
}

// Codec is what was negotiated.
type Codec struct {
	PayloadType int    `json:"pt"`
	Name        string `json:"codec"`
}

// RTCP is what the two sides tell each other of a medium (RFC 3550 6.4).
type RTCP struct {
	ClockRate    int   `json:"base"`            // Hz
	RTT          int   `json:"rtt"`             // milliseconds; 0 while unknown
	Lost         int64 `json:"lost"`            // packets that Janus misses
	LostByRemote int64 `json:"lost-by-remote"`  // packets that the other side misses
	JitterLocal  int   `json:"jitter-local"`    // milliseconds
	JitterRemote int   `json:"jitter-remote"`   // milliseconds
	InQuality    int   `json:"in-link-quality"` // percent
	OutQuality   int   `json:"out-link-quality"`
}

// Traffic counts what went over the wire; In is what Janus received.
type Traffic struct {
	In  Counts `json:"in"`
	Out Counts `json:"out"`
}

// Counts are packets and bytes since the PeerConnection came up.
type Counts struct {
	Packets         int64 `json:"packets"`
	Bytes           int64 `json:"bytes"`
	BytesLastSecond int64 `json:"bytes_lastsec"`
	NACKs           int64 `json:"nacks"` // In: sent by Janus for what it missed; Out: received
	Retransmissions int64 `json:"retransmissions"`
}

// HandleInfo returns what Janus knows of a handle.
func (c *Client) HandleInfo(ctx context.Context, handle Handle) (*HandleInfo, error) {
	return c.handleInfo(ctx, handle, nil)
}

// HandlePluginInfo is HandleInfo without the PeerConnection: who the handle is,
// and what its plugin knows (plugin_only). A Janus before 1.0 tells all the same.
func (c *Client) HandlePluginInfo(ctx context.Context, handle Handle) (*HandleInfo, error) {
	return c.handleInfo(ctx, handle, fields{"plugin_only": true})
}

func (c *Client) handleInfo(ctx context.Context, handle Handle, members fields) (*HandleInfo, error) {
	var answer struct {
		Info json.RawMessage `json:"info"`
	}
	if err := c.ask(ctx, "handle_info", handle, members, &answer); err != nil {
		return nil, err
	}
	return ParseHandleInfo(answer.Info)
}

// ParseHandleInfo reads the "info" of an answer to handle_info. A member of
// another type than expected is passed over; the error is for what is no JSON
// object.
func ParseHandleInfo(raw json.RawMessage) (*HandleInfo, error) {
	if len(raw) == 0 || raw[0] != '{' {
		return nil, errors.New("admin: handle_info: the answer holds no info")
	}
	info := &HandleInfo{Raw: raw}
	if err := lenient(raw, info); err != nil {
		return nil, fmt.Errorf("admin: handle_info: %w", err)
	}
	if info.WebRTC == nil {
		info.WebRTC = parseStreams(raw)
	}
	return info, nil
}

// lenient reads JSON and passes over members of another type than expected: the
// others are read all the same.
func lenient(raw json.RawMessage, to any) error {
	err := json.Unmarshal(raw, to)
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		return nil
	}
	return err
}

// ICEState is that of the PeerConnection, "" if there is none.
func (i *HandleInfo) ICEState() string {
	if i.WebRTC == nil {
		return ""
	}
	return i.WebRTC.ICE.State
}

// DTLSState is that of the PeerConnection, "" if there is none.
func (i *HandleInfo) DTLSState() string {
	if i.WebRTC == nil {
		return ""
	}
	return i.WebRTC.DTLS.State
}

// Audio returns the first medium that is audio, and whether there is one.
func (i *HandleInfo) Audio() (Medium, bool) {
	if i.WebRTC == nil {
		return Medium{}, false
	}
	first, found := Medium{}, false
	for _, medium := range i.WebRTC.Media {
		if medium.Type == "audio" && (!found || medium.Index < first.Index) {
			first, found = medium, true
		}
	}
	return first, found
}

// RTT is the round trip that RTCP has measured on the first audio medium; 0
// while it is not known.
func (i *HandleInfo) RTT() time.Duration {
	audio, _ := i.Audio()
	return time.Duration(audio.RTCP["main"].RTT) * time.Millisecond
}

// Age is how long the handle exists.
func (i *HandleInfo) Age() time.Duration {
	return time.Duration(i.CurrentTime-i.Created) * time.Microsecond
}
