// SPDX-License-Identifier: MPL-2.0

package admin

import (
	"context"
	"time"
)

// ListSessions returns the sessions that there are, in no order.
func (c *Client) ListSessions(ctx context.Context) ([]uint64, error) {
	var answer struct {
		Sessions []uint64 `json:"sessions"`
	}
	err := c.ask(ctx, "list_sessions", whole, nil, &answer)
	return answer.Sessions, err
}

// ListHandles returns the handles of a session, in no order. That there is no
// such session matches janusclient.ErrSessionLost.
func (c *Client) ListHandles(ctx context.Context, session uint64) ([]uint64, error) {
	var answer struct {
		Handles []uint64 `json:"handles"`
	}
	err := c.ask(ctx, "list_handles", Handle{Session: session}, nil, &answer)
	return answer.Handles, err
}

// DestroySession ends a session and all its handles; who has made it learns of
// it as of a timeout.
func (c *Client) DestroySession(ctx context.Context, session uint64) error {
	return c.do(ctx, "destroy_session", Handle{Session: session}, nil, nil)
}

// SetTimeoutOfSession changes after what time without a sign of life this session
// is ended; whole seconds, 0 is never, and a negative time is that of all
// sessions again. It returns what is in force, negative for that.
func (c *Client) SetTimeoutOfSession(ctx context.Context, session uint64, timeout time.Duration) (time.Duration, error) {
	if timeout < 0 {
		return c.setTimeout(ctx, Handle{Session: session}, -1)
	}
	return c.setTimeout(ctx, Handle{Session: session}, seconds(timeout))
}

// DetachHandle removes a handle; its owner gets a "detached" event. That there is
// no such handle is janusclient.CodeHandleNotFound, here and in what follows.
func (c *Client) DetachHandle(ctx context.Context, handle Handle) error {
	return c.do(ctx, "detach_handle", handle, nil, nil)
}

// HangupWebRTC closes the PeerConnection of a handle; its owner gets a "hangup"
// event with the reason "Admin API".
func (c *Client) HangupWebRTC(ctx context.Context, handle Handle) error {
	return c.do(ctx, "hangup_webrtc", handle, nil, nil)
}

// Capture says where Janus is to write the packets of a handle, on its own disk.
type Capture struct {
	Folder   string // ""; Janus's working directory
	Filename string // ""; a random one
	Truncate int    // bytes of each packet that are kept; 0: all
}

func (c Capture) fields() fields {
	members := fields{}
	if c.Folder != "" {
		members["folder"] = c.Folder
	}
	if c.Filename != "" {
		members["filename"] = c.Filename
	}
	if c.Truncate > 0 {
		members["truncate"] = c.Truncate
	}
	return members
}

// StartPCAP begins to write RTP and RTCP of a handle, decrypted, into a pcap file
// (for Wireshark). Where it is written is in HandleInfo. A capture that runs
// already is janusclient.CodeUnknown.
func (c *Client) StartPCAP(ctx context.Context, handle Handle, to Capture) error {
	return c.do(ctx, "start_pcap", handle, to.fields(), nil)
}

// StopPCAP ends StartPCAP. A capture that does not run is janusclient.CodeUnknown.
func (c *Client) StopPCAP(ctx context.Context, handle Handle) error {
	return c.do(ctx, "stop_pcap", handle, nil, nil)
}

// StartText2PCAP is StartPCAP with a text file, for the program text2pcap.
func (c *Client) StartText2PCAP(ctx context.Context, handle Handle, to Capture) error {
	return c.do(ctx, "start_text2pcap", handle, to.fields(), nil)
}

// StopText2PCAP ends StartText2PCAP.
func (c *Client) StopText2PCAP(ctx context.Context, handle Handle) error {
	return c.do(ctx, "stop_text2pcap", handle, nil, nil)
}
