// SPDX-License-Identifier: MPL-2.0

package config

import (
	"time"

	"mod_janus/bridge/archive"
)

// All waits, limits and pauses of the engine that no param sets stand here. Those of packets are in
// package media, those of recordings' files in package archive, those of pages in package web,
// those of requests in janusclient.

// DefaultMaxLateness is that of max-lateness: where the media's ticks of 10 ms begin so late for
// seconds, half of all frames are late by more than a tick.
const DefaultMaxLateness = 8 * time.Millisecond

// The connection with a server.
const (
	// ConnectPatience is how long a call waits for a server that is down, counted from when the
	// server went down. After that one more attempt decides.
	ConnectPatience = 10 * time.Second
	// ReconnectFirst and ReconnectMost bound the pause between attempts to connect,
	// which grows by half each time.
	ReconnectFirst = 100 * time.Millisecond
	ReconnectMost  = 5 * time.Second
	// PanicPause is the pause before a server is served again whose goroutine has panicked.
	PanicPause = time.Second
	// RenewalQuiet is how long nothing must have happened at a server before a session that may
	// hold unknown handles is renewed.
	RenewalQuiet = 2 * time.Second
	// SessionTimeout is how long Janus keeps a session that says nothing,
	// until Janus has told its own value.
	SessionTimeout = time.Minute
	// RequestTokenTTL is the lifetime of the signed token on requests and polls. The token is made
	// anew at half of it, so that a call of any length outlives it.
	RequestTokenTTL = 5 * time.Minute
	// CongestionWarnings is the least time between two warnings that calls are refused.
	CongestionWarnings = 10 * time.Second
	// FarewellLimit bounds what is said to Janus at the end of a call or of a session.
	FarewellLimit = 3 * time.Second
)

// One call.
const (
	// AnswerTimeout is the default of janus-answer-participant-timeout-ms: how long an answer is
	// held back for another participant.
	AnswerTimeout = 10 * time.Second
	// RejoinTimeout is the default of janus-rejoin-timeout:
	// how long a call waits for its Janus to be back.
	RejoinTimeout = 30 * time.Second
	// RejoinPause is the mean pause before another try of a rejoin.
	RejoinPause = 500 * time.Millisecond
	// TokenTTL is the default of janus-hmac-token-ttl, the lifetime of a call's signed token,
	// and LongestTokenTTL its limit.
	TokenTTL        = 2 * time.Hour
	LongestTokenTTL = 24 * time.Hour
	// SilenceLimit is how long a call may receive nothing before it ends with MEDIA_TIMEOUT.
	// AudioBridge's mixer sends all the time.
	SilenceLimit = 30 * time.Second
	// MoveSettles is how long after a move packets of the room before it may still come in, and
	// MoveListens how long after that none may come before the leg joins the room again.
	// AudioBridge's mixer sends every 20 ms.
	MoveSettles = 200 * time.Millisecond
	MoveListens = 500 * time.Millisecond
	// ICERetry is the pause before an offer is sent again to a Janus that cannot gather candidates
	// yet.
	ICERetry = 250 * time.Millisecond
	// RestartPause is the shortest time between two ICE restarts of a call.
	RestartPause = 5 * time.Second
	// ReasonPatience is how long a call whose participant has gone waits for the event that says
	// why. Answers may overtake events: over REST those come by a poll.
	ReasonPatience = 2 * time.Second
	// DigitTimeout is how long a key that may begin a longer sequence waits for the next key, as
	// mod_conference's ivr-dtmf-timeout does.
	DigitTimeout = 500 * time.Millisecond
)

// Pools.
const (
	// ExistsPatience is how long a call waits for what a server that is not the room's first
	// says of the room.
	ExistsPatience = 100 * time.Millisecond
	// FirstTryPatience is how long calls wait for a server of a pool that has not been tried
	// yet.
	FirstTryPatience = time.Second
	// PoolRetry is the pause before a call that has found no server looks for one again.
	PoolRetry = 50 * time.Millisecond
	// PoolLook is the pause between two looks at the servers of a pool: whether they accept
	// sessions, and how much there is on them.
	PoolLook = 5 * time.Second
	// SecondLookSoon and SecondLookLate are how long after a room was made here the other
	// servers are asked for it once more.
	SecondLookSoon = time.Second
	SecondLookLate = 5 * time.Second
	// SecondLookPause bounds these looks: 50 rooms a second.
	SecondLookPause = 20 * time.Millisecond
	// CountsTogether is how long counting a room's participants on its servers may take: after that
	// the counts are not of the same moment.
	CountsTogether = time.Second
	// SplitLook is the pause between two looks at a room that is on several servers.
	SplitLook = 2 * time.Second
	// SplitLooks is how many looks find two copies before the legs of the greater one move, since
	// those of the smaller one do not.
	SplitLooks = 3
	// ReturnPause is how long after a server is back its rooms are asked for: what was left there
	// of our legs is gone by then.
	ReturnPause = 2 * time.Second
	// RoomsLook is the pause between two looks at all rooms of a pool with legs of ours, and
	// RoomsLookPause the one between two of these rooms.
	RoomsLook      = 5 * time.Second
	RoomsLookPause = 100 * time.Millisecond
	// ServersLook is the pause between two looks at whether a server of a pool has come back.
	ServersLook = 500 * time.Millisecond
	// DrainLook is the pause between two looks at whether a server that is drained is empty.
	DrainLook = 2 * time.Second
	// RoomMovePause bounds how fast the rooms of a server are moved: two a second.
	RoomMovePause = 500 * time.Millisecond
	// FullWarning is the pause between two warnings that all servers of a pool are full.
	FullWarning = time.Minute
)

