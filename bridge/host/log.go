// SPDX-License-Identifier: MPL-2.0

package host

import (
	"fmt"
	"strings"

	"github.com/hashicorp/go-hclog"
)

// logSink writes what the libraries below log into the switch's log.
type logSink struct {
	host Host
	uuid string
}

// Accept implements hclog.SinkAdapter.
func (s logSink) Accept(name string, level hclog.Level, msg string, args ...any) {
	var line strings.Builder
	if name != "" {
		line.WriteString(name + ": ")
	}
	line.WriteString(msg)
	for i := 0; i+1 < len(args); i += 2 {
		fmt.Fprintf(&line, " %v=%v", args[i], args[i+1])
	}
	s.host.Log(s.uuid, hostLevel(level), line.String())
}

func hostLevel(level hclog.Level) Level {
	switch level {
	case hclog.Error:
		return LevelError
	case hclog.Warn:
		return LevelWarning
	case hclog.Info:
		return LevelInfo
	}
	return LevelDebug
}

// NewLogger makes the logger of the engine and of what it is built on.
func NewLogger(host Host) hclog.Logger { return LoggerFor(host, "") }

// LoggerFor makes a logger whose lines are on a session's log.
func LoggerFor(host Host, uuid string) hclog.Logger {
	log := hclog.NewInterceptLogger(&hclog.LoggerOptions{Level: hclog.Debug, Output: discard{}})
	log.RegisterSink(logSink{host, uuid})
	return log
}

// discard is the output of an intercept logger of which only the sink counts.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
