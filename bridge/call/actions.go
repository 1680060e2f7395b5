// SPDX-License-Identifier: MPL-2.0

package call

import (
	"context"
	"strconv"

	"mod_janus/bridge/config"
)

// Loudest is the highest volume that a participant can be given, in percent.
const Loudest = 1000

// Mute silences the leg in its room.
func Mute(ctx context.Context, c *Call) (string, error) { return "", c.self.mute(ctx, true) }

// Unmute lets the room hear the leg again.
func Unmute(ctx context.Context, c *Call) (string, error) { return "", c.self.mute(ctx, false) }

// ToggleMute mutes the leg, or unmutes it if it is muted, and says which of the two it was.
func ToggleMute(ctx context.Context, c *Call) (string, error) { return c.self.toggleMute(ctx) }

// Deafen lets the leg hear nothing of its room.
func Deafen(_ context.Context, c *Call) (string, error) { return "", c.self.deafen(true) }

// Undeafen lets the leg hear its room again.
func Undeafen(_ context.Context, c *Call) (string, error) { return "", c.self.deafen(false) }

// Kick throws the leg out of its room, which ends it.
func Kick(ctx context.Context, c *Call) (string, error) { return "", c.self.kick(ctx) }

// Suspend takes the leg out of the mix, both ways, and keeps it in the room.
func Suspend(ctx context.Context, c *Call) (string, error) { return c.self.suspend(ctx) }

// Resume ends what Suspend has begun.
func Resume(ctx context.Context, c *Call) (string, error) { return "", c.self.resume(ctx) }

// SetVolume sets how loud the room hears the leg, or with relative changes it by so much, and says
// the new volume.
func SetVolume(percent int, relative bool) Action {
	return func(ctx context.Context, c *Call) (string, error) {
		volume := percent
		if relative {
			volume = min(max(c.self.volume()+percent, 0), Loudest)
		}
		return strconv.Itoa(volume) + "%", c.self.setVolume(ctx, volume)
	}
}

// Rename gives the leg another name in its room.
func Rename(display string) Action {
	return func(ctx context.Context, c *Call) (string, error) { return "", c.self.rename(ctx, display) }
}

// Move takes the leg to another room of its server; pin "" is that of the leg's variable.
func Move(to config.DialString, pin string) Action {
	return func(ctx context.Context, c *Call) (string, error) {
		if pin == "" {
			pin = c.channel.variable("janus-room-pin")
		}
		room, err := c.Server().RoomNamed(to)
		if err != nil {
			return "", err
		}
		if err := c.sameServer(ctx, to); err != nil {
			return "", err
		}
		return c.move(ctx, room, pin)
	}
}

// Record begins or ends a recording of the leg; file "" leaves its name to the archive or to Janus.
func Record(on bool, file string) Action {
	return func(ctx context.Context, c *Call) (string, error) { return c.recorder.record(ctx, on, file) }
}
