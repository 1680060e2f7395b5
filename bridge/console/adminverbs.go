// SPDX-License-Identifier: MPL-2.0

package console

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"mod_janus/janusclient/admin"
)

func adminSessions(ctx context.Context, d *adminCommand, args []string) (printed, error) {
	if len(args) != 0 {
		return nil, errUsage
	}
	sessions, err := d.ListSessions(ctx)
	if err != nil {
		return nil, err
	}
	own := d.server.State().Session
	slices.Sort(sessions)
	t := table{columns: []string{"session", "ours"}}
	for _, id := range sessions {
		t.add(id, id == own)
	}
	return t, nil
}

func adminHandles(ctx context.Context, d *adminCommand, args []string) (printed, error) {
	var sessions []uint64
	own := d.server.State().Session
	switch {
	case len(args) == 0 && own == 0: // not connected: nothing is ours
	case len(args) == 0:
		sessions = []uint64{own}
	case len(args) == 1 && args[0] == "all":
		var err error
		if sessions, err = d.ListSessions(ctx); err != nil {
			return nil, err
		}
		slices.Sort(sessions)
	case len(args) == 1:
		id, err := strconv.ParseUint(args[0], 10, 64)
		if err != nil || id == 0 {
			return nil, errUsage
		}
		sessions = []uint64{id}
	default:
		return nil, errUsage
	}
	t := table{columns: []string{"session", "handle", "uuid"}}
	for _, session := range sessions {
		handles, err := d.ListHandles(ctx, session)
		if gone(err) && len(sessions) > 1 {
			continue
		}
		if err != nil {
			return nil, err
		}
		slices.Sort(handles)
		for _, handle := range handles {
			t.add(session, handle, d.uuidOf(admin.Handle{Session: session, ID: handle}))
		}
	}
	return t, nil
}

// adminPCAP begins or ends a capture. Where it is written only Janus can say,
// and only while it runs.
func adminPCAP(ctx context.Context, d *adminCommand, args []string) (printed, error) {
	if len(args) < 2 || len(args) > 3 {
		return nil, errUsage
	}
	id, _, err := d.find(args[0])
	if err != nil {
		return nil, err
	}
	file := ""
	running := func() error {
		info, err := d.HandleInfo(ctx, id)
		if err == nil {
			file = info.PCAPFile
		}
		return err
	}
	switch {
	case args[1] == "start":
		var capture admin.Capture
		if len(args) == 3 {
			capture.Folder, capture.Filename = path.Split(args[2])
			capture.Folder = strings.TrimSuffix(capture.Folder, "/")
		}
		if err := d.StartPCAP(ctx, id, capture); err != nil {
			return nil, err
		}
		err = running()
	case args[1] == "stop" && len(args) == 2:
		if err := running(); err != nil {
			return nil, err
		}
		err = d.StopPCAP(ctx, id)
	default:
		return nil, errUsage
	}
	return done{file, fields{{"file", file}}}, err
}

// logLevels of Janus, in its order.
var logLevels = []string{"none", "fatal", "error", "warning", "info", "verbose", "huge", "debug"}

func adminLogLevel(ctx context.Context, d *adminCommand, args []string) (printed, error) {
	var level int
	switch len(args) {
	case 0:
		status, err := d.Status(ctx)
		if err != nil {
			return nil, err
		}
		level = status.LogLevel
	case 1:
		wanted, err := strconv.Atoi(args[0])
		if err != nil {
			wanted = slices.Index(logLevels, args[0])
		}
		if wanted < admin.LogNone || wanted > admin.LogMax {
			return nil, errUsage
		}
		if level, err = d.SetLogLevel(ctx, wanted); err != nil {
			return nil, err
		}
	default:
		return nil, errUsage
	}
	name := strconv.Itoa(level)
	if level >= 0 && level < len(logLevels) {
		name = logLevels[level]
	}
	return done{name, fields{{"level", level}, {"name", name}}}, nil
}

func adminTokens(ctx context.Context, d *adminCommand, args []string) (printed, error) {
	if len(args) == 0 {
		tokens, err := d.ListTokens(ctx)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(tokens, func(a, b admin.Token) int { return strings.Compare(a.Token, b.Token) })
		t := table{columns: []string{"token", "plugins"}}
		for _, token := range tokens {
			t.add(token.Token, strings.Join(token.Plugins, ","))
		}
		return t, nil
	}
	change := map[string]func(context.Context, string, ...string) ([]string, error){
		"add": d.AddToken, "allow": d.AllowToken, "disallow": d.DisallowToken,
	}[args[0]]
	switch {
	case args[0] == "remove" && len(args) == 2:
		return done{}, d.RemoveToken(ctx, args[1])
	case change == nil || len(args) < 2 || args[0] != "add" && len(args) < 3:
		return nil, errUsage
	}
	var plugins []string
	for _, name := range args[2:] {
		if !strings.Contains(name, ".") {
			name = "janus.plugin." + name
		}
		plugins = append(plugins, name)
	}
	left, err := change(ctx, args[1], plugins...)
	if err != nil {
		return nil, err
	}
	return done{strings.Join(left, ","), fields{{"plugins", append([]string{}, left...)}}}, nil
}

func adminAccept(ctx context.Context, d *adminCommand, args []string) (printed, error) {
	if len(args) != 1 || args[0] != "on" && args[0] != "off" {
		return nil, errUsage
	}
	_, err := d.AcceptNewSessions(ctx, args[0] == "on")
	return done{}, err
}
