// SPDX-License-Identifier: MPL-2.0

package config

import (
	"cmp"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mod_janus/bridge/host"
)

// podParams are the params of <settings> by which the C module finds the pods of a Kubernetes
// service.
type podParams struct {
	found   *Discovery
	refresh time.Duration // 0: the default
	failMax int           // likewise
	notices []Problem
}

// setURL takes the URL of the service. The C module's older param has the pod's name in front.
func (p *podParams) setURL(name, value string) error {
	const pod = "{pod}."
	value = strings.TrimSpace(value)
	if value == "" {
		return nil
	}
	if strings.Contains(value, pod) {
		value = strings.Replace(value, pod, "", 1)
		p.notices = append(p.notices, Problem{host.LevelNotice,
			fmt.Sprintf("settings: param %s: {pod} is left out, the pods are found in the DNS: %s", name, Mask(value))})
	}
	if u, err := url.Parse(value); err == nil && strings.Trim(u.Path, "/") == "" && (u.Scheme == "http" || u.Scheme == "https") {
		value = strings.TrimRight(value, "/") + "/janus" // as the C module does
	}
	return setDiscoverURL(&p.found, value)
}

// setNumber takes a number; 0, and "", stand for the default, as in the C module.
func setNumber(value string, set func(int)) error {
	value = strings.TrimSpace(value)
	if value == "" {
		return nil
	}
	n, err := strconv.ParseUint(value, 10, 20)
	if err != nil {
		return fmt.Errorf("%q is not a whole number", value)
	}
	if n > 0 {
		set(int(n))
	}
	return nil
}

// discovery is what was set; nil for nothing.
func (p *podParams) discovery() *Discovery {
	if p.found == nil {
		return nil
	}
	p.found.Every, p.found.FailMax = cmp.Or(p.refresh, PodRefresh), cmp.Or(p.failMax, PodFailMax)
	return p.found
}
