// SPDX-License-Identifier: MPL-2.0

package host

import (
	"errors"
	"net/netip"
	"time"

	"mod_janus/bridge/media"
)

// ErrGone is what a Host answers for a session that does not exist any more.
// It is an ordinary outcome: calls cross on a dying session.
var ErrGone = errors.New("the session is gone")

// Level is a log level with syslog's number (RFC 5424 6.2.1), as FreeSWITCH has it.
type Level int

// The levels that the engine uses.
const (
	LevelError   Level = 3
	LevelWarning Level = 4
	LevelNotice  Level = 5
	LevelInfo    Level = 6
	LevelDebug   Level = 7
)

// Event is a CUSTOM event on the switch's bus.
type Event struct {
	UUID     string      // of the leg that it concerns; "" for none
	Subclass string      // "janus::call"
	Headers  [][2]string // name and value, in order
	Body     string
}

// Rows are what a query of a database has found.
type Rows struct {
	Columns []string
	Values  [][]string // a row each, as wide as Columns; "" also for NULL
}

// What a call is told of its session, of the messages of janus_host.h (JANUS_MESSAGE_...); the
// others need no number.
const (
	MessageHold   = 3 // the caller holds
	MessageUnhold = 4 // ... no longer
	MessageMedia  = 5 // the session has early media: what it hears can be recorded from then on
)

// Host is the switch as the engine sees it: include/janus_host.h in Go. Its
// methods may be called from any goroutine and do not wait for the network.
// Methods that name a session return ErrGone when there is none.
type Host interface {
	// Config returns the text of the configuration document janus.conf; with
	// reload the switch reads its files again first.
	Config(reload bool) (string, error)
	// Version returns the version of the switch that the module was built for, and of
	// the one that runs; "" where it is not known.
	Version() (built, running string)
	// Log writes one line; uuid "" is the module's own log.
	Log(uuid string, level Level, text string)
	// Fire sends an event.
	Fire(Event)
	// Global returns a global variable of the switch, "" when it is not set.
	Global(name string) string
	// Query runs an SQL statement on the database that the dsn names. Unlike the
	// others it waits, for the database; errors do not name the dsn.
	Query(dsn, sql string) (Rows, error)
	// Allowed reports whether the access list (or CIDR) allows the address.
	Allowed(acl string, addr netip.Addr) bool
	// CodecKnown reports whether the switch can encode and decode a codec.
	CodecKnown(name string) bool
	// RTPPorts returns the switch's own RTP port range, 0 and 0 for none.
	RTPPorts() (first, last uint16)
	// RequestPort and ReleasePort are the switch's own allocator of RTP ports, which knows each
	// address for itself: see media.Ports.
	RequestPort(addr netip.Addr) uint16
	ReleasePort(addr netip.Addr, port uint16)

	// Variable returns a channel variable, "" when it is not set.
	Variable(uuid, name string) string
	// SetVariable sets a channel variable; it works until the session is destroyed.
	SetVariable(uuid, name, value string) error
	// RingReady, MediaReady and Answer have the session's own thread mark it, in
	// that order, and do not wait for it: the switch runs applications there, which
	// take their time and may come back to the engine.
	//
	// RingReady tells that the far end is being alerted.
	RingReady(uuid string) error
	// MediaReady installs the codec before it returns, and gives the session early
	// media; MessageMedia says when.
	MediaReady(uuid string, codec media.Codec) error
	// PlayKey lets a key sound in what the session is written.
	PlayKey(uuid string, digit byte, duration time.Duration) error
	// ComfortNoise lets the session hear soft noise while no frame is there for it.
	ComfortNoise(uuid string, on bool) error
	// Deafen lets the session hear nothing but silence of its room, or hear it again.
	Deafen(uuid string, on bool) error
	// HoldMusic lets what the session is written while the caller holds, which is music, go to the
	// room; without it is dropped.
	HoldMusic(uuid string, on bool) error
	// Play plays a file, after those that play already, to whoever listens to the
	// session; what the session is written is not touched.
	Play(uuid, path string) error
	// Record records what the session hears and says to a WAV file, left and right;
	// RecordStop ends that: the file is closed when it returns, or the session has
	// gone (ErrGone), which ends it by itself.
	Record(uuid, path string) error
	RecordStop(uuid, path string) error
	// Execute has the session execute an application, as soon as its thread can.
	Execute(uuid, application, data string) error
	// Answer has the session marked answered.
	Answer(uuid string) error
	// Hangup ends the session.
	Hangup(uuid string, cause Cause) error
}
