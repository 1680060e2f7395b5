// SPDX-License-Identifier: MPL-2.0

package server

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/janusclient"
	"mod_janus/janusclient/audiobridge"
)

// refusing answers as a Janus of the given kind does, and lets another call find
// out about it while the first request is under way.
func refusing(ref RoomRef, wantsStrings bool, tried *[]string) func(janusclient.ID) error {
	return func(id janusclient.ID) error {
		*tried = append(*tried, fmt.Sprintf("%s %v", id, id.IsNumber()))
		if id.IsNumber() != wantsStrings {
			return nil
		}
		reason, mode := "Invalid element type (room should be a positive integer)", config.IDNumber
		if wantsStrings {
			reason, mode = "Invalid element type (room should be a string)", config.IDString
		}
		ref.Server.ids.Store(int32(mode))
		return &janusclient.PluginError{Code: audiobridge.CodeInvalidElement, Reason: reason}
	}
}

// A call that finds that another one has found out meanwhile is tried again.
func TestKindOfIDsFoundOutMeanwhile(t *testing.T) {
	for _, strings := range []bool{true, false} {
		ref := RoomRef{Server: &Server{}, Config: &config.ServerConfig{StringIDs: config.IDAuto}, Room: janusclient.NumberID(7), Text: "007"}
		want := []string{"7 true", "007 false"}
		if !strings {
			ref.Server.ids.Store(int32(config.IDString))
			want = []string{"007 false", "7 true"}
		}
		var tried []string
		require.NoError(t, ref.With(refusing(ref, strings, &tried)))
		require.Equal(t, want, tried)
	}
}

func TestRoomsThatAreNoNumbers(t *testing.T) {
	for _, text := range []string{"0", "00", "9223372036854775808", "18446744073709551615", "99999999999999999999999", "lobby"} {
		id, err := config.ParseRoom(text)
		require.NoError(t, err)
		require.False(t, id.IsNumber(), text)
		var tried []string
		ref := RoomRef{Server: &Server{}, Config: &config.ServerConfig{StringIDs: config.IDAuto}, Room: id, Text: text}
		err = ref.With(refusing(ref, false, &tried))
		require.Equal(t, []string{text + " false"}, tried, "a number is not even tried")
		require.Equal(t, host.CauseInvalidNumberFormat, failure.Of(err).Cause)
		require.ErrorContains(t, err, text)
		require.NoError(t, ref.With(refusing(ref, true, &tried)))
	}
}
