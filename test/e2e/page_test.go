// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-audio/audio"
	"github.com/go-audio/wav"
	"github.com/stretchr/testify/require"

	"mod_janus/janusclient/realjanus"
	"mod_janus/test/lab"
)

// listening is JavaScript with which a page listens to the room that it is in: level(f) is how loud
// a frequency is, in dB of the loudest that there is.
const listening = `(async () => {
	const { audio } = await import('/page/audio.js');
	const context = new AudioContext();
	await context.resume();
	const ear = context.createAnalyser();
	ear.fftSize = 1024;
	ear.smoothingTimeConstant = 0;
	context.createMediaStreamSource(audio.element.srcObject).connect(ear);
	const bins = new Float32Array(ear.frequencyBinCount);
	window.level = (f) => { ear.getFloatFrequencyData(bins); const at = Math.round(f * ear.fftSize / context.sampleRate); return Math.max(...bins.slice(at - 1, at + 2)); };
	window.hears = async (f, on) => {
		const began = performance.now();
		for (;;) {
			if ((level(f) > -50) === on) return performance.now() - began;
			if (performance.now() - began > 8000) throw new Error('not in time: ' + level(f) + ' dB');
			await new Promise((done) => setTimeout(done, 4));
		}
	};
})()`

// microphone writes a tone for a browser that has no microphone: on and off, since browsers take
// what lasts for noise, and suppress it.
func microphone(t *testing.T, frequency float64) string {
	t.Helper()
	const rate = 48000
	path := filepath.Join(t.TempDir(), "microphone.wav")
	file, err := os.Create(path) // #nosec G304 -- a file of the test
	require.NoError(t, err)
	samples := make([]int, rate)
	for i := range samples {
		if i%(rate/2) < rate/5 {
			samples[i] = int(10000 * math.Sin(2*math.Pi*frequency*float64(i)/rate))
		}
	}
	encoder := wav.NewEncoder(file, rate, 16, 1, 1)
	require.NoError(t, encoder.Write(&audio.IntBuffer{Data: samples, Format: &audio.Format{SampleRate: rate, NumChannels: 1}, SourceBitDepth: 16}))
	require.NoError(t, encoder.Close())
	require.NoError(t, file.Close())
	return path
}

// browse starts a switch with the live page, and a Chromium that shows the page.
func browse(t *testing.T, ctx context.Context, place string, args ...string) (*lab.Switch, *lab.Tab, string) {
	t.Helper()
	port, err := realjanus.FreePort()
	require.NoError(t, err)
	origin := fmt.Sprintf("http://localhost:%d", port)
	conf := strings.Replace(lab.ConfOf(janus, ""), "</configuration>", `<pool name="eu"><param name="servers" value="demo"/></pool></configuration>`, 1)
	conf = strings.Replace(conf, "<settings/>", fmt.Sprintf(`<settings><param name="http-listen" value="127.0.0.1:%d"/></settings>`, port), 1)
	own, err := startSwitch(t.TempDir(), conf)
	require.NoError(t, err)
	t.Cleanup(own.Stop)
	chromium, err := lab.StartChromium(t.TempDir(), append([]string{"--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"}, args...)...)
	require.NoError(t, err)
	t.Cleanup(chromium.Stop)
	tab, err := chromium.Open(ctx, origin+"/#/"+place)
	require.NoError(t, err)
	return own, tab, origin
}

