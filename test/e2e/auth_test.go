// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" // #nosec G505 -- what Janus's auth.c signs with
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// param is one of a <server>.
func param(name, value string) string { return fmt.Sprintf(`<param name=%q value=%q/>`, name, value) }

// signedToken finds what is left of a signed token that was not masked: data
// and signature, or the signature's tail.
var signedToken = regexp.MustCompile(`\d{9,},janus[^\s"]*:[A-Za-z0-9+/]{20,}`)

// What Janus itself may demand, presented right, wrong and not at all: who is
// refused hears DESTINATION_OUT_OF_ORDER, and the log, with debug, shows every
// message and no credential.
func TestAuth(t *testing.T) {
	t.Parallel() // a refused call waits
	for name, tt := range map[string]struct {
		janus        realjanus.Config
		right, wrong string // params
		credentials  []string
	}{
		"secret": {
			realjanus.Config{Secret: "right-secret"},
			param("secret", "right-secret"), param("secret", "wrong-secret"),
			[]string{"right-secret", "wrong-secret"},
		},
		"stored token": {
			realjanus.Config{TokenAuth: true, Secret: "of-the-lab"}, // either admits: ask has the secret, the module has not
			param("auth-token", "right-ticket"), param("auth-token", "wrong-ticket"),
			[]string{"right-ticket", "wrong-ticket", "of-the-lab"},
		},
		"signed token": {
			realjanus.Config{TokenSecret: "right-key", Secret: "of-the-lab"},
			param("hmac-secret", "right-key"), param("hmac-secret", "wrong-key"),
			[]string{"right-key", "wrong-key", "of-the-lab"},
		},
		"signed wins over stored": {
			realjanus.Config{TokenSecret: "right-key", Secret: "of-the-lab"},
			param("hmac-secret", "right-key") + param("auth-token", "right-ticket"),
			param("hmac-secret", "wrong-key") + param("auth-token", "right-ticket"),
			[]string{"right-key", "wrong-key", "right-ticket"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			j, err := realjanus.Start(dir, tt.janus)
			require.NoError(t, err)
			defer j.Kill()
			if tt.janus.TokenAuth {
				require.NoError(t, j.AddToken("right-ticket"))
			}
			conf := withServer(lab.ConfOf(j, tt.right), serverXML("wrong", j.URL, lab.Trust(j)+tt.wrong))
			conf = withServer(conf, serverXML("missing", j.URL, lab.Trust(j)))
			s, err := startSwitch(filepath.Join(dir, "switch"), conf)
			require.NoError(t, err)
			defer s.Stop()
			api(t, s, "janus debug true")
			uuid := originate(t, s, "%sjanus/demo/Right@1234 &park()", existing)
			people := ask(t, j).participants(janusclient.NumberID(1234))
			require.Len(t, people, 1)
			require.Equal(t, "Right", people[0].Display)
			hangup(t, s, uuid)
			for _, server := range []string{"wrong", "missing"} {
				line := requireFailure(t, s, "DESTINATION_OUT_OF_ORDER", "%sjanus/%s/x@1234 &park()", existing, server)
				require.Contains(t, line, "Unauthorized", "Janus's own words")
			}
			ask(t, j).empty(janusclient.NumberID(1234))
			requireSecretive(t, s, tt.credentials...)
		})
	}
}

// requireSecretive asserts that the log shows messages to Janus, and nothing
// that admits to it.
func requireSecretive(t *testing.T, s *lab.Switch, credentials ...string) {
	t.Helper()
	log := s.Log()
	require.Contains(t, log, `"janus":"attach"`, "debug shows messages")
	for _, credential := range credentials {
		require.NotContains(t, log, credential)
	}
	require.NotRegexp(t, signedToken, log)
}

