// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A second ack is no answer of the plugin.
func TestAckTwice(t *testing.T) {
	x := &Exchange{id: "t", arrived: make(chan struct{}, 1)}
	s := &Session{exchanges: map[string]*Exchange{"t": x}}
	require.True(t, s.resolve(&message{Janus: "ack", Transaction: "t"}))
	require.Nil(t, x.pop())
	require.True(t, s.resolve(&message{Janus: "event", Transaction: "t"}))
	require.NotNil(t, x.pop())
}
