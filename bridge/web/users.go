// SPDX-License-Identifier: MPL-2.0

package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"golang.org/x/crypto/bcrypt"

	"mod_janus/bridge/config"
)

// Role is what a user may do.
type Role int

// The roles. Each may do what those before it may.
const (
	Anyone  Role = iota // who has no name here
	View                // sees calls, rooms and servers
	Operate             // acts on them
)

// roles are the roles as the file of users has them.
var roles = map[string]Role{"view": View, "operate": Operate}

func (r Role) String() string {
	for name, role := range roles {
		if role == r {
			return name
		}
	}
	return "anyone"
}

// user is a line of the file of users.
type user struct {
	hash string // bcrypt
	role Role
}

const (
	// dearest bounds what checking a password costs: some seconds of CPU.
	dearest = 14
	// longestName bounds the name of a user, in bytes.
	longestName = 64
)

// readUsers reads the file of users. Lines that are wrong are problems, which name no password;
// the error is for a file without any user.
func readUsers(path string) (users map[string]user, problems []string, err error) {
	text, err := os.ReadFile(path) // #nosec G304 -- the operator names the file
	if err != nil {
		return nil, nil, fmt.Errorf("http-users: %w", err)
	}
	users = make(map[string]user)
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, parsed, err := parseUser(line)
		if _, twice := users[name]; err == nil && twice {
			err = fmt.Errorf("user %q is there twice", name)
		}
		if err != nil {
			problems = append(problems, fmt.Sprintf("line %d is ignored: %s", i+1, err))
			continue
		}
		users[name] = parsed
	}
	if len(users) == 0 {
		return nil, problems, fmt.Errorf("http-users: there is no user in %s", path)
	}
	return users, problems, nil
}

func parseUser(line string) (name string, parsed user, err error) {
	parts := strings.Split(line, ":")
	if len(parts) != 3 {
		return "", user{}, fmt.Errorf("it has %d parts between colons, want name:bcrypt:role", len(parts))
	}
	name = parts[0]
	role, known := roles[parts[2]]
	cost, wrong := bcrypt.Cost([]byte(parts[1]))
	switch {
	case name == "" || len(name) > longestName || config.CheckText(name) != nil:
		return "", user{}, fmt.Errorf("the name is empty, longer than %d bytes, or has control characters", longestName)
	case !known:
		return "", user{}, fmt.Errorf("user %q has the role %q, want view or operate", name, parts[2])
	case wrong != nil:
		return "", user{}, fmt.Errorf("user %q has no bcrypt password, want what `htpasswd -nB %s` prints", name, name)
	case cost > dearest:
		return "", user{}, fmt.Errorf("the password of user %q costs %d, want at most %d", name, cost, dearest)
	}
	return name, user{parts[1], role}, nil
}

// errPassword is for a name or a password that is wrong; it does not say which.
var errPassword = errors.New("wrong name or password")

// nobody is the password of who is no user: a wrong name takes as long as a wrong password.
var nobody = sync.OnceValue(func() string {
	hash, _ := bcrypt.GenerateFromPassword([]byte(rand.Text()), bcrypt.DefaultCost)
	return string(hash)
})

// check checks a password, which takes its time.
func (a *access) check(name, password string) error {
	known, there := a.users[name]
	hash := known.hash
	if !there {
		hash = nobody()
	}
	if bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) != nil || !there {
		return errPassword
	}
	a.known.add(name, password)
	return nil
}

// credentials remembers which names and passwords were right, so that bcrypt is asked once for
// each. What it keeps is of no use without a key that this process alone has.
type credentials struct {
	mu     sync.Mutex
	key    []byte
	proven map[string][]byte // by name; at most one for each user
}

func (c *credentials) mac(name, password string) []byte {
	sum := hmac.New(sha256.New, c.key)
	sum.Write([]byte(name + "\x00" + password))
	return sum.Sum(nil)
}

func (c *credentials) add(name, password string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.key == nil {
		c.key = make([]byte, sha256.Size)
		_, _ = rand.Read(c.key) // it never fails
		c.proven = make(map[string][]byte)
	}
	c.proven[name] = c.mac(name, password)
}

func (c *credentials) right(name, password string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	proven, there := c.proven[name]
	return there && hmac.Equal(proven, c.mac(name, password))
}
