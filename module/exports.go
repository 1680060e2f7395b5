// SPDX-License-Identifier: MPL-2.0

// Package main is mod_janus.so: the exports that include/janus_host.h declares
// and the Host that calls back through it. No logic lives here; it is in
// package bridge.
package main

/*
#cgo CFLAGS: -I${SRCDIR}/../include
#cgo LDFLAGS: -lm
#include <stdlib.h>
#define JANUS_HOST_TYPES_ONLY
#include "janus_host.h"
*/
import "C"

import (
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"mod_janus/bridge"
	"mod_janus/bridge/config"
	"mod_janus/bridge/console"
	"mod_janus/bridge/host"
)

func main() {}

var (
	engineMu sync.RWMutex
	engine   *bridge.Engine // nil while the module is not loaded

	currentHost atomic.Pointer[cHost] // of the engine that runs, or ran last
)

// janus_enter does what each export does first: by the call alone Go knows the thread.
//
//export janus_enter
func janus_enter() {}

// internalError is the output of a command or application that panicked.
const internalError = "-ERR internal error, see the log"

// running returns the engine, or nil.
func running() *bridge.Engine {
	engineMu.RLock()
	defer engineMu.RUnlock()
	return engine
}

//export janus_start
func janus_start(functions *C.janus_host_t) (result C.int) {
	result = C.JANUS_FAILED //nolint:wastedassign // it is the result when what follows panics
	defer guard("janus_start")
	if functions == nil || functions.version != C.JANUS_HOST_VERSION || functions.size != C.sizeof_janus_host_t {
		return C.JANUS_FAILED
	}
	engineMu.Lock()
	defer engineMu.Unlock()
	if engine != nil {
		return C.JANUS_FAILED
	}
	frugal()
	h := &cHost{functions}
	currentHost.Store(h)
	trip("janus_start")
	started, err := bridge.Start(h)
	if err != nil {
		h.Log("", host.LevelError, err.Error())
		return C.JANUS_FAILED
	}
	engine = started
	return C.JANUS_OK
}

// frugal keeps Go's heap small: calls allocate while they are set up and next to nothing
// afterwards, so collecting twice as often as Go would costs little, and a leg less.
// GOGC in the environment has its way.
func frugal() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

//export janus_stop
func janus_stop(limitMS C.uint32_t) (left C.int) {
	defer guard("janus_stop")
	e := running()
	if e == nil {
		return 0
	}
	// the engine stays reachable meanwhile: its calls are hung up and freed
	defer func() {
		engineMu.Lock()
		defer engineMu.Unlock()
		engine = nil
	}()
	trip("janus_stop")
	return C.int(e.Stop(time.Duration(limitMS) * time.Millisecond))
}

//export janus_command
func janus_command(line *C.char) (output *C.char) {
	output = C.CString(internalError + "\n")
	defer guard("janus_command")
	trip("janus_command")
	text := "-ERR the module is not running\n"
	if e := running(); e != nil {
		text = e.Command(goString(line))
	}
	C.free(unsafe.Pointer(output))
	return C.CString(text)
}

//export janus_application
func janus_application(name, uuid, line *C.char) {
	e, application := running(), goString(name)
	if e == nil {
		return
	}
	defer guard("janus_application", func() {
		// the session may be gone
		_ = currentHost.Load().SetVariable(goString(uuid), console.ResultVariable(application), internalError)
	})
	trip("janus_application")
	if application == "janus_send" {
		e.SendApplication(goString(uuid), goString(line))
	} else {
		e.Application(goString(uuid), goString(line))
	}
}

//export janus_syntax
func janus_syntax(application *C.char) *C.char {
	return words("janus_syntax", func() string {
		switch {
		case application == nil:
			return console.Syntax()
		case goString(application) == "janus_send":
			return console.SendSyntax()
		}
		return console.ApplicationSyntax()
	})
}

//export janus_completions
func janus_completions() *C.char {
	return words("janus_completions", func() string { return lines(console.Completions()) })
}

//export janus_secret_variables
func janus_secret_variables() *C.char { return C.CString(lines(config.SecretVariables())) }

//export janus_event_subclasses
func janus_event_subclasses() *C.char { return C.CString(lines(host.EventSubclasses)) }

//export janus_servers
func janus_servers() *C.char { return list("janus_servers", (*bridge.Engine).Servers) }

//export janus_legs
func janus_legs() *C.char { return list("janus_legs", (*bridge.Engine).Legs) }

//export janus_rooms
func janus_rooms() *C.char { return list("janus_rooms", (*bridge.Engine).Rooms) }

//export janus_pools
func janus_pools() *C.char { return list("janus_pools", (*bridge.Engine).Pools) }

// list asks the engine, if it runs, for names, and puts each on a line.
func list(export string, of func(*bridge.Engine) []string) *C.char {
	return words(export, func() string {
		if e := running(); e != nil {
			return lines(of(e))
		}
		return ""
	})
}

func lines(all []string) string { return strings.Join(all, "\n") }

// words is the text that an export answers with; "" where that panics.
func words(export string, text func() string) (answer *C.char) {
	defer guard(export, func() { answer = C.CString("") })
	trip(export)
	return C.CString(text())
}

func goString(s *C.char) string {
	if s == nil {
		return ""
	}
	return C.GoString(s)
}
