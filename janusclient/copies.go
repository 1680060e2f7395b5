// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"bytes"
	"slices"
	"strconv"
)

// copies recognises the copies of an event. Janus gives each handle in a room a copy
// of its own, and the copies differ in nothing but the number of the handle
// ("sender"): in a room of a hundred, a hundred come in a row. Comparing a
// copy with the event that was parsed takes a fraction of the time that parsing takes.
type copies struct {
	originals [4]*original // the latest events; nil for none
	next      int
}

// maxOriginal is the size, in bytes, of the largest event that is remembered.
const maxOriginal = 8 << 10

// original is an event that has been parsed.
type original struct {
	message       *message
	before, after []byte // what surrounds the number of the handle
}

// learn remembers an event, as copies of it may come. There are no copies of answers.
func (c *copies) learn(m *message) {
	if m.fault != nil || m.Janus != "event" || m.PluginData == nil || m.JSEP != nil || m.Transaction != "" || m.Sender == 0 {
		return
	}
	const key = `"sender"`
	text := bytes.TrimSpace(m.raw)
	if len(text) > maxOriginal {
		return
	}
	at := bytes.Index(text, []byte(key))
	if at < 0 || bytes.ContainsAny(text[1:at], "{[") || bytes.Contains(text[at+len(key):], []byte(key)) {
		return // it might be the member of another object
	}
	number := at + len(key)
	for number < len(text) && bytes.IndexByte([]byte(" \t\r\n:"), text[number]) >= 0 {
		number++
	}
	sender, size := leadingNumber(text[number:])
	if size == 0 || sender != uint64(m.Sender) {
		return
	}
	c.originals[c.next] = &original{message: m, before: text[:number], after: text[number+size:]}
	c.next = (c.next + 1) % len(c.originals)
}

// match returns the message that is at the beginning of a text, and its length there,
// if the message is a copy of an event that has been learned; else nil and 0.
func (c *copies) match(text []byte) (m *message, size int) {
	for _, o := range c.originals {
		if o == nil || !bytes.HasPrefix(text, o.before) {
			continue
		}
		rest := text[len(o.before):]
		sender, digits := leadingNumber(rest)
		if digits == 0 || !bytes.HasPrefix(rest[digits:], o.after) {
			continue
		}
		copied := *o.message
		copied.Sender, copied.raw, copied.original = coreID(sender), nil, o
		return &copied, len(o.before) + digits + len(o.after)
	}
	return nil, 0
}

// element is match for an element of an array. It also needs to see what ends the
// element: end is where the comma or bracket is.
func (c *copies) element(text []byte) (m *message, size, end int) {
	if m, size = c.match(text); m == nil {
		return nil, 0, 0
	}
	for end = size; end < len(text); end++ {
		switch text[end] {
		case ',', ']':
			return m, size, end
		case ' ', '\t', '\r', '\n':
		default:
			return nil, 0, 0
		}
	}
	return nil, 0, 0
}

// whole is match for a text that holds nothing else; nil if that is no copy.
func (c *copies) whole(text []byte) *message {
	text = bytes.TrimSpace(text)
	if m, size := c.match(text); size > 0 && size == len(text) {
		return m
	}
	return nil
}

// text is the message as it came.
func (m *message) text() []byte {
	if m.raw == nil && m.original != nil {
		number := strconv.AppendUint(nil, uint64(m.Sender), 10)
		return slices.Concat(m.original.before, number, m.original.after)
	}
	return m.raw
}

// leadingNumber reads the number that a text begins with, as JSON writes numbers that
// are whole and positive; size 0 where there is none.
func leadingNumber(text []byte) (number uint64, size int) {
	for size < len(text) && text[size] >= '0' && text[size] <= '9' {
		size++
	}
	if size == 0 || text[0] == '0' {
		return 0, 0
	}
	number, err := strconv.ParseUint(string(text[:size]), 10, 64)
	if err != nil {
		return 0, 0
	}
	return number, size
}
