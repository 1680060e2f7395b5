// SPDX-License-Identifier: MPL-2.0

package call

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/host/hosttest"
)

func TestTwoLocalAddresses(t *testing.T) {
	for _, tt := range []struct {
		rules []string
		want  []string
		says  string
	}{
		{nil, []string{"192.0.2.1"}, ""},
		{[]string{"127.0.0.1", "::1"}, []string{"127.0.0.1", "::1"}, ""},
		{[]string{"::1"}, []string{"::1"}, ""},
		{[]string{"::"}, []string{"2001:db8::1"}, "rtp-ip :: is not an address that can be offered"},
		{[]string{"::1", "auto"}, []string{"::1", "192.0.2.1"}, ""},
		{[]string{"auto", "interface:lo"}, []string{"192.0.2.1"}, "rtp-ip interface:lo is 127.0.0.1, of the same family as 192.0.2.1, and is left out"},
		{[]string{"interface:no-such", "::1"}, []string{"::1"}, `there is no interface "no-such"`},
		{[]string{"interface:no-such"}, nil, `there is no interface "no-such"`},
	} {
		host := hosttest.New("")
		host.Globals = map[string]string{"local_ip_v4": "192.0.2.1", "local_ip_v6": "2001:db8::1"}
		addrs, warnings, err := localAddresses(host, tt.rules)
		var got []string
		for _, addr := range addrs {
			got = append(got, addr.String())
		}
		require.Equal(t, tt.want, got, tt.rules)
		if err != nil {
			warnings = append(warnings, err.Error())
		}
		require.Contains(t, strings.Join(warnings, "\n"), tt.says)
	}
}
