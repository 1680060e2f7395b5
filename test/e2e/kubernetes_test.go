// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// The preStop hook of contrib/kubernetes: Janus takes no new sessions, and the hook returns when
// the last participant has left.
func TestKubernetesPreStop(t *testing.T) {
	t.Parallel()
	if realjanus.JanusVersion() != realjanus.Janus141 {
		t.Skip("the example is for the newest Janus")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("the hook needs curl")
	}
	text, err := os.ReadFile("../../contrib/kubernetes/janus.yaml")
	require.NoError(t, err)
	_, script, _ := strings.Cut(string(text), "drain.sh: |\n")
	script, _, found := strings.Cut(script, "\n---\n")
	require.True(t, found)

	j, err := realjanus.Start(t.TempDir(), realjanus.Config{})
	require.NoError(t, err)
	t.Cleanup(j.Kill)
	a := ask(t, j)
	b, err := lab.NewBrowser(t.Context(), j.HTTP)
	require.NoError(t, err)
	t.Cleanup(b.Close)
	require.NoError(t, b.Join(t.Context(), audiobridge.JoinRequest{Room: janusclient.NumberID(1234), Media: audiobridge.Media{Display: "browser"}}, false))
	hook := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(script, "sleep 5", "sleep 0.2"))
	hook.Env = append(os.Environ(), "JANUS_ADMIN_SECRET="+realjanus.AdminSecret, "JANUS_ADMIN_URL="+j.Admin)
	ended := make(chan error, 1)
	go func() { ended <- hook.Run() }()
	eventually(t, "Janus takes no new sessions", func() bool {
		info, err := a.client.Info(t.Context())
		return err == nil && !bool(info.AcceptingNewSessions)
	})
	select {
	case err := <-ended:
		require.FailNow(t, "the hook did not wait", "%v", err)
	case <-time.After(2 * time.Second): // some rounds of it
	}
	require.Len(t, a.participants(janusclient.NumberID(1234)), 1)
	b.Close()
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(patience):
		require.FailNow(t, "the hook does not end")
	}
	require.Empty(t, a.participants(janusclient.NumberID(1234)))
}
