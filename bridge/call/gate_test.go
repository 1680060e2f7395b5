// SPDX-License-Identifier: MPL-2.0

package call

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/host/hosttest"
	"mod_janus/bridge/media"
)

// newTestGate is a gate of a call with these variables, and what it has done.
func newTestGate(vars config.Variables) (g *gate, h *hosttest.Host, done *[]string) {
	ch, h := newTestChannel(nil)
	done = new([]string)
	room, legs := newTestRoom(vars), new(figures)
	legs.next(new(media.Leg))
	return &gate{
		channel: ch, vars: room.vars, room: room, progress: new(progress), figures: legs, limit: idleTimer(),
		answered: func() { *done = append(*done, "answered") },
		end:      func(why *failure.Error) { *done = append(*done, why.Reason) },
	}, h, done
}

func TestGateOpensWithTheAnswer(t *testing.T) {
	g, h, done := newTestGate(config.Variables{AnswerOnUp: true})
	require.NoError(t, g.opened(media.Opus))
	require.Equal(t, []string{"media opus"}, h.Sessions["leg"].Progress)
	require.Equal(t, stateDialling, g.progress.get())
	g.up = true
	g.changed()
	g.changed() // it is answered once
	require.Equal(t, []string{"media opus", "answer"}, h.Sessions["leg"].Progress)
	require.Equal(t, stateUp, g.progress.get())
	require.Equal(t, []string{"answered"}, *done)
}

func TestGateWaitsForAParticipant(t *testing.T) {
	g, h, _ := newTestGate(config.Variables{AnswerOnReady: true, AnswerTimeout: time.Minute})
	require.NoError(t, g.opened(media.Opus))
	require.Equal(t, stateWaiting, g.progress.get())
	require.Empty(t, h.Sessions["leg"].Progress)
	g.participantReady("7")
	g.changed()
	require.Equal(t, []string{"media opus", "answer"}, h.Sessions["leg"].Progress)
}

func TestGateWaitsNoLonger(t *testing.T) {
	g, h, _ := newTestGate(config.Variables{AnswerOnReady: true, AnswerTimeout: time.Minute})
	require.NoError(t, g.opened(media.Opus))
	g.nobodyReady()
	require.Equal(t, []string{"media opus", "answer"}, h.Sessions["leg"].Progress)
}

func TestGateOfASessionThatIsGone(t *testing.T) {
	g, h, done := newTestGate(config.Variables{})
	delete(h.Sessions, "leg")
	require.ErrorIs(t, g.opened(media.Opus), host.ErrGone)
	g.changed()
	require.Equal(t, []string{failure.Of(host.ErrGone).Reason}, *done)
}
