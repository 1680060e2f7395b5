// SPDX-License-Identifier: MPL-2.0

package config

// Sounds are the prompts that can be set in <settings>, and their defaults:
// tones, which need no files.
var Sounds = map[string]string{
	"muted-sound":     "tone_stream://%(200,0,350)",
	"unmuted-sound":   "tone_stream://%(200,0,700)",
	"deaf-sound":      "tone_stream://%(100,50,350);loops=2",
	"undeaf-sound":    "tone_stream://%(100,50,700);loops=2",
	"hand-up-sound":   "tone_stream://%(100,0,600);%(100,0,900)",
	"hand-down-sound": "tone_stream://%(100,0,900);%(100,0,600)",
	"alone-sound":     "tone_stream://%(400,0,300)",
	"join-sound":      "tone_stream://%(200,0,500,600,700)",
	"leave-sound":     "tone_stream://%(200,0,300,200)",
	"count-sounds":    "tones",
}
