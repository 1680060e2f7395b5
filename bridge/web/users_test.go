// SPDX-License-Identifier: MPL-2.0

package web

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"mod_janus/bridge/config"
)

func TestUsersAndRoles(t *testing.T) {
	l := newLab(t)
	l.Use(config.HTTP{Listen: "127.0.0.1:0", Users: users(t)})
	for _, c := range []struct {
		method, path, name, password string
		want                         int
	}{
		{"GET", "/seen", "eve", "right", 200}, {"POST", "/done", "eve", "right", 403}, {"GET", "/seen", "ops", "right", 200},
		{"POST", "/done", "ops", "right", 200}, {"POST", "/done", "ops", "wrong", 401}, {"GET", "/seen", "nobody", "right", 401}, {"GET", "/seen", "", "", 401},
	} {
		status, body, header := l.request(c.method, c.path, as(c.name, c.password))
		require.Equal(t, c.want, status, "%+v: %s", c, body)
		require.Equal(t, c.want == 401, header.Get("WWW-Authenticate") != "")
		if c.path == "/seen" && c.want == 200 {
			require.Equal(t, c.name, body)
		}
	}
	_, body, _ := l.request("POST", "/done", as("eve", "right"))
	require.Contains(t, body, `user \"eve\" has the role view, want operate`)
}

// A thousand wrong passwords cost the time of five, also where they come at once.
func TestWrongPasswords(t *testing.T) {
	l := newLab(t)
	l.Use(config.HTTP{Listen: "127.0.0.1:0", Users: users(t)})
	var checked, barred atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			for range 50 {
				switch status, _, header := l.request("GET", "/seen", as("eve", "guessed")); {
				case status == 401:
					checked.Add(1)
				case status == 429 && header.Get("Retry-After") != "":
					barred.Add(1)
				}
			}
		})
	}
	all.Wait()
	require.EqualValues(t, mostTries, checked.Load())
	require.EqualValues(t, 1000-mostTries, barred.Load())
	status, _, _ := l.request("GET", "/seen", as("eve", "right"))
	require.Equal(t, 429, status, "a password that is right is not told from others meanwhile")
	lines := 0
	for _, line := range l.host.Lines {
		lines += strings.Count(line, "wrong passwords from 127.0.0.1")
		require.NotContains(t, line, "guessed")
	}
	require.Equal(t, 1, lines)
	l.tries.from[network(netip.MustParseAddr("127.0.0.1"))].until = time.Now()
	status, _, _ = l.request("GET", "/seen", as("eve", "right"))
	require.Equal(t, 200, status, "a minute later it may try again")
}

func TestTriesAreByAddress(t *testing.T) {
	var of tries
	now := time.Now()
	addr := netip.MustParseAddr
	for i := range mostTries {
		require.Zero(t, of.wait(addr("2001:db8::1"), now))
		require.Equal(t, i == mostTries-1, of.failed(addr(fmt.Sprintf("2001:db8::%d", i+1)), now))
	}
	require.Equal(t, triesFor, of.wait(addr("2001:db8::ffff"), now), "the whole /64 is one host's")
	require.Zero(t, of.wait(addr("2001:db8:0:1::1"), now))
	require.Zero(t, of.wait(addr("192.0.2.1"), now))
	require.Zero(t, of.wait(addr("2001:db8::1"), now.Add(triesFor)))
	for i := range 3 * mostTriers {
		of.failed(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
		require.LessOrEqual(t, len(of.from), mostTriers)
	}
}

func TestFileOfUsers(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	require.NoError(t, err)
	of := string(hash)
	apache := strings.Replace(of, "$2a$", "$2y$", 1) // as htpasswd writes it
	text := "a:" + apache + ":view\r\n\n# none\n b:" + of + ":operate \n" +
		"c:plain:view\nd:" + of + "\ne:" + of + ":admin\n:" + of + ":view\na:" + of + ":operate\nf:$2a$20$" + of[7:] + ":view\n"
	found, problems, err := readUsers(file(t, "users", text))
	require.NoError(t, err)
	require.Equal(t, map[string]user{"a": {apache, View}, "b": {of, Operate}}, found)
	require.Len(t, problems, 6)
	for i, want := range []string{
		`line 5 is ignored: user "c" has no bcrypt password, want what ` + "`htpasswd -nB c` prints", "line 6 is ignored: it has 2 parts between colons, want name:bcrypt:role",
		`line 7 is ignored: user "e" has the role "admin", want view or operate`, "line 8 is ignored: the name is empty",
		`line 9 is ignored: user "a" is there twice`, `line 10 is ignored: the password of user "f" costs 20, want at most 14`,
	} {
		require.Contains(t, problems[i], want)
		require.NotContains(t, problems[i], "$2")
	}
	rules := &access{users: found}
	require.NoError(t, rules.check("a", "secret"))
	require.ErrorIs(t, rules.check("a", "other"), errPassword)
	require.True(t, rules.known.right("a", "secret"))
	require.False(t, rules.known.right("a", "other"))
	require.False(t, rules.known.right("b", "secret"), "it was not shown yet")
}

// A file that nobody can log in with closes the port, also on a loopback address.
func TestNoUsersNoPort(t *testing.T) {
	l := newLab(t)
	for path, want := range map[string]string{
		file(t, "empty", "# nobody\n"): "there is no user in", "/nonexistent/users": "no such file",
		file(t, "wrong", "ops:plain:operate\n"): "line 1 is ignored",
	} {
		l.Use(local)
		l.Use(config.HTTP{Listen: "127.0.0.1:0", Users: path})
		require.Empty(t, l.Addr())
		require.True(t, l.logged("3 ", path, want), "%q", l.host.Lines)
	}
}

// Whoever is taken out of the file is out at the next reload.
func TestReloadOfUsers(t *testing.T) {
	l := newLab(t)
	cfg := config.HTTP{Listen: "127.0.0.1:0", Users: users(t)}
	l.Use(cfg)
	addr, before := l.Addr(), l.open.access.Load()
	l.Use(cfg)
	require.Same(t, before, l.open.access.Load(), "nothing has changed, and streams stay")
	status, _, _ := l.request("GET", "/seen", as("eve", "right"))
	require.Equal(t, 200, status)
	hash, err := bcrypt.GenerateFromPassword([]byte("other"), bcrypt.MinCost)
	require.NoError(t, err)
	cfg.Users = file(t, "users", "ops:"+string(hash)+":view")
	l.Use(cfg)
	require.Equal(t, addr, l.Addr())
	require.Error(t, before.ctx.Err(), "streams of those who are out end")
	status, _, _ = l.request("GET", "/seen", as("eve", "right"))
	require.Equal(t, 401, status)
	status, _, _ = l.request("GET", "/seen", as("ops", "other"))
	require.Equal(t, 200, status)
	l.Use(local)
	require.NotEmpty(t, l.Addr())
}
