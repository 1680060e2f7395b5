// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mod_janus/janusclient/realjanus"
	"mod_janus/test/impair"
)

const testOffer = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=candidate:1 1 udp 2130706431 192.0.2.1 30000 typ host generation 0\r\n" +
	"a=ice-ufrag:x\r\na=end-of-candidates\r\na=sendrecv\r\n"

// post sends an SDP as Janus's API does, and returns the one in the answer.
func post(t *testing.T, url, sdp string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"jsep": map[string]string{"sdp": sdp}})
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(string(body)))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	var answer struct{ JSEP struct{ SDP string } }
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	return answer.JSEP.SDP
}

// The offer comes without candidates, the answer with the relay's, and what is
// sent there arrives where Janus is.
func TestBadNetwork(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	defer http.DefaultClient.CloseIdleConnections()
	janus, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	defer janus.Close()
	port := janus.LocalAddr().(*net.UDPAddr).Port
	offers := make(chan string, 1)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/janus/1/2", r.URL.Path)
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		offers <- string(body)
		fmt.Fprintf(w, `{"janus":"event","jsep":{"sdp":"v=0\r\na=candidate:1 1 udp 2015363327 127.0.0.1 %d typ host\r\na=end-of-candidates\r\n"}}`, port)
	}))
	defer api.Close()
	bad, err := NewBadNetwork(api.URL+"/janus", 1)
	require.NoError(t, err)
	defer bad.Close()

	answer := post(t, bad.URL+"/1/2", testOffer)
	offer := <-offers
	require.NotContains(t, offer, "candidate")
	require.Contains(t, offer, `a=ice-ufrag:x\r\na=sendrecv\r\n`)
	relays, err := bad.Relays()
	require.NoError(t, err)
	require.Len(t, relays, 1)
	parts := regexp.MustCompile(`a=candidate:1 1 udp 2015363327 (\S+) (\d+) typ host\r\n`).FindStringSubmatch(answer)
	require.Len(t, parts, 3, answer)
	require.Equal(t, relays[0].Addr().String(), net.JoinHostPort(parts[1], parts[2]))
	require.NotEqual(t, fmt.Sprint(port), parts[2])

	peer, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(relays[0].Addr()))
	require.NoError(t, err)
	defer peer.Close()
	buffer := make([]byte, 100)
	_, err = peer.Write([]byte("to Janus"))
	require.NoError(t, err)
	require.NoError(t, janus.SetReadDeadline(time.Now().Add(realjanus.StartLimit)))
	n, from, err := janus.ReadFromUDPAddrPort(buffer)
	require.NoError(t, err)
	require.Equal(t, "to Janus", string(buffer[:n]))
	require.Equal(t, relays[0].FarAddr(), from)

	require.NoError(t, relays[0].SetLinks(impair.Link{Down: true}, impair.Link{}))
	_, err = peer.Write([]byte("lost"))
	require.NoError(t, err)
	require.NoError(t, realjanus.Until(realjanus.StartLimit, "the packet is lost", func() bool {
		to, _ := relays[0].Stats()
		return to.Lost == 1
	}))
}

// An address that is none is an error of the proxy, which its user sees.
func TestBadNetworkSaysWhatFailed(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"jsep":{"sdp":"a=candidate:1 1 udp 1 x.local 1 typ host\r\n"}}`)
	}))
	defer api.Close()
	bad, err := NewBadNetwork(api.URL, 1)
	require.NoError(t, err)
	defer bad.Close()
	require.Contains(t, post(t, bad.URL, testOffer), "x.local")
	_, err = bad.Relays()
	require.ErrorContains(t, err, "x.local")
	_, err = NewBadNetwork("http://%", 1)
	require.Error(t, err)
}
