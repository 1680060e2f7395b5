// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
)

// chunkError: a message came in too many pieces.
type chunkError struct{ limit int }

func (e *chunkError) Error() string {
	return fmt.Sprintf("a message in more than %d chunks (max-message-chunks)", e.limit)
}

// limitChunks has a transport's connections fail when a WebSocket message comes
// in more than limit fragments (RFC 6455 section 5.4). The WebSocket library
// joins them, so they are counted before it sees them.
func limitChunks(t *http.Transport, limit int) {
	counted := func(dial dialFunc) dialFunc {
		return func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &chunkConn{Conn: conn, limit: limit}, nil
		}
	}
	t.DialContext, t.DialTLSContext = counted(t.DialContext), counted(t.DialTLSContext)
}

// chunkConn counts the fragments of what comes in. Only one goroutine reads.
type chunkConn struct {
	net.Conn
	limit int

	passed bool   // the head of the HTTP answer is through
	plain  bool   // it changed no protocol: all that follows is HTTP
	head   []byte // of the HTTP answer, then of a frame, while incomplete
	body   uint64 // bytes to come of the frame's payload
	chunks int    // of the message so far
}

const (
	maxHTTPHead = 64 << 10
	opControl   = 0x8 // and above: control frames, which come between fragments
)

// Read implements net.Conn.
func (c *chunkConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.plain || n == 0 {
		return n, err
	}
	if fault := c.count(b[:n]); fault != nil {
		return 0, fault
	}
	return n, err
}

// count follows the frames in what has come.
func (c *chunkConn) count(b []byte) error {
	for len(b) > 0 && !c.plain {
		switch {
		case !c.passed:
			b = c.http(b)
		case c.body > 0:
			n := min(c.body, uint64(len(b)))
			c.body -= n
			b = b[n:]
		default:
			c.head = append(c.head, b[0])
			b = b[1:]
			if err := c.frame(); err != nil {
				return err
			}
		}
	}
	return nil
}

// http looks for the end of the HTTP answer's head, and returns what follows.
func (c *chunkConn) http(b []byte) []byte {
	seen := len(c.head)
	c.head = append(c.head, b...)
	end := bytes.Index(c.head, []byte("\r\n\r\n"))
	if end < 0 {
		c.plain = len(c.head) > maxHTTPHead
		return nil
	}
	c.passed, c.plain = true, !bytes.HasPrefix(c.head, []byte("HTTP/1.1 101"))
	c.head = nil
	return b[end+4-seen:]
}

// frame reads a frame's head, once it is complete (RFC 6455 section 5.2).
func (c *chunkConn) frame() error {
	const masked, length16, length64 = 0x80, 126, 127
	if len(c.head) < 2 {
		return nil
	}
	length, need := uint64(c.head[1]&^masked), 2
	switch length {
	case length16:
		need += 2
	case length64:
		need += 8
	}
	mask := 0
	if c.head[1]&masked != 0 { // no server does; the library will refuse it
		mask = 4
	}
	if len(c.head) < need+mask {
		return nil
	}
	switch length {
	case length16:
		length = uint64(binary.BigEndian.Uint16(c.head[2:]))
	case length64:
		length = binary.BigEndian.Uint64(c.head[2:])
	}
	final, op := c.head[0]&0x80 != 0, c.head[0]&0x0f
	c.head, c.body = c.head[:0], length
	if op >= opControl {
		return nil
	}
	if c.chunks++; c.chunks > c.limit {
		return &chunkError{c.limit}
	}
	if final {
		c.chunks = 0
	}
	return nil
}
