// SPDX-License-Identifier: MPL-2.0

package media

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/hashicorp/go-hclog"
)

// EngineConfig configures an Engine.
type EngineConfig struct {
	Logger hclog.Logger // nil: none
	// OnPanic is told of each panic in a goroutine of a leg or loop, which ends that leg and is
	// logged. nil: nobody is.
	OnPanic func()
}

// LegConfig configures one leg. Rings, Codecs and LocalAddrs are required.
type LegConfig struct {
	// Rings are shared with the switch. They must stay valid until Close has returned.
	Rings *Rings
	// Codecs are offered in this order.
	Codecs []Codec
	// DTX leaves out what is sent of Opus while nobody speaks,
	// but for a packet each 400 ms (RFC 7587 3.1.3).
	DTX bool
	// RepeatAtLoss is how many of its packets the far end must report as lost, in percent, for each
	// to be sent twice. 0: never.
	RepeatAtLoss int
	// LocalAddrs are where host candidates are: one socket is bound on each, normally one (rtp-ip).
	LocalAddrs []netip.Addr
	// ExtAddr, if valid, is advertised instead of host addresses of its family (ext-rtp-ip): a NAT
	// that maps ports one to one lies between.
	ExtAddr netip.Addr
	// PortMin and PortMax bound the local UDP ports, both included. 0, 0: Ports hands them out.
	PortMin, PortMax uint16
	// Ports hands out local UDP ports; nil: the system chooses.
	// The leg has given all back when Close returns.
	Ports Ports
	// ICEServers are asked for server reflexive and relay candidates.
	ICEServers []ICEServer
	// AllowCandidate decides which remote addresses are talked to; nil allows all. It is called
	// from several goroutines and must not block.
	AllowCandidate func(netip.Addr) bool
	// OnState hears of every change of state, in order, one call at a time, never while a lock is
	// held. It must not block. The error goes with StateFailed and is nil otherwise.
	OnState func(State, error)
	// OnRTCP hears of every RTCP report that is sent or comes in. The media loop calls it: it
	// must not block. nil: nobody.
	OnRTCP func(RTCP)
	// OnReport hears of each RTCP report, every few seconds and in both directions. The media loop
	// calls it, with a lock of the leg's held: it must neither block nor call the leg. nil: nobody
	// does.
	OnReport func(Report)
	// OnRestart hears of each ICE restart that Janus has answered, when it is over: whether it has
	// found a path. A goroutine of the leg calls it. nil: nobody does.
	OnRestart func(found bool)
	// Logger is named per call. ICE passwords and keys are never logged. nil: none.
	Logger hclog.Logger

	// ICETimeout is how long ICE and DTLS may take, from Answer to StateUp. 0: 15 s.
	ICETimeout time.Duration
	// SilenceTimeout is how long no RTP may come before StateSilent. 0: 5 s.
	SilenceTimeout time.Duration
	// DisconnectedTimeout is how long no consent check (RFC 7675) may be answered before
	// StateDisconnected. 0: 8 s, in which two are lost and a third.
	// At most 30 s, when consent expires.
	DisconnectedTimeout time.Duration
	// relayOnly leaves host candidates out,
	// consentExpiry is shorter than the 30 s of RFC 7675: for tests.
	relayOnly     bool
	consentExpiry time.Duration
	// ReportInterval is the time between RTCP reports. 0: 5 s (RFC 3550 6.2).
	ReportInterval time.Duration
}

const (
	defaultICETimeout          = 15 * time.Second
	defaultSilenceTimeout      = 5 * time.Second
	defaultDisconnectedTimeout = 8 * time.Second
	defaultReportInterval      = 5 * time.Second
)

// check completes the configuration with defaults and refuses what cannot work.
func (c *LegConfig) check() error {
	switch {
	case c.Rings == nil:
		return fmt.Errorf("%w: no rings", ErrConfig)
	case len(c.Codecs) == 0:
		return fmt.Errorf("%w: no codecs", ErrConfig)
	case len(c.LocalAddrs) == 0:
		return fmt.Errorf("%w: no local address", ErrConfig)
	case c.PortMax < c.PortMin:
		return fmt.Errorf("%w: port range %d-%d", ErrConfig, c.PortMin, c.PortMax)
	}
	for i, codec := range c.Codecs {
		if codec.Name == "" || codec.FrameSamples() <= 0 || codec.PayloadType > 127 {
			return fmt.Errorf("%w: codec %q", ErrConfig, codec.Name)
		}
		for _, other := range c.Codecs[:i] {
			if other.PayloadType == codec.PayloadType {
				return fmt.Errorf("%w: two codecs with payload type %d", ErrConfig, codec.PayloadType)
			}
		}
	}
	if c.Logger == nil {
		c.Logger = hclog.NewNullLogger()
	}
	if c.ICETimeout <= 0 {
		c.ICETimeout = defaultICETimeout
	}
	if c.SilenceTimeout <= 0 {
		c.SilenceTimeout = defaultSilenceTimeout
	}
	if c.consentExpiry <= 0 {
		c.consentExpiry = consentExpiry
	}
	if c.DisconnectedTimeout <= 0 {
		c.DisconnectedTimeout = defaultDisconnectedTimeout
	}
	c.DisconnectedTimeout = min(c.DisconnectedTimeout, c.consentExpiry-time.Millisecond)
	if c.ReportInterval <= 0 {
		c.ReportInterval = defaultReportInterval
	}
	return nil
}

// allows says whether a remote address may be talked to.
func (c *LegConfig) allows(addr netip.Addr) bool {
	return c.AllowCandidate == nil || c.AllowCandidate(addr.Unmap())
}
