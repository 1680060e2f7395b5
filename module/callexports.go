// SPDX-License-Identifier: MPL-2.0

package main

/*
#include <stdlib.h>
#define JANUS_HOST_TYPES_ONLY
#include "janus_host.h"
*/
import "C"

import (
	"time"
	"unsafe"

	"mod_janus/bridge/call"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
)

// callOf returns the call with this handle, or nil when it has ended.
func callOf(handle C.janus_call_t) *call.Call {
	if e := running(); e != nil {
		return e.Call(uint64(handle))
	}
	return nil
}

//export janus_call_dial
func janus_call_dial(dial *C.janus_dial_t, handle *C.janus_call_t, rings **C.janus_media_t) (cause C.int) {
	cause = C.int(host.CauseDestinationOutOfOrder)
	defer guard("janus_call_dial")
	defer swift("janus_call_dial", time.Now())
	e := running()
	if e == nil {
		return cause
	}
	trip("janus_call_dial")
	shared := C.janus_media_new()
	if shared == nil {
		return cause
	}
	c, refused := e.Dial(&call.Request{
		Destination: goString(dial.destination),
		CallerName:  goString(dial.caller_name), CallerNumber: goString(dial.caller_number),
		HideName: dial.hide&C.JANUS_HIDE_NAME != 0, HideNumber: dial.hide&C.JANUS_HIDE_NUMBER != 0,
		AUUID:       goString(dial.a_uuid),
		ACodec:      goString(dial.a_codec),
		Video:       dial.video != 0,
		IgnoreVideo: goString(dial.ignore_video),
		Rings:       media.RingsAt(unsafe.Pointer(shared)),
		Release:     func() { C.free(unsafe.Pointer(shared)) },
	})
	if c == nil {
		C.free(unsafe.Pointer(shared))
		return C.int(refused)
	}
	*handle, *rings = C.janus_call_t(c.Handle()), shared
	return 0
}

//export janus_call_run
func janus_call_run(handle C.janus_call_t, uuid *C.char) {
	defer guard("janus_call_run", func() { hangUp(uuid) })
	defer swift("janus_call_run", time.Now())
	trip("janus_call_run")
	if c := callOf(handle); c != nil {
		c.Run(goString(uuid))
	}
}

//export janus_call_dtmf
func janus_call_dtmf(handle C.janus_call_t, digit C.char, durationMS C.uint32_t) {
	defer guard("janus_call_dtmf")
	defer swift("janus_call_dtmf", time.Now())
	trip("janus_call_dtmf")
	if c := callOf(handle); c != nil {
		c.DTMF(byte(digit), uint32(durationMS))
	}
}

//export janus_call_message
func janus_call_message(handle C.janus_call_t, message C.int) {
	defer guard("janus_call_message")
	defer swift("janus_call_message", time.Now())
	trip("janus_call_message")
	if c := callOf(handle); c != nil {
		c.Message(int(message))
	}
}

//export janus_call_display
func janus_call_display(handle C.janus_call_t, name, number *C.char, hide C.int) {
	defer guard("janus_call_display")
	defer swift("janus_call_display", time.Now())
	trip("janus_call_display")
	if c := callOf(handle); c != nil {
		c.Display(goString(name), goString(number), hide&C.JANUS_HIDE_NAME != 0, hide&C.JANUS_HIDE_NUMBER != 0)
	}
}

//export janus_call_hangup
func janus_call_hangup(handle C.janus_call_t, cause C.int) {
	defer guard("janus_call_hangup")
	defer swift("janus_call_hangup", time.Now())
	trip("janus_call_hangup")
	if c := callOf(handle); c != nil {
		c.Hangup(host.Cause(cause))
	}
}

//export janus_call_free
func janus_call_free(handle C.janus_call_t) {
	defer guard("janus_call_free")
	defer swift("janus_call_free", time.Now())
	trip("janus_call_free")
	if c := callOf(handle); c != nil {
		c.Free()
	}
}

// hangUp ends the session of a call that nobody takes care of.
func hangUp(uuid *C.char) {
	if h := currentHost.Load(); h != nil {
		_ = h.Hangup(goString(uuid), host.CauseNormalTemporaryFailure) // it may be gone
	}
}
