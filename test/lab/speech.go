// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/go-audio/audio"
	"github.com/go-audio/wav"
)

// sentences are of the Harvard list 1 (IEEE 297-1969), made for such tests.
const sentences = "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. " +
	"It's easy to tell the depth of a well. These days a chicken leg is a rare dish."

// speechRate is what Opus runs at.
const speechRate = 48000

// speechLevel is that of speech on a telephone line, in dB below full scale.
const speechLevel = -24.0

// Speech returns a spoken sample at 48 kHz, and who has spoken it: espeak-ng if
// it is installed, else SpeechLike. Files are made in dir.
func Speech(dir string) (speech Sound, source string, err error) {
	if speech, err = speak(dir, 160, 50); errors.Is(err, exec.ErrNotFound) {
		return SpeechLike(10 * time.Second), noSpeaker, nil
	}
	return speech, "espeak-ng", err
}

const noSpeaker = "a speech-like signal (espeak-ng is not installed)"

// LongSpeech is Speech for as long as is asked for: the sentences again and again, each time
// at another speed and pitch, so that no part is like another.
func LongSpeech(dir string, length time.Duration) (speech Sound, source string, err error) {
	speech.Rate = speechRate
	for n := 0; speech.Duration() < length; n++ {
		next, err := speak(dir, 140+7*(n%9), 30+5*(n%8))
		if errors.Is(err, exec.ErrNotFound) {
			return SpeechLike(length), noSpeaker, nil
		}
		if err != nil {
			return Sound{}, "", err
		}
		speech.Samples = append(speech.Samples, next.Samples...)
	}
	return speech.Cut(0, length), "espeak-ng", nil
}

// speak says the sentences with so many words a minute, at a pitch of 0 to 99.
func speak(dir string, speed, pitch int) (Sound, error) {
	program, err := exec.LookPath("espeak-ng")
	if err != nil {
		return Sound{}, err
	}
	path := filepath.Join(dir, "espeak.wav")
	out, err := exec.Command(program, "-v", "en", "-s", strconv.Itoa(speed), "-p", strconv.Itoa(pitch), "-w", path, sentences).CombinedOutput() // #nosec G204
	if err != nil {
		return Sound{}, fmt.Errorf("espeak-ng: %w: %s", err, out)
	}
	speech, err := ReadWAV(path)
	if err != nil {
		return Sound{}, err
	}
	if speech.Duration() == 0 {
		return Sound{}, errors.New("espeak-ng has said nothing")
	}
	return speech.Resample(speechRate).at(speechLevel), nil
}

// at is the sound at a level.
func (s Sound) at(level float64) Sound {
	gain := math.Pow(10, (level-s.Level())/20)
	for i := range s.Samples {
		s.Samples[i] = min(max(s.Samples[i]*gain, -1), 1)
	}
	return s
}

// SpeechLike is a signal with what matters of speech: pitch that glides,
// formants that change with every syllable, hiss between some, pauses. It is
// the same each time.
func SpeechLike(length time.Duration) Sound {
	s := Sound{speechRate, make([]float64, int(length*speechRate/time.Second))}
	random := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- repeatable on purpose
	var formants [3]resonator
	phase, hiss := 0.0, false
	const syllable = speechRate * 180 / 1000
	for i := range s.Samples {
		if i%syllable == 0 {
			formants[0].tune(300+500*random.Float64(), 80)
			formants[1].tune(900+1300*random.Float64(), 120)
			formants[2].tune(2300+900*random.Float64(), 180)
			hiss = random.IntN(4) == 0
		}
		pitch := 120 + 30*math.Sin(2*math.Pi*float64(i)/speechRate*0.7) + 8*math.Sin(2*math.Pi*float64(i)/speechRate*3.1)
		phase += pitch / speechRate
		excitation := 0.0
		if phase >= 1 {
			phase--
			excitation = 1
		}
		if hiss {
			excitation = 0.1 * random.NormFloat64()
		}
		sum := 0.0
		for k := range formants {
			sum += formants[k].filter(excitation) / float64(k+1)
		}
		envelope := math.Sin(math.Pi * float64(i%syllable) / syllable)
		if i/syllable%7 == 6 {
			envelope = 0 // a pause after each sixth syllable
		}
		s.Samples[i] = sum * envelope
	}
	return s.at(speechLevel)
}

// resonator is a filter of second order.
type resonator struct{ a, b, gain, y1, y2 float64 }

func (r *resonator) tune(frequency, bandwidth float64) {
	radius := math.Exp(-math.Pi * bandwidth / speechRate)
	r.a, r.b = 2*radius*math.Cos(2*math.Pi*frequency/speechRate), -radius*radius
	r.gain = 1 - radius
}

func (r *resonator) filter(x float64) float64 {
	y := r.gain*x + r.a*r.y1 + r.b*r.y2
	r.y1, r.y2 = y, r.y1
	return y
}

// WriteWAV writes a recording of 16 bits.
func (s Sound) WriteWAV(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	buffer := &audio.IntBuffer{Format: &audio.Format{NumChannels: 1, SampleRate: s.Rate}, SourceBitDepth: 16, Data: make([]int, len(s.Samples))}
	for i, v := range s.Samples {
		buffer.Data[i] = int(math.Round(min(max(v, -1), 1) * math.MaxInt16))
	}
	encoder := wav.NewEncoder(file, s.Rate, 16, 1, 1)
	if err := encoder.Write(buffer); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return encoder.Close()
}
