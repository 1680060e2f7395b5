// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// coreID is the number of a session or handle, which some write as a string.
type coreID uint64

// UnmarshalJSON implements json.Unmarshaler.
func (id *coreID) UnmarshalJSON(raw []byte) error {
	text := string(raw)
	if len(text) > 2 && text[0] == '"' {
		text = strings.Trim(text, `"`)
	}
	if text == "null" {
		*id = 0
		return nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%.40s is not the number of a session or handle", text)
	}
	*id = coreID(n)
	return nil
}

// UnmarshalJSON implements json.Unmarshaler: a Janus that does not say whether it
// accepts sessions cannot refuse them.
func (i *Info) UnmarshalJSON(raw []byte) error {
	type plain Info
	i.AcceptingNewSessions = true
	return json.Unmarshal(raw, (*plain)(i))
}
