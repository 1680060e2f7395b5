// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// wholeOgg goes along the pages of an Ogg file with one stream (RFC 3533 6): each has the number
// after the one before it, and the last one says that it is the last.
func wholeOgg(file *bufio.Reader) error {
	header := make([]byte, 27)
	last, granule := false, uint64(0)
	for page := uint32(0); ; page++ {
		switch _, err := io.ReadFull(file, header); {
		case errors.Is(err, io.EOF) && page == 0:
			return errNoAudio
		case errors.Is(err, io.EOF) && last && granule > 0:
			return nil
		case errors.Is(err, io.EOF) && last:
			return errNoAudio
		case err != nil:
			return errNotEnded
		case string(header[:4]) != "OggS" && page == 0:
			return errors.New("it is no Ogg file")
		case string(header[:4]) != "OggS" || last || binary.LittleEndian.Uint32(header[18:]) != page:
			return fmt.Errorf("its page %d is none", page+1)
		}
		const endOfStream = 4
		last = header[5]&endOfStream != 0
		if at := binary.LittleEndian.Uint64(header[6:]); at != 1<<64-1 { // no packet ends on such a page
			granule = at
		}
		segments := make([]byte, header[26])
		if _, err := io.ReadFull(file, segments); err != nil {
			return errNotEnded
		}
		size := 0
		for _, segment := range segments {
			size += int(segment)
		}
		if _, err := file.Discard(size); err != nil {
			return errNotEnded
		}
	}
}
