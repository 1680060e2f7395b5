// SPDX-License-Identifier: MPL-2.0

// Package failure is why something could not be done: for the switch a hangup cause, for people
// words.
package failure

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// Error is why a call ends, or why something that was asked for cannot be done.
type Error struct {
	Cause  host.Cause // for the switch
	Reason string     // in words, Janus's own where it gave any
}

func (e *Error) Error() string { return e.Reason }

// New makes an error of a cause and a reason.
func New(cause host.Cause, reason string) *Error { return &Error{Cause: cause, Reason: reason} }

// Of finds the hangup cause for whatever ended a join.
func Of(err error) *Error {
	var (
		known     *Error
		several   *janusclient.UnreachableError
		plugin    *janusclient.PluginError
		core      *janusclient.Error
		transport *janusclient.TransportError
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &several): // which may hold any of those below
		return New(host.CauseDestinationOutOfOrder, several.Error())
	case errors.As(err, &plugin):
		return New(pluginCause(plugin), plugin.Reason)
	case errors.As(err, &core):
		return New(coreCause(core), core.Reason)
	case errors.Is(err, media.ErrNoCodec), errors.Is(err, media.ErrBadSDP), errors.Is(err, media.ErrNoAudio),
		errors.Is(err, media.ErrRejected), errors.Is(err, media.ErrInactive), errors.Is(err, media.ErrBadSetup):
		return New(host.CauseIncompatibleDestination, err.Error())
	case errors.Is(err, media.ErrNoICE), errors.Is(err, media.ErrNoFingerprint), errors.Is(err, media.ErrNoCandidate):
		return New(host.CauseMediaTimeout, err.Error())
	case errors.Is(err, janusclient.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return New(host.CauseRecoveryOnTimerExpire, err.Error())
	case errors.As(err, &transport), errors.Is(err, janusclient.ErrClosed), errors.Is(err, janusclient.ErrSessionLost):
		return New(host.CauseDestinationOutOfOrder, err.Error())
	}
	return New(host.CauseNormalTemporaryFailure, err.Error())
}

// Reason is why a request failed, in Janus's words where it gave any, on one line.
func Reason(err error) string {
	reason := Of(err).Reason
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, janusclient.ErrTimeout) {
		reason = "no answer from Janus in time"
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, reason)
}

// pluginCause maps AudioBridge's error codes.
func pluginCause(err *janusclient.PluginError) host.Cause {
	switch {
	case err.Code == audiobridge.CodeNoSuchRoom:
		return host.CauseUnallocatedNumber
	case audiobridge.IsRejected(err):
		return host.CauseCallRejected
	}
	return host.CauseNormalTemporaryFailure
}

// coreCause maps the error codes of Janus's core: a refused secret or token,
// and a session or handle that is gone, mean that this server cannot be used.
func coreCause(err *janusclient.Error) host.Cause {
	switch err.Code {
	case janusclient.CodeUnauthorized, janusclient.CodeUnauthorizedPlugin, janusclient.CodeSessionNotFound,
		janusclient.CodeHandleNotFound, janusclient.CodePluginNotFound, janusclient.CodeNotAcceptingSessions:
		return host.CauseDestinationOutOfOrder
	}
	return host.CauseNormalTemporaryFailure
}
