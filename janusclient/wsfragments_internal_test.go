// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"errors"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// frames are a message of text in fragments, and a ping between them.
func frames(sizes ...int) []byte {
	var b []byte
	for i, size := range sizes {
		op := byte(0)
		if i == 0 {
			op = 1
		}
		if i == len(sizes)-1 {
			op |= 0x80
		}
		switch {
		case size < 126:
			b = append(b, op, byte(size))
		case size < 1<<16:
			b = append(b, op, 126, byte(size>>8), byte(size))
		default:
			b = append(b, op, 127, 0, 0, 0, 0, byte(size>>24), byte(size>>16), byte(size>>8), byte(size))
		}
		b = append(b, make([]byte, size)...)
		if i == 0 {
			b = append(b, 0x89, 3, 'a', 'b', 'c')
		}
	}
	return b
}

const switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

// Whatever the pieces in which TCP brings them, fragments are counted right.
func TestFragmentsAreCounted(t *testing.T) {
	good := append([]byte(switching), frames(5)...)
	good = append(good, frames(0, 125, 126, 70000)...)
	good = append(good, frames(1, 2, 3, 4)...)
	bad := append(append([]byte{}, good...), frames(1, 1, 1, 1, 1)...)
	for _, piece := range []int{1, 2, 3, 7, 1000, 1 << 20} {
		require.NoError(t, feed(good, piece))
		var fault *chunkError
		require.ErrorAs(t, feed(bad, piece), &fault)
		require.ErrorContains(t, fault, "more than 4 chunks")
	}
	// what changed no protocol is not frames
	require.NoError(t, feed(append([]byte("HTTP/1.1 200 OK\r\n\r\n"), bad...), 5))
	require.NoError(t, feed(make([]byte, 1<<20), 4096), "a head without an end")
}

// feed counts in pieces.
func feed(b []byte, piece int) error {
	c := &chunkConn{limit: 4}
	for len(b) > 0 {
		n := min(piece, len(b))
		if err := c.count(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// The reader gets what has come before the fault, and then the fault.
func TestChunkConn(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	go func() {
		_, _ = far.Write([]byte(switching))
		_, _ = far.Write(frames(1, 1))
	}()
	c := &chunkConn{Conn: near, limit: 1}
	buffer := make([]byte, 1024)
	n, err := c.Read(buffer)
	require.NoError(t, err)
	require.Equal(t, switching, string(buffer[:n]))
	_, err = c.Read(buffer)
	var fault *chunkError
	require.True(t, errors.As(err, &fault))
}

func FuzzFragments(f *testing.F) {
	f.Add([]byte(switching), 3)
	f.Add(append([]byte(switching), frames(1, 200, 3)...), 1)
	f.Fuzz(func(_ *testing.T, b []byte, piece int) { _ = feed(b, max(1, piece)) })
}
