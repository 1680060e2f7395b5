// SPDX-License-Identifier: MPL-2.0

package archive

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// What a recording that is not whole has to say for itself.
var (
	errNoAudio  = errors.New("there is no audio in it")
	errNotEnded = errors.New("it is not written to its end")
)

// Whole says what keeps a recording, a WAV file, Opus in Ogg or Janus's .mjr, from being whole.
// Nil: nothing does. The error for a file that is not there is os.ErrNotExist.
func Whole(path string) error {
	file, err := os.Open(path) // #nosec G304 -- the path of a recording of ours
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	switch {
	case strings.HasSuffix(path, extensionMJR):
		return wholeMJR(bufio.NewReaderSize(file, 1<<16), info.Size())
	case strings.HasSuffix(path, extensionOpus):
		return wholeOgg(bufio.NewReaderSize(file, 1<<16))
	}
	return wholeWAV(file, info.Size())
}

// wholeWAV checks that a RIFF file of this size says so itself, which is written
// last. AudioBridge writes the size of the file where that of the data belongs, which
// is 44 bytes too many; and sizes are kept modulo 2^32, so that 13 hours fit.
func wholeWAV(file io.ReadSeeker, size int64) error {
	var header struct {
		RIFF [4]byte
		Size uint32
		WAVE [4]byte
	}
	if err := binary.Read(file, binary.LittleEndian, &header); err != nil {
		return errNotEnded
	}
	if string(header.RIFF[:]) != "RIFF" || string(header.WAVE[:]) != "WAVE" {
		return errors.New("it is no WAV file")
	}
	if header.Size != uint32(size-8) { // #nosec G115 -- modulo 2^32
		return errNotEnded
	}
	for at, format := int64(12), false; at+8 <= size; {
		var chunk struct {
			Name [4]byte
			Size uint32
		}
		if _, err := file.Seek(at, io.SeekStart); err != nil {
			return err
		}
		if err := binary.Read(file, binary.LittleEndian, &chunk); err != nil {
			return errNotEnded
		}
		switch string(chunk.Name[:]) {
		case "fmt ":
			format = true
		case "data":
			if !format {
				return errors.New("its data has no format")
			}
			if size-at-8 == 0 || chunk.Size == 0 {
				return errNoAudio
			}
			return nil
		}
		at += 8 + int64(chunk.Size) + int64(chunk.Size%2)
	}
	return errNoAudio
}

// wholeMJR goes along the frames of Janus's own format: "MJR00002", a header in
// JSON after its length (16 bits), then of each frame "MEET", a time (32 bits), a length
// (16 bits) and an RTP packet. Numbers are big-endian (Janus's record.c).
func wholeMJR(file *bufio.Reader, size int64) error {
	magic := make([]byte, 8)
	if _, err := io.ReadFull(file, magic); err != nil {
		return errNotEnded
	}
	if string(magic) != "MJR00002" {
		return errors.New("it is no MJR file")
	}
	if size == 8 {
		return errNoAudio
	}
	var length uint16
	if err := binary.Read(file, binary.BigEndian, &length); err != nil {
		return errNotEnded
	}
	if _, err := file.Discard(int(length)); err != nil {
		return errNotEnded
	}
	frame := make([]byte, 10)
	for frames := 0; ; frames++ {
		switch _, err := io.ReadFull(file, frame); {
		case errors.Is(err, io.EOF) && frames > 0:
			return nil
		case errors.Is(err, io.EOF):
			return errNoAudio
		case err != nil:
			return errNotEnded
		case string(frame[:4]) != "MEET":
			return fmt.Errorf("its frame %d is none", frames+1)
		}
		if _, err := file.Discard(int(binary.BigEndian.Uint16(frame[8:]))); err != nil {
			return errNotEnded
		}
	}
}
