// SPDX-License-Identifier: MPL-2.0

package media

import (
	"net/netip"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// The system calls of the loop, against the other ways there are. Each
// operation is one packet of one leg, of benchLegs legs. On an EPYC, Linux 6:
//
//	receive a packet: own socket, recvmmsg 203 ns; recvfrom until none is left 217 ns;
//		one shared socket 92 ns
//	look where nothing waits: recvmmsg 98 ns, recvfrom 79 ns
//	send a packet: own socket, sendto 660 ns; one shared socket, sendmmsg 650 ns
//
// So recvmmsg on sockets of their own it is. A shared socket would save 110 ns a packet, 0.0006 %
// of a core a leg, and cost the kernel's demultiplexing: an address to look up for each packet, and
// one queue that one flood fills for all.
const benchLegs = 64

// fanOut is benchLegs connected pairs of sockets, and one socket that all far ends could share.
type fanOut struct {
	near, far [benchLegs]*socket
	shared    *socket
	packet    [120]byte
	got       batch
}

func newFanOut(b *testing.B, toShared bool) *fanOut {
	f := &fanOut{}
	f.got.init()
	var err error
	f.shared, err = bindSocket(netip.MustParseAddr("127.0.0.1"), &LegConfig{})
	require.NoError(b, err)
	require.NoError(b, unix.SetsockoptInt(f.shared.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 1<<20))
	b.Cleanup(f.shared.close)
	for i := range f.near {
		f.near[i], f.far[i] = connectedSockets(b)
		if toShared {
			require.NoError(b, f.far[i].connect(f.shared.local))
		}
	}
	return f
}

func (f *fanOut) sendAll() {
	for _, s := range f.far {
		sendConnected(s.fd, f.packet[:])
	}
}

func BenchmarkReceive(b *testing.B) {
	perPacket := func(b *testing.B, toShared, fill bool, receive func(f *fanOut) int) {
		f := newFanOut(b, toShared)
		total := 0
		b.ResetTimer()
		for n := 0; n < b.N; n += benchLegs {
			if fill {
				b.StopTimer()
				f.sendAll()
				b.StartTimer()
			}
			total += receive(f)
		}
		if fill {
			require.GreaterOrEqual(b, total, b.N)
		} else {
			require.Zero(b, total)
		}
	}
	own := func(f *fanOut) (n int) {
		for _, s := range f.near {
			n += f.got.receive(s.fd)
		}
		return n
	}
	single := func(f *fanOut) (n int) { // until there is none left
		for _, s := range f.near {
			for {
				_, _, errno := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(s.fd), uintptr(unsafe.Pointer(&f.got.buffers[0])),
					receiveMTU, unix.MSG_DONTWAIT, 0, 0)
				if errno != 0 {
					break
				}
				n++
			}
		}
		return n
	}
	shared := func(f *fanOut) (n int) {
		for {
			got := f.got.receive(f.shared.fd)
			n += got
			if got < batchSize {
				return n
			}
		}
	}
	b.Run("recvmmsg", func(b *testing.B) { perPacket(b, false, true, own) })
	b.Run("recvfrom", func(b *testing.B) { perPacket(b, false, true, single) })
	b.Run("shared_recvmmsg", func(b *testing.B) { perPacket(b, true, true, shared) })
	b.Run("nothing_recvmmsg", func(b *testing.B) { perPacket(b, false, false, own) })
	b.Run("nothing_recvfrom", func(b *testing.B) { perPacket(b, false, false, single) })
}

func BenchmarkSend(b *testing.B) {
	b.Run("own_sendto", func(b *testing.B) {
		f := newFanOut(b, false)
		b.ResetTimer()
		for n := 0; n < b.N; n += benchLegs {
			for _, s := range f.near {
				sendConnected(s.fd, f.packet[:])
			}
			b.StopTimer()
			for _, s := range f.far {
				f.got.receive(s.fd)
			}
			b.StartTimer()
		}
	})
	b.Run("shared_sendmmsg", func(b *testing.B) {
		f := newFanOut(b, false)
		var headers [benchLegs]mmsghdr
		var vectors [benchLegs]unix.Iovec
		var names [benchLegs]unix.RawSockaddrInet4
		for i, s := range f.far {
			require.NoError(b, s.connect(f.shared.local))
			port := s.local.Port()
			names[i] = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: port<<8 | port>>8, Addr: s.local.Addr().As4()}
			vectors[i].Base = &f.packet[0]
			vectors[i].SetLen(len(f.packet))
			headers[i].header = unix.Msghdr{Name: (*byte)(unsafe.Pointer(&names[i])), Namelen: unix.SizeofSockaddrInet4, Iov: &vectors[i]}
			headers[i].header.SetIovlen(1)
		}
		b.ResetTimer()
		for n := 0; n < b.N; n += benchLegs {
			sent, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, uintptr(f.shared.fd), uintptr(unsafe.Pointer(&headers[0])),
				benchLegs, unix.MSG_DONTWAIT, 0, 0)
			b.StopTimer()
			require.Zero(b, errno)
			require.EqualValues(b, benchLegs, sent)
			for _, s := range f.far {
				require.Equal(b, 1, f.got.receive(s.fd))
			}
			b.StartTimer()
		}
	})
}
