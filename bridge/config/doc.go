// SPDX-License-Identifier: MPL-2.0

// Package config is what is written down: janus.conf.xml and the rows of a database, dial strings,
// groups of the keypad's controls, and all waits and pauses of the engine. It parses and checks
// text and does nothing with the result.
package config
