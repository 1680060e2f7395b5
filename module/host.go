// SPDX-License-Identifier: MPL-2.0

package main

/*
#include <stdlib.h>
#define JANUS_HOST_TYPES_ONLY
#include "janus_host.h"

// cgo cannot call a function pointer: one trampoline for each member.
static inline char *host_config(const janus_host_t *h, int reload, char **error) { return h->config(reload, error); }
static inline char *host_switch_version(const janus_host_t *h, int built) { return h->switch_version(built); }
static inline void host_log(const janus_host_t *h, const char *uuid, int level, const char *text) { h->log(uuid, level, text); }
static inline void host_event(const janus_host_t *h, const char *uuid, const char *subclass, char **headers, const char *body)
{ h->event(uuid, subclass, (const char *const *) headers, body); }
static inline char *host_global(const janus_host_t *h, const char *name) { return h->global(name); }
static inline int host_query(const janus_host_t *h, const char *dsn, const char *sql, janus_table_t *table, char **error)
{ return h->query(dsn, sql, table, error); }
static inline int host_acl(const janus_host_t *h, const char *list, const char *address) { return h->acl(list, address); }
static inline int host_codec_known(const janus_host_t *h, const char *name) { return h->codec_known(name); }
static inline void host_rtp_ports(const janus_host_t *h, uint16_t *first, uint16_t *last) { h->rtp_ports(first, last); }
static inline uint16_t host_request_port(const janus_host_t *h, const char *address) { return h->request_port(address); }
static inline void host_release_port(const janus_host_t *h, const char *address, uint16_t port) { h->release_port(address, port); }
*/
import "C"

import (
	"errors"
	"net/netip"
	"strings"
	"unsafe"

	"mod_janus/bridge/host"
)

// cHost is host.Host on janus_host_t.
type cHost struct{ functions *C.janus_host_t }

// A number of package host that is not the header's does not compile: one of the two is negative.
const (
	_ = uint(host.MessageHold-C.JANUS_MESSAGE_HOLD) + uint(C.JANUS_MESSAGE_HOLD-host.MessageHold)
	_ = uint(host.MessageUnhold-C.JANUS_MESSAGE_UNHOLD) + uint(C.JANUS_MESSAGE_UNHOLD-host.MessageUnhold)
	_ = uint(host.MessageMedia-C.JANUS_MESSAGE_MEDIA) + uint(C.JANUS_MESSAGE_MEDIA-host.MessageMedia)
)

var errFailed = errors.New("the switch refused, its log says why")

// cString copies a Go string for C; a NUL would cut it short, so it ends there
// in any case.
func cString(s string) *C.char {
	if i := strings.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	return C.CString(s)
}

func free(strings ...*C.char) {
	for _, s := range strings {
		C.free(unsafe.Pointer(s))
	}
}

// optional is nil for "".
func optional(s string) *C.char {
	if s == "" {
		return nil
	}
	return cString(s)
}

// take copies a string that C allocated for us, and frees it.
func take(s *C.char) string {
	defer free(s)
	return goString(s)
}

func (h *cHost) Config(reload bool) (string, error) {
	var reason *C.char
	var again C.int
	if reload {
		again = 1
	}
	text := C.host_config(h.functions, again, &reason)
	why := take(reason)
	if text == nil {
		return "", errors.New(why)
	}
	return take(text), nil
}

func (h *cHost) Version() (built, running string) {
	return take(C.host_switch_version(h.functions, 1)), take(C.host_switch_version(h.functions, 0))
}

func (h *cHost) Log(uuid string, level host.Level, text string) {
	u, t := optional(uuid), cString(text)
	defer free(u, t)
	C.host_log(h.functions, u, C.int(level), t)
}

func (h *cHost) Fire(event host.Event) {
	// the array of headers is C memory: it holds pointers that C reads
	size := C.size_t(2*len(event.Headers)+1) * C.size_t(unsafe.Sizeof((*C.char)(nil)))
	array := (**C.char)(C.calloc(1, size))
	if array == nil {
		return
	}
	headers := unsafe.Slice(array, 2*len(event.Headers)+1)
	for i, header := range event.Headers {
		headers[2*i], headers[2*i+1] = cString(header[0]), cString(header[1])
	}
	uuid, subclass, body := optional(event.UUID), cString(event.Subclass), optional(event.Body)
	defer free(uuid, subclass, body)
	defer C.free(unsafe.Pointer(array))
	defer free(headers...)
	C.host_event(h.functions, uuid, subclass, array, body)
}

func (h *cHost) Global(name string) string {
	n := cString(name)
	defer free(n)
	return take(C.host_global(h.functions, n))
}

func (h *cHost) Query(dsn, sql string) (host.Rows, error) {
	d, q := cString(dsn), cString(sql)
	defer free(d, q)
	var found C.janus_table_t
	var reason *C.char
	code := C.host_query(h.functions, d, q, &found, &reason)
	why := take(reason)
	if code != C.JANUS_OK {
		return host.Rows{}, errors.New(why)
	}
	var rows host.Rows
	width := int(found.columns)
	cells := unsafe.Slice(found.cells, (int(found.rows)+1)*width)
	defer C.free(unsafe.Pointer(found.cells))
	for i := 0; i < len(cells); i += width {
		line := make([]string, width)
		for column, cell := range cells[i : i+width] {
			line[column] = take(cell)
		}
		if i == 0 {
			rows.Columns = line
			continue
		}
		rows.Values = append(rows.Values, line)
	}
	return rows, nil
}

func (h *cHost) Allowed(acl string, addr netip.Addr) bool {
	list, address := cString(acl), cString(addr.String())
	defer free(list, address)
	return C.host_acl(h.functions, list, address) == 1
}

func (h *cHost) CodecKnown(name string) bool {
	n := cString(name)
	defer free(n)
	return C.host_codec_known(h.functions, n) == 1
}

func (h *cHost) RTPPorts() (first, last uint16) {
	var from, to C.uint16_t
	C.host_rtp_ports(h.functions, &from, &to)
	return uint16(from), uint16(to)
}

func (h *cHost) RequestPort(addr netip.Addr) uint16 {
	a := cString(addr.WithZone("").String())
	defer free(a)
	return uint16(C.host_request_port(h.functions, a))
}

func (h *cHost) ReleasePort(addr netip.Addr, port uint16) {
	a := cString(addr.WithZone("").String())
	defer free(a)
	C.host_release_port(h.functions, a, C.uint16_t(port))
}
