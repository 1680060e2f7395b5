// SPDX-License-Identifier: MPL-2.0

// Package audiobridge has the typed requests and events of Janus's AudioBridge
// plugin, the audio conference mixer, over a handle of package janusclient. It
// follows the comment at the head of Janus's janus_audiobridge.c.
//
//	bridge, err := audiobridge.Attach(ctx, session, janusclient.AttachOptions{OnEvent: onEvent})
//	_, err = bridge.Create(ctx, audiobridge.CreateRequest{Room: room})
//	if audiobridge.HasCode(err, audiobridge.CodeRoomExists) { ... }
//	joined, answer, err := bridge.Join(ctx, audiobridge.JoinRequest{Room: room}, offer)
//
// Fields left at their zero value are not sent, so that Janus's own defaults
// apply; where zero means something (volume 0, muted false) the field is a
// pointer, and new(0) makes one.
//
// Events arrive at OnEvent as janusclient.PluginEvent; [ParseEvent] reads them.
package audiobridge
