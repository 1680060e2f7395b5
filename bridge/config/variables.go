// SPDX-License-Identifier: MPL-2.0

package config

import "time"

// Variables are what the dial string and the A-leg ask for. Pointers are nil where nothing is asked
// for; what is nil or "" is left to Janus.
type Variables struct {
	UseExistingRoom   bool
	RoomDescription   string
	RoomRecord        bool
	RoomRecordFile    string
	RoomPIN           string
	RoomAllowWS       bool
	UserToken         string
	TokenTTL          time.Duration
	UserRecord        bool
	UserRecordFile    string
	Archive           string // ArchiveJanus or ArchiveLocal
	StartMuted        bool
	Hold              string // HoldMute, HoldSilence or HoldMusic
	AnswerOnReady     bool
	AnswerTimeout     time.Duration
	RoomAutoDestroy   bool
	RoomLock          bool
	Announce          bool
	CallerControls    string // the name of a group; "" is none
	AnswerOnUp        bool
	BridgedCodec      bool
	RoomSecret        string
	UserAdmin         bool
	RoomSamplingRate  *int // Hz
	RoomAudioLevel    *bool
	RoomIsPrivate     *bool
	RoomPermanent     *bool
	RoomRecordDir     string
	RoomMJRs          *bool
	RoomMJRsDir       string
	RoomSpatialAudio  *bool
	RoomAllowRTP      *bool
	RoomDenoise       *bool
	RoomSignedTokens  *bool
	RoomBitrate       *int // bit/s
	RoomExpectedLoss  *int // percent
	RoomLevelAverage  *int // -dBov
	RoomActivePackets *int
	UserVolume        *int // percent
	UserPrebuffer     *int // packets
	UserQuality       *int
	UserExpectedLoss  *int // percent
	UserBitrate       *int // bit/s
	UserPosition      *int // 0 is left, 100 is right
	UserDenoise       *bool
	UserGroup         string
	Codec             string
	Rejoin            bool
	RejoinTimeout     time.Duration
	PoolAlone         bool
	DTMFInband        bool
	OpusDTX           bool
}

// The values of janus-archive.
const (
	ArchiveJanus = "janus" // Janus records, if it is asked to
	ArchiveLocal = "local" // the switch records, on its own disk, all the time
)

// The values of janus-hold, which say what the room hears of a leg whose caller is on hold.
const (
	HoldMute    = "mute"    // nothing, and it sees the leg muted
	HoldSilence = "silence" // nothing
	HoldMusic   = "music"   // the switch's hold music
)

const (
	// leastBitrate and mostBitrate bound what AudioBridge has its Opus encoder make, in bit/s.
	// AudioBridge passes over anything else.
	leastBitrate, mostBitrate = 500, 512000
	// MostExpectedLoss is the highest loss that AudioBridge prepares for, in percent.
	MostExpectedLoss = 20
	// quietest is the lowest audio level there is (RFC 6464), in -dBov.
	quietest = 127
	// mostActivePackets is how many packets of 20 ms may decide whether somebody talks: 20 s.
	mostActivePackets = 1000
)

// SamplingRates are those that AudioBridge mixes at, in Hz.
var SamplingRates = []int{8000, 12000, 16000, 24000, 48000}

// Variable is one channel variable that a user can set on a leg.
type Variable struct {
	Name            string
	Default         string // as the manual says it
	Meaning         string // as the manual says it, in Markdown
	Secret          bool   // its value is for Janus alone: neither log nor event shows it
	AudioBridgeOnly bool   // janus.plugin.cm.audioroom has nothing like it

	set setter // nil: the shim reads it
}

