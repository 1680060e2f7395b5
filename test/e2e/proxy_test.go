// SPDX-License-Identifier: MPL-2.0

package e2e

import (
	"bytes"
	"io"
	"log"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// before is a proxy for what stands at the host of a URL, whatever its path.
func before(t *testing.T, target string) *httputil.ReverseProxy {
	t.Helper()
	to, err := url.Parse(target)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: to.Scheme, Host: to.Host})
	proxy.ErrorLog = log.New(io.Discard, "", 0) // of polls that end with the switch
	return proxy
}

// bodyOf is the Body and ContentLength of a message with this text.
func bodyOf(text []byte) (io.ReadCloser, int64) {
	return io.NopCloser(bytes.NewReader(text)), int64(len(text))
}
