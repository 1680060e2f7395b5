// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Open opens a page.
func (c *Chromium) Open(ctx context.Context, url string) (*Tab, error) {
	var target struct {
		TargetID string `json:"targetId"`
	}
	if err := c.call(ctx, "", "Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return nil, err
	}
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	if err := c.call(ctx, "", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached); err != nil {
		return nil, err
	}
	t := &Tab{browser: c, session: attached.SessionID}
	c.mu.Lock()
	c.tabs[t.session] = t
	c.mu.Unlock()
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		if err := t.Call(ctx, domain+".enable", struct{}{}, nil); err != nil {
			return nil, err
		}
	}
	return t, t.Call(ctx, "Page.navigate", map[string]any{"url": url}, nil)
}

// Call does a request of the DevTools protocol on the page.
func (t *Tab) Call(ctx context.Context, method string, params, result any) error {
	return t.browser.call(ctx, t.session, method, params, result)
}

// Eval evaluates JavaScript as if somebody had clicked, waits for a promise, and takes the result.
func (t *Tab) Eval(ctx context.Context, script string, result any) error {
	var said struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		ExceptionDetails *struct {
			Text      string `json:"text"`
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	err := t.Call(ctx, "Runtime.evaluate", map[string]any{
		"expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true,
	}, &said)
	switch {
	case err != nil:
		return err
	case said.ExceptionDetails != nil:
		return fmt.Errorf("chromium: %s: %s %s", script, said.ExceptionDetails.Text, said.ExceptionDetails.Exception.Description)
	case result == nil || len(said.Result.Value) == 0:
		return nil
	}
	return json.Unmarshal(said.Result.Value, result)
}

// Until waits until JavaScript says true.
func (t *Tab) Until(ctx context.Context, script string) error {
	for {
		var met bool
		err := t.Eval(ctx, "Boolean("+script+")", &met)
		if met {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("chromium: not in time: %s: %w", script, errors.Join(ctx.Err(), err))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Picture is what the page looks like, as PNG.
func (t *Tab) Picture(ctx context.Context) ([]byte, error) {
	var picture struct {
		Data []byte `json:"data"`
	}
	err := t.Call(ctx, "Page.captureScreenshot", map[string]any{"format": "png"}, &picture)
	return picture.Data, err
}

// take takes note of what the page does.
func (t *Tab) take(m devTools) {
	var said struct {
		Request struct {
			URL string `json:"url"`
		} `json:"request"`
		Entry struct {
			Level, Text, URL string
		} `json:"entry"`
		Type             string `json:"type"`
		ExceptionDetails struct {
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
		Args []struct {
			Value any `json:"value"`
		} `json:"args"`
	}
	if json.Unmarshal(m.Params, &said) != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case m.Method == "Network.requestWillBeSent":
		t.requests = append(t.requests, said.Request.URL)
	case m.Method == "Log.entryAdded" && said.Entry.Level == "error":
		t.wrong = append(t.wrong, said.Entry.Text+" "+said.Entry.URL)
	case m.Method == "Runtime.exceptionThrown":
		t.wrong = append(t.wrong, said.ExceptionDetails.Exception.Description)
	case m.Method == "Runtime.consoleAPICalled" && said.Type == "error":
		t.wrong = append(t.wrong, fmt.Sprint(said.Args))
	}
}

// Requests are the URLs that the page has asked for.
func (t *Tab) Requests() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.requests)
}

// Wrong is what has gone wrong on the page, and what its CSP has forbidden.
func (t *Tab) Wrong() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.wrong)
}
