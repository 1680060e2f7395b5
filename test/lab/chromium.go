// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/coder/websocket"
)

// Chromium is a headless Chromium, driven by the DevTools protocol.
type Chromium struct {
	cmd  *exec.Cmd
	conn *websocket.Conn
	end  context.CancelFunc
	read chan struct{} // closed when nothing is read any more

	mu      sync.Mutex
	number  int
	waiting map[int]chan devTools
	tabs    map[string]*Tab // by session
}

// devTools is a message of the DevTools protocol.
type devTools struct {
	ID        int             `json:"id,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    json.RawMessage `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// Tab is a page that is open in a Chromium.
type Tab struct {
	browser *Chromium
	session string

	mu       sync.Mutex
	requests []string // URLs that were asked for
	wrong    []string // errors, and what the CSP has forbidden
}

// StartChromium starts one, with further arguments. It keeps what it writes in dir.
func StartChromium(dir string, args ...string) (*Chromium, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, fmt.Errorf("%w: scripts/setup installs it", err)
	}
	args = append([]string{
		"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-sync",
		"--disable-background-networking", "--disable-component-update", "--disable-features=WebRtcHideLocalIpsWithMdns", "--mute-audio",
		"--autoplay-policy=no-user-gesture-required", "--remote-debugging-port=0", "--user-data-dir=" + filepath.Join(dir, "chromium"),
	}, append(args, "about:blank")...)
	c := &Chromium{waiting: make(map[int]chan devTools), tabs: make(map[string]*Tab), read: make(chan struct{})}
	c.cmd = exec.Command(path, args...) // #nosec G204 -- a browser of the test
	c.cmd.Env = append(os.Environ(), "HOME="+dir)
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	output, err := c.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	if err := c.connect(output); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// connect finds the address of the DevTools in what Chromium prints, and reads on.
func (c *Chromium) connect(output io.Reader) error {
	address := make(chan string, 1)
	go func() {
		defer close(address)
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			if _, url, found := strings.Cut(lines.Text(), "DevTools listening on "); found {
				address <- url
			}
		}
	}()
	var url string
	select {
	case url = <-address:
	case <-time.After(30 * time.Second):
	}
	if url == "" {
		return errors.New("chromium: no DevTools")
	}
	ctx, end := context.WithCancel(context.Background())
	c.end = end
	conn, _, err := websocket.Dial(ctx, url, nil) //nolint:bodyclose // the library closes it
	if err != nil {
		return fmt.Errorf("chromium: %w", err)
	}
	conn.SetReadLimit(64 << 20) // pictures
	c.conn = conn
	go c.listen(ctx)
	return nil
}

// listen takes all that Chromium says.
func (c *Chromium) listen(ctx context.Context) {
	defer close(c.read)
	for {
		_, text, err := c.conn.Read(ctx)
		if err != nil {
			return
		}
		var m devTools
		if json.Unmarshal(text, &m) != nil {
			continue
		}
		c.mu.Lock()
		answered, tab := c.waiting[m.ID], c.tabs[m.SessionID]
		if m.ID != 0 {
			delete(c.waiting, m.ID)
		}
		c.mu.Unlock()
		switch {
		case m.ID != 0 && answered != nil:
			answered <- m
		case tab != nil:
			tab.take(m)
		}
	}
}

// call does a request of the DevTools protocol.
func (c *Chromium) call(ctx context.Context, session, method string, params, result any) error {
	text, err := json.Marshal(params)
	if err != nil {
		return err
	}
	answered := make(chan devTools, 1)
	c.mu.Lock()
	c.number++
	m := devTools{ID: c.number, SessionID: session, Method: method, Params: text}
	c.waiting[m.ID] = answered
	c.mu.Unlock()
	if text, err = json.Marshal(m); err != nil {
		return err
	}
	if err := c.conn.Write(ctx, websocket.MessageText, text); err != nil {
		return fmt.Errorf("chromium: %s: %w", method, err)
	}
	select {
	case m = <-answered:
	case <-c.read:
		return fmt.Errorf("chromium: %s: it has ended", method)
	case <-ctx.Done():
		return fmt.Errorf("chromium: %s: %w", method, ctx.Err())
	}
	if m.Error != nil {
		return fmt.Errorf("chromium: %s: %s", method, m.Error.Message)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(m.Result, result)
}

// Stop ends it.
func (c *Chromium) Stop() {
	if c.conn != nil {
		c.end()
		<-c.read
		_ = c.conn.CloseNow()
	}
	_ = syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL) // with its helpers, which are of its group
	_ = c.cmd.Wait()
}
