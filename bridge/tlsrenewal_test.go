// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"crypto/tls"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/janusclient/janustest"
)

// Files of TLS that have changed are taken up by a reload, as a new connection
// for new calls; what cannot be read leaves everything as it was.
func TestReloadTakesRenewedCertificates(t *testing.T) {
	l := newLab(t, "")
	secured := janustest.NewServer(janustest.WithRoom("1234"), janustest.WithAutoWebRTCUp(), janustest.WithTLS(&tls.Config{MinVersion: tls.VersionTLS12}))
	defer secured.Close()
	secured.Answer = l.peers.answer
	dialer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // to learn the certificate
	conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(secured.URL, "https://"), "/janus"))
	require.NoError(t, err)
	secure, ok := conn.(*tls.Conn)
	require.True(t, ok)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.ConnectionState().PeerCertificates[0].Raw})
	_ = conn.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, ca, 0o600))

	l.reconfigure(replacing("</configuration>", `<server name="two"><param name="url" value="`+secured.URL+`?room=abcd"/><param name="enabled" value="true"/>`+
		`<param name="rtp-ip" value="127.0.0.1"/><param name="tls-ca-file" value="`+file+`"/></server></configuration>`))
	require.Equal(t, "+OK\nadded|two\nchanged|\nremoved|\n", l.engine.Command("reload"))
	one, first := l.call("two/First@1234", existing)
	l.up(first)
	require.Equal(t, "+OK\nadded|\nchanged|\nremoved|\n", l.engine.Command("reload"))

	require.NoError(t, os.WriteFile(file, append([]byte("# renewed\n"), ca...), 0o600))
	require.Equal(t, "+OK\nadded|\nchanged|two\nremoved|\n", l.engine.Command("reload"))
	two, second := l.call("two/Second@1234", existing)
	l.up(second)
	require.NotEqual(t, l.host.Variable(first, host.VarSessionID), l.host.Variable(second, host.VarSessionID))

	require.NoError(t, os.WriteFile(file, []byte("half of a cer"), 0o600))
	l.engine.Command("reload")
	require.True(t, l.logged(`server "two" stays as it was`, "holds no certificate in PEM"))
	three, third := l.call("two/Third@1234", existing)
	l.up(third)
	require.Equal(t, 3, secured.Participants("1234"), "nobody was lost")
	for _, r := range secured.Requests() {
		require.Contains(t, r.Query, "room=abcd", r.Janus)
	}
	for _, c := range []*call.Call{one, two, three} {
		l.end(c, host.CauseNormalClearing)
	}
}

func TestUserAgent(t *testing.T) { require.Regexp(t, `^mod_janus/\S+$`, userAgent()) }
