// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"encoding/json"
	"reflect"
)

// Flag is a boolean as Janus has written it over the years: true, the string
// "true" (the core before 0.2 and janus.plugin.cm.audioroom), or 1.
type Flag bool

// UnmarshalJSON reads a boolean, and a string or number that stands for one.
func (f *Flag) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "true", `"true"`, "1":
		*f = true
	case "false", `"false"`, "0", "null":
		*f = false
	default:
		return &json.UnmarshalTypeError{Value: "what is neither true nor false", Type: reflect.TypeFor[Flag]()}
	}
	return nil
}
