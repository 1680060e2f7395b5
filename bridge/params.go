// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mod_janus/bridge/media"
)

// serverParams sets each param of a <server> from its value. A setter that
// fails leaves the default as it is. Errors quote the value except where it
// may hold a secret.
var serverParams = map[string]func(*ServerConfig, string) error{
	"url":        setURL,
	"secret":     func(s *ServerConfig, v string) error { s.Secret = v; return nil },
	"auth-token": func(s *ServerConfig, v string) error { s.AuthToken = v; return nil },
	"enabled":    func(s *ServerConfig, v string) error { return setBool(&s.Enabled, v) },
	"rtp-ip":     func(s *ServerConfig, v string) error { return setAddressRule(&s.RTPIP, v, checkRTPIP) },
	"ext-rtp-ip": func(s *ServerConfig, v string) error { return setAddressRule(&s.ExtRTPIP, v, checkExtRTPIP) },
	"apply-candidate-acl": func(s *ServerConfig, v string) error {
		if v = strings.TrimSpace(v); v != "" {
			s.CandidateACLs = append(s.CandidateACLs, v)
		}
		return nil
	},
	"local-network-acl": func(s *ServerConfig, v string) error { s.LocalNetworkACL = strings.TrimSpace(v); return nil },
	"codec-string":      setCodecs,
	"string-ids":        setStringIDs,
	"rtp-port-range":    setPortRange,
	"cmd-timeout":       func(s *ServerConfig, v string) error { return setMilliseconds(&s.CmdTimeout, v) },
	"max-message-size":  func(s *ServerConfig, v string) error { return setBytes(&s.MaxMessageSize, v) },
}

// parseBool follows FreeSWITCH's switch_true, and says no to what is neither.
func parseBool(v string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "yes", "on", "true", "t", "enabled", "active", "allow":
		return true, nil
	case "no", "off", "false", "f", "disabled", "inactive", "disallow", "":
		return false, nil
	}
	if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil {
		return n != 0, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", v)
}

func setBool(to *bool, v string) error {
	b, err := parseBool(v)
	if err == nil {
		*to = b
	}
	return err
}

func setURL(s *ServerConfig, v string) error {
	v = strings.TrimSpace(v)
	u, err := url.Parse(v)
	// The value may hold a password: errors do not quote it.
	switch {
	case v == "":
		return errors.New("it is empty, want http://host:port/janus")
	case err != nil:
		return errors.New("it is not a URL, want http://host:port/janus")
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("its scheme is %q, want http or https", u.Scheme)
	case u.Hostname() == "":
		return errors.New("it names no host, want http://host:port/janus")
	}
	s.URL = v
	return nil
}

func setCodecs(s *ServerConfig, v string) error {
	var codecs []media.Codec
	for _, name := range strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' }) {
		// as in FreeSWITCH, a codec may carry rate and ptime ("opus@48000h@20i"); both are fixed here
		name, _, _ = strings.Cut(name, "@")
		codec, ok := codecNamed(name)
		if !ok {
			return fmt.Errorf("codec %q is not one of opus, PCMU, PCMA", name)
		}
		codecs = append(codecs, codec)
	}
	if len(codecs) == 0 {
		return errors.New("no codec in it, want some of opus, PCMU, PCMA")
	}
	s.Codecs = codecs
	return nil
}

func codecNamed(name string) (media.Codec, bool) {
	for _, codec := range []media.Codec{media.Opus, media.PCMU, media.PCMA} {
		if strings.EqualFold(name, codec.Name) {
			return codec, true
		}
	}
	return media.Codec{}, false
}

func setStringIDs(s *ServerConfig, v string) error {
	if strings.EqualFold(strings.TrimSpace(v), "auto") {
		s.StringIDs = idAuto
		return nil
	}
	yes, err := parseBool(v)
	switch {
	case err != nil:
		return fmt.Errorf("%q is none of auto, true, false", v)
	case yes:
		s.StringIDs = idString
	default:
		s.StringIDs = idNumber
	}
	return nil
}

func setPortRange(s *ServerConfig, v string) error {
	from, to, found := strings.Cut(v, "-")
	first, errFirst := strconv.ParseUint(strings.TrimSpace(from), 10, 16)
	last, errLast := strconv.ParseUint(strings.TrimSpace(to), 10, 16)
	if !found || errFirst != nil || errLast != nil || first == 0 || last < first {
		return fmt.Errorf("%q is not a range of ports, want min-max such as 16384-32768", v)
	}
	s.PortMin, s.PortMax = uint16(first), uint16(last)
	return nil
}

func setMilliseconds(to *time.Duration, v string) error {
	ms, err := strconv.ParseUint(strings.TrimSpace(v), 10, 32)
	if err != nil || ms == 0 || ms > math.MaxInt32 {
		return fmt.Errorf("%q is not a number of milliseconds above 0", v)
	}
	*to = time.Duration(ms) * time.Millisecond
	return nil
}

func setBytes(to *int64, v string) error {
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	if err != nil || n < 1024 {
		return fmt.Errorf("%q is not a number of bytes, 1024 at least", v)
	}
	*to = n
	return nil
}
