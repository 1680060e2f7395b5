// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"fmt"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/bridge/server"
)

// Request is a call as the switch asks for it.
type Request struct {
	Destination          string       // after "janus/"
	CallerName           string       // the A-leg's caller id name; "" for none
	CallerNumber         string       // ... and number
	HideName, HideNumber bool         // the A-leg's privacy
	AUUID                string       // the A-leg; "" for none
	ACodec               string       // the codec that the A-leg reads; "" for none
	Video                bool         // the A-leg offers video
	IgnoreVideo          string       // the variable janus-ignore-video: join without video all the same
	Rings                *media.Rings // the call's frame rings
	// Await, where it is not nil, waits for the server that the call goes to; until then it is only
	// counted at another one. It is called by the call's goroutine.
	Await   func(ctx context.Context) (*server.Server, error)
	Release func() // called once, when neither side touches the rings any more
}

// DialString checks what the request itself says, and reads where it goes.
func (r *Request) DialString() (config.DialString, error) {
	if ignore, err := config.ParseBool(r.IgnoreVideo); r.Video && !ignore {
		reason := "a call with video cannot enter an AudioBridge room, unless janus-ignore-video=true"
		if err != nil {
			reason += fmt.Sprintf(" (it is %q)", r.IgnoreVideo)
		}
		return config.DialString{}, failure.New(host.CauseBearerCapabilityNotImpl, reason)
	}
	dial, err := config.ParseDialString(r.Destination)
	if err != nil {
		return dial, failure.New(host.CauseInvalidNumberFormat, err.Error())
	}
	return dial, nil
}
