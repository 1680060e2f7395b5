// SPDX-License-Identifier: MPL-2.0

package console

import (
	"fmt"
	"strings"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
)

// applicationUsage is a control's usage as a dialplan application, which has no uuid.
func (v verb) applicationUsage() string {
	return strings.TrimSpace("janus " + v.name + " " + strings.TrimSpace(strings.TrimPrefix(v.usages[0], "<uuid>")))
}

// Application runs the dialplan application janus on the session with this
// UUID. The session is a Janus leg, or is bridged to a Janus leg. line is the
// name of a control and its words, without a uuid. It waits for Janus, at most
// cmd-timeout and a second more. The output is that of the command, and the
// session's variable janus_result holds it.
func (c *Console) Application(uuid, line string) string {
	name, text := config.CutWord(line)
	output := c.applyTo(uuid, name, text)
	result := strings.TrimSpace(output)
	if strings.HasPrefix(result, "-ERR") {
		c.env.Host.Log(uuid, host.LevelWarning, fmt.Sprintf("Application janus %s: %s", name, result))
	}
	_ = c.env.Host.SetVariable(uuid, host.VarResult, result)
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

func (c *Console) applyTo(uuid, name, text string) string {
	v, _ := verbNamed(verbs, name)
	if v.control == nil {
		return usageError(applicationUsages()...)
	}
	do, ok := v.control(text)
	if !ok {
		return usageError(v.applicationUsage())
	}
	leg := c.legOf(uuid)
	if leg == nil {
		return "-ERR this session is no Janus leg, and not bridged to one\n"
	}
	return outcome(leg.Do(name, do))
}

func applicationUsages() (usages []string) {
	for _, v := range verbs {
		if v.control != nil {
			usages = append(usages, v.applicationUsage())
		}
	}
	return usages
}
