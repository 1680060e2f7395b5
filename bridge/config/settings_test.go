// SPDX-License-Identifier: MPL-2.0

package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Each prompt that has a default can be set, and each setting has its line of the manual.
func TestSettings(t *testing.T) {
	named := make(map[string]bool)
	for _, s := range Settings {
		require.False(t, named[s.Name], "%s is there twice", s.Name)
		require.NotEmpty(t, s.Default, s.Name)
		require.NotEmpty(t, s.Meaning, s.Name)
		named[s.Name] = true
	}
	for name := range Sounds {
		require.True(t, named[name], "the sound %s is no setting", name)
	}
	var c Config
	require.NoError(t, c.set(XMLParam{"hand-up-sound", " x.wav "}))
	require.Equal(t, map[string]string{"hand-up-sound": "x.wav"}, c.Sounds)
	require.EqualError(t, c.set(XMLParam{"colour", "red"}), `unknown param "colour" is ignored`)
	require.ErrorContains(t, c.set(XMLParam{"debug", "maybe"}), "param debug: ")
	require.ErrorContains(t, c.set(XMLParam{"debug", "maybe"}), "; the default (false) stands")
}
