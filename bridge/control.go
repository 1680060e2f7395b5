// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"fmt"
	"strings"

	"mod_janus/bridge/call"
	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
)

// controlParser makes an action of what follows the command's name (and its
// uuid, on the console); false is a usage error.
type controlParser func(text string) (call.Action, bool)

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
		return outcome(c.Do(name, do))
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
	return outcome(c.Do(name, do))
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
func (e *Engine) leg(uuid string) *call.Call {
	for _, c := range e.snapshot() {
		if uuid != "" && c.UUID() == uuid {
			return c
		}
	}
	return nil
}

// legNamed is leg for a UUID that somebody has typed.
func (e *Engine) legNamed(uuid string) (*call.Call, error) {
	c := e.leg(uuid)
	if c == nil {
		return nil, fmt.Errorf("no Janus leg has the uuid %q", uuid)
	}
	return c, nil
}

// legOf returns the Janus leg that a session is, or is bridged to, or has
// dialled; nil when there is none.
func (e *Engine) legOf(uuid string) *call.Call {
	if c := e.leg(uuid); c != nil {
		return c
	}
	for _, name := range host.PartnerVariables {
		if c := e.leg(e.host.Variable(uuid, name)); c != nil {
			return c
		}
	}
	for _, c := range e.snapshot() {
		if uuid != "" && c.ALeg() == uuid {
			return c
		}
	}
	return nil
}

// Legs returns the UUIDs of the legs there are, oldest first.
func (e *Engine) Legs() []string {
	var uuids []string
	for _, c := range e.snapshot() {
		if uuid := c.UUID(); uuid != "" {
			uuids = append(uuids, uuid)
		}
	}
	return uuids
}

// outcome is what a control prints.
func outcome(words string, err error) string {
	if err != nil {
		return "-ERR " + failure.Reason(err) + "\n"
	}
	return done{words: words}.text()
}