// AllVariables are the variables in the order of the manual.
var AllVariables = []Variable{
	{Name: "janus-use-existing-room", Default: "false", Meaning: "false: create the room first, and just join if the room exists; true: join only",
		set: flag(func(v *Variables) *bool { return &v.UseExistingRoom })},
	{Name: "janus-room-description", Default: "–", Meaning: "create: description", AudioBridgeOnly: true,
		set: text(func(v *Variables) *string { return &v.RoomDescription })},
	{Name: "janus-room-record", Default: "false", Meaning: "create: record the mix", AudioBridgeOnly: true,
		set: flag(func(v *Variables) *bool { return &v.RoomRecord })},
	{Name: "janus-room-record-file", Default: "by Janus, or [the archive](rooms-and-recording.md#archives-and-jobs)", Meaning: "create: file of the mix, on Janus's machine", AudioBridgeOnly: true,
		set: text(func(v *Variables) *string { return &v.RoomRecordFile })},
	{Name: "janus-room-pin", Default: "–", Meaning: "create: PIN to set; join: PIN to present", Secret: true, AudioBridgeOnly: true,
		set: text(func(v *Variables) *string { return &v.RoomPIN })},
	{Name: "janus-room-allow-ws-participants", Default: "false", Meaning: "create: `allow_ws_participants`", AudioBridgeOnly: true,
		set: flag(func(v *Variables) *bool { return &v.RoomAllowWS })},
	{Name: "janus-user-token", Default: "–", Meaning: "join: the user's token; with `hmac-secret` a signed token takes its place", Secret: true, AudioBridgeOnly: true,
		set: text(func(v *Variables) *string { return &v.UserToken })},
	{Name: "janus-hmac-token-ttl", Default: "7200 s, at most 86400", Meaning: "lifetime of the signed token with which this call enters its room",
		set: duration(func(v *Variables) *time.Duration { return &v.TokenTTL }, time.Second, TokenTTL, LongestTokenTTL)},
	{Name: "janus-user-record", Default: "false", Meaning: "join: record this participant", AudioBridgeOnly: true,
		set: flag(func(v *Variables) *bool { return &v.UserRecord })},
	{Name: "janus-user-record-file", Default: "by Janus, or [the archive](rooms-and-recording.md#archives-and-jobs)", Meaning: "join: base of the name of that recording, on Janus's machine", AudioBridgeOnly: true,
		set: text(func(v *Variables) *string { return &v.UserRecordFile })},
	{Name: "janus-archive", Default: "`janus`", Meaning: "who records this call. `janus`: Janus, if Janus is asked to; `local`: the switch records from answer to end what the caller hears and says",
		set: choice(func(v *Variables) *string { return &v.Archive }, ArchiveJanus, ArchiveLocal)},
	{Name: "janus-start-muted", Default: "false", Meaning: "join: enter muted",
		set: flag(func(v *Variables) *bool { return &v.StartMuted })},
	{Name: "janus-hold", Default: "mute", Meaning: "while the caller is on hold, by the hold button of a SIP phone or by `uuid_hold` on either leg: `mute` (the room hears nothing and sees the leg muted; the leg is unmuted afterwards, unless it was muted before), `silence` (the room hears nothing), `music` (the room hears the switch's hold music)",
		set: choice(func(v *Variables) *string { return &v.Hold }, HoldMute, HoldSilence, HoldMusic)},
	{Name: "janus-answer-on-participant-ready", Default: "false", Meaning: "hold the answer until another participant has its PeerConnection up; the A-leg hears ringing",
		set: flag(func(v *Variables) *bool { return &v.AnswerOnReady })},
	{Name: "janus-answer-participant-timeout-ms", Default: "10000", Meaning: "… or until this time has passed",
		set: duration(func(v *Variables) *time.Duration { return &v.AnswerTimeout }, time.Millisecond, AnswerTimeout, time.Hour)},
	{Name: "janus-room-auto-destroy", Default: "false", Meaning: "a room that this module creates is destroyed when its last participant has gone. Janus is asked for the participants at once when the last leg leaves, and every 5 s while others are in the room. A room that existed stays", AudioBridgeOnly: true,
		set: flag(func(v *Variables) *bool { return &v.RoomAutoDestroy })},
	{Name: "janus-room-lock", Default: "false", Meaning: "[lock the room](rooms-and-recording.md#locks) as long as this leg is in the room",
		set: flag(func(v *Variables) *bool { return &v.RoomLock })},
	{Name: "janus-announce", Default: "false", Meaning: "the caller hears a tone when somebody joins or leaves (`join-sound`, `leave-sound`)",
		set: flag(func(v *Variables) *bool { return &v.Announce })},
	{Name: "janus-caller-controls", Default: "–", Meaning: "what the caller can do with keys: a group of [`<caller-controls>`](rooms-and-recording.md#the-keypad)",
		set: text(func(v *Variables) *string { return &v.CallerControls })},
	{Name: "answer_on_webrtcup", Default: "false", Meaning: "answer at Janus's `webrtcup`, not at Janus's SDP answer",
		set: flag(func(v *Variables) *bool { return &v.AnswerOnUp })},
	{Name: "janus-use-bridged-channel-codec", Default: "false", Meaning: "take the A-leg's codec when Janus can mix that codec: G.711 to G.711 without transcoding",
		set: flag(func(v *Variables) *bool { return &v.BridgedCodec })},
	{Name: "janus-room-secret", Default: "–", Meaning: "create: secret to set. `janus kick` and the [controls of a room](rooms-and-recording.md#controls-of-a-room) present the secret where AudioBridge asks for it; *join* does not", Secret: true, AudioBridgeOnly: true,
		set: text(func(v *Variables) *string { return &v.RoomSecret })},
	{Name: "janus-user-admin", Default: "false", Meaning: "join: true: present `janus-room-secret` in *join* too: `mute-all` does not reach this caller then, and a secret that is not the room's is `CALL_REJECTED`", AudioBridgeOnly: true,
		set: flag(func(v *Variables) *bool { return &v.UserAdmin })},
	{Name: "janus-room-sampling-rate", Default: "Janus's", Meaning: "create: 8000, 12000, 16000, 24000 or 48000", AudioBridgeOnly: true,
		set: oneOf(func(v *Variables) **int { return &v.RoomSamplingRate }, SamplingRates)},
	{Name: "janus-room-audiolevel-event", Default: "Janus's", Meaning: "create: true: Janus tells who talks", AudioBridgeOnly: true,
		set: optionalFlag(func(v *Variables) **bool { return &v.RoomAudioLevel })},
	{Name: "janus-room-is-private", Default: "Janus's", Meaning: "create: true: the room is not listed", AudioBridgeOnly: true,
		set: optionalFlag(func(v *Variables) **bool { return &v.RoomIsPrivate })},
	{Name: "janus-room-permanent", Default: "Janus's", Meaning: "create: true: Janus keeps the room in its configuration file", AudioBridgeOnly: true,
		set: optionalFlag(func(v *Variables) **bool { return &v.RoomPermanent })},
	{Name: "janus-room-record-dir", Default: "Janus's", Meaning: "create: folder of the mix, on Janus's machine; the archive leaves such a recording alone", AudioBridgeOnly: true,
		set: text(func(v *Variables) *string { return &v.RoomRecordDir })},
	{Name: "janus-room-mjrs", Default: "Janus's", Meaning: "create: true: record every participant", AudioBridgeOnly: true,
		set: optionalFlag(func(v *Variables) **bool { return &v.RoomMJRs })},
	{Name: "janus-room-mjrs-dir", Default: "Janus's", Meaning: "create: folder of those recordings, on Janus's machine", AudioBridgeOnly: true,
		set: text(func(v *Variables) *string { return &v.RoomMJRsDir })},
	{Name: "janus-room-spatial-audio", Default: "Janus's", Meaning: "create: true: each participant is heard at a place of its own", AudioBridgeOnly: true,
		set: optionalFlag(func(v *Variables) **bool { return &v.RoomSpatialAudio })},
	{Name: "janus-room-allow-rtp-participants", Default: "Janus's", Meaning: "create: true: participants without WebRTC may come in, with plain RTP", AudioBridgeOnly: true,
		set: optionalFlag(func(v *Variables) **bool { return &v.RoomAllowRTP })},
	{Name: "janus-room-denoise", Default: "Janus's", Meaning: "create: true or false; works since Janus 1.2.3, where Janus was built with RNNoise. An older Janus passes over it", AudioBridgeOnly: true,
		set: optionalFlag(func(v *Variables) **bool { return &v.RoomDenoise })},
	{Name: "janus-room-signed-tokens", Default: "Janus's", Meaning: "create: true: participants need signed tokens; works since Janus 1.4.2. An older Janus passes over it", AudioBridgeOnly: true,
		set: optionalFlag(func(v *Variables) **bool { return &v.RoomSignedTokens })},
	{Name: "janus-room-default-bitrate", Default: "Janus's", Meaning: "create: of Janus's Opus encoder for everybody in the room, 500 to 512000 bit/s", AudioBridgeOnly: true,
		set: number(func(v *Variables) **int { return &v.RoomBitrate }, leastBitrate, mostBitrate)},
	{Name: "janus-room-default-expectedloss", Default: "Janus's", Meaning: "create: loss that Janus's Opus encoder prepares for, for everybody in the room, 0 to 20 percent", AudioBridgeOnly: true,
		set: number(func(v *Variables) **int { return &v.RoomExpectedLoss }, 0, MostExpectedLoss)},
	{Name: "janus-room-audio-level-average", Default: "Janus's", Meaning: "create, with `janus-room-audiolevel-event`: from which level on somebody talks, 1 (loudest) to 127", AudioBridgeOnly: true,
		set: number(func(v *Variables) **int { return &v.RoomLevelAverage }, 1, quietest)},
	{Name: "janus-room-audio-active-packets", Default: "Janus's", Meaning: "… and over how many packets, 1 to 1000", AudioBridgeOnly: true,
		set: number(func(v *Variables) **int { return &v.RoomActivePackets }, 1, mostActivePackets)},
	{Name: "janus-user-volume", Default: "100", Meaning: "join: percent, 0 to 1000", AudioBridgeOnly: true,
		set: number(func(v *Variables) **int { return &v.UserVolume }, 0, 1000)},
	{Name: "janus-user-prebuffer", Default: "Janus's", Meaning: "join: packets, 0 to 50", AudioBridgeOnly: true,
		set: number(func(v *Variables) **int { return &v.UserPrebuffer }, 0, 50)},
	{Name: "janus-user-quality", Default: "Janus's", Meaning: "join: of Janus's Opus encoder, 1 to 10",
		set: number(func(v *Variables) **int { return &v.UserQuality }, 1, 10)},
	{Name: "janus-user-expected-loss", Default: "what the path shows", Meaning: "join: loss that Janus's Opus encoder prepares for, 0 to 20 percent, see [Sound](sound.md#lost-packets)", AudioBridgeOnly: true,
		set: number(func(v *Variables) **int { return &v.UserExpectedLoss }, 0, MostExpectedLoss)},
	{Name: "janus-user-bitrate", Default: "the room's", Meaning: "join: of Janus's Opus encoder, 500 to 512000 bit/s", AudioBridgeOnly: true,
		set: number(func(v *Variables) **int { return &v.UserBitrate }, leastBitrate, mostBitrate)},
	{Name: "janus-user-spatial-position", Default: "50", Meaning: "join: where this caller is heard in a room with `spatial-audio`, 0 (left) to 100 (right)", AudioBridgeOnly: true,
		set: number(func(v *Variables) **int { return &v.UserPosition }, 0, 100)},
	{Name: "janus-user-denoise", Default: "the room's", Meaning: "join: true or false; works since Janus 1.2.3, where Janus was built with RNNoise", AudioBridgeOnly: true,
		set: optionalFlag(func(v *Variables) **bool { return &v.UserDenoise })},
	{Name: "janus-user-group", Default: "–", Meaning: "join: group of a room that has groups", AudioBridgeOnly: true,
		set: text(func(v *Variables) *string { return &v.UserGroup })},
	{Name: "janus-codec", Default: "`codec-string`", Meaning: "`opus`, `PCMU` or `PCMA` for this leg",
		set: text(func(v *Variables) *string { return &v.Codec })},
	{Name: "janus-rejoin", Default: "true", Meaning: "when Janus has lost the call, join again without dropping the call: the caller hears soft noise meanwhile",
		set: flag(func(v *Variables) *bool { return &v.Rejoin })},
	{Name: "janus-rejoin-timeout", Default: "30 s", Meaning: "… for at most this long",
		set: duration(func(v *Variables) *time.Duration { return &v.RejoinTimeout }, time.Second, RejoinTimeout, 24*time.Hour)},
	{Name: "janus-pool-alone", Default: "false", Meaning: "true: where this switch alone does not reach the room's server, go on in a [copy of the room](scale-out.md#a-switch-that-is-cut-off) instead of waiting",
		set: flag(func(v *Variables) *bool { return &v.PoolAlone })},
	{Name: "janus-dtmf-inband", Default: "false", Meaning: "true: the caller's keys sound in the room. Keys are `janus::dtmf` events either way",
		set: flag(func(v *Variables) *bool { return &v.DTMFInband })},
	{Name: "janus-opus-dtx", Default: "false", Meaning: "true: while nobody speaks, send one Opus packet each 400 ms instead of 20. Sequence numbers go on with time (Janus 1.2.4 and later keep time by them), so Janus counts as lost what is not sent. AudioBridge 1.1 begins each sentence without its prebuffer, so do not use this variable on a path that jitters",
		set: flag(func(v *Variables) *bool { return &v.OpusDTX })},
	{Name: "janus-ignore-video", Default: "false", Meaning: "true: take a call whose A-leg has video, and answer audio only"},
}
