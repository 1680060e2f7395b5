// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"errors"

	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// failure is why a call ends: the cause for the switch and the reason in
// words, Janus's own where it gave any.
type failure struct {
	cause  host.Cause
	reason string
}

func (f *failure) Error() string { return f.reason }

func fail(cause host.Cause, reason string) *failure { return &failure{cause: cause, reason: reason} }

// failureOf finds the hangup cause for whatever ended a join.
func failureOf(err error) *failure {
	var (
		known     *failure
		plugin    *janusclient.PluginError
		core      *janusclient.Error
		transport *janusclient.TransportError
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &plugin):
		return fail(pluginCause(plugin), plugin.Reason)
	case errors.As(err, &core):
		return fail(coreCause(core), core.Reason)
	case errors.Is(err, media.ErrNoCodec), errors.Is(err, media.ErrBadSDP), errors.Is(err, media.ErrNoAudio),
		errors.Is(err, media.ErrRejected), errors.Is(err, media.ErrInactive), errors.Is(err, media.ErrBadSetup):
		return fail(host.CauseIncompatibleDestination, err.Error())
	case errors.Is(err, media.ErrNoICE), errors.Is(err, media.ErrNoFingerprint), errors.Is(err, media.ErrNoCandidate):
		return fail(host.CauseMediaTimeout, err.Error())
	case errors.Is(err, janusclient.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return fail(host.CauseRecoveryOnTimerExpire, err.Error())
	case errors.As(err, &transport), errors.Is(err, janusclient.ErrClosed), errors.Is(err, janusclient.ErrSessionLost):
		return fail(host.CauseDestinationOutOfOrder, err.Error())
	}
	return fail(host.CauseNormalTemporaryFailure, err.Error())
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
