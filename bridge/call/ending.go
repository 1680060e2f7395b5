// SPDX-License-Identifier: MPL-2.0

package call

import (
	"bytes"
	"errors"
	"strings"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// errDestroyed ends the legs of a room that is destroyed, errKicked a leg that
// was thrown out, errDetached one whose handle somebody else has removed.
var (
	errDestroyed = failure.New(host.CauseNormalClearing, "the room was destroyed")
	errKicked    = failure.New(host.CauseNormalClearing, "kicked from the room")
	errDetached  = failure.New(host.CauseNormalClearing, "Janus has detached the handle")
)

// endings reads in what Janus says why the call ends.
type endings struct {
	plugin string
	janus  *attachment
	room   *room
	roster *roster
	info   *info
	box    *mailbox
}

// of is why an event of Janus's ends the call; nil where it does not. It is
// the best reason that there is, whatever media or a refused request suggests.
func (e *endings) of(event janusclient.Event) *failure.Error {
	switch event := event.(type) {
	case janusclient.Detached:
		return errDetached
	case janusclient.Hangup:
		if !pathDied(event.Reason) {
			return failure.New(host.CauseNormalClearing, hangupReason(event))
		}
	case janusclient.PluginEvent:
		parsed, err := server.ParseRoomEvent(e.plugin, event.Data)
		if room := server.RoomOf(parsed); err != nil || !room.IsZero() && room.String() != e.room.ref.ID().String() {
			return nil
		}
		switch parsed := parsed.(type) {
		case audiobridge.Destroyed:
			return errDestroyed
		case audiobridge.Kicked:
			if parsed.ID == e.roster.self {
				return errKicked
			}
		}
	}
	return nil
}

// possible tells whether an event may end the call, before the call itself reads
// it: such an event is kept however full the mailbox is. It runs in the
// session's dispatcher.
func (e *endings) possible(event janusclient.Event) bool {
	switch event := event.(type) {
	case janusclient.Hangup, janusclient.Detached, janusclient.SessionLost:
		return true
	case janusclient.PluginEvent:
		if !bytes.Contains(event.Data, []byte("kicked")) && !bytes.Contains(event.Data, []byte("destroyed")) {
			return false
		}
		parsed, err := server.ParseRoomEvent(e.plugin, event.Data)
		if kicked, ok := parsed.(audiobridge.Kicked); ok {
			_, participant, _ := e.info.get()
			return participant == "" || kicked.ID.String() == participant
		}
		_, destroyed := parsed.(audiobridge.Destroyed)
		return err == nil && destroyed
	}
	return false
}

// waiting is what Janus has said of the participant's end in an event that
// still waits in the mailbox; nil where it has said nothing.
func (e *endings) waiting() *failure.Error {
	var why *failure.Error
	e.box.find(func(msg any) bool {
		if event, ok := msg.(msgJanus); ok && event.attachment == e.janus.number {
			why = e.of(event.event)
		}
		return why != nil
	})
	return why
}

// endBy ends the call, which Janus has put out of its room.
func (c *Call) endBy(why *failure.Error) {
	c.joined = false
	if why == errDestroyed {
		c.Server().RoomGone(c.room.ref)
	}
	c.end(why)
}

// pathDied tells the reasons with which Janus closes a PeerConnection whose path
// or handshake has failed from those with which somebody has it closed.
func pathDied(reason string) bool {
	for _, word := range []string{"ICE", "DTLS", "Gathering"} {
		if strings.Contains(reason, word) {
			return true
		}
	}
	return false
}

func hangupReason(event janusclient.Hangup) string {
	if event.Reason == "" {
		return "hung up by Janus"
	}
	return event.Reason
}

// onHangup deals with a PeerConnection that Janus has closed, and with it the
// participant is out of the room. Where the path has died that once was alive
// the call comes back over another one.
func (c *Call) onHangup(event janusclient.Hangup) {
	if why := c.endings.of(event); why != nil {
		c.end(why)
		return
	}
	why := failure.New(host.CauseMediaTimeout, hangupReason(event))
	if c.media.up && c.mayRejoin() {
		c.startOver(why)
		return
	}
	c.end(why)
}

// onInquired: Janus has answered the question, or could not be asked.
func (c *Call) onInquired(msg msgInquired) {
	if msg.attachment != c.janus.number || c.hung.Err() != nil {
		return
	}
	c.inquiries.attachment = 0
	var plugin *janusclient.PluginError
	about := msg.inquiry
	switch {
	case forgotten(msg.err):
		c.awaitWord(msg.err)
	case msg.err != nil && !errors.As(msg.err, &plugin) && (about.lost != nil || c.Server().Connection.Away()) && c.mayRejoin():
		// Janus does not answer either: there is nothing more to do about its media.
		c.startOver(failure.New(host.CauseDestinationOutOfOrder, "Janus is away: "+about.why+", and "+failure.Of(msg.err).Reason))
	case about.lost != nil:
		c.end(about.lost)
	case c.self.outOfMix():
		c.media.silence.Stop() // Janus sends nothing to one who is suspended
	case c.media.down && c.media.moved && c.gate.open:
		c.joinAgain(errSilentSinceMove)
	case c.media.down:
		c.restartMedia(about.why)
	}
}

// awaitWord waits for the event that says why the participant has gone, if it is
// not here yet.
func (c *Call) awaitWord(err error) {
	if why := c.endings.waiting(); why != nil {
		c.endBy(why)
		return
	}
	if c.gone == nil {
		c.gone = err
		c.word.Reset(config.ReasonPatience)
	}
}

// noWord: Janus has not said why the participant has gone. A handle vanishes
// only where somebody removes it; otherwise the event was lost with the
// connection that carried it, and the call comes back.
func (c *Call) noWord() {
	err := c.gone
	switch {
	case err == nil:
	case handleGone(err):
		c.endBy(errDetached)
	default:
		c.startOver(err)
	}
}

// forgotten tells whether a request was refused because Janus knows nothing of
// the leg any more.
func forgotten(err error) bool {
	return handleGone(err) || audiobridge.HasCode(err, audiobridge.CodeNotJoined)
}

func handleGone(err error) bool {
	var core *janusclient.Error
	return errors.As(err, &core) && core.Code == janusclient.CodeHandleNotFound
}
