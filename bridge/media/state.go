// SPDX-License-Identifier: MPL-2.0

package media

import "sync"

// State of a leg, as reported through LegConfig.OnState.
type State int

// A leg goes from StateConnecting to StateUp, then between StateReceiving and StateSilent as media
// comes and goes, and between StateDisconnected and StateReconnected as the path does, and ends in
// StateFailed or StateClosed. After StateFailed only StateClosed follows.
const (
	StateNew          State = iota // before Answer; never reported
	StateConnecting                // Answer was accepted, ICE and DTLS are under way
	StateUp                        // DTLS is done, the SRTP keys are in
	StateReceiving                 // RTP arrives: the first time, or again after StateSilent
	StateSilent                    // no RTP for LegConfig.SilenceTimeout
	StateFailed                    // given up, the error says why; Close is still to be called
	StateClosed                    // Close was called; the last state
	StateDisconnected              // the path is dead, for LegConfig.DisconnectedTimeout or because Restart led to none: Restart may help
	StateReconnected               // the path is alive again: after StateDisconnected by itself, or Restart has led to a new one
	StateLoss                      // no state: Stats.LossGrade, by which the far end's encoder should prepare, is another one
)

// String is the state's name in lower case.
func (s State) String() string {
	names := [...]string{"new", "connecting", "up", "receiving", "silent", "failed", "closed", "disconnected", "reconnected", "loss"}
	if s < 0 || int(s) >= len(names) {
		return "unknown"
	}
	return names[s]
}

// notifier calls OnState in order. Its goroutine lives only while there is something to say, so a
// leg in steady state does not hold one, and OnState may call Close without waiting for itself.
type notifier struct {
	call func(State, error)
	busy *sync.WaitGroup // the engine's, so that it can wait for the last call

	mu      sync.Mutex
	queue   []notice
	running bool
	failed  bool // StateFailed is queued: only StateClosed may follow
	last    bool // StateClosed is queued: nothing may follow
}

type notice struct {
	state State
	err   error
}

// tell queues one state. It never blocks.
func (n *notifier) tell(state State, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.call == nil || n.last || n.failed && state != StateClosed {
		return
	}
	n.last, n.failed = state == StateClosed, n.failed || state == StateFailed
	n.queue = append(n.queue, notice{state, err})
	if !n.running {
		n.running = true
		n.busy.Add(1)
		go n.run()
	}
}

func (n *notifier) run() {
	defer n.busy.Done()
	for {
		n.mu.Lock()
		if len(n.queue) == 0 {
			n.running = false
			n.mu.Unlock()
			return
		}
		next := n.queue[0]
		n.queue = n.queue[1:]
		n.mu.Unlock()
		n.call(next.state, next.err)
	}
}
