// SPDX-License-Identifier: MPL-2.0

package config

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mod_janus/bridge/media"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/audioroom"
)

// ParseBool follows FreeSWITCH's switch_true, and says no to what is neither.
func ParseBool(v string) (bool, error) {
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
	b, err := ParseBool(v)
	if err == nil {
		*to = b
	}
	return err
}

// setPercent takes a whole number of percent.
func setPercent(to *int, v string) error {
	n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(v), "%")))
	if err != nil || n < 0 || n > 100 {
		return fmt.Errorf("%q is not a whole number of percent, 0 to 100", v)
	}
	*to = n
	return nil
}

// setURL takes the URL of an API. The value may hold a password: errors do not
// quote it.
func setURL(to *string, v string, schemes ...string) error {
	const example = "want http://host:8088/janus or ws://host:8188/"
	v = openSIPS.Replace(strings.TrimSpace(v))
	u, err := url.Parse(v)
	switch {
	case v == "":
		return errors.New("it is empty, " + example)
	case err != nil:
		return errors.New("it is not a URL, " + example)
	case !slices.Contains(schemes, u.Scheme):
		return fmt.Errorf("its scheme is %q, want one of %s", u.Scheme, strings.Join(schemes, ", "))
	case u.Hostname() == "":
		return errors.New("it names no host, " + example)
	case u.Fragment != "":
		return errors.New("it must have no #, " + example)
	}
	*to = v
	return nil
}

// addURL takes one of the URLs of a server.
func addURL(s *ServerConfig, v string) error {
	var address string
	err := setURL(&address, v, "http", "https", "ws", "wss")
	switch {
	case err != nil && s.URL != "":
		return fmt.Errorf("URL number %d: %w", len(s.URLs())+1, err)
	case err != nil:
		return err
	case s.URL == "":
		s.URL = address
	case slices.Contains(s.URLs(), address):
		return fmt.Errorf("URL number %d is there already: %s", len(s.URLs())+1, Mask(address))
	default:
		s.Fallbacks = append(s.Fallbacks, address)
	}
	return nil
}

// setICEServer takes a STUN or TURN server (RFC 7064, RFC 7065), which may be
// written without its scheme.
func setICEServer(to *string, v string, schemes ...string) error {
	v = strings.TrimSpace(v)
	if v == "" {
		*to = ""
		return nil
	}
	scheme, _, _ := strings.Cut(v, ":")
	if known := []string{"stun", "stuns", "turn", "turns"}; !slices.Contains(known, scheme) {
		v = schemes[0] + ":" + v
		scheme = schemes[0]
	}
	if !slices.Contains(schemes, scheme) {
		return fmt.Errorf("%q is not a server of %s", v, strings.Join(schemes, " or "))
	}
	if err := media.CheckICEServer(v); err != nil {
		return err
	}
	*to = v
	return nil
}

func setPlugin(s *ServerConfig, v string) error {
	v = strings.TrimSpace(v)
	if v != audiobridge.Plugin && v != audioroom.Plugin {
		return fmt.Errorf("%q is not one of %s, %s", v, audiobridge.Plugin, audioroom.Plugin)
	}
	s.Plugin = v
	return nil
}

// SetCodecs sets codec-string: the codecs to offer, best first.
func SetCodecs(s *ServerConfig, v string) error {
	var codecs []media.Codec
	for _, name := range strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' }) {
		// as in FreeSWITCH, a codec may carry rate and ptime ("opus@48000h@20i"); both are fixed
		// here
		name, _, _ = strings.Cut(name, "@")
		codec, ok := CodecNamed(name)
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

// CodecNamed finds a codec by its name in SDP, whatever its case.
func CodecNamed(name string) (media.Codec, bool) {
	for _, codec := range []media.Codec{media.Opus, media.PCMU, media.PCMA} {
		if strings.EqualFold(name, codec.Name) {
			return codec, true
		}
	}
	return media.Codec{}, false
}

func setStringIDs(s *ServerConfig, v string) error {
	if strings.EqualFold(strings.TrimSpace(v), "auto") {
		s.StringIDs = IDAuto
		return nil
	}
	yes, err := ParseBool(v)
	switch {
	case err != nil:
		return fmt.Errorf("%q is none of auto, true, false", v)
	case yes:
		s.StringIDs = IDString
	default:
		s.StringIDs = IDNumber
	}
	return nil
}

func setPortRange(s *ServerConfig, v string) error {
	from, to, found := strings.Cut(v, "-")
	first, errFirst := strconv.ParseUint(strings.TrimSpace(from), 10, 16)
	last, errLast := strconv.ParseUint(strings.TrimSpace(to), 10, 16)
	if !found || errFirst != nil || errLast != nil || first == 0 || last < first {
		return fmt.Errorf("%q is not a range of ports, want min-max such as 10000-12999", v)
	}
	s.PortMin, s.PortMax = uint16(first), uint16(last)
	return nil
}

// setDuration takes a whole number of units above 0.
func setDuration(to *time.Duration, v string, unit time.Duration) error {
	n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 31)
	if err != nil || n == 0 {
		name := map[time.Duration]string{time.Millisecond: "milliseconds", time.Second: "seconds"}[unit]
		return fmt.Errorf("%q is not a number of %s above 0", v, name)
	}
	*to = time.Duration(n) * unit
	return nil
}

// setLimit takes a number of milliseconds; 0 means that there is no limit.
func setLimit(to *time.Duration, v string) error {
	if strings.TrimSpace(v) == "0" {
		*to = 0
		return nil
	}
	return setDuration(to, v, time.Millisecond)
}

func setBytes(to *int64, v string) error {
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	if err != nil || n < 1024 {
		return fmt.Errorf("%q is not a number of bytes, 1024 at least", v)
	}
	*to = n
	return nil
}

func setChunks(s *ServerConfig, v string) error {
	n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 16)
	if err != nil || n == 0 {
		return fmt.Errorf("%q is not a number of chunks, 1 at least", v)
	}
	s.MaxChunks = int(n)
	return nil
}
