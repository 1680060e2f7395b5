// SPDX-License-Identifier: MPL-2.0

package janusclient

import (
	"crypto/hmac"
	"crypto/sha1" // #nosec G505 -- what Janus's auth.c signs with
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// SignToken makes a signed token (manual: "Signed token mode"; auth.c):
//
//	<expiry>,<realm>[,<value>...]:<base64 of HMAC-SHA1>
//
// Expiry has whole seconds. For requests the realm is "janus", and a value
// must be the package name of each plugin that is attached to.
func SignToken(secret string, expiry time.Time, realm string, values ...string) string {
	data := strings.Join(append([]string{strconv.FormatInt(expiry.Unix(), 10), realm}, values...), ",")
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(data))
	return data + ":" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
