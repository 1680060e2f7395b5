// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"slices"
	"strconv"
	"strings"
)

// Before reports whether this Janus is of an earlier version than another,
// "0.7.2" say. A version that cannot be read is before none.
func (i *Info) Before(version string) bool {
	is, ok := versionNumbers(i.VersionString)
	wanted, known := versionNumbers(version)
	return ok && known && slices.Compare(is, wanted) < 0
}

// versionNumbers reads "1.1.2", and "1.4.0-multistream" without what follows.
func versionNumbers(version string) ([]int, bool) {
	version, _, _ = strings.Cut(version, "-")
	var numbers []int
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	return numbers, true
}
