// SPDX-License-Identifier: MPL-2.0

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
	"mod_janus/janusclient/janustest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestListRooms(t *testing.T) {
	server := janustest.NewServer(janustest.WithRoom("1234"), janustest.WithAPISecret("s3cret"))
	t.Cleanup(server.Close)
	cfg := janusclient.Config{URL: server.URL, Secret: "s3cret"}
	client, err := janusclient.New(cfg)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	session, err := client.Create(t.Context(), janusclient.SessionOptions{})
	require.NoError(t, err)
	ann, err := audiobridge.Attach(t.Context(), session, janusclient.AttachOptions{})
	require.NoError(t, err)
	_, _, err = ann.Join(t.Context(), audiobridge.JoinRequest{
		Room: janusclient.NumberID(1234), ID: janusclient.NumberID(7), Media: audiobridge.Media{Display: "Ann"},
	}, nil)
	require.NoError(t, err)

	var out strings.Builder
	require.NoError(t, run(t.Context(), &out, cfg))
	require.Equal(t, "1234\tRoom 1234\t16000 Hz\t1 in it\n\t7\tAnn\n", out.String())
	require.Equal(t, 1, server.Sessions(), "its own is gone")
	require.Error(t, run(t.Context(), &out, janusclient.Config{URL: server.URL}), "the secret is missing")
}
