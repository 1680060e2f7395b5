// SPDX-License-Identifier: MPL-2.0

// Package streaming has the requests by which the mountpoints of Janus's
// Streaming plugin are managed, over a handle of package janusclient: sources of
// RTP, files or RTSP that many can watch. It follows the comment at the head of
// Janus's janus_streaming.c. Watching is not in it: [janusclient.Handle.Request]
// and Start make those requests too.
//
//	streams, err := streaming.Attach(ctx, session, janusclient.AttachOptions{})
//	created, err := streams.Create(ctx, streaming.CreateRequest{
//		Type: streaming.TypeRTP,
//		Media: []streaming.MediaRequest{{
//			Type: "audio", Mid: "a", Port: 5002, PayloadType: 111, Codec: "opus",
//		}},
//	})
//	err = streams.StartRecording(ctx, streaming.RecordRequest{
//		ID: created.ID, Media: []streaming.RecordMedia{{Mid: "a", Filename: "/recordings/one"}},
//	})
//
// The plugin has no list of who watches: [Info] counts them. What VideoRoom calls
// enable_recording is "recording" with the action start or stop here.
//
// Fields left at their zero value are not sent, so that Janus's own defaults
// apply; where zero means something the field is a pointer, and new(false) makes
// one.
package streaming
