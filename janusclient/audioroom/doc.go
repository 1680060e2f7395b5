// SPDX-License-Identifier: MPL-2.0

// Package audioroom has the typed requests and events of
// janus.plugin.cm.audioroom, a relative of AudioBridge in which rooms come and
// go by themselves. It speaks in the types of package audiobridge, and its
// methods have the signatures of that package's Handle, so that who makes calls
// can do so on either plugin.
//
// What differs, and is translated here:
//
//   - A room's id is a string, in the member "id". A numeric one is sent as its
//     digits; in answers and events rooms are always strings.
//   - A participant's id is an integer, in the member "userid".
//   - There is no create: join and changeroom make the room, with 48 kHz. It
//     goes when its last participant changes room, detaches, or is lost with its
//     session, but not when the last one only leaves: see [Handle.Leave].
//   - Booleans come as the strings "true" and "false".
//   - There is no PIN, secret, list of tokens, kick or mute, and no word of
//     whether a participant's PeerConnection is up: Participant.Setup is false
//     unless the plugin says otherwise.
//
// Error codes are those of AudioBridge: audiobridge.HasCode reads them.
package audioroom
