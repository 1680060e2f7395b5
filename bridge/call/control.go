// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"errors"
	"fmt"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
)

// Action is one control of a call. It runs in the call's goroutine, with a
// context that ends with the patience of who asked, or with the call; it
// returns what to print after "+OK", "" for nothing.
type Action func(context.Context, *Call) (string, error)

// msgControl: somebody wants the call to do something, and waits for it.
type msgControl struct {
	ctx   context.Context
	name  string
	do    Action
	reply chan<- controlled // holds one
}

// controlled is how an action went.
type controlled struct {
	words string
	err   error
}

// Do has the call do something and waits for it, from any goroutine but
// the call's own. What has not begun when the patience ends is not done later.
func (c *Call) Do(name string, do Action) (string, error) {
	ctx, cancel := context.WithTimeout(c.hung, c.cfg().CmdTimeout+config.ControlPatience)
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
