// SPDX-License-Identifier: MPL-2.0

package hep

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// decode takes a packet apart as the specification says: its chunks by their numbers.
func decode(t *testing.T, data []byte) map[uint16][]byte {
	t.Helper()
	require.Equal(t, "HEP3", string(data[:4]))
	require.Len(t, data, int(binary.BigEndian.Uint16(data[4:])))
	chunks := make(map[uint16][]byte)
	for rest := data[6:]; len(rest) > 0; {
		require.GreaterOrEqual(t, len(rest), 6)
		require.Zero(t, binary.BigEndian.Uint16(rest), "the vendor of generic chunks")
		number, length := binary.BigEndian.Uint16(rest[2:]), int(binary.BigEndian.Uint16(rest[4:]))
		require.NotContains(t, chunks, number)
		require.LessOrEqual(t, length, len(rest))
		chunks[number], rest = rest[6:length], rest[length:]
	}
	return chunks
}

// collector is a capture server.
type collector struct{ conn *net.UDPConn }

func listen(t *testing.T) *collector {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &collector{conn}
}

func (c *collector) next(t *testing.T) map[uint16][]byte {
	t.Helper()
	require.NoError(t, c.conn.SetReadDeadline(time.Now().Add(10*time.Second)))
	buf := make([]byte, 1<<16)
	n, err := c.conn.Read(buf)
	require.NoError(t, err)
	return decode(t, buf[:n])
}

// said are the log lines of a sender.
type said struct {
	mu    sync.Mutex
	lines []string
}

func (s *said) log(_ bool, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, text)
}

func (s *said) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.lines...)
}

// start runs a sender until the test ends.
func start(t *testing.T, cfg Config) (*Sender, *said) {
	t.Helper()
	lines := new(said)
	s := NewSender(cfg, lines.log)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return s, lines
}

// sender is a report of a sender to whom packets have come twice: it has lost -1.
var sender = &rtcp.SenderReport{
	SSRC: 0x01020304, NTPTime: 0xe000000180000000, RTPTime: 48000, PacketCount: 50, OctetCount: 4000,
	Reports: []rtcp.ReceptionReport{{
		SSRC: 77, FractionLost: 51, TotalLost: 0xffffff, LastSequenceNumber: 70000, Jitter: 96, LastSenderReport: 5, Delay: 65536,
	}},
}

func TestReportsArrive(t *testing.T) {
	server := listen(t)
	s, lines := start(t, Config{Server: server.conn.LocalAddr().String(), ID: 2001, Password: "s3cret"})
	at := time.Unix(1700000000, 123456789)
	s.Send(Report{
		At: at, From: netip.MustParseAddrPort("192.0.2.1:20000"), To: netip.MustParseAddrPort("198.51.100.7:10002"),
		CorrelationID: "abc@phone.example", Packet: sender,
	})
	chunks := server.next(t)
	require.Equal(t, map[uint16][]byte{
		1: {2}, 2: {17}, 3: {192, 0, 2, 1}, 4: {198, 51, 100, 7}, 7: {0x4e, 0x20}, 8: {0x27, 0x12},
		9: {0x65, 0x53, 0xf1, 0x00}, 10: {0x00, 0x01, 0xe2, 0x40}, 11: {5}, 12: {0, 0, 0x07, 0xd1},
		14: []byte("s3cret"), 15: chunks[15], 17: []byte("abc@phone.example"),
	}, chunks)
	require.JSONEq(t, `{"sender_information":{"ntp_timestamp_sec":3758096385,"ntp_timestamp_usec":2147483648,"rtp_timestamp":48000,"packets":50,"octets":4000},
		"ssrc":16909060,"type":200,"report_count":1,"report_blocks":[{"source_ssrc":77,"fraction_lost":51,"packets_lost":0,
		"highest_seq_no":70000,"ia_jitter":96,"lsr":5,"dlsr":65536}]}`, string(chunks[15]))

	// over IPv6, and from one that only listens
	s.Send(Report{
		At: at, From: netip.MustParseAddrPort("[2001:db8::1]:1"), To: netip.MustParseAddrPort("[2001:db8::2]:2"),
		CorrelationID: "uuid", Packet: &rtcp.ReceiverReport{SSRC: 9},
	})
	chunks = server.next(t)
	require.Equal(t, []byte{10}, chunks[1])
	require.Equal(t, netip.MustParseAddr("2001:db8::1").AsSlice(), chunks[5])
	require.Equal(t, netip.MustParseAddr("2001:db8::2").AsSlice(), chunks[6])
	require.NotContains(t, chunks, uint16(3))
	require.NotContains(t, chunks, uint16(4))
	require.JSONEq(t, `{"ssrc":9,"type":201,"report_count":0,"report_blocks":[]}`, string(chunks[15]))
	require.Empty(t, lines.all())
}

