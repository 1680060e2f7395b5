// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// esl is a client of the event socket, for one command at a time. No Go
// library for it can be had from the module proxy.
type esl struct {
	mu   sync.Mutex
	conn net.Conn
	in   *textproto.Reader
	raw  *bufio.Reader
}

func dialESL(addr, password string) (*esl, error) {
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(eslPatience))
	raw := bufio.NewReader(conn)
	e := &esl{conn: conn, raw: raw, in: textproto.NewReader(raw)}
	if _, _, err := e.read(); err != nil {
		conn.Close()
		return nil, err
	}
	reply, _, err := e.send("auth "+password, eslPatience)
	if err == nil && !strings.HasPrefix(reply.Get("Reply-Text"), "+OK") {
		err = errors.New("event socket: " + reply.Get("Reply-Text"))
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return e, nil
}

// read takes one message: headers, and a body when Content-Length says so.
func (e *esl) read() (textproto.MIMEHeader, string, error) {
	header, err := e.in.ReadMIMEHeader()
	if err != nil {
		return nil, "", fmt.Errorf("event socket: %w", err)
	}
	n, _ := strconv.Atoi(header.Get("Content-Length"))
	body := make([]byte, n)
	if _, err := io.ReadFull(e.raw, body); err != nil {
		return nil, "", fmt.Errorf("event socket: %w", err)
	}
	return header, string(body), nil
}

// eslPatience is how long a command may take unless somebody says otherwise.
const eslPatience = 90 * time.Second

// send gives the switch a line and returns its answer. When none comes within limit, the connection
// is closed: the answer to the next command would be this one's.
func (e *esl) send(line string, limit time.Duration) (textproto.MIMEHeader, string, error) {
	if strings.ContainsAny(line, "\r\n") {
		return nil, "", errors.New("event socket: a command is one line")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	_ = e.conn.SetDeadline(time.Now().Add(limit))
	if _, err := fmt.Fprintf(e.conn, "%s\n\n", line); err != nil {
		return nil, "", fmt.Errorf("event socket: %w", err)
	}
	header, body, err := e.read()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		e.close()
		err = fmt.Errorf("the switch has not answered within %s: %w", limit.Round(time.Second), err)
	}
	return header, body, err
}

// api runs a command and returns its output.
func (e *esl) api(command string, limit time.Duration) (string, error) {
	_, body, err := e.send("api "+command, limit)
	return body, err
}

func (e *esl) close() { e.conn.Close() }
