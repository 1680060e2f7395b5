// SPDX-License-Identifier: MPL-2.0

package audiobridge

import (
	"errors"
	"strings"

	"mod_janus/janusclient"
)

// Error codes of the plugin, in *janusclient.PluginError (janus_audiobridge.c).
const (
	CodeNoMessage      = 480
	CodeInvalidJSON    = 481
	CodeInvalidRequest = 482
	CodeMissingElement = 483 // also: a PIN, secret or token that is required was not given
	CodeInvalidElement = 484 // also: the id is a number and should be a string, or the other way round
	CodeNoSuchRoom     = 485
	CodeRoomExists     = 486
	CodeNotJoined      = 487
	CodeLibopus        = 488
	CodeUnauthorized   = 489 // wrong PIN, secret or token
	CodeIDExists       = 490 // the participant id is taken in that room
	CodeAlreadyJoined  = 491
	CodeNoSuchUser     = 492
	CodeInvalidSDP     = 493
	CodeNoSuchGroup    = 494
	CodeUnknown        = 499
)

// HasCode reports whether err is the plugin's refusal with that code.
func HasCode(err error, code int) bool {
	var refusal *janusclient.PluginError
	return errors.As(err, &refusal) && refusal.Code == code
}

// IsRejected reports whether err says that the caller may not do this: a wrong
// PIN, secret or token (489), or a missing one, which AudioBridge calls a
// missing element (483).
func IsRejected(err error) bool {
	var refusal *janusclient.PluginError
	if !errors.As(err, &refusal) {
		return false
	}
	if refusal.Code == CodeUnauthorized {
		return true
	}
	if refusal.Code != CodeMissingElement {
		return false
	}
	for _, element := range []string{"(pin)", "(secret)", "(token)", "(admin_key)"} {
		if strings.Contains(refusal.Reason, element) {
			return true
		}
	}
	return false
}

// WrongIDKind reports whether err says that room or participant id is of the
// wrong JSON type for this server's string_ids, and which one it wants. Janus
// 1.1.2 says "Invalid element type (room should be a string)" or "(room should
// be a positive integer)", with code 484.
func WrongIDKind(err error) (wantsStrings, wrong bool) {
	var refusal *janusclient.PluginError
	if !errors.As(err, &refusal) || refusal.Code != CodeInvalidElement {
		return false, false
	}
	for _, element := range []string{"(room should be ", "(id should be "} {
		_, wanted, found := strings.Cut(refusal.Reason, element)
		if found {
			return strings.Contains(wanted, "string"), true
		}
	}
	return false, false
}
