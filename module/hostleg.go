// SPDX-License-Identifier: MPL-2.0

package main

/*
#include <stdlib.h>
#define JANUS_HOST_TYPES_ONLY
#include "janus_host.h"

// cgo cannot call a function pointer: one trampoline for each member.
static inline char *host_get_variable(const janus_host_t *h, const char *uuid, const char *name) { return h->get_variable(uuid, name); }
static inline int host_set_variable(const janus_host_t *h, const char *uuid, const char *name, const char *value)
{ return h->set_variable(uuid, name, value); }
static inline int host_ring_ready(const janus_host_t *h, const char *uuid) { return h->ring_ready(uuid); }
static inline int host_media_ready(const janus_host_t *h, const char *uuid, const janus_codec_t *codec) { return h->media_ready(uuid, codec); }
static inline int host_play_key(const janus_host_t *h, const char *uuid, char digit, uint32_t ms) { return h->play_key(uuid, digit, ms); }
static inline int host_comfort_noise(const janus_host_t *h, const char *uuid, int on) { return h->comfort_noise(uuid, on); }
static inline int host_deafen(const janus_host_t *h, const char *uuid, int on) { return h->deafen(uuid, on); }
static inline int host_hold_music(const janus_host_t *h, const char *uuid, int on) { return h->hold_music(uuid, on); }
static inline int host_play(const janus_host_t *h, const char *uuid, const char *path) { return h->play(uuid, path); }
static inline int host_record(const janus_host_t *h, const char *uuid, const char *path) { return h->record(uuid, path); }
static inline int host_record_stop(const janus_host_t *h, const char *uuid, const char *path) { return h->record_stop(uuid, path); }
static inline int host_execute(const janus_host_t *h, const char *uuid, const char *application, const char *data)
{ return h->execute(uuid, application, data); }
static inline int host_answer(const janus_host_t *h, const char *uuid) { return h->answer(uuid); }
static inline int host_hangup(const janus_host_t *h, const char *uuid, int cause) { return h->hangup(uuid, cause); }
*/
import "C"

import (
	"time"
	"unsafe"

	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
)

func result(code C.int) error {
	switch code {
	case C.JANUS_OK:
		return nil
	case C.JANUS_GONE:
		return host.ErrGone
	}
	return errFailed
}

func (h *cHost) Variable(uuid, name string) string {
	u, n := cString(uuid), cString(name)
	defer free(u, n)
	return take(C.host_get_variable(h.functions, u, n))
}

func (h *cHost) SetVariable(uuid, name, value string) error {
	u, n, v := cString(uuid), cString(name), cString(value)
	defer free(u, n, v)
	return result(C.host_set_variable(h.functions, u, n, v))
}

func (h *cHost) RingReady(uuid string) error {
	u := cString(uuid)
	defer free(u)
	return result(C.host_ring_ready(h.functions, u))
}

func (h *cHost) MediaReady(uuid string, codec media.Codec) error {
	u, name, fmtp := cString(uuid), cString(codec.Name), cString(codec.Fmtp)
	defer free(u, name, fmtp)
	c := (*C.janus_codec_t)(C.calloc(1, C.sizeof_janus_codec_t))
	if c == nil {
		return errFailed
	}
	defer C.free(unsafe.Pointer(c))
	*c = C.janus_codec_t{
		name: name, fmtp: fmtp, rate: C.uint32_t(codec.ClockRate),
		channels: 1, // Opus says 2 in SDP whatever it sends (RFC 7587 7); rooms are mono here
		ptime:    C.uint32_t(codec.Ptime), payload_type: C.uint32_t(codec.PayloadType),
	}
	return result(C.host_media_ready(h.functions, u, c))
}

func (h *cHost) PlayKey(uuid string, digit byte, duration time.Duration) error {
	u := cString(uuid)
	defer free(u)
	return result(C.host_play_key(h.functions, u, C.char(digit), C.uint32_t(duration.Milliseconds())))
}

func (h *cHost) ComfortNoise(uuid string, on bool) error {
	u := cString(uuid)
	defer free(u)
	return result(C.host_comfort_noise(h.functions, u, flag(on)))
}

func (h *cHost) Deafen(uuid string, on bool) error {
	u := cString(uuid)
	defer free(u)
	return result(C.host_deafen(h.functions, u, flag(on)))
}

func (h *cHost) HoldMusic(uuid string, on bool) error {
	u := cString(uuid)
	defer free(u)
	return result(C.host_hold_music(h.functions, u, flag(on)))
}

func (h *cHost) Play(uuid, path string) error {
	u, p := cString(uuid), cString(path)
	defer free(u, p)
	return result(C.host_play(h.functions, u, p))
}

func (h *cHost) Record(uuid, path string) error {
	u, p := cString(uuid), cString(path)
	defer free(u, p)
	return result(C.host_record(h.functions, u, p))
}

func (h *cHost) RecordStop(uuid, path string) error {
	u, p := cString(uuid), cString(path)
	defer free(u, p)
	return result(C.host_record_stop(h.functions, u, p))
}

func (h *cHost) Execute(uuid, application, data string) error {
	u, a, d := cString(uuid), cString(application), cString(data)
	defer free(u, a, d)
	return result(C.host_execute(h.functions, u, a, d))
}

// flag is C's truth.
func flag(on bool) C.int {
	if on {
		return 1
	}
	return 0
}

func (h *cHost) Answer(uuid string) error {
	u := cString(uuid)
	defer free(u)
	return result(C.host_answer(h.functions, u))
}

func (h *cHost) Hangup(uuid string, cause host.Cause) error {
	u := cString(uuid)
	defer free(u)
	return result(C.host_hangup(h.functions, u, C.int(cause)))
}
