// SPDX-License-Identifier: MPL-2.0

package janusclient_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
)

func TestVersionBefore(t *testing.T) {
	for version, before := range map[string]bool{
		"0.1.0": true, "0.7.1": true, "0.7.2": false, "0.10.7": false, "1.1.2": false, "1.4.1": false,
		"0.7": true, "0.6.3-custom": true, "": false, "new": false,
	} {
		info := janusclient.Info{VersionString: version}
		require.Equal(t, before, info.Before("0.7.2"), version)
	}
}
