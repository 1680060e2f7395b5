// SPDX-License-Identifier: MPL-2.0

package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// RawRequest is a request in the operator's own words.
type RawRequest struct {
	Request janusclient.RawRequest
	Async   bool // the ack is the answer
	Force   bool // destroys our own session
}

// Send sends a request on the server's session, and returns the answer. handle is the one of ours
// that the request is for where it names none; 0: the driver's own.
func (s *Server) Send(p RawRequest, handle uint64) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(s.env.Context, s.cfg.Load().CmdTimeout+config.ControlPatience)
	defer cancel()
	session, err := s.Connection.live(ctx)
	if err != nil {
		return nil, err
	}
	ours := p.Request.SessionID() == 0 || p.Request.SessionID() == session.ID()
	if p.Request.Name() == "destroy" && ours && !p.Force {
		return nil, fmt.Errorf("this is the session of all calls of server %s: it is destroyed only with force", s.Name)
	}
	wanted := wantsHandle(p.Request) && ours
	if wanted && handle == 0 {
		if handle, err = s.driver.handle(ctx, session, s.cfg.Load().Plugin); err != nil {
			return nil, err
		}
	}
	if wanted {
		p.Request["handle_id"] = json.RawMessage(strconv.FormatUint(handle, 10))
	}
	answer, err := session.Send(ctx, p.Request, p.Async)
	s.driver.learn(p.Request, answer)
	return answer, err
}

// wantsHandle tells a request that is for a handle and names none.
func wantsHandle(request janusclient.RawRequest) bool {
	switch request.Name() {
	case "message", "trickle", "hangup", "detach":
		return request.HandleID() == 0
	}
	return false
}

// driver is the handle for requests that want one of ours and concern no leg.
// It is made when first wanted, and lives with its session.
type driver struct {
	mu       sync.Mutex
	session  *janusclient.Session
	attached *janusclient.Handle
}

func (d *driver) handle(ctx context.Context, session *janusclient.Session, plugin string) (uint64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session != session || d.attached == nil {
		attached, err := session.Attach(ctx, plugin, janusclient.AttachOptions{OpaqueID: "driver"})
		if err != nil {
			return 0, err
		}
		d.session, d.attached = session, attached
	}
	return d.attached.ID(), nil
}

// learn forgets the handle when it was detached, or Janus does not know it.
func (d *driver) learn(request janusclient.RawRequest, answer json.RawMessage) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.attached == nil || request.HandleID() != d.attached.ID() {
		return
	}
	var said struct {
		Janus string `json:"janus"`
		Error struct {
			Code int `json:"code"`
		} `json:"error"`
	}
	_ = json.Unmarshal(answer, &said)
	if request.Name() == "detach" && said.Janus == "success" || said.Error.Code == janusclient.CodeHandleNotFound {
		d.attached = nil
	}
}

// firesRaw tells whether what Janus tells of the session is to be fired.
func (s *Server) firesRaw() bool { return s.cfg.Load().RawEvents }

// onMessage fires what Janus tells of the session. It runs in the session's
// listening goroutine.
func (s *Server) onMessage(raw json.RawMessage) {
	body := string(raw)
	if s.Legs.Sent(raw) {
		body = janusclient.Mask(raw)
	}
	s.env.Host.Fire(host.Event{
		Subclass: host.EventRaw, Headers: [][2]string{{"janus_id", s.Name}, {"janus_url", config.Mask(s.Connection.URL())}}, Body: body,
	})
}
