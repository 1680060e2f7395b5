// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Error codes of the Janus core (apierror.h).
const (
	CodeUnauthorized         = 403 // wrong or missing secret or token
	CodeUnauthorizedPlugin   = 405 // the token may not use this plugin
	CodeTransportSpecific    = 450
	CodeMissingRequest       = 452
	CodeUnknownRequest       = 453
	CodeInvalidJSON          = 454
	CodeInvalidJSONObject    = 455
	CodeMissingElement       = 456
	CodeInvalidRequestPath   = 457
	CodeSessionNotFound      = 458
	CodeHandleNotFound       = 459
	CodePluginNotFound       = 460
	CodePluginAttach         = 461
	CodePluginMessage        = 462
	CodePluginDetach         = 463
	CodeJSEPUnknownType      = 464
	CodeJSEPInvalidSDP       = 465
	CodeTrickleInvalidStream = 466
	CodeInvalidElementType   = 467
	CodeSessionConflict      = 468
	CodeUnexpectedAnswer     = 469
	CodeTokenNotFound        = 470
	CodeWebRTCState          = 471
	CodeNotAcceptingSessions = 472 // Janus is being drained
	CodeUnknown              = 490 // also "Error setting ICE locally" just after a start
)

var (
	// ErrTimeout: no answer came in Config.CmdTimeout, or before the caller's
	// own deadline (then the error is context.DeadlineExceeded as well).
	ErrTimeout = errors.New("janus: no answer in time")
	// ErrSessionLost: Janus no longer knows the session.
	ErrSessionLost = errors.New("janus: session lost")
	// ErrClosed: the client, session or handle was closed on this side.
	ErrClosed = errors.New("janus: closed")
)

// Error is the Janus core's refusal of a request.
type Error struct {
	Code    int    // of apierror.h: CodeSessionNotFound and its like
	Reason  string // in Janus's own words
	Request string // what was asked for: "attach", "message"
}

// Error names request, code and reason.
func (e *Error) Error() string {
	return fmt.Sprintf("janus: %s refused: %s (%d)", e.Request, e.Reason, e.Code)
}

// Is lets a refusal with CodeSessionNotFound match ErrSessionLost.
func (e *Error) Is(target error) bool {
	return target == ErrSessionLost && e.Code == CodeSessionNotFound
}

// PluginError is a plugin's refusal of a message: error_code and error of its
// answer. Codes are the plugin's own and overlap with those of the core.
type PluginError struct {
	Plugin  string // its full name, janus.plugin.audiobridge
	Code    int
	Reason  string // in the plugin's own words
	Request string // the "request" of the message, if it had one
}

// Error names plugin, request, code and reason.
func (e *PluginError) Error() string {
	return fmt.Sprintf("%s: %s refused: %s (%d)", e.Plugin, e.Request, e.Reason, e.Code)
}

// TransportError says that no sensible answer came: the connection failed, or
// what came was not the Janus API. It holds no secrets: no query, no user-info.
type TransportError struct {
	Request string // what was asked for
	URL     string // masked
	Status  int    // of HTTP, 0 if none came
	What    string // what came instead of an answer
	Err     error  // the cause, may be nil

	sent bool // the request may have reached Janus, and its answer still come by a poll
	once bool // may be a passing fault: another try is worth it
}

// Error names request, URL, and what came.
func (e *TransportError) Error() string {
	s := fmt.Sprintf("janus: %s to %s: %s", e.Request, e.URL, e.What)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *TransportError) Unwrap() error { return e.Err }

// UnreachableError says that none of several addresses can be used: see
// Config.Fallbacks. It holds no secrets.
type UnreachableError struct{ Causes []error } // one for each address, in the order in which they were tried

// Error names each address, and what came there.
func (e *UnreachableError) Error() string {
	words := make([]string, len(e.Causes))
	for i, err := range e.Causes {
		words[i] = err.Error()
	}
	return fmt.Sprintf("none of %d addresses can be used: %s", len(words), strings.Join(words, "; "))
}

// Unwrap returns the causes.
func (e *UnreachableError) Unwrap() []error { return e.Causes }

// hasCode reports whether err is the core's error with that code.
func hasCode(err error, code int) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// callError says why ctx, under which request was made, ended.
func callError(ctx context.Context, request string, limit time.Duration) error {
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, ErrTimeout):
		return fmt.Errorf("%w: %s, %v", ErrTimeout, request, limit)
	case errors.Is(cause, context.DeadlineExceeded):
		return fmt.Errorf("%w: %s: %w", ErrTimeout, request, cause)
	default:
		return fmt.Errorf("janus: %s: %w", request, cause)
	}
}
