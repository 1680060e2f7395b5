// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/pion/rtp"
)

// errCutOff: the programs end with 0 also where the disk was full, and some write a header that
// fits what is there.
var errCutOff = errors.New("it is cut off")

// checkOutcome says what keeps a file that a program has made of a source from being all of it.
func checkOutcome(made, source, codec string) error {
	if err := Whole(made); err != nil {
		return err
	}
	if codec != "pcmu" && codec != "pcma" {
		return nil // opusdec knows before it writes how long the file gets, and Ogg has its last page
	}
	samples, err := samplesOfG711(source)
	if err != nil {
		return err
	}
	info, err := os.Stat(made)
	if err != nil {
		return err
	}
	if info.Size() < samples*2*9/10 { // packets that came twice are in it once
		return errCutOff
	}
	return nil
}

// samplesOfG711 is how many samples an .mjr file that is whole holds: a byte each.
func samplesOfG711(path string) (samples int64, err error) {
	file, err := os.Open(path) // #nosec G304 -- a recording
	if err != nil {
		return 0, err
	}
	defer file.Close()
	reader := bufio.NewReaderSize(file, 1<<16)
	head := make([]byte, 10)
	if _, err := io.ReadFull(reader, head); err != nil {
		return 0, err
	}
	if _, err := reader.Discard(int(binary.BigEndian.Uint16(head[8:]))); err != nil {
		return 0, err
	}
	packet := make([]byte, 1<<16)
	for {
		if _, err := io.ReadFull(reader, head); errors.Is(err, io.EOF) {
			return samples, nil
		} else if err != nil {
			return 0, err
		}
		packet = packet[:binary.BigEndian.Uint16(head[8:])]
		if _, err := io.ReadFull(reader, packet); err != nil {
			return 0, err
		}
		var header rtp.Header
		if n, err := header.Unmarshal(packet); err == nil {
			samples += int64(len(packet) - n)
		}
		packet = packet[:cap(packet)]
	}
}
