// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ID names a room or a participant. A Janus whose plugin has string_ids set
// wants strings, any other wants positive integers; an ID is either, exact to
// 64 bits, and never passes through a float. IDs compare with ==, and the
// number 7 is not the string "7". The zero value means "none"; tag a field
// `json:",omitzero"` to leave it out then.
type ID struct {
	kind idKind
	num  uint64
	str  string
}

type idKind uint8

const (
	idNone idKind = iota
	idNumber
	idString
)

// errBadID is wrapped by all errors about ids.
var errBadID = errors.New("not a Janus id")

// NumberID makes a numeric id.
func NumberID(n uint64) ID { return ID{kind: idNumber, num: n} }

// StringID makes a string id. The empty string makes none.
func StringID(s string) ID {
	if s == "" {
		return ID{}
	}
	return ID{kind: idString, str: s}
}

// ParseID reads an id as people write it: all digits and no more than 2^64-1
// is a number, anything else is a string. It refuses what no Janus can take:
// nothing at all, bytes that are not UTF-8, and NUL.
func ParseID(s string) (ID, error) {
	switch {
	case s == "":
		return ID{}, fmt.Errorf("%w: empty", errBadID)
	case !utf8.ValidString(s):
		return ID{}, fmt.Errorf("%w: %q is not UTF-8", errBadID, s)
	case strings.ContainsRune(s, 0):
		return ID{}, fmt.Errorf("%w: %q holds a NUL", errBadID, s)
	}
	if allDigits(s) {
		if n, err := strconv.ParseUint(s, 10, 64); err == nil {
			return NumberID(n), nil
		}
	}
	return StringID(s), nil
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// IsNumber reports whether the id is sent as a JSON number.
func (id ID) IsNumber() bool { return id.kind == idNumber }

// IsZero reports whether there is no id.
func (id ID) IsZero() bool { return id.kind == idNone }

// Number returns the number of a numeric id.
func (id ID) Number() (n uint64, ok bool) { return id.num, id.kind == idNumber }

// String returns the id without quotes, and "" for none.
func (id ID) String() string {
	if id.kind == idNumber {
		return strconv.FormatUint(id.num, 10)
	}
	return id.str
}

// AsString returns the same id for a Janus with string_ids: 1234 becomes "1234".
func (id ID) AsString() ID { return StringID(id.String()) }

// AsNumber returns the same id for a Janus without string_ids: "1234" becomes
// 1234; ok is false, and the id unchanged, if it is not a number.
func (id ID) AsNumber() (number ID, ok bool) {
	if id.kind != idString {
		return id, id.kind == idNumber
	}
	parsed, err := ParseID(id.str)
	if err != nil || !parsed.IsNumber() {
		return id, false
	}
	return parsed, true
}

// MarshalJSON writes a number, a string, or null for none.
func (id ID) MarshalJSON() ([]byte, error) {
	switch id.kind {
	case idNumber:
		return strconv.AppendUint(nil, id.num, 10), nil
	case idString:
		return json.Marshal(id.str)
	default:
		return []byte("null"), nil
	}
}

// UnmarshalJSON reads a non-negative integer, a string, or null. It refuses
// fractions, exponents and negative numbers. (Janus prints a numeric id above
// 2^63-1 as a negative number: such an id cannot be used with it.)
func (id *ID) UnmarshalJSON(b []byte) error {
	text := strings.TrimSpace(string(b))
	switch {
	case text == "null":
		*id = ID{}
		return nil
	case strings.HasPrefix(text, `"`):
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return fmt.Errorf("%w: %w", errBadID, err)
		}
		*id = StringID(s)
		return nil
	case !allDigits(text):
		return fmt.Errorf("%w: %.40s is neither a string nor a non-negative integer", errBadID, text)
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%w: %.40s does not fit 64 bits", errBadID, text)
	}
	*id = NumberID(n)
	return nil
}
