// SPDX-License-Identifier: MPL-2.0

package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/server"
	"mod_janus/janusclient"
	"mod_janus/janusclient/admin"
)

// adminVerb is one command to the Admin API.
type adminVerb struct {
	name     string
	words    string   // what follows the verb, for the usage
	complete []string // what Tab offers after the verb
	run      func(ctx context.Context, d *adminCommand, args []string) (printed, error)
}

// adminCommand is where one command to the Admin API of one server is dealt with.
type adminCommand struct {
	*admin.Client
	console *Console
	server  *server.Server
}

// errUsage: the words make no sense as this command.
var errUsage = errors.New("usage")

// adminVerbs are in the order of the usage.
var adminVerbs = []adminVerb{
	{"sessions", "", nil, adminSessions},
	{"handles", "[<session>|all]", []string{"all"}, adminHandles},
	{"info", "<uuid>|<session>/<handle> [raw]", []string{"<leg>", "<leg> raw"}, adminInfo},
	{"pcap", "<uuid>|<session>/<handle> start [<file>]|stop", []string{"<leg> start|stop"}, adminPCAP},
	{"log-level", "[<level>]", []string{"none|fatal|error|warning|info|verbose|huge|debug"}, adminLogLevel},
	{"tokens", "[add <token> [<plugin> ...]|allow|disallow <token> <plugin> ...|remove <token>]", []string{"add|allow|disallow|remove"}, adminTokens},
	{"accept", "on|off", []string{"on|off"}, adminAccept},
}

// adminVerbNames are the verbs for the table of all commands.
func adminVerbNames() (verbs []verb) {
	for _, v := range adminVerbs {
		verbs = append(verbs, verb{name: v.name, usages: []string{v.words}, complete: v.complete})
	}
	return verbs
}

// commandAdmin runs `janus admin <server> <verb> ...`.
func (c *Console) commandAdmin(text string) string {
	args, asJSON := cutJSON(strings.Fields(text))
	command, _ := verbNamed(verbs, "admin")
	if len(args) < 2 {
		return command.usage("")
	}
	i := slices.IndexFunc(adminVerbs, func(v adminVerb) bool { return v.name == args[1] })
	if i < 0 {
		return command.usage("")
	}
	s, err := c.env.Server(args[0])
	if err != nil {
		return outcome("", err)
	}
	var out printed
	err = s.Administer(config.AdminPatience, func(ctx context.Context, client *admin.Client) (err error) {
		out, err = adminVerbs[i].run(ctx, &adminCommand{client, c, s}, args[2:])
		return err
	})
	switch {
	case errors.Is(err, errUsage):
		return command.usage(args[1])
	case err != nil:
		return fmt.Sprintf("-ERR %s\n", failure.Reason(err))
	}
	return show(out, asJSON)
}

// find returns the handle that a word names: the UUID of a leg on this server,
// or session/handle.
func (d *adminCommand) find(word string) (id admin.Handle, uuid string, err error) {
	if id, ok := parseHandle(word); ok {
		return id, d.uuidOf(id), nil
	}
	leg, err := d.console.legNamed(word)
	if err != nil {
		return id, "", err
	}
	if leg.Server().Name != d.server.Name {
		return id, "", fmt.Errorf("the leg %q is on server %q", word, leg.Server().Name)
	}
	place := leg.Place()
	if place == nil {
		return id, "", fmt.Errorf("the leg %q is not at Janus yet: %s", word, leg.Status().State)
	}
	return *place, word, nil
}

// parseHandle reads session/handle, as Janus's own URLs and logs write it.
func parseHandle(word string) (admin.Handle, bool) {
	session, handle, two := strings.Cut(word, "/")
	if !two {
		return admin.Handle{}, false
	}
	var id admin.Handle
	var err, err2 error
	id.Session, err = strconv.ParseUint(session, 10, 64)
	id.ID, err2 = strconv.ParseUint(handle, 10, 64)
	return id, err == nil && err2 == nil && id.Session != 0 && id.ID != 0
}

// uuidOf returns the UUID of the leg that has a handle,
// or "" where the handle belongs to no leg of ours.
func (d *adminCommand) uuidOf(id admin.Handle) string {
	for _, leg := range d.console.env.Calls() {
		if place := leg.Place(); place != nil && *place == id && leg.Server().Name == d.server.Name {
			return leg.UUID()
		}
	}
	return ""
}

// gone tells whether what was asked about has ended meanwhile.
func gone(err error) bool {
	var refusal *janusclient.Error
	return errors.As(err, &refusal) &&
		(refusal.Code == janusclient.CodeSessionNotFound || refusal.Code == janusclient.CodeHandleNotFound)
}
