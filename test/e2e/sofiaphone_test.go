// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_janus/janusclient/realjanus"
	"mod_janus/test/impair"
	"mod_janus/test/lab"
)

// sipPhone is a phone in a room: another profile of mod_sofia, in the same FreeSWITCH.
type sipPhone struct {
	t    *testing.T
	s    *lab.Switch
	uuid string // of the phone's end
	leg  string // in the room
}

// callFromPhone lets a phone with one codec call the room.
func callFromPhone(t *testing.T, s *lab.Switch, codec string, room int) *sipPhone {
	t.Helper()
	p := &sipPhone{t: t, s: s}
	p.uuid = originate(t, s, "{absolute_codec_string=%s}%s &park()", codec, lab.SIPToSwitch(fmt.Sprint(room)))
	eventually(t, "the phone is in the room", func() bool {
		for line := range strings.SplitSeq(api(t, s, "janus calls"), "\n") {
			if fields := strings.Split(line, "|"); len(fields) > 3 && fields[2] == fmt.Sprint(room) && fields[3] == "phone" {
				p.leg = fields[0]
			}
		}
		return p.leg != "" && strings.Contains(api(t, s, "uuid_dump %s", p.leg), "bridge_uuid")
	})
	return p
}

// received is how many RTP packets the phone has got, and their bytes of media.
func (p *sipPhone) received() (packets, octets int) {
	p.t.Helper()
	api(p.t, p.s, "uuid_set_media_stats %s", p.uuid)
	return atoi(p.t, api(p.t, p.s, "uuid_getvar %s rtp_audio_in_media_packet_count", p.uuid)),
		atoi(p.t, api(p.t, p.s, "uuid_getvar %s rtp_audio_in_media_bytes", p.uuid))
}

// perSecond is how many packets the phone gets, and how long each is with its header.
func (p *sipPhone) perSecond(span time.Duration) (packets, size float64) {
	p.t.Helper()
	before, octetsBefore := p.received()
	began := time.Now()
	time.Sleep(span)
	after, octets := p.received()
	return float64(after-before) / time.Since(began).Seconds(), float64(octets-octetsBefore) / float64(max(1, after-before))
}

func (p *sipPhone) requirePackets(t testingT, when string) {
	t.Helper()
	packets, size := p.perSecond(4 * time.Second)
	t.Logf("%s: %.1f packets a second of %.0f bytes", when, packets, size)
	require.InDelta(t, 50, packets, 4, when) // the machine may be busy
}

// connectedSIPSwitch is sipSwitch whose server demo is connected.
func connectedSIPSwitch(t *testing.T, conf string) *lab.Switch {
	t.Helper()
	s := sipSwitch(t, conf, nil)
	eventually(t, "the server is connected", func() bool { return strings.Contains(api(t, s, "janus server demo"), "connected") })
	return s
}

// A phone gets RTP at its pace, whatever is the case: carriers hang up on one that gets none.
func TestPhoneAlwaysGetsRTP(t *testing.T) {
	j, err := realjanus.Start(t.TempDir(), realjanus.Config{})
	require.NoError(t, err)
	defer func() { j.Stop(syscall.SIGKILL) }()
	s := connectedSIPSwitch(t, lab.ConfOf(j, ""))
	p := callFromPhone(t, s, "PCMU", 1234)
	always := func(when string) {
		t.Helper()
		thrice(t, func(try testingT) { p.requirePackets(try, when) })
	}
	_, size := p.received()
	packets, _ := p.received()
	require.LessOrEqual(t, float64(size)/float64(max(1, packets)), 173.0, "each of 160 bytes and a header, from the first")
	always("nobody else is in the room")
	require.Contains(t, api(t, s, "janus deaf %s", p.leg), "+OK")
	always("deaf")
	require.Contains(t, api(t, s, "janus undeaf %s", p.leg), "+OK")
	if strings.Contains(api(t, s, "janus suspend %s", p.leg), "+OK") {
		always("suspended")
		require.Contains(t, api(t, s, "janus resume %s", p.leg), "+OK")
	}
	j.Kill()
	always("Janus is dead")
}

// A frame that is lost on the way from Janus is a gap for a phone with the same codec:
// it gets no packet for it.
func TestPhoneSeesLoss(t *testing.T) {
	bad, err := lab.NewBadNetwork(janus.HTTP, 12)
	require.NoError(t, err)
	defer bad.Close()
	if env("MOD_JANUS_HOST", lab.Minihost) != lab.FreeSWITCH {
		t.Skip("a phone needs mod_sofia")
	}
	cfg := hostConfig(lab.JanusConf(bad.URL, `<param name="codec-string" value="PCMU"/>`))
	cfg.SIP = true
	s, err := lab.StartSwitch(t.TempDir(), cfg)
	require.NoError(t, err)
	defer s.Stop()
	eventually(t, "the server is connected", func() bool { return strings.Contains(api(t, s, "janus server demo"), "connected") })
	p := callFromPhone(t, s, "PCMU", 1234)
	require.NoError(t, bad.Flows(1))
	relays, err := bad.Relays()
	require.NoError(t, err)
	thrice(t, func(try testingT) { p.requirePackets(try, "without loss") })
	require.NoError(t, relays[0].SetLinks(impair.Link{}, impair.Link{Loss: 0.2}))
	thrice(t, func(try testingT) {
		packets, _ := p.perSecond(8 * time.Second)
		try.Logf("with 20 %% loss: %.1f packets a second", packets)
		require.InDelta(try, 40, packets, 5)
	})
}
