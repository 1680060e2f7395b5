// SPDX-License-Identifier: MPL-2.0

package media

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// receiveQueue is SO_RCVBUF, in bytes. The kernel doubles it and counts some 800 bytes for a packet
// of audio: six seconds of them, more than a loop is ever late.
const receiveQueue = 128 << 10

// socket is one UDP socket of a leg.
//
// It is a bare descriptor, not a net.UDPConn, because of what happens after set-up: a descriptor
// that Go's network poller watches wakes a thread for every packet, although no goroutine waits for
// it. So the poller sees the socket only through a duplicate that the reader of the set-up phase
// holds; when the media loop takes over, the duplicate is closed.
type socket struct {
	local  netip.AddrPort
	remote netip.AddrPort // set by connect
	stun   *packetQueue   // to ICE; nil once that has ended

	mu     sync.RWMutex // held for reading while the descriptor is in use, for writing to close it
	fd     int
	closed bool
	// release gives the port back to the switch.
	release func()

	pacer  pacer
	reader *net.UDPConn  // the duplicate; nil once the media loop has the socket
	done   chan struct{} // closed when the reader has ended
}

// bindSocket binds a port of addr, see LegConfig.bind.
func bindSocket(addr netip.Addr, cfg *LegConfig) (*socket, error) {
	family := unix.AF_INET
	if addr = addr.Unmap(); addr.Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("UDP socket: %w", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveQueue); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("UDP socket: %w", err)
	}
	release, err := cfg.bind(addr, func(port uint16) error {
		if err := unix.Bind(fd, sockaddr(netip.AddrPortFrom(addr, port))); err != nil {
			return fmt.Errorf("bind %s port %d: %w", addr, port, err)
		}
		return nil
	})
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	s := &socket{fd: fd, done: make(chan struct{}), release: release}
	bound, err := unix.Getsockname(fd)
	if err != nil {
		_ = unix.Close(fd)
		release()
		return nil, fmt.Errorf("UDP socket: %w", err)
	}
	s.local = addrPortOf(bound, addr)
	s.stun = newPacketQueue(s.local, s.writePaced)
	return s, nil
}

// startReader begins the set-up phase: a goroutine reads the socket and hands STUN to ICE and DTLS
// to dtls. RTP that comes before its keys is dropped: nobody sends it,
// as the peer's keys are made by the same handshake.
func (s *socket) startReader(dtls *dtlsLink) error {
	dup, err := unix.FcntlInt(uintptr(s.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("UDP socket: %w", err)
	}
	file := os.NewFile(uintptr(dup), "udp")
	conn, err := net.FilePacketConn(file)
	_ = file.Close()
	if err != nil {
		return fmt.Errorf("UDP socket: %w", err)
	}
	s.reader = conn.(*net.UDPConn) //nolint:forcetypeassert // a UDP socket yields nothing else
	go s.read(s.reader, dtls)
	return nil
}

func (s *socket) read(conn *net.UDPConn, dtls *dtlsLink) {
	defer close(s.done)
	buf := make([]byte, receiveMTU)
	for {
		n, from, err := conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP error of something sent before
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		switch classify(buf[:n]) {
		case packetSTUN:
			s.stun.put(buf[:n], from)
		case packetDTLS:
			dtls.put(buf[:n], from)
		default:
		}
	}
}

// stopReader ends the set-up phase; when it returns nothing reads the socket any more.
func (s *socket) stopReader() {
	if s.reader == nil {
		return
	}
	_ = s.reader.Close()
	<-s.done
	s.reader = nil
}

// connect makes remote the only address this socket hears,
// so that the kernel drops what comes from elsewhere.
func (s *socket) connect(remote netip.AddrPort) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return net.ErrClosed
	}
	s.remote = remote
	return unix.Connect(s.fd, sockaddr(remote))
}

// writeTo sends one packet, without ever blocking. What the kernel cannot send now is lost, as on
// the network; so are ICMP errors of earlier packets, which would otherwise be reported for a
// packet that has nothing to do with them.
func (s *socket) writeTo(b []byte, to netip.AddrPort) (int, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return 0, net.ErrClosed
	}
	err := unix.Sendto(s.fd, b, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, sockaddr(to))
	switch {
	case err == nil, errors.Is(err, unix.EAGAIN), errors.Is(err, unix.ECONNREFUSED), errors.Is(err, unix.ENOBUFS):
		return len(b), nil
	default:
		return 0, os.NewSyscallError("sendto", err)
	}
}

// writePaced is writeTo for ICE.
func (s *socket) writePaced(b []byte, to netip.AddrPort) (int, error) {
	if !s.pacer.due(b, to) {
		return len(b), nil
	}
	return s.writeTo(b, to)
}

// dropped is how many packets the kernel has dropped, ever, because the queue was full (SO_MEMINFO;
// the same counter as SO_RXQ_OVFL, which would come with packets).
func (s *socket) dropped() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return 0
	}
	var info [memInfoDrops + 1]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(s.fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info[0])), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return 0 // before Linux 4.12
	}
	return uint64(info[memInfoDrops])
}

// memInfoDrops is SK_MEMINFO_DROPS of linux/sock_diag.h.
const memInfoDrops = 8

// close frees the socket. No writer is inside when it returns.
// The media loop must have let go of it before.
func (s *socket) close() {
	s.stopReader()
	if s.stun != nil {
		_ = s.stun.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		_ = unix.Close(s.fd)
		s.release()
	}
}

func sockaddr(ap netip.AddrPort) unix.Sockaddr {
	if addr := ap.Addr().Unmap(); addr.Is4() {
		return &unix.SockaddrInet4{Port: int(ap.Port()), Addr: addr.As4()}
	}
	zone := uint32(0)
	if iface, err := net.InterfaceByName(ap.Addr().Zone()); ap.Addr().Zone() != "" && err == nil {
		zone = uint32(iface.Index) // #nosec G115 -- interface indices are small
	}
	return &unix.SockaddrInet6{Port: int(ap.Port()), ZoneId: zone, Addr: ap.Addr().As16()}
}

// addrPortOf is the port of sa on addr, the address that was asked for (which still has its zone).
func addrPortOf(sa unix.Sockaddr, addr netip.Addr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(addr, uint16(sa.Port)) // #nosec G115 -- a port
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(addr, uint16(sa.Port)) // #nosec G115 -- a port
	default:
		return netip.AddrPortFrom(addr, 0)
	}
}
