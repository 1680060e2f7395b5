// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// headSize is how much is kept of a message that is too large. Janus writes
// janus, session_id, transaction and sender before anything that can be long.
const headSize = 4 << 10

// intake takes in one message. Of one above the limit it keeps the head and
// counts the rest, so that memory is bounded and the next message can be read.
type intake struct {
	limit int64
	size  int64 // bytes so far
	kept  []byte
}

// Write implements io.Writer; it never fails.
func (i *intake) Write(b []byte) (int, error) {
	over := i.over()
	i.size += int64(len(b))
	switch {
	case over:
	case i.over():
		head := int(min(i.limit, headSize))
		room := max(0, head-len(i.kept))
		i.kept = append(i.kept[:min(head, len(i.kept))], b[:min(room, len(b))]...)
		i.kept = bytes.Clone(i.kept) // frees the rest
	default:
		i.kept = append(i.kept, b...)
	}
	return len(b), nil
}

// over tells whether the message is above the limit.
func (i *intake) over() bool { return i.size > i.limit }

// blank tells whether nothing but white space has come.
func (i *intake) blank() bool { return len(bytes.TrimSpace(i.kept)) == 0 }

// message reads what has come. Of a message above the limit it is the envelope,
// and fault says so.
func (i *intake) message(fault func(what string, err error) *TransportError) (*message, error) {
	if !i.over() {
		return parseMessage(i.kept)
	}
	m := envelope(i.kept)
	m.fault = fault(tooLarge(i.size, i.limit), nil)
	if m.Janus == "" {
		return nil, m.fault
	}
	return m, nil
}

// tooLarge names size, limit and the param that sets it.
func tooLarge(size, limit int64) string {
	return fmt.Sprintf("a message of %d bytes, above the limit of %d bytes (max-message-size)", size, limit)
}

// envelope reads from the beginning of a message what it is and whom it is for.
func envelope(head []byte) *message {
	m := &message{}
	members := map[string]any{
		"janus": &m.Janus, "transaction": &m.Transaction, "session_id": &m.SessionID, "sender": &m.Sender,
	}
	decoder := json.NewDecoder(bytes.NewReader(head))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return m
	}
	for decoder.More() {
		key, err := decoder.Token()
		name, isName := key.(string)
		if err != nil || !isName {
			return m
		}
		to := members[name]
		if to == nil {
			to = &json.RawMessage{}
		}
		if decoder.Decode(to) != nil {
			return m
		}
	}
	return m
}

// splitter cuts the answer to a long poll, which is one message or an array of
// them, into messages while it comes.
type splitter struct {
	limit int64
	take  func(*intake) // each message as it is complete
	// known takes the element that a text begins with, if it knows it, and returns where the
	// comma or bracket after the element is; 0: it does not. nil: no element is known.
	known  func([]byte) int
	pauses func() // all that has come so far is taken; nil: nobody is told

	array, ended bool
	element      *intake
	elements     int // commas so far
	depth        int // of brackets in the element
	quoted       bool
	escaped      bool
}

// split reads to the end. A message that makes no sense is the taker's to judge;
// the error is for what cannot be cut into messages.
func split(r io.Reader, limit int64, take func(*intake)) error {
	return (&splitter{limit: limit, take: take}).read(r)
}

// read is split with the splitter's own functions.
func (s *splitter) read(r io.Reader) error {
	s.element = &intake{limit: s.limit}
	buffer := make([]byte, 16<<10)
	for {
		n, err := r.Read(buffer)
		if bad := s.feed(buffer[:n]); bad != nil {
			return bad
		}
		switch {
		case err == io.EOF && s.array && !s.ended:
			return io.ErrUnexpectedEOF
		case err == io.EOF && !s.array:
			s.take(s.element)
			return nil
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if s.pauses != nil {
			s.pauses()
		}
	}
}

// feed takes what has come next.
func (s *splitter) feed(b []byte) error {
	if !s.array && s.element.size == 0 {
		b = bytes.TrimLeft(b, space)
		if len(b) > 0 && b[0] == '[' {
			s.array = true
			b = b[1:]
		}
	}
	if !s.array {
		_, _ = s.element.Write(b)
		return nil
	}
	return s.cut(b)
}

// space is what JSON takes for white space.
const space = " \t\r\n"

// cut takes what has come next of an array.
func (s *splitter) cut(b []byte) error {
	start := 0
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case s.ended:
			if strings.IndexByte(space, c) < 0 {
				return errTrailing
			}
		case s.escaped:
			s.escaped = false
		case s.quoted:
			s.escaped, s.quoted = c == '\\', c != '"'
		case c == '"':
			s.quoted = true
		case c == '{' || c == '[':
			if size := s.pass(b[start:i], b[i:]); size > 0 {
				i += size // the comma or bracket after it
				start = i + 1
				s.elements++
				s.ended = b[i] == ']'
				continue
			}
			s.depth++
		case s.depth > 0 && (c == '}' || c == ']'):
			s.depth--
		case s.depth == 0 && (c == ',' || c == ']'):
			_, _ = s.element.Write(b[start:i])
			start = i + 1
			s.next(c == ']')
		}
	}
	if !s.ended {
		_, _ = s.element.Write(b[start:])
	}
	return nil
}

// next ends an element of the array. An empty array has none.
func (s *splitter) next(last bool) {
	if !last || s.elements > 0 || !s.element.blank() {
		s.take(s.element)
	}
	s.elements++
	s.element, s.ended = &intake{limit: s.limit}, last
}

// pass takes an element that is here as a whole, and known, without looking into it. It
// returns where the comma or the bracket is that ends the element; 0 if there is none.
func (s *splitter) pass(before, b []byte) (size int) {
	if s.known == nil || s.depth > 0 || s.element.size > 0 || len(bytes.TrimLeft(before, space)) > 0 {
		return 0
	}
	return s.known(b)
}