// Servers that are found in the DNS.
const (
	// DiscoveryRefresh is the default of refresh, and PodRefresh that of registry-refresh-sec.
	DiscoveryRefresh = 5 * time.Second
	PodRefresh       = 30 * time.Second
	// DiscoveryGrace is how long the DNS must answer that there are no servers at all until
	// that is believed.
	DiscoveryGrace = time.Minute
	// LookupLimit bounds one look into the DNS, and NameLimit how long a Janus is asked for its
	// server-name.
	LookupLimit = 5 * time.Second
	NameLimit   = 2 * time.Second
	// PodFailMax is the default of pod-server-fail-max.
	PodFailMax = 12
)

// The console.
const (
	// ControlPatience is how much longer than cmd-timeout a control waits for a call that is busy
	// with something else.
	ControlPatience = time.Second
	// AdminPatience bounds a command that makes many requests of the Admin API. Each request has
	// cmd-timeout besides.
	AdminPatience = 30 * time.Second
)

// The database with servers.
const (
	// DatabaseLoadLimit is how long the load of the module waits for the database: a FreeSWITCH
	// that boots must not hang because a database does not answer.
	DatabaseLoadLimit = 3 * time.Second
	// DatabaseReloadLimit is how long `janus reload` waits for the database.
	DatabaseReloadLimit = 10 * time.Second
)

// The store of a pool, which is Redis.
const (
	// StoreLimit is how long one call may wait for the store, all its requests taken together.
	StoreLimit = 250 * time.Millisecond
	// StoreRetry is how long nobody asks a store that has failed after it could be used for
	// StoreCalm; the pause doubles with each failure that comes sooner, up to StorePause.
	StoreRetry = 250 * time.Millisecond
	StoreCalm  = 30 * time.Second
	StorePause = 5 * time.Second
	// StorePatience bounds a request that no call waits for.
	StorePatience = 2 * time.Second
	// RoomLease is how long the store keeps the server of a room that nobody renews, and
	// RoomRenewal the pause between renewals: two may be lost.
	RoomLease   = time.Minute
	RoomRenewal = 20 * time.Second
	// ViewRenewal is the pause between two reports of which servers this switch can see, and
	// ViewLease how long a report counts.
	ViewRenewal = 3 * time.Second
	ViewLease   = 10 * time.Second
	// ShareTick is the pause between two looks at whether there is something to tell the store.
	ShareTick = 500 * time.Millisecond
	// LoadTurn is how long the switch that asks a server for its load is the only one to ask, and
	// LoadLease how long the answer counts.
	LoadTurn  = 15 * time.Second
	LoadLease = 30 * time.Second
)

// Rooms and recordings.
const (
	// EmptyRoomCheck is the pause between two looks at whether a room that is to be destroyed is
	// empty, while others than our legs are in it.
	EmptyRoomCheck = 5 * time.Second
	// ArchiveCheck is the pause between two looks at a room that is recorded and that no leg of
	// ours is in.
	ArchiveCheck = 5 * time.Second
	// ArchivePatience is how long a recording that is over may take to be whole.
	ArchivePatience = 30 * time.Second
	// ArchiveSoon is how much of ArchivePatience an unload waits for.
	ArchiveSoon = 2 * time.Second
	// ConvertLimit is how long the conversion of one recording may take, and ConvertAtOnce how many
	// run at once: they share the machine with calls.
	ConvertLimit  = 10 * time.Minute
	ConvertAtOnce = 2
	// LocalPatience is how long a file that nobody writes to any more may take to be whole.
	LocalPatience = 2 * time.Second
)

// Many calls that are set up at once.
const (
	// BurstCalls is how many make the heap grow, and BurstPause how long it stays so after them.
	BurstCalls = 12
	BurstPause = 2 * time.Second
	// BurstHeap is by how many bytes it grows.
	BurstHeap = 24 << 20
)

// The address that ext-rtp-ip finds by STUN or DNS.
const (
	// PublicAddrTTL is how long a found address is taken for true.
	PublicAddrTTL = time.Minute
	// PublicAddrPause is how long nobody is asked again after a failure.
	PublicAddrPause = 15 * time.Second
	// PublicAddrLimit bounds the question.
	PublicAddrLimit = 3 * time.Second
	// PublicAddrBrief bounds how long a call waits for a newer address where there is one from
	// before.
	PublicAddrBrief = 500 * time.Millisecond
)

// OverAtJanus is how to wait for a recording that Janus was told to end.
var OverAtJanus = archive.Wait{Patience: ArchivePatience, Grace: SessionTimeout}
