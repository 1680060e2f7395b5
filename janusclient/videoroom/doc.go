// SPDX-License-Identifier: MPL-2.0

// Package videoroom has the requests by which the rooms of Janus's VideoRoom
// plugin, a selective forwarder, are managed, over a handle of package
// janusclient. It follows the comment at the head of Janus's janus_videoroom.c.
// Publishing and subscribing are not in it: [janusclient.Handle.Request] and
// Start make those requests too.
//
//	rooms, err := videoroom.Attach(ctx, session, janusclient.AttachOptions{})
//	_, err = rooms.Create(ctx, videoroom.CreateRequest{Room: room, Publishers: 12})
//	if videoroom.HasCode(err, videoroom.CodeRoomExists) { ... }
//	err = rooms.EnableRecording(ctx, videoroom.RecordRequest{Room: room, Record: true})
//
// Fields left at their zero value are not sent, so that Janus's own defaults
// apply; where zero means something the field is a pointer, and new(false) makes
// one.
package videoroom
