// SPDX-License-Identifier: MPL-2.0

package admin

import "encoding/json"

// legacyStream is a stream of a Janus 0.x, which bundles all media in one.
type legacyStream struct {
	RTCP   map[string]RTCP `json:"rtcp_stats"` // "audio", "video"
	Codecs struct {
		AudioPT    int    `json:"audio-pt"`
		AudioCodec string `json:"audio-codec"`
		VideoPT    int    `json:"video-pt"`
		VideoCodec string `json:"video-codec"`
	} `json:"codecs"`
	Components []struct {
		ICE
		DTLS DTLS           `json:"dtls"`
		In   map[string]any `json:"in_stats"`
		Out  map[string]any `json:"out_stats"`
	} `json:"components"`
}

// parseStreams reads the "streams" of a Janus 0.x as far as it tells the same as
// "webrtc" of a later one; nil if there are none.
func parseStreams(raw json.RawMessage) *WebRTC {
	var info struct {
		Streams []legacyStream `json:"streams"`
	}
	if lenient(raw, &info) != nil || len(info.Streams) == 0 {
		return nil
	}
	stream := info.Streams[0]
	w := &WebRTC{Media: map[string]Medium{}}
	var in, out map[string]any
	if len(stream.Components) > 0 {
		first := stream.Components[0]
		w.ICE, w.DTLS, in, out = first.ICE, first.DTLS, first.In, first.Out
	}
	for i, kind := range []string{"audio", "video"} {
		codec := Codec{PayloadType: stream.Codecs.AudioPT, Name: stream.Codecs.AudioCodec}
		if kind == "video" {
			codec = Codec{PayloadType: stream.Codecs.VideoPT, Name: stream.Codecs.VideoCodec}
		}
		if codec.Name == "" {
			continue
		}
		w.Media[kind] = Medium{
			Type: kind, Mid: kind, Index: i, Codec: codec,
			RTCP:  map[string]RTCP{"main": stream.RTCP[kind]},
			Stats: Traffic{In: legacyCounts(in, kind), Out: legacyCounts(out, kind)},
		}
	}
	return w
}

// legacyCounts reads "audio_packets" and its like.
func legacyCounts(stats map[string]any, kind string) Counts {
	number := func(name string) int64 {
		value, _ := stats[kind+"_"+name].(float64)
		return int64(value)
	}
	return Counts{
		Packets: number("packets"), Bytes: number("bytes"), BytesLastSecond: number("bytes_lastsec"),
		NACKs: number("nacks"), Retransmissions: number("retransmissions"),
	}
}