// A server that was refused is not lost: the first call after its token is
// known goes through.
func TestStoredTokenAddedLate(t *testing.T) {
	t.Parallel() // a refused call waits
	dir := t.TempDir()
	j, err := realjanus.Start(dir, realjanus.Config{TokenAuth: true, Secret: "of-the-lab"})
	require.NoError(t, err)
	defer j.Kill()
	s, err := startSwitch(filepath.Join(dir, "switch"), lab.ConfOf(j, param("auth-token", "late-ticket")))
	require.NoError(t, err)
	defer s.Stop()
	requireFailure(t, s, "DESTINATION_OUT_OF_ORDER", "%sjanus/demo/x@1234 &park()", existing)
	require.NoError(t, j.AddToken("late-ticket"))
	began := time.Now()
	uuid := originate(t, s, "%sjanus/demo/x@1234 &park()", existing)
	require.Less(t, time.Since(began), 5*time.Second, "the next call tries again at once")
	hangup(t, s, uuid)
}

// doorman stands before a real Janus and does for one room what AudioBridge
// of a newer Janus than Debian's does with signed_tokens = true: it admits who joins
// with a token signed for that room. The room itself keeps a list of tokens, on
// which only the doorman's is, so refusals are AudioBridge's own.
type doorman struct {
	secret, realm string

	mu     sync.Mutex
	tokens []string // of joins, as they came
}

const doormansToken = "on-the-list"

// url of a Janus with the doorman before it.
func (d *doorman) url(t *testing.T, j *realjanus.Janus) string {
	t.Helper()
	proxy := before(t, j.HTTP)
	proxy.ModifyResponse = refuseAsSigned
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err == nil {
			text, err = d.look(text)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body, r.ContentLength = bodyOf(text)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/janus"
}

// refuseAsSigned has a refusal say what a room with signed tokens says.
func refuseAsSigned(r *http.Response) error {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	_ = r.Body.Close()
	r.Body, r.ContentLength = bodyOf(bytes.ReplaceAll(text, []byte("not in the allowed list"), []byte("wrong token")))
	r.Header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	return nil
}

// look exchanges the token of a join for the one on the list, if it is good.
func (d *doorman) look(text []byte) ([]byte, error) {
	if !bytes.Contains(text, []byte(`"request":"join"`)) {
		return text, nil
	}
	var message map[string]json.RawMessage
	if err := json.Unmarshal(text, &message); err != nil {
		return nil, err
	}
	var body map[string]any
	decoder := json.NewDecoder(bytes.NewReader(message["body"]))
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		return nil, err
	}
	token, _ := body["token"].(string)
	d.mu.Lock()
	d.tokens = append(d.tokens, token)
	d.mu.Unlock()
	if d.admits(token, fmt.Sprint("room=", body["room"])) {
		body["token"] = doormansToken
	}
	var err error
	if message["body"], err = json.Marshal(body); err != nil {
		return nil, err
	}
	return json.Marshal(message)
}

// admits is janus_auth_check_signature_contains (auth.c).
func (d *doorman) admits(token, descriptor string) bool {
	data, signature, _ := strings.Cut(token, ":")
	parts := strings.Split(data, ",")
	if len(parts) < 3 || parts[1] != d.realm || !slices.Contains(parts[2:], descriptor) {
		return false
	}
	expiry, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || time.Now().Unix() > expiry {
		return false
	}
	mac := hmac.New(sha1.New, []byte(d.secret))
	mac.Write([]byte(data))
	return signature == base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// seen are the tokens of the joins so far.
func (d *doorman) seen() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.tokens)
}

