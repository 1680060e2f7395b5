// SPDX-License-Identifier: MPL-2.0

package media

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// batchSize is how many packets one receive call takes: a leg gets one each
	// 20 ms and is served each 10, so more than one is a burst.
	batchSize = 16
	// packetSpace holds any packet that is sent: an RTP header, a frame, and what SRTP adds.
	packetSpace = 12 + levelBytes + SlotData + 64
)

// mmsghdr is struct mmsghdr of recvmmsg(2).
type mmsghdr struct {
	header unix.Msghdr
	length uint32
	_      [4]byte
}

// batch receives all packets that wait on a connected socket, in one system
// call, into buffers of its own.
type batch struct {
	headers [batchSize]mmsghdr
	vectors [batchSize]unix.Iovec
	buffers [batchSize][receiveMTU]byte
}

func (b *batch) init() {
	for i := range b.headers {
		b.vectors[i].Base = &b.buffers[i][0]
		b.vectors[i].SetLen(receiveMTU)
		b.headers[i].header.Iov = &b.vectors[i]
		b.headers[i].header.SetIovlen(1)
	}
}

// receive returns how many packets it took. It never blocks, so the scheduler
// need not hear of it: RawSyscall.
func (b *batch) receive(fd int) int {
	n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&b.headers[0])),
		batchSize, unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0 // EAGAIN: nothing waits; or an ICMP error of something sent before
	}
	return int(n)
}

func (b *batch) packet(i int) []byte { return b.buffers[i][:min(int(b.headers[i].length), receiveMTU)] }

// sendConnected sends a packet on a connected socket and does not block; one
// that the kernel has no room for is lost, as on any network.
func sendConnected(fd int, packet []byte) bool {
	_, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&packet[0])),
		uintptr(len(packet)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
	return errno == 0
}
