// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// masked stands where a secret was.
const masked = "***"

// secretKeys are the JSON members that hold a secret anywhere in the Janus and
// AudioBridge APIs, in lower case.
var secretKeys = map[string]bool{
	"apisecret": true, "secret": true, "token": true, "pin": true,
	"admin_secret": true, "admin_key": true, "new_secret": true, "new_pin": true,
	"room_pin": true, "room_secret": true, "allowed": true, "password": true,
	"credential": true, "srtp_crypto": true, "srtpcrypto": true, "turn_pwd": true, "rtsp_pwd": true,
}

// secretLine finds what must not be read in an SDP: the ICE password
// (RFC 8839 section 5.4) and SDES keys (RFC 4568).
var secretLine = regexp.MustCompile(`(?i)(a=ice-pwd:|inline:)[^\s|\\"]+`)

// secretReason finds the token in the core's error 470 (janus_request_allow_token).
var secretReason = regexp.MustCompile(`([Tt]oken )\S+( not found)`)

// secretCut finds it where the message is cut.
var secretCut = regexp.MustCompile(`(?i)("token )[^\s"]+`)

// maskReason is a reason of Janus's that may be shown.
func maskReason(reason string) string {
	if !strings.Contains(reason, "oken ") { // most, and there are many
		return reason
	}
	return secretReason.ReplaceAllString(reason, "${1}"+masked+"${2}")
}

// secretText finds secrets in what is not JSON: query strings, user-info, the
// head of a cut message.
var secretText = regexp.MustCompile(
	`(?i)("?(?:apisecret|secret|token|pin|admin_secret|admin_key|new_secret|new_pin|room_pin|room_secret|password|` +
		`credential|srtp_crypto|srtpcrypto|turn_pwd|rtsp_pwd|allowed)"?\s*[=:]\s*)(\[[^\]]*\]?|"(?:[^"\\]|\\.)*"?|[^&\s"<>]+)`)

// secretUser finds the user-info of a URL.
var secretUser = regexp.MustCompile(`(://)[^/\s@"]+@`)

// maskedHead is how much is shown of a text that is not JSON; more is searched,
// so that a secret at the seam is still recognised.
const (
	maskedHead   = 512
	maskedSearch = 8 * maskedHead
)

// Mask returns a Janus message as it may be logged: API secret, tokens, PINs,
// room secrets and ICE passwords replaced by ***. Numbers keep their digits,
// members come in alphabetical order. Of a text that is not JSON the head is
// returned, masked by pattern.
func Mask(message []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(message))
	decoder.UseNumber()
	var value any
	if checkDepth(message) != nil || decoder.Decode(&value) != nil || decoder.More() {
		return maskText(message)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(maskValue(value)); err != nil {
		return maskText(message)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// maskable is a message that is masked if it is shown.
type maskable []byte

func (m maskable) String() string { return Mask(m) }

func maskText(message []byte) string {
	s := string(message[:min(len(message), maskedSearch)])
	s = secretText.ReplaceAllString(s, "${1}"+masked)
	s = secretLine.ReplaceAllString(s, "${1}"+masked)
	s = secretUser.ReplaceAllString(s, "${1}"+masked+"@")
	s = secretCut.ReplaceAllString(maskReason(s), "${1}"+masked)
	if len(s) > maskedHead || len(message) > maskedSearch {
		s = fmt.Sprintf("%s... (%d bytes)", s[:min(len(s), maskedHead)], len(message))
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func maskValue(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			if secretKeys[strings.ToLower(key)] && hides(member) {
				v[key] = masked
			} else {
				v[key] = maskValue(member)
			}
		}
	case []any:
		for i := range v {
			v[i] = maskValue(v[i])
		}
	case string:
		return maskReason(secretLine.ReplaceAllString(v, "${1}"+masked))
	}
	return value
}

// hides reports whether a member can hold a secret: a flag cannot, and it is
// good to see whether one was sent empty.
func hides(member any) bool {
	switch v := member.(type) {
	case nil, bool:
		return false
	case string:
		return v != ""
	default:
		return true
	}
}
