// SPDX-License-Identifier: MPL-2.0

package zone_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/host"
	"mod_janus/bridge/pool/discover"
	"mod_janus/test/zone"
)

// object is one manifest of a kind, as text.
func object(t *testing.T, file, kind, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../contrib/kubernetes/" + file)
	require.NoError(t, err)
	for _, part := range strings.Split(string(text), "\n---\n") {
		if strings.Contains(part, "\nkind: "+kind+"\n") && field(t, part, `\n  name: (\S+)`) == name {
			return part
		}
	}
	require.FailNow(t, "no such manifest", "%s %s in %s", kind, name, file)
	return ""
}

// field is the first match of a part of a manifest.
func field(t *testing.T, text, expression string) string {
	t.Helper()
	found := regexp.MustCompile(expression).FindStringSubmatch(text)
	require.NotNil(t, found, "%s in\n%s", expression, text)
	return found[1]
}

// The example in contrib/kubernetes agrees with itself: with the records that Kubernetes's DNS has
// for the Service and its pods, the pool of FreeSWITCH's configuration finds all of them.
func TestKubernetesExample(t *testing.T) {
	service, pods := object(t, "janus.yaml", "Service", "janus"), object(t, "janus.yaml", "StatefulSet", "janus")
	namespace := field(t, service, `namespace: (\S+)`)
	require.Equal(t, "None", field(t, service, `clusterIP: (\S+)`), "headless")
	require.Equal(t, "janus", field(t, pods, `serviceName: (\S+)`))
	require.Equal(t, field(t, service, `app: (\S+)`), field(t, pods, `app: (\S+)`))
	portName, port := field(t, service, `- name: (\S+)`), field(t, service, `port: (\d+)`)
	require.LessOrEqual(t, len(portName), 15, "as Kubernetes wants it")
	require.Equal(t, port, field(t, pods, `- name: `+portName+`\n\s+containerPort: (\d+)`))
	replicas, err := strconv.Atoi(field(t, pods, `replicas: (\d+)`))
	require.NoError(t, err)
	require.Contains(t, pods, `"--server-name=$(POD_NAME)"`)
	require.Contains(t, pods, "fieldPath: metadata.name")
	require.Contains(t, object(t, "janus.yaml", "ConfigMap", "janus"), field(t, pods, `/etc/janus-drain/(\S+\.sh)`)+": |")
	object(t, "janus.yaml", "PodDisruptionBudget", "janus")
	secret := object(t, "janus.yaml", "Secret", "janus")
	require.Equal(t, field(t, secret, `admin-secret: (\S+)`), field(t, secret, `admin_secret = "(\S+)"`))

	dns, err := zone.New("127.0.0.1:0")
	require.NoError(t, err)
	defer dns.Close()
	base := "janus." + namespace + ".svc.cluster.local"
	number, err := strconv.ParseUint(port, 10, 16)
	require.NoError(t, err)
	var targets []zone.Target
	var wanted []discover.Server
	for i := range replicas {
		name := fmt.Sprintf("janus-%d", i)
		targets = append(targets, zone.Target{Name: name + "." + base, Port: uint16(number)})
		wanted = append(wanted, discover.Server{Name: name, Address: net.JoinHostPort(name+"."+base, port)})
	}
	dns.Services("_"+portName+"._tcp."+base, targets...)

	_, text, found := strings.Cut(object(t, "freeswitch.yaml", "ConfigMap", "freeswitch-janus"), "janus.conf.xml: |\n")
	require.True(t, found)
	cfg, problems, err := config.ParseConfig(text)
	require.NoError(t, err)
	require.Empty(t, problems)
	require.Empty(t, cfg.FillPools())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	told := make(chan []discover.Server, 1)
	watcher := discover.New(*cfg.Pools[0].Discover, discover.Env{
		Resolver: dns.Resolver(),
		Ask:      func(context.Context, string) (string, error) { return "", errors.New("nobody is asked") },
		Health:   func(string) (bool, int) { return false, 0 },
		Tell:     func(all []discover.Server) { told <- all; cancel() },
		Logf:     func(_ host.Level, format string, args ...any) { t.Errorf(format, args...) },
	})
	watcher.Run(ctx)
	require.Equal(t, wanted, <-told)
	server := cfg.Servers[0].Discovered(cfg.Pools[0].Discover, wanted[0].Name, wanted[0].Address, "")
	require.Equal(t, "ws://janus-0."+base+":"+port+"/", server.URL)
	require.Equal(t, "wss://janus-0.example.org/", server.PublicURL)
}
