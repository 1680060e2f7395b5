// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// PhoneCall is a call of a phone: the dialog of RFC 3261 and its audio.
type PhoneCall struct {
	phone         *Phone
	audio         *phoneAudio
	id            string // Call-ID
	local, remote party

	mu       sync.Mutex
	target   sip.Uri // of requests: the far end's Contact
	sequence uint32  // CSeq of our requests
	version  uint32  // of our SDP
	progress []int   // what NOTIFY has said of a transfer
	endOnce  sync.Once
	ended    chan struct{}
}

// party is one end of a dialog.
type party struct {
	uri       sip.Uri
	name, tag string
}

func (p party) params() sip.HeaderParams {
	params := sip.NewParams()
	if p.tag != "" {
		params.Add("tag", p.tag)
	}
	return params
}

// ID is the Call-ID.
func (c *PhoneCall) ID() string { return c.id }

// Ended is closed when the call has ended, whoever has hung up.
func (c *PhoneCall) Ended() <-chan struct{} { return c.ended }

func (c *PhoneCall) end() {
	c.endOnce.Do(func() {
		c.phone.mu.Lock()
		delete(c.phone.calls, c.id)
		c.phone.mu.Unlock()
		c.audio.close()
		close(c.ended)
	})
}

// request is one of this dialog.
func (c *PhoneCall) request(method sip.RequestMethod) *sip.Request {
	c.mu.Lock()
	defer c.mu.Unlock()
	if method != sip.ACK {
		c.sequence++
	}
	req := sip.NewRequest(method, *c.target.Clone())
	id, hops := sip.CallIDHeader(c.id), sip.MaxForwardsHeader(70)
	for _, header := range []sip.Header{
		&sip.FromHeader{DisplayName: c.local.name, Address: c.local.uri, Params: c.local.params()}, &sip.ToHeader{Address: c.remote.uri, Params: c.remote.params()},
		&id, &sip.CSeqHeader{SeqNo: c.sequence, MethodName: method}, &hops, c.phone.contact(),
	} {
		req.AppendHeader(header)
	}
	req.SetTransport("UDP")
	req.Laddr = sip.Addr{IP: c.phone.Address.Addr().AsSlice(), Port: int(c.phone.Address.Port())} // not from a socket of its own
	return req
}

func (p *Phone) contact() *sip.ContactHeader {
	return &sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "phone", Host: p.Address.Addr().String(), Port: int(p.Address.Port())}}
}

// prepare adds what a request of a dialog has not yet.
func prepare(c *sipgo.Client, req *sip.Request) error {
	if err := sipgo.ClientRequestAddVia(c, req); err != nil {
		return err
	}
	if req.Body() == nil {
		req.SetBody(nil) // for its Content-Length
	}
	return nil
}

// do sends a request and waits for what it comes to.
func (c *PhoneCall) do(ctx context.Context, req *sip.Request, provisional func(*sip.Response)) (*sip.Response, error) {
	tx, err := c.phone.client.TransactionRequest(ctx, req, prepare)
	if err != nil {
		return nil, err
	}
	defer tx.Terminate()
	for {
		select {
		case res := <-tx.Responses():
			if res.IsProvisional() {
				provisional(res)
				continue
			}
			if !res.IsSuccess() {
				return nil, fmt.Errorf("%s: %d %s", req.Method, res.StatusCode, res.Reason)
			}
			return res, nil
		case <-tx.Done():
			return nil, fmt.Errorf("%s: no answer: %w", req.Method, tx.Err())
		case <-ctx.Done():
			return nil, fmt.Errorf("%s: %w", req.Method, ctx.Err())
		}
	}
}

// invite is the first INVITE or another one; it comes back when the media is as the answer says.
func (c *PhoneCall) invite(ctx context.Context, way direction, headers map[string]string) error {
	req := c.request(sip.INVITE)
	for name, value := range headers {
		req.AppendHeader(sip.NewHeader(name, value))
	}
	c.setSDP(&req.MessageData, way)
	var broken error
	res, err := c.do(ctx, req, func(res *sip.Response) {
		if len(res.Body()) > 0 { // early media
			broken = c.audio.take(res.Body(), way)
		}
	})
	if err != nil {
		return err
	}
	c.mu.Lock()
	if contact := res.Contact(); contact != nil {
		c.target = contact.Address
	}
	if to := res.To(); to != nil {
		c.remote.tag, _ = to.Params.Get("tag")
	}
	c.mu.Unlock()
	if err := c.phone.client.WriteRequest(c.request(sip.ACK), prepare); err != nil {
		return err
	}
	if broken != nil {
		return broken
	}
	return c.audio.take(res.Body(), way)
}

