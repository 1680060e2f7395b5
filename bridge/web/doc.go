// SPDX-License-Identifier: MPL-2.0

// Package web is what the module serves over HTTP: whether it is healthy and ready, the live page
// and what the page is made of. [Web] opens the port that the configuration names, none by
// default, and knows who may do what.
//
// Every request runs in a goroutine of its own and may wait; none of them holds a lock of a call.
package web
