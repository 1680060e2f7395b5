// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"mod_janus/bridge/background"
	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
)

// Call is one leg: from Dial until the host has freed it. It is a goroutine, the
// mailbox by which that goroutine learns of everything, and the parts in which
// the leg's state is.
type Call struct {
	id      uint64
	env     *Env
	place   placing
	dialled time.Time
	aUUID   string // the A-leg; "" for none
	release func()

	// for any goroutine
	channel  channel
	progress progress
	info     info
	box      *mailbox
	hung     context.Context // ends when the session hangs up or the engine ends the call
	hangUp   context.CancelFunc
	flooded  atomic.Bool // the log has been told that events are dropped
	released sync.Once
	holders  atomic.Int32 // of the rings: the host, and the call's goroutine

	// of the call's goroutine alone, but for what the parts themselves say
	vars      config.Variables
	janus     attachment
	room      room
	lock      roomLock
	making    roomMaking
	roster    roster
	self      participant
	hold      hold
	keypad    keypad
	recorder  recorder
	media     legMedia
	loss      lossReport
	gate      gate
	endings   endings
	inquiries inquiries
	rehome    rehoming
	joined    bool
	rejoined  bool        // it has joined again, or tried to
	ended     bool        // the host knows that the call is over
	gone      error       // Janus knows the participant no more, and has not said why; nil while it does
	word      *time.Timer // runs while that is waited for
}

// Handle is the number by which the host knows the call; never 0.
func (c *Call) Handle() uint64 { return c.id }

// UUID is that of the session on the switch; "" before the call is run.
func (c *Call) UUID() string { return c.channel.uuid() }

// Run begins the join, in the call's own goroutine. The session has this UUID
// and all its variables are set.
func (c *Call) Run(uuid string) {
	c.channel.id.Store(&uuid)
	c.holders.Add(1)
	c.env.Farewells.Add(1)
	c.env.Work.Go("a call", c.main)
}

// DTMF takes a key that the caller pressed.
func (c *Call) DTMF(digit byte, durationMS uint32) { c.post(msgDTMF{digit, durationMS}) }

// Message takes what happened to the session (JANUS_MESSAGE_...).
func (c *Call) Message(message int) { c.post(msgHost{message}) }

// Hangup takes note that the session has hung up: the final variables are set
// before it returns, the farewell to Janus follows in the background.
func (c *Call) Hangup(cause host.Cause) {
	c.countEnd(cause)
	c.media.figures.setFinals(c.channel.setVariable)
	c.post(msgHangup{cause})
}

// Free ends the call for the host, which touches the rings no more.
func (c *Call) Free() {
	c.countEnd(host.CauseNone)
	c.post(msgHangup{host.CauseNone})
	c.env.Freed(c)
	c.letGo()
}

// End ends the call with a cause, also while it still joins.
func (c *Call) End(why *failure.Error) { c.post(msgEnd{why}) }

// SessionLost takes note that the server's session with Janus is gone.
func (c *Call) SessionLost(session *janusclient.Session, err error) { c.post(msgLost{session, err}) }

// JanusAway takes note that Janus's API is out of reach.
func (c *Call) JanusAway() { c.post(msgAway{}) }

// post puts a message in the mailbox; a hangup also interrupts whatever the
// call waits for.
func (c *Call) post(msg any) {
	if !c.box.put(msg) {
		c.Server().Metrics.EventDropped()
		if !c.flooded.Swap(true) {
			c.channel.logf(host.LevelWarning, "Janus call to %s room %s: Janus sends events faster than they are taken: some are dropped", c.Server().Name, c.info.inRoom())
		}
	}
	switch msg.(type) {
	case msgHangup, msgEnd:
		c.hangUp()
	}
}

