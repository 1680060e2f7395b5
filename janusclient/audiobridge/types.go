// SPDX-License-Identifier: MPL-2.0

package audiobridge

import "mod_janus/janusclient"

// Plugin is the plugin's full name, for attaching to it.
const Plugin = "janus.plugin.audiobridge"

// Participant is one who is in a room.
type Participant struct {
	ID              janusclient.ID `json:"id"`
	Display         string         `json:"display"`
	Setup           bool           `json:"setup"` // its PeerConnection is up
	Muted           bool           `json:"muted"`
	Suspended       bool           `json:"suspended"`
	Talking         bool           `json:"talking"`          // only if audio levels are used
	SpatialPosition *int           `json:"spatial_position"` // 0 left to 100 right; nil in a mono room
}

// Room is one line of a list of rooms.
type Room struct {
	Room            janusclient.ID `json:"room"`
	Description     string         `json:"description"`
	PINRequired     bool           `json:"pin_required"`
	SamplingRate    int            `json:"sampling_rate"` // Hz
	SpatialAudio    bool           `json:"spatial_audio"`
	Record          bool           `json:"record"`
	Muted           bool           `json:"muted"`
	NumParticipants int            `json:"num_participants"`
	UID             string         `json:"uid"` // of this life of the room, in recordings; only janus.plugin.cm.audioroom has it
}

// CreateRequest makes a room. Without Room the plugin picks an id.
type CreateRequest struct {
	Room                 janusclient.ID `json:"room,omitzero"`
	Permanent            bool           `json:"permanent,omitempty"`
	Description          string         `json:"description,omitempty"`
	Secret               string         `json:"secret,omitempty"` // to be asked of whoever manages the room
	PIN                  string         `json:"pin,omitempty"`    // to be asked of whoever joins
	AdminKey             string         `json:"admin_key,omitempty"`
	SignedTokens         *bool          `json:"signed_tokens,omitempty"` // for versions that know them; up to 1.4.1 none does
	Private              *bool          `json:"is_private,omitempty"`    // not in List
	Allowed              []string       `json:"allowed,omitempty"`       // tokens that may join
	SamplingRate         int            `json:"sampling_rate,omitempty"`
	SpatialAudio         *bool          `json:"spatial_audio,omitempty"`
	AudioLevelExt        *bool          `json:"audiolevel_ext,omitempty"`
	AudioLevelEvent      *bool          `json:"audiolevel_event,omitempty"`
	AudioActivePackets   int            `json:"audio_active_packets,omitempty"`
	AudioLevelAverage    int            `json:"audio_level_average,omitempty"`
	DefaultPrebuffering  *int           `json:"default_prebuffering,omitempty"` // packets; up to 1.1
	DefaultExpectedLoss  int            `json:"default_expectedloss,omitempty"` // percent
	DefaultBitrate       int            `json:"default_bitrate,omitempty"`      // bit/s
	Denoise              *bool          `json:"denoise,omitempty"`
	Record               *bool          `json:"record,omitempty"` // the mix
	RecordFile           string         `json:"record_file,omitempty"`
	RecordDir            string         `json:"record_dir,omitempty"`
	MJRs                 *bool          `json:"mjrs,omitempty"` // every participant
	MJRsDir              string         `json:"mjrs_dir,omitempty"`
	AllowRTPParticipants *bool          `json:"allow_rtp_participants,omitempty"`
	// AllowWSParticipants is for relatives of the plugin; AudioBridge ignores it.
	AllowWSParticipants *bool    `json:"allow_ws_participants,omitempty"`
	Groups              []string `json:"groups,omitempty"`
}

// Media are the settings of a participant that join, configure and changeroom
// have in common.
type Media struct {
	Display         string `json:"display,omitempty"`
	Group           string `json:"group,omitempty"`
	Muted           *bool  `json:"muted,omitempty"`
	Bitrate         *int   `json:"bitrate,omitempty"`          // of Opus, bit/s; 0 lets libopus decide
	Quality         *int   `json:"quality,omitempty"`          // of Opus, 0 to 10
	ExpectedLoss    *int   `json:"expected_loss,omitempty"`    // percent, at most 20; above 0 switches FEC on
	Volume          *int   `json:"volume,omitempty"`           // percent
	SpatialPosition *int   `json:"spatial_position,omitempty"` // 0 left to 100 right
	Denoise         *bool  `json:"denoise,omitempty"`
}

