// SPDX-License-Identifier: MPL-2.0

package admin

import (
	"context"
	"time"

	"mod_janus/janusclient"
)

// Info asks Janus about itself; it needs no secret.
func (c *Client) Info(ctx context.Context) (*janusclient.Info, error) { return c.client.Info(ctx) }

// Ping returns how long Janus took to answer; it needs no secret. A connection
// that had to be made first counts as well.
func (c *Client) Ping(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	err := c.ask(ctx, "ping", whole, nil, nil)
	return time.Since(began), err
}

// Status are the settings that can be changed while Janus runs (get_status).
// What a Janus does not tell is zero.
type Status struct {
	TokenAuth             bool `json:"token_auth"`
	SessionTimeout        int  `json:"session_timeout"`         // seconds; 0 is never
	ReclaimSessionTimeout int  `json:"reclaim_session_timeout"` // seconds; 0: not at all
	CandidatesTimeout     int  `json:"candidates_timeout"`      // seconds
	LogLevel              int  `json:"log_level"`               // LogNone to LogMax
	LogTimestamps         bool `json:"log_timestamps"`
	LogColors             bool `json:"log_colors"`
	LogRotateSignal       int  `json:"log_rotate_sig"` // of signal(7); 0: none; since 1.3
	LockingDebug          bool `json:"locking_debug"`
	RefcountDebug         bool `json:"refcount_debug"`
	LibniceDebug          bool `json:"libnice_debug"`      // up to 1.1
	MinNACKQueue          int  `json:"min_nack_queue"`     // milliseconds
	MaxNACKQueue          int  `json:"max_nack_queue"`     // milliseconds; 0.x
	NACKOptimizations     bool `json:"nack-optimizations"` // sic
	NoMediaTimer          int  `json:"no_media_timer"`     // seconds
	SlowLinkThreshold     int  `json:"slowlink_threshold"` // lost packets a second
}

// Status returns the settings that can be changed while Janus runs (get_status).
func (c *Client) Status(ctx context.Context) (*Status, error) {
	var answer struct {
		Status Status `json:"status"`
	}
	if err := c.ask(ctx, "get_status", whole, nil, &answer); err != nil {
		return nil, err
	}
	return &answer.Status, nil
}

// Log levels of Janus (debug.h).
const (
	LogNone = iota
	LogFatal
	LogErr
	LogWarn
	LogInfo
	LogVerb
	LogHuge
	LogDbg
	LogMax = LogDbg
)

// SetLogLevel changes how much Janus logs, LogNone to LogMax, and returns the
// level that is in force then.
func (c *Client) SetLogLevel(ctx context.Context, level int) (int, error) {
	var answer struct {
		Level int `json:"level"`
	}
	err := c.ask(ctx, "set_log_level", whole, fields{"level": level}, &answer)
	return answer.Level, err
}

// SetSessionTimeout changes after what time without a sign of life a session is
// ended; whole seconds, 0 is never. [Client.SetTimeoutOfSession] changes one
// session's.
func (c *Client) SetSessionTimeout(ctx context.Context, timeout time.Duration) (time.Duration, error) {
	return c.setTimeout(ctx, whole, seconds(timeout))
}

func (c *Client) setTimeout(ctx context.Context, to Handle, timeout int) (time.Duration, error) {
	var answer struct {
		Timeout int `json:"timeout"`
	}
	err := c.ask(ctx, "set_session_timeout", to, fields{"timeout": timeout}, &answer)
	return time.Duration(answer.Timeout) * time.Second, err
}

// seconds rounds up, since 0 means something else.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// flag sets something to true or false, and returns what is in force then.
func (c *Client) flag(ctx context.Context, request, member, answered string, on bool) (bool, error) {
	var answer map[string]any
	if err := c.ask(ctx, request, whole, fields{member: on}, &answer); err != nil {
		return false, err
	}
	now, _ := answer[answered].(bool)
	return now, nil
}

// number sets something to a number, and returns what is in force then.
func (c *Client) number(ctx context.Context, request, member string, value int) (int, error) {
	var answer map[string]any
	if err := c.ask(ctx, request, whole, fields{member: value}, &answer); err != nil {
		return 0, err
	}
	now, _ := answer[member].(float64)
	return int(now), nil
}