func (c *PhoneCall) setSDP(message *sip.MessageData, way direction) {
	c.mu.Lock()
	c.version++
	version := c.version
	c.mu.Unlock()
	message.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	message.SetBody([]byte(c.audio.sdp(version, way)))
}

// reinvited answers an INVITE of the far end, and says whether it takes the call.
func (c *PhoneCall) reinvited(req *sip.Request, tx sip.ServerTransaction) bool {
	way := sendrecv
	if body := req.Body(); len(body) > 0 {
		way = directionOf(body).reversed()
		if err := c.audio.take(body, way); err != nil {
			respond(req, tx, sip.StatusNotAcceptableHere, err.Error())
			return false
		}
	}
	res := sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil)
	if to := res.To(); to != nil && !to.Params.Has("tag") {
		to.Params.Add("tag", c.local.tag)
	} else if to != nil {
		to.Params.Remove("tag")
		to.Params.Add("tag", c.local.tag)
	}
	res.AppendHeader(c.phone.contact())
	c.setSDP(&res.MessageData, way)
	return tx.Respond(res) == nil
}

// Hold holds the far end: it is told that nothing is heard here.
func (c *PhoneCall) Hold(ctx context.Context) error { return c.invite(ctx, sendonly, nil) }

// Unhold takes it back.
func (c *PhoneCall) Unhold(ctx context.Context) error { return c.invite(ctx, sendrecv, nil) }

// Hangup ends the call.
func (c *PhoneCall) Hangup(ctx context.Context) error {
	select {
	case <-c.ended:
		return nil
	default:
	}
	defer c.end()
	_, err := c.do(ctx, c.request(sip.BYE), func(*sip.Response) {})
	return err
}

// Transfer sends the far end to a URI (RFC 3515), and waits until it is there.
func (c *PhoneCall) Transfer(ctx context.Context, uri string) error { return c.refer(ctx, "<"+uri+">") }

// TransferTo connects the far end with that of another call (RFC 3891).
func (c *PhoneCall) TransferTo(ctx context.Context, other *PhoneCall) error {
	other.mu.Lock()
	replaces := fmt.Sprintf("%s;to-tag=%s;from-tag=%s", other.id, other.remote.tag, other.local.tag)
	target := other.target.String()
	other.mu.Unlock()
	return c.refer(ctx, fmt.Sprintf("<%s?Replaces=%s>", target, url.QueryEscape(replaces)))
}

func (c *PhoneCall) refer(ctx context.Context, to string) error {
	req := c.request(sip.REFER)
	req.AppendHeader(sip.NewHeader("Refer-To", to))
	req.AppendHeader(sip.NewHeader("Referred-By", "<"+c.local.uri.String()+">"))
	if _, err := c.do(ctx, req, func(*sip.Response) {}); err != nil {
		return err
	}
	for {
		c.mu.Lock()
		progress := c.progress
		c.mu.Unlock()
		if n := len(progress); n > 0 && progress[n-1] >= 300 {
			return fmt.Errorf("REFER: the transfer ended with %d", progress[n-1])
		} else if n > 0 && progress[n-1] >= 200 {
			return nil
		}
		select {
		case <-c.ended: // hung up by the far end, which has gone where it was sent
			return nil
		case <-ctx.Done():
			return fmt.Errorf("REFER: %w, after %v", ctx.Err(), progress)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// notified takes what a NOTIFY says of a transfer: "SIP/2.0 200 OK".
func (c *PhoneCall) notified(req *sip.Request) {
	words := strings.Fields(string(req.Body()))
	if len(words) < 2 {
		return
	}
	if code, err := strconv.Atoi(words[1]); err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.progress = append(c.progress, code)
	}
}
