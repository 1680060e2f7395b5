// SPDX-License-Identifier: MPL-2.0

package audiobridge

import (
	"context"

	"mod_janus/janusclient"
)

// RTPForwardRequest sends a room's mix somewhere by plain RTP, or SRTP with
// keys as in SDES (RFC 4568).
type RTPForwardRequest struct {
	Room       janusclient.ID `json:"room,omitzero"`
	Secret     string         `json:"secret,omitempty"`
	AdminKey   string         `json:"admin_key,omitempty"` // where lock_rtp_forward is set
	Group      string         `json:"group,omitempty"`     // of participants; empty: the whole mix
	Host       string         `json:"host"`
	HostFamily string         `json:"host_family,omitempty"` // ipv4 or ipv6, when Host is a name
	Port       int            `json:"port"`
	SSRC       uint32         `json:"ssrc,omitempty"`
	Codec      string         `json:"codec,omitempty"` // opus, pcma, pcmu
	PType      int            `json:"ptype,omitempty"` // payload type of Opus
	SRTPSuite  int            `json:"srtp_suite,omitempty"`
	SRTPCrypto string         `json:"srtp_crypto,omitempty"`
	AlwaysOn   *bool          `json:"always_on,omitempty"` // silence while the room is empty
}

// Forwarder sends a room's mix somewhere.
type Forwarder struct {
	StreamID uint32 `json:"stream_id"`
	Group    string `json:"group"`
	IP       string `json:"ip"`
	Port     int    `json:"port"`
	SSRC     uint32 `json:"ssrc"`
	Codec    string `json:"codec"`
	PType    int    `json:"ptype"`
	SRTP     bool   `json:"srtp"`
	AlwaysOn bool   `json:"always_on"`
}

// RTPForward makes a forwarder and returns its number.
func (h *Handle) RTPForward(ctx context.Context, r RTPForwardRequest) (stream uint32, err error) {
	var answer struct {
		StreamID uint32 `json:"stream_id"`
	}
	_, err = h.Request(ctx, "rtp_forward", r, nil, &answer)
	return answer.StreamID, err
}

// StopRTPForwardRequest names a forwarder.
type StopRTPForwardRequest struct {
	Room     janusclient.ID `json:"room,omitzero"`
	Secret   string         `json:"secret,omitempty"`
	AdminKey string         `json:"admin_key,omitempty"` // where lock_rtp_forward is set
	StreamID uint32         `json:"stream_id"`
}

// StopRTPForward removes a forwarder. That there is none is no error to Janus.
func (h *Handle) StopRTPForward(ctx context.Context, r StopRTPForwardRequest) error {
	_, err := h.Request(ctx, "stop_rtp_forward", r, nil, nil)
	return err
}

// ListForwarders returns the forwarders of a room. The request's ID is not used.
func (h *Handle) ListForwarders(ctx context.Context, r ManageRequest) ([]Forwarder, error) {
	var answer struct {
		Forwarders []Forwarder `json:"rtp_forwarders"`
	}
	_, err := h.Request(ctx, "listforwarders", r, nil, &answer)
	return answer.Forwarders, err
}