// The live page in a browser: who is in a room, a click that is heard, and the browser's own place
// in the room.
func TestPage(t *testing.T) {
	ctx, end := context.WithTimeout(t.Context(), 3*time.Minute)
	defer end()
	sw, tab, origin := browse(t, ctx, "room/demo/7900", "--use-file-for-fake-audio-capture="+microphone(t, 1500))
	do := func(script string) { t.Helper(); require.NoError(t, tab.Eval(ctx, script, nil)) }
	until := func(script string) { t.Helper(); require.NoError(t, tab.Until(ctx, script), "%s", tail(sw.Log(), 40)) }
	click := func(label string) {
		t.Helper()
		do(fmt.Sprintf(`(() => { const b = document.querySelector('[aria-label="%s"]'); if (!b || b.disabled) throw new Error('no button'); b.click(); })()`, label))
	}
	heard := filepath.Join(t.TempDir(), "heard.wav")
	speaker := originate(t, sw, "%s", tone("janus-room-audiolevel-event=true", "janus/demo/Speaker<b>@7900", 440))
	listener := originate(t, sw, "%sjanus/demo/Listener@7900 '&record(%s 60)'", existing, heard)

	until(`document.querySelectorAll('.person').length === 2`)
	until(`document.querySelector('.person.talks b').innerText === 'Speaker<b>'`)
	click("Listen in room 7900")
	until(`document.querySelector('.listening [role=status]')?.innerText === 'you listen'`)
	until(`document.querySelectorAll('.person').length === 3`)
	do(listening)
	do(`hears(440, true)`)

	best := math.Inf(1)
	for try := 0; try < 3 || try < 6 && best > 200; try++ {
		var ms float64
		require.NoError(t, tab.Eval(ctx, `(() => { document.querySelector('[aria-label="Mute Speaker<b>"]').click(); return hears(440, false); })()`, &ms))
		t.Logf("%.0f ms after a click on mute the browser hears silence", ms)
		best = min(best, ms)
		until(`document.querySelector('[aria-label="Unmute Speaker<b>"]:not(:disabled)')`)
		click("Unmute Speaker<b>")
		do(`hears(440, true)`)
		until(`document.querySelector('[aria-label="Mute Speaker<b>"]:not(:disabled)')`)
	}
	require.Less(t, best, 600.0, "it takes less than 200 ms where the machine has nothing else to do")

	click("Talk")
	until(`document.querySelector('[aria-label="Be silent"][aria-pressed=true]')`)
	time.Sleep(2 * time.Second) // which the listener records
	click("Leave room 7900")
	until(`document.querySelectorAll('.person').length === 2`)
	hangup(t, sw, speaker, listener)
	sound, err := lab.ReadWAV(heard)
	require.NoError(t, err)
	spoken, _ := sound.Spells(1500)
	t.Logf("the listener heard the browser's microphone for %v of %v", spoken, sound.Duration())
	require.Greater(t, spoken, 300*time.Millisecond, "the browser is heard")
	until(`document.querySelector('.empty')?.innerText === 'Nobody is here.' || document.querySelector('main p.wrong')`)
	logged(t, sw, `HTTP: 127\.0\.0\.1: janus mute `+speaker+`: done`)

	seePool(t, ctx, tab, until, click)
	logged(t, sw, `HTTP: 127\.0\.0\.1: janus cordon demo: done`)

	require.Empty(t, tab.Wrong(), "errors, or what the CSP forbids")
	for _, url := range tab.Requests() {
		require.True(t, strings.HasPrefix(url, origin+"/"), "a request leaves the page's origin: %s", url)
	}
}

// seePool looks at a pool in the page, light and dark and on a phone, and takes its server out of
// the choice and back. MOD_JANUS_PICTURES is a folder for what the page looks like.
func seePool(t *testing.T, ctx context.Context, tab *lab.Tab, until func(string), click func(string)) {
	t.Helper()
	require.NoError(t, tab.Eval(ctx, `location.hash = '#/pool/eu'`, nil))
	until(`document.querySelector('.member h2')?.innerText === 'demo' && document.querySelector('.member .badge').innerText === 'up'`)
	click("Cordon demo: no new rooms")
	until(`document.querySelector('.member .badge').innerText === 'cordoned'`)
	for _, look := range []struct {
		name, theme string
		width       int
	}{{"light", "light", 1300}, {"dark", "dark", 1300}, {"phone", "light", 390}} {
		require.NoError(t, tab.Call(ctx, "Emulation.setDeviceMetricsOverride", map[string]any{"width": look.width, "height": 844, "deviceScaleFactor": 1, "mobile": false}, nil))
		require.NoError(t, tab.Eval(ctx, `document.documentElement.dataset.theme = '`+look.theme+`'`, nil))
		until(`document.querySelector('.member') && document.documentElement.scrollWidth <= innerWidth`)
		if folder := os.Getenv("MOD_JANUS_PICTURES"); folder != "" {
			picture, err := tab.Picture(ctx)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, look.name+".png"), picture, 0o600))
		}
	}
	click("Uncordon demo: new rooms again")
	until(`document.querySelector('.member .badge').innerText === 'up'`)
	until(`document.querySelector('.pool .rooms a')?.getAttribute('href').startsWith('#/room/demo/')`)
	require.NoError(t, tab.Eval(ctx, `location.hash = '#/room/eu/1234'`, nil))
	until(`location.hash === '#/room/demo/1234'`)
}