// An address that is IPv4 mapped into IPv6 is one of IPv4, and without a password there is no such
// chunk.
func TestMappedAddress(t *testing.T) {
	data, err := packet{
		at: time.Unix(1, 0), from: netip.MustParseAddrPort("[::ffff:192.0.2.1]:1"), to: netip.MustParseAddrPort("[::ffff:192.0.2.2]:2"),
	}.encode()
	require.NoError(t, err)
	chunks := decode(t, data)
	require.Equal(t, []byte{2}, chunks[1])
	require.Equal(t, []byte{192, 0, 2, 1}, chunks[3])
	require.NotContains(t, chunks, uint16(14))
	_, err = packet{payload: make([]byte, 1<<16)}.encode()
	require.ErrorContains(t, err, "at most 65535")
	_, err = Report{Packet: &rtcp.Goodbye{}}.payload()
	require.ErrorContains(t, err, "is no report")
}

// A name that does not resolve, and a server that does not listen, are said once. Send waits for
// neither.
func TestServerThatIsNotThere(t *testing.T) {
	report := Report{At: time.Now(), From: netip.MustParseAddrPort("127.0.0.1:1"), To: netip.MustParseAddrPort("127.0.0.1:2"), Packet: sender}
	s, lines := start(t, Config{Server: "nowhere.invalid:9060"})
	for range 10 * waiting {
		s.Send(report)
	}
	require.Eventually(t, func() bool { return len(lines.all()) > 0 }, 20*time.Second, 10*time.Millisecond)
	require.Regexp(t, `^nowhere\.invalid:9060: .*resolve.*; it is looked up again each 30s$`, lines.all()[0])

	closed := listen(t)
	address := closed.conn.LocalAddr().String()
	require.NoError(t, closed.conn.Close())
	s, lines = start(t, Config{Server: address})
	require.Eventually(t, func() bool {
		s.Send(report)
		return len(lines.all()) > 0
	}, 20*time.Second, 10*time.Millisecond)
	for range 50 {
		s.Send(report)
	}
	require.Eventually(t, func() bool { return len(s.reports) == 0 }, 10*time.Second, 10*time.Millisecond)
	require.Len(t, lines.all(), 1)
	require.Regexp(t, "^no report gets to "+address+": .*connection refused$", lines.all()[0])
}

// What is more than can wait is dropped, and that is said once.
func TestTooManyReports(t *testing.T) {
	server := listen(t)
	lines := new(said)
	s := NewSender(Config{Server: server.conn.LocalAddr().String()}, lines.log)
	report := Report{At: time.Now(), From: netip.MustParseAddrPort("127.0.0.1:1"), To: netip.MustParseAddrPort("127.0.0.1:2"), Packet: sender}
	for range waiting + 10 {
		s.Send(report)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	require.Eventually(t, func() bool { return len(s.reports) == 0 }, 10*time.Second, 10*time.Millisecond)
	cancel()
	<-done
	require.Len(t, lines.all(), 1)
	require.Contains(t, lines.all()[0], "1024 reports were waiting")
}