// SetLockingDebug lets Janus log every lock it takes, to find a deadlock, and
// returns whether it does. That is a lot.
func (c *Client) SetLockingDebug(ctx context.Context, on bool) (bool, error) {
	return c.flag(ctx, "set_locking_debug", "debug", "locking_debug", on)
}

// SetRefcountDebug lets Janus log every change of a reference counter, to find a
// leak, and returns whether it does.
func (c *Client) SetRefcountDebug(ctx context.Context, on bool) (bool, error) {
	return c.flag(ctx, "set_refcount_debug", "debug", "refcount_debug", on)
}

// SetLibniceDebug switches the debugging of the ICE library, and returns whether
// it is on. Janus has it up to 1.1.
func (c *Client) SetLibniceDebug(ctx context.Context, on bool) (bool, error) {
	return c.flag(ctx, "set_libnice_debug", "debug", "libnice_debug", on)
}

// SetLogTimestamps puts the time into Janus's log lines, or no longer, and
// returns which.
func (c *Client) SetLogTimestamps(ctx context.Context, on bool) (bool, error) {
	return c.flag(ctx, "set_log_timestamps", "timestamps", "log_timestamps", on)
}

// SetLogColors colours Janus's log lines, or no longer, and returns which.
func (c *Client) SetLogColors(ctx context.Context, on bool) (bool, error) {
	return c.flag(ctx, "set_log_colors", "colors", "log_colors", on)
}

// SetMinNACKQueue sets for how many milliseconds at least sent packets are kept
// for retransmission, and returns what is in force.
func (c *Client) SetMinNACKQueue(ctx context.Context, milliseconds int) (int, error) {
	return c.number(ctx, "set_min_nack_queue", "min_nack_queue", milliseconds)
}

// SetMaxNACKQueue is what a Janus 0.x has in the place of SetMinNACKQueue.
func (c *Client) SetMaxNACKQueue(ctx context.Context, milliseconds int) (int, error) {
	return c.number(ctx, "set_max_nack_queue", "max_nack_queue", milliseconds)
}

// SetNACKOptimizations lets Janus take packets of video out of that queue that
// are of no use any more (before a keyframe), and returns whether it does.
func (c *Client) SetNACKOptimizations(ctx context.Context, on bool) (bool, error) {
	return c.flag(ctx, "set_nack_optimizations", "nack_optimizations", "nack-optimizations", on)
}

// SetNoMediaTimer sets after how many seconds without packets a "media" event
// with receiving false is sent, and returns what is in force.
func (c *Client) SetNoMediaTimer(ctx context.Context, seconds int) (int, error) {
	return c.number(ctx, "set_no_media_timer", "no_media_timer", seconds)
}

// SetSlowLinkThreshold sets how many lost packets a second make a "slowlink"
// event, 0 for none, and returns what is in force.
func (c *Client) SetSlowLinkThreshold(ctx context.Context, packets int) (int, error) {
	return c.number(ctx, "set_slowlink_threshold", "slowlink_threshold", packets)
}

// AcceptNewSessions lets Janus make new sessions, or refuse them with
// janusclient.CodeNotAcceptingSessions while those there are go on: a server is
// drained so. It returns which is in force.
func (c *Client) AcceptNewSessions(ctx context.Context, accept bool) (bool, error) {
	return c.flag(ctx, "accept_new_sessions", "accept", "accept", accept)
}

// CustomLogLine writes a line into Janus's log, at a level of LogFatal to LogMax;
// 0 is LogInfo.
func (c *Client) CustomLogLine(ctx context.Context, line string, level int) error {
	members := fields{"line": line}
	if level > 0 {
		members["level"] = level
	}
	return c.do(ctx, "custom_logline", whole, members, nil)
}

// CustomEvent has Janus send an "external" event to its event handlers, with
// data, which must be a JSON object. Schema says what it is, in the sender's own
// words. Without an event handler it is dropped, and that is no error.
func (c *Client) CustomEvent(ctx context.Context, schema string, data any) error {
	return c.do(ctx, "custom_event", whole, fields{"schema": schema, "data": data}, nil)
}
