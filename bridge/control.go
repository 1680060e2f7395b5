// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
)

// action is one control of a call. It runs in the call's goroutine, with a
// context that ends with the patience of who asked, or with the call; it
// returns what to print after "+OK", "" for nothing.
type action func(context.Context, *Call) (string, error)

// msgControl: somebody wants the call to do something, and waits for it.
type msgControl struct {
	ctx   context.Context
	name  string
	do    action
	reply chan<- controlled // holds one
}

// controlled is how an action went.
type controlled struct {
	words string
	err   error
}

// controlParser makes an action of what follows the command's name (and its
// uuid, on the console); false is a usage error.
type controlParser func(text string) (action, bool)

// onLeg makes a command of a control: its first word is the uuid of a leg.
func onLeg(name string, parse controlParser) func(*Engine, string) string {
	return func(e *Engine, text string) string {
		uuid, text := config.CutWord(text)
		do, ok := parse(text)
		if uuid == "" || !ok {
			return usageOf(name)
		}
		c, err := e.legNamed(uuid)
		if err != nil {
			return outcome("", err)
		}
		return outcome(c.control(name, do))
	}
}

// applicationUsage is a control's usage as a dialplan application, which has no uuid.
func (v verb) applicationUsage() string {
	return strings.TrimSpace("janus " + v.name + " " + strings.TrimSpace(strings.TrimPrefix(v.usages[0], "<uuid>")))
}

// Application runs the dialplan application janus on the session with this
// UUID: a Janus leg itself, or one that is bridged to a Janus leg. line is the
// name of a control and its words, without a uuid. It waits for Janus, at most
// cmd-timeout and a second more. The output is that of the command, and the
// session's variable janus_result holds it.
func (e *Engine) Application(uuid, line string) string {
	name, text := config.CutWord(line)
	output := e.applyTo(uuid, name, text)
	result := strings.TrimSpace(output)
	if strings.HasPrefix(result, "-ERR") {
		e.host.Log(uuid, host.LevelWarning, fmt.Sprintf("Application janus %s: %s", name, result))
	}
	_ = e.host.SetVariable(uuid, host.VarResult, result)
	return output
}

// ResultVariable is the session's variable with the outcome of a dialplan
// application, janus or janus_send.
func ResultVariable(application string) string {
	if application == "janus_send" {
		return host.VarSendResult
	}
	return host.VarResult
}

func (e *Engine) applyTo(uuid, name, text string) string {
	v, _ := verbNamed(verbs, name)
	if v.control == nil {
		return usageError(applicationUsages()...)
	}
	do, ok := v.control(text)
	if !ok {
		return usageError(v.applicationUsage())
	}
	c := e.legOf(uuid)
	if c == nil {
		return "-ERR this session is no Janus leg, and not bridged to one\n"
	}
	return outcome(c.control(name, do))
}

func applicationUsages() (usages []string) {
	for _, v := range verbs {
		if v.control != nil {
			usages = append(usages, v.applicationUsage())
		}
	}
	return usages
}

// leg returns the Janus leg with this UUID, or nil.
func (e *Engine) leg(uuid string) *Call {
	for _, c := range e.snapshot() {
		if uuid != "" && c.channel.uuid() == uuid {
			return c
		}
	}
	return nil
}

// legNamed is leg for a UUID that somebody has typed.
func (e *Engine) legNamed(uuid string) (*Call, error) {
	c := e.leg(uuid)
	if c == nil {
		return nil, fmt.Errorf("no Janus leg has the uuid %q", uuid)
	}
	return c, nil
}

// legOf returns the Janus leg that a session is, or is bridged to, or has
// dialled; nil when there is none.
func (e *Engine) legOf(uuid string) *Call {
	if c := e.leg(uuid); c != nil {
		return c
	}
	for _, name := range host.PartnerVariables {
		if c := e.leg(e.host.Variable(uuid, name)); c != nil {
			return c
		}
	}
	for _, c := range e.snapshot() {
		if uuid != "" && c.aUUID == uuid {
			return c
		}
	}
	return nil
}

// Legs returns the UUIDs of the legs there are, oldest first.
func (e *Engine) Legs() []string {
	var uuids []string
	for _, c := range e.snapshot() {
		if uuid := c.channel.uuid(); uuid != "" {
			uuids = append(uuids, uuid)
		}
	}
	return uuids
}

// control has the call do something and waits for it, from any goroutine but
// the call's own. What has not begun when the patience ends is not done later.
func (c *Call) control(name string, do action) (string, error) {
	ctx, cancel := context.WithTimeout(c.hung, c.cfg.CmdTimeout+config.ControlPatience)
	defer cancel()
	reply := make(chan controlled, 1)
	c.post(msgControl{ctx, name, do, reply})
	select {
	case done := <-reply:
		return done.words, done.err
	case <-ctx.Done():
	}
	select {
	case done := <-reply: // both at once: a kick, say
		return done.words, done.err
	default:
	}
	if c.hung.Err() != nil {
		return "", errors.New("the call is over")
	}
	return "", fmt.Errorf("the call is busy: %s", c.progress.get())
}

// onControl runs an action in the call's goroutine.
func (c *Call) onControl(msg msgControl) {
	var done controlled
	switch {
	case msg.ctx.Err() != nil:
		return // whoever asked has gone
	case !c.joined:
		done.err = fmt.Errorf("the call is not in its room: %s", c.progress.get())
	default:
		done.words, done.err = msg.do(msg.ctx, c)
	}
	result := "done"
	if done.err != nil {
		result = failure.Reason(done.err)
	}
	c.channel.logf(host.LevelInfo, "Janus call %s: %s: %s", c.room.describe(), msg.name, result)
	msg.reply <- done
}

// outcome is what a control prints.
func outcome(words string, err error) string {
	if err != nil {
		return "-ERR " + failure.Reason(err) + "\n"
	}
	return done{words: words}.text()
}
