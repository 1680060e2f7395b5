// SPDX-License-Identifier: MPL-2.0

package media

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/stretchr/testify/require"
)

// wire is a leg whose keys are there, on a socket that is connected to a far
// end: no ICE, no DTLS, and no goroutine.
type wire struct {
	tb     testing.TB
	leg    *Leg
	lp     *loop
	far    *socket
	path   *directPath
	seal   *srtp.Context // of the far end
	open   *srtp.Context
	seq    uint16
	now    time.Time
	header rtp.Header
	packet [200]byte
	frame  [80]byte // that the switch writes
	sealed [300]byte
	got    batch
}

func newWire(tb testing.TB, profile srtp.ProtectionProfile) *wire {
	tb.Helper()
	near, far := connectedSockets(tb)
	l := &Leg{cfg: LegConfig{Rings: NewRings(), Codecs: []Codec{Opus}, LocalAddrs: []netip.Addr{near.local.Addr()}}, session: newSessionID()}
	require.NoError(tb, l.cfg.check())
	w := &wire{tb: tb, leg: l, lp: newLoop(), far: far, now: time.Unix(1e9, 0), seal: newSRTP(tb, profile, 1), open: newSRTP(tb, profile, 2)}
	w.got.init()
	l.dtls = newDTLSLink(l)
	w.path = newDirectPath(near, &l.cfg, credentials{"near", "near's password"}, credentials{"far", "far's password"}, w.now)
	l.stream = newStream(l, Opus, w.path, newSRTP(tb, profile, 2), newSRTP(tb, profile, 1))
	l.stream.rtcp.due = w.now.Add(time.Hour) // no report unless it is asked for
	w.path.next = w.now.Add(time.Hour)       // nor a consent check
	return w
}

// serve is a whole tick of a leg.
func serve(l *Leg, lp *loop, now time.Time) {
	l.listen(lp, now)
	l.speak(lp, now)
}

// connectedSockets are two that hear nobody but each other.
func connectedSockets(tb testing.TB) (near, far *socket) {
	tb.Helper()
	pair := [2]*socket{}
	for i := range pair {
		s, err := bindSocket(netip.MustParseAddr("127.0.0.1"), &LegConfig{})
		require.NoError(tb, err)
		tb.Cleanup(s.close)
		pair[i] = s
	}
	require.NoError(tb, pair[0].connect(pair[1].local))
	require.NoError(tb, pair[1].connect(pair[0].local))
	return pair[0], pair[1]
}

func newSRTP(tb testing.TB, profile srtp.ProtectionProfile, key byte) *srtp.Context {
	tb.Helper()
	keyLen, err := profile.KeyLen()
	require.NoError(tb, err)
	saltLen, err := profile.SaltLen()
	require.NoError(tb, err)
	master, salt := make([]byte, keyLen), make([]byte, saltLen)
	master[0] = key
	c, err := srtp.CreateContext(master, salt, profile, srtp.SRTPReplayProtection(128), srtp.SRTCPReplayProtection(64))
	require.NoError(tb, err)
	return c
}

// send lets the far end send a packet of 80 bytes.
func (w *wire) send() {
	plain := w.packet[:12+80]
	plain[0], plain[1] = 0x80, Opus.PayloadType
	binary.BigEndian.PutUint16(plain[2:], w.seq)
	binary.BigEndian.PutUint32(plain[4:], uint32(w.seq)*960)
	binary.BigEndian.PutUint32(plain[8:], 77)
	w.seq++
	sealed, err := w.seal.EncryptRTP(w.sealed[:0], plain, &w.header)
	if err != nil || !sendConnected(w.far.fd, sealed) {
		w.tb.Fatal("cannot send", err)
	}
}

// turn is one of the loop, in which a packet comes and a frame goes, as each
// 20 ms; the switch takes what has come.
func (w *wire) turn() {
	w.send()
	slot := w.leg.cfg.Rings.FromSwitch.Reserve()
	w.frame[0] = opusSilence[0] // one frame of 20 ms
	slot.Set(0, 0, 0, 960, w.frame[:])
	w.leg.cfg.Rings.FromSwitch.Push()
	serve(w.leg, w.lp, w.now)
	if w.leg.cfg.Rings.ToSwitch.Peek() != nil {
		w.leg.cfg.Rings.ToSwitch.Pop()
	}
	w.got.receive(w.far.fd)
	w.now = w.now.Add(20 * time.Millisecond)
}

var profiles = map[string]srtp.ProtectionProfile{
	"AES-GCM": srtp.ProtectionProfileAeadAes128Gcm, "AES-CM": srtp.ProtectionProfileAes128CmHmacSha1_80,
}

// Nothing is allocated for a packet that comes or goes.
func TestTurnAllocatesNothing(t *testing.T) {
	for name, profile := range profiles {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, profile)
			for range 100 {
				w.turn()
			}
			in, out := w.leg.counts.packetsIn.Load(), w.leg.counts.packetsOut.Load()
			allocations := testing.AllocsPerRun(1000, w.turn)
			if !raceDetector {
				require.Zero(t, allocations)
			}
			require.Equal(t, uint64(1001), w.leg.counts.packetsIn.Load()-in)
			require.Equal(t, uint64(1001), w.leg.counts.packetsOut.Load()-out)
			require.Zero(t, w.leg.counts.concealed.Load())
		})
	}
}

func BenchmarkTurn(b *testing.B) {
	for name, profile := range profiles {
		b.Run(name, func(b *testing.B) {
			w := newWire(b, profile)
			b.ReportAllocs()
			for b.Loop() {
				w.turn()
			}
		})
	}
}

// The far end may number Opus as we offered it, or as it answered;
// any other number is another codec.
func TestPayloadTypeOfOfferAndAnswer(t *testing.T) {
	w := newWire(t, srtp.ProtectionProfileAes128CmHmacSha1_80)
	w.leg.stream.codec.PayloadType = 96
	for i, payloadType := range []uint8{96, Opus.PayloadType, 97} {
		plain := make([]byte, 12+80)
		plain[0], plain[1], plain[3] = 0x80, payloadType, byte(i)
		packet, err := w.seal.EncryptRTP(nil, plain, nil)
		require.NoError(t, err)
		w.leg.stream.takeRTP(w.lp, packet, w.now)
	}
	require.Equal(t, uint64(2), w.leg.counts.packetsIn.Load())
}