// A room that wants signed tokens: right and wrong, in the realm that the
// manual's tokens have and in that which AudioBridge asks for.
func TestRoomWithSignedTokens(t *testing.T) {
	t.Parallel() // a refused call waits
	dir := t.TempDir()
	const key = "the-key"
	j, err := realjanus.Start(dir, realjanus.Config{TokenSecret: key, Secret: "of-the-lab"})
	require.NoError(t, err)
	defer j.Kill()
	a := ask(t, j)
	for _, room := range []uint64{8600, 8601} {
		_, _, err = a.Create(t.Context(), audiobridge.CreateRequest{Room: janusclient.NumberID(room), Allowed: []string{doormansToken}})
		require.NoError(t, err)
	}
	manual, plugin, stern := &doorman{secret: key, realm: "janus"}, &doorman{secret: key, realm: "janus.plugin.audiobridge"}, &doorman{secret: "another-key"}
	stern.realm = manual.realm
	credential := param("hmac-secret", key)
	conf := lab.JanusConf(manual.url(t, j), credential)
	conf = withServer(conf, serverXML("plugin", plugin.url(t, j), credential))
	conf = withServer(conf, serverXML("stern", stern.url(t, j), credential))
	s, err := startSwitch(filepath.Join(dir, "switch"), conf)
	require.NoError(t, err)
	defer s.Stop()
	api(t, s, "janus debug true")

	ttl := func(token string) time.Duration {
		expiry, err := strconv.ParseInt(strings.Split(token, ",")[0], 10, 64)
		require.NoError(t, err)
		return time.Until(time.Unix(expiry, 0))
	}
	hangup(t, s, originate(t, s, "%sjanus/demo/x@8600 &park()", existing))
	hangup(t, s, originate(t, s, "{janus-use-existing-room=true,janus-hmac-token-ttl=60}janus/demo/x@8601 &park()"))
	tokens := manual.seen() // in the plugin's realm, which is refused, then in the core's, for each room
	require.Len(t, tokens, 4)
	tokens = []string{tokens[1], tokens[3]}
	for i, room := range []string{"8600", "8601"} {
		require.Regexp(t, `^\d{10},janus,janus\.plugin\.audiobridge,room=`+room+`:[A-Za-z0-9+/]{27}=$`, tokens[i])
	}
	require.InDelta(t, 7200, ttl(tokens[0]).Seconds(), 60)
	require.InDelta(t, 55, ttl(tokens[1]).Seconds(), 6)

	hangup(t, s, originate(t, s, "%sjanus/plugin/x@8600 &park()", existing))
	first := len(plugin.seen())
	hangup(t, s, originate(t, s, "%sjanus/plugin/x@8600 &park()", existing))
	require.Len(t, plugin.seen(), first+1, "which realm it is is known after the first call")

	line := requireFailure(t, s, "CALL_REJECTED", "%sjanus/stern/x@8600 &park()", existing)
	require.Contains(t, line, "nauthorized")
	requireSecretive(t, s, key, doormansToken)
}

// A call outlives its token: what it has to say to Janus afterwards is heard.
func TestCallOutlivesItsToken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, err := realjanus.Start(dir, realjanus.Config{TokenSecret: "the-key", Secret: "of-the-lab"})
	require.NoError(t, err)
	defer j.Kill()
	s, err := startSwitch(filepath.Join(dir, "switch"), lab.ConfOf(j, param("hmac-secret", "the-key")))
	require.NoError(t, err)
	defer s.Stop()
	const ttl = 2 * time.Second
	uuid := originate(t, s, "{janus-use-existing-room=true,janus-hmac-token-ttl=%d}janus/demo/x@1234 &park()", int(ttl.Seconds()))
	joined := time.Now()
	a := ask(t, j)
	room := janusclient.NumberID(1234)
	eventually(t, "its media is up", func() bool { return a.participants(room)[0].Setup })
	eventually(t, "its token has expired", func() bool { return time.Since(joined) > ttl+2*time.Second }) // Janus counts whole seconds
	require.Equal(t, "true", api(t, s, "uuid_exists %s", uuid))
	require.Len(t, a.participants(room), 1)
	hangup(t, s, uuid)
	a.empty(room) // its leave was heard: a session that ends would leave the room as well, but this one goes on
	require.Contains(t, api(t, s, "janus server demo"), "\nstate|connected\n")
	hangup(t, s, originate(t, s, "%sjanus/demo/y@1234 &park()", existing))
	requireOneSession(t, s)
}

// requireOneSession asserts that the server demo has never been without its session.
func requireOneSession(t *testing.T, s *lab.Switch) {
	t.Helper()
	require.Equal(t, 1, strings.Count(s.Log(), "Server demo is connected, session"))
}