// main is the call's goroutine. A panic in it ends this call and no other.
func (c *Call) main() {
	defer c.env.Farewells.Add(-1)
	defer c.letGo()
	defer c.leave()
	defer func() {
		if p := recover(); p != nil {
			background.Panicked()
			c.channel.logf(host.LevelError, "Janus call: internal error: %v\n%s", p, debug.Stack())
			c.end(failure.New(host.CauseNormalTemporaryFailure, "internal error"))
		}
	}()
	c.gate.began = time.Now()
	c.media.silence, c.gate.limit, c.word = idleTimer(), idleTimer(), idleTimer()
	defer c.media.silence.Stop()
	defer c.word.Stop()
	defer c.gate.limit.Stop()
	if err := c.setUp(); err != nil {
		c.end(c.whyEnded(err))
		return
	}
	for !c.ended {
		select {
		case <-c.box.ready:
			for msg := c.box.next(); msg != nil && !c.ended; msg = c.box.next() {
				c.handleMessage(msg)
			}
		case <-c.media.silence.C:
			c.inquiries.lost(failure.New(host.CauseMediaTimeout, fmt.Sprintf("no audio from Janus for %s", config.SilenceLimit)))
		case <-c.gate.limit.C:
			c.gate.nobodyReady()
		case <-c.word.C:
			c.noWord()
		case <-c.env.Context.Done():
			c.end(failure.New(host.CauseNormalClearing, "the module is being unloaded"))
		}
	}
}

// setUp has the call join; the engine knows of it meanwhile.
func (c *Call) setUp() error {
	defer c.env.SettingUp()()
	return c.join()
}

// idleTimer is a timer that does not run yet.
func idleTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// whyEnded prefers what is in the mailbox (a hangup, an unload) to the
// error of the request that it interrupted.
func (c *Call) whyEnded(err error) *failure.Error {
	if c.hung.Err() != nil {
		for _, msg := range c.box.take() {
			switch msg := msg.(type) {
			case msgHangup:
				c.ended = true // the host hung up: there is nobody to tell
				return failure.New(msg.cause, "hung up")
			case msgEnd:
				return msg.why
			}
		}
	}
	return failure.Of(err)
}

func lostSession(err error) *failure.Error {
	return failure.New(host.CauseDestinationOutOfOrder, "the session with Janus is lost: "+failure.Of(err).Reason)
}

func (c *Call) handleMessage(msg any) {
	switch msg := msg.(type) {
	case msgHangup:
		c.ended = true
	case msgEnd:
		c.end(msg.why)
	case msgLost:
		c.onLost(msg.session, msg.err)
	case msgAway:
		if c.media.down || !c.media.up { // an answer to what is sent does not come any more
			c.inquiries.ask(inquiry{why: "no audio comes from it"})
		}
	case msgMedia:
		if msg.leg == c.media.number {
			c.onMedia(msg.state, msg.err)
		}
	case msgMoved:
		c.onMoved(msg)
	case msgMoveTo:
		c.onMoveTo(msg)
	case msgInquired:
		c.onInquired(msg)
	case msgJanus:
		if msg.attachment == c.janus.number {
			c.roster.bulletin = msg.bulletin
			c.onJanus(msg.event)
			c.roster.bulletin = nil
		}
	case msgHost:
		c.onHost(msg.message)
	case msgDTMF:
		c.keypad.take(msg)
	case msgDisplay:
		c.self.standsFor(msg.caller, c.joined)
	case msgControl:
		c.onControl(msg)
	case msgKeyPause:
		c.keypad.pause(msg.wait)
	}
}

// onHost deals with what the switch says of the session.
func (c *Call) onHost(message int) {
	if message == host.MessageMedia {
		c.gate.marked = true
		c.recorder.hereIfDue()
	}
	c.hold.follow(message)
	c.media.leg().Resync()
}

// fire sends an event that names server, room and participant.
func (c *Call) fire(subclass string, headers [][2]string) {
	headers = append(headers,
		[2]string{host.HeaderServer, c.Server().Name},
		[2]string{host.HeaderRoom, c.room.name()})
	if !c.roster.self.IsZero() {
		headers = append(headers, [2]string{host.HeaderParticipant, c.roster.self.String()})
	}
	c.env.Host.Fire(host.Event{UUID: c.channel.uuid(), Subclass: subclass, Headers: headers})
}
