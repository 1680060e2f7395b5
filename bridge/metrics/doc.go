// SPDX-License-Identifier: MPL-2.0

// Package metrics counts what an operator wants to see of servers and calls, and shows it as
// Prometheus reads it.
//
// [Metrics] is what one load of the module shows; the engine has it. [Server] is what is counted
// at one server: the server's connection and its calls enter what happens as it happens. What
// changes with every packet is not entered anywhere: [Server] asks the living legs for it when
// somebody looks, so that nothing here is on the way of a frame.
package metrics
