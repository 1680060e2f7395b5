// SPDX-License-Identifier: MPL-2.0

package media

import (
	"fmt"

	"github.com/hashicorp/go-hclog"
	"github.com/pion/logging"
)

// pionLogs brings what pion says into our log, a level or two lower: what pion warns of (a stray
// packet, a candidate that does not answer) is the network's everyday life,
// and errors that matter come back as values.
//
// Debug and Trace are dropped altogether: pion/ice prints ICE passwords there.
type pionLogs struct{ log hclog.Logger }

// NewLogger makes the logger of one pion package.
func (p pionLogs) NewLogger(scope string) logging.LeveledLogger {
	return pionLogger{p.log.Named(scope)}
}

type pionLogger struct{ log hclog.Logger }

func (l pionLogger) Trace(string)              {}
func (l pionLogger) Tracef(string, ...any)     {}
func (l pionLogger) Debug(string)              {}
func (l pionLogger) Debugf(string, ...any)     {}
func (l pionLogger) Info(msg string)           { l.log.Trace(msg) }
func (l pionLogger) Infof(f string, a ...any)  { l.tracef(f, a) }
func (l pionLogger) Warn(msg string)           { l.log.Debug(msg) }
func (l pionLogger) Warnf(f string, a ...any)  { l.debugf(f, a) }
func (l pionLogger) Error(msg string)          { l.log.Debug(msg) }
func (l pionLogger) Errorf(f string, a ...any) { l.debugf(f, a) }

func (l pionLogger) tracef(format string, args []any) {
	if l.log.IsTrace() {
		l.log.Trace(fmt.Sprintf(format, args...))
	}
}

func (l pionLogger) debugf(format string, args []any) {
	if l.log.IsDebug() {
		l.log.Debug(fmt.Sprintf(format, args...))
	}
}