// JoinRequest enters a room. Without ID the plugin picks one.
type JoinRequest struct {
	Room  janusclient.ID `json:"room,omitzero"`
	ID    janusclient.ID `json:"id,omitzero"`
	PIN   string         `json:"pin,omitempty"`
	Token string         `json:"token,omitempty"` // of a room that keeps a list, or wants signed tokens
	Media
	Codec              string `json:"codec,omitempty"`  // opus, pcma, pcmu
	Secret             string `json:"secret,omitempty"` // of the room: makes the participant an admin
	Suspended          *bool  `json:"suspended,omitempty"`
	PauseEvents        *bool  `json:"pause_events,omitempty"`
	AudioLevelAverage  int    `json:"audio_level_average,omitempty"`
	AudioActivePackets int    `json:"audio_active_packets,omitempty"`
	Prebuffer          *int   `json:"prebuffer,omitempty"` // packets; versions with an adaptive jitter buffer ignore it
	Record             *bool  `json:"record,omitempty"`
	Filename           string `json:"filename,omitempty"` // base of the recording, -audio.mjr is added
	GenerateOffer      *bool  `json:"generate_offer,omitempty"`
	RTP                *RTP   `json:"rtp,omitempty"` // plain RTP instead of WebRTC, in a room that allows it
}

// RTP is one end of a participant's plain RTP, without WebRTC: in a join the
// caller's, in [Joined] the plugin's. The plugin sends once it has received.
type RTP struct {
	IP            string `json:"ip,omitempty"`
	Port          int    `json:"port,omitempty"`
	PayloadType   int    `json:"payload_type,omitempty"`   // of Opus
	AudioLevelExt int    `json:"audiolevel_ext,omitempty"` // number of the header extension (RFC 6464)
	FEC           *bool  `json:"fec,omitempty"`            // of Opus
}

// ConfigureRequest changes a participant; all fields are optional.
type ConfigureRequest struct {
	Media
	Prebuffer     *int   `json:"prebuffer,omitempty"`
	Record        *bool  `json:"record,omitempty"`
	Filename      string `json:"filename,omitempty"`
	GenerateOffer *bool  `json:"generate_offer,omitempty"`
	Update        *bool  `json:"update,omitempty"` // renegotiate an offer of the plugin's
	RTP           *RTP   `json:"rtp,omitempty"`    // since 1.4
}

// ChangeRoomRequest moves a participant to another room; the PeerConnection stays.
type ChangeRoomRequest struct {
	Room  janusclient.ID `json:"room,omitzero"`
	ID    janusclient.ID `json:"id,omitzero"`
	PIN   string         `json:"pin,omitempty"`
	Token string         `json:"token,omitempty"`
	Media
	Suspended   *bool `json:"suspended,omitempty"`
	PauseEvents *bool `json:"pause_events,omitempty"`
}

// ManageRequest names a room and, where one is concerned, a participant, with
// the room's secret if it has one.
type ManageRequest struct {
	Room   janusclient.ID `json:"room,omitzero"`
	ID     janusclient.ID `json:"id,omitzero"`
	Secret string         `json:"secret,omitempty"`
}

// DestroyRequest removes a room.
type DestroyRequest struct {
	Room      janusclient.ID `json:"room,omitzero"`
	Secret    string         `json:"secret,omitempty"`
	Permanent bool           `json:"permanent,omitempty"` // from the configuration file as well
}

// Action of an AllowedRequest.
type Action string

// What can be done to a room's list of tokens.
const (
	ActionEnable  Action = "enable"
	ActionDisable Action = "disable"
	ActionAdd     Action = "add"
	ActionRemove  Action = "remove"
)

// AllowedRequest changes the list of tokens that may join a room.
type AllowedRequest struct {
	Room    janusclient.ID `json:"room,omitzero"`
	Secret  string         `json:"secret,omitempty"`
	Action  Action         `json:"action"`
	Allowed []string       `json:"allowed,omitempty"`
}
