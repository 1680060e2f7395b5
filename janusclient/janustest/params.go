// SPDX-License-Identifier: MPL-2.0

package janustest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"mod_janus/janusclient/audiobridge"
)

// kind is the type that Janus wants of a member.
type kind string

const (
	aString  kind = "a string"
	aBoolean kind = "a boolean"
	aNumber  kind = "a positive integer" // 0 counts as one
	anArray  kind = "an array"
	anObject kind = "an object"
)

// param is one member of a request. What is not named in a list of them, Janus
// passes over.
type param struct {
	name     string
	kind     kind
	required bool
}

// optional makes params of one kind.
func optional(kind kind, names ...string) (list []param) {
	for _, name := range names {
		list = append(list, param{name: name, kind: kind})
	}
	return list
}

func required(kind kind, name string) []param { return []param{{name, kind, true}} }

func all(lists ...[]param) (list []param) {
	for _, l := range lists {
		list = append(list, l...)
	}
	return list
}

var joinParams = all(
	optional(aString, "display", "token", "group", "codec", "filename", "secret"),
	optional(aBoolean, "muted", "record", "generate_offer"),
	optional(aNumber, "prebuffer", "bitrate", "quality", "expected_loss", "volume", "spatial_position", "audio_level_average", "audio_active_packets"),
	optional(anObject, "rtp"),
)

// requestParams are those of AudioBridge's requests (janus_audiobridge.c), without
// the ids, which a configuration with string_ids wants as strings.
var requestParams = map[string][]param{
	"create": all(
		optional(aString, "description", "secret", "pin", "record_file", "record_dir", "mjrs_dir"),
		optional(aBoolean, "is_private", "spatial_audio", "record", "mjrs", "allow_rtp_participants", "permanent", "audiolevel_ext", "audiolevel_event"),
		optional(aNumber, "sampling_rate", "sampling", "audio_active_packets", "audio_level_average", "default_prebuffering",
			"default_expectedloss", "default_bitrate"),
		optional(anArray, "allowed", "groups"),
	),
	"edit": all(optional(aString, "secret", "new_description", "new_secret", "new_pin", "new_record_dir", "new_mjrs_dir"),
		optional(aBoolean, "new_is_private", "permanent")),
	"destroy":          optional(aBoolean, "permanent"),
	"allowed":          all(optional(aString, "secret"), required(aString, "action"), optional(anArray, "allowed")),
	"mute":             optional(aString, "secret"),
	"unmute":           optional(aString, "secret"),
	"mute_room":        optional(aString, "secret"),
	"unmute_room":      optional(aString, "secret"),
	"kick":             optional(aString, "secret"),
	"kick_all":         optional(aString, "secret"),
	"suspend":          all(optional(aString, "secret"), optional(aBoolean, "pause_events", "stop_record")),
	"resume":           all(optional(aString, "secret", "filename"), optional(aBoolean, "record")),
	"enable_recording": all(required(aBoolean, "record"), optional(aString, "record_file", "record_dir")),
	"enable_mjrs":      all(required(aBoolean, "mjrs"), optional(aString, "mjrs_dir")),
	"rtp_forward": all(optional(aString, "group", "codec", "host_family", "srtp_crypto"), optional(aNumber, "ssrc", "ptype", "srtp_suite"),
		required(aNumber, "port"), required(aString, "host"), optional(aBoolean, "always_on")),
	"stop_rtp_forward": required(aNumber, "stream_id"),
	"play_file":        all(required(aString, "filename"), optional(aString, "file_id", "group"), optional(aBoolean, "loop")),
	"is_playing":       required(aString, "file_id"),
	"stop_file":        required(aString, "file_id"),
	"configure": all(optional(aBoolean, "muted", "record", "generate_offer", "update"), optional(aString, "group", "filename", "display"),
		optional(aNumber, "prebuffer", "bitrate", "quality", "expected_loss", "volume", "spatial_position")),
}

// newer are requests that came after 1.1.2, and in which version.
var newer = map[string]string{"suspend": "1.2.1", "resume": "1.2.1"}

// validate checks the members of an object, in the words of Janus; "" is none.
func validate(object map[string]json.RawMessage, params []param) (missing bool, words string) {
	for _, p := range params {
		raw, there := object[p.name]
		switch {
		case !there && p.required:
			return true, fmt.Sprintf("Missing mandatory element (%s)", p.name)
		case there && !p.kind.fits(raw):
			return false, fmt.Sprintf("Invalid element type (%s should be %s)", p.name, p.kind)
		}
	}
	return false, ""
}

// fits tells whether a value is of that kind.
func (k kind) fits(raw json.RawMessage) bool {
	text := string(bytes.TrimSpace(raw))
	switch k {
	case aString:
		return strings.HasPrefix(text, `"`)
	case aBoolean:
		return text == "true" || text == "false"
	case anArray:
		return strings.HasPrefix(text, "[")
	case anObject:
		return strings.HasPrefix(text, "{")
	default:
		n, err := strconv.ParseInt(text, 10, 64)
		return err == nil && n >= 0
	}
}

// validated is validate for AudioBridge's requests.
func validated(in *incoming, params []param) object {
	missing, words := validate(in.body, params)
	switch {
	case words == "":
		return nil
	case missing:
		return failure(audiobridge.CodeMissingElement, words)
	}
	return failure(audiobridge.CodeInvalidElement, words)
}

// within checks a number of a request against its bounds.
func within(in *incoming, name string, least, most int, words string) object {
	var n int
	if raw, there := in.body[name]; !there || json.Unmarshal(raw, &n) == nil && n >= least && n <= most {
		return nil
	}
	return failure(audiobridge.CodeInvalidElement, "Invalid element ("+words+")")
}

// quality checks what join and configure want of a participant's encoder.
func quality(in *incoming) object {
	if bad := within(in, "quality", 1, 10, "quality should be a positive integer between 1 and 10"); bad != nil {
		return bad
	}
	return within(in, "expected_loss", 0, 20, "expected_loss should be a positive integer between 0 and 20")
}

// readable tells what Janus's JSON parser, jansson, cannot read in what is JSON
// otherwise: integers beyond 64 bits with a sign, and strings with a NUL.
func readable(raw []byte) (words string) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err != nil {
			return ""
		}
		switch value := token.(type) {
		case json.Number:
			_, err := strconv.ParseInt(value.String(), 10, 64)
			if err != nil && !strings.ContainsAny(value.String(), ".eE") {
				return fmt.Sprintf("JSON error: on line 1: too big integer near '%s'", value)
			}
		case string:
			if strings.ContainsRune(value, 0) {
				return `JSON error: on line 1: \u0000 is not allowed without JSON_ALLOW_NUL`
			}
		}
	}
}
