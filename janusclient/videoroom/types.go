// SPDX-License-Identifier: MPL-2.0

package videoroom

import (
	"encoding/json"
	"errors"

	"mod_janus/janusclient"
)

// Plugin is the plugin's full name, for attaching to it.
const Plugin = "janus.plugin.videoroom"

// Error codes of the plugin, in *janusclient.PluginError (janus_videoroom.c).
const (
	CodeNoMessage        = 421
	CodeInvalidJSON      = 422
	CodeInvalidRequest   = 423
	CodeJoinFirst        = 424
	CodeAlreadyJoined    = 425
	CodeNoSuchRoom       = 426
	CodeRoomExists       = 427
	CodeNoSuchFeed       = 428
	CodeMissingElement   = 429 // also: a secret or PIN that is required was not given
	CodeInvalidElement   = 430 // also: the id is a number and should be a string, or the other way round
	CodeInvalidSDPType   = 431
	CodePublishersFull   = 432
	CodeUnauthorized     = 433 // wrong secret, PIN, token or admin key
	CodeAlreadyPublished = 434
	CodeNotPublished     = 435
	CodeIDExists         = 436
	CodeInvalidSDP       = 437
	CodeInvalidFeed      = 438
	CodeUnknown          = 499
)

// HasCode reports whether err is the plugin's refusal with that code.
func HasCode(err error, code int) bool {
	var refusal *janusclient.PluginError
	return errors.As(err, &refusal) && refusal.Code == code
}

// Room is one line of a list of rooms.
type Room struct {
	Room            janusclient.ID `json:"room"`
	Description     string         `json:"description"`
	PINRequired     bool           `json:"pin_required"`
	Private         bool           `json:"is_private"`
	MaxPublishers   int            `json:"max_publishers"`
	Bitrate         int            `json:"bitrate"` // bit/s that each publisher may send; 0: no limit
	BitrateCap      bool           `json:"bitrate_cap"`
	FIRFrequency    int            `json:"fir_freq"` // seconds
	RequirePrivate  bool           `json:"require_pvtid"`
	RequireE2EE     bool           `json:"require_e2ee"`
	DummyPublisher  bool           `json:"dummy_publisher"`
	NotifyJoining   bool           `json:"notify_joining"`
	AudioCodecs     string         `json:"audiocodec"` // separated by commas
	VideoCodecs     string         `json:"videocodec"`
	OpusFEC         bool           `json:"opus_fec"`
	OpusDTX         bool           `json:"opus_dtx"`
	Record          bool           `json:"record"`
	RecordDir       string         `json:"rec_dir"`
	LockRecord      bool           `json:"lock_record"`
	NumParticipants int            `json:"num_participants"` // publishers, active or not
	AudioLevelExt   bool           `json:"audiolevel_ext"`
	AudioLevelEvent bool           `json:"audiolevel_event"`
}

// Participant is one who has joined a room as a publisher, active or not.
type Participant struct {
	ID        janusclient.ID  `json:"id"`
	Display   string          `json:"display"`
	Metadata  json.RawMessage `json:"metadata"`  // since 1.3
	Publisher bool            `json:"publisher"` // publishes
	Talking   bool            `json:"talking"`   // only if audio levels are used
	Dummy     bool            `json:"dummy"`
	Remote    bool            `json:"remote"` // comes from another Janus
}

// CreateRequest makes a room. Without Room the plugin picks an id.
type CreateRequest struct {
	Room               janusclient.ID `json:"room,omitzero"`
	Permanent          bool           `json:"permanent,omitempty"`
	Description        string         `json:"description,omitempty"`
	Secret             string         `json:"secret,omitempty"` // to be asked of whoever manages the room
	PIN                string         `json:"pin,omitempty"`    // to be asked of whoever joins
	AdminKey           string         `json:"admin_key,omitempty"`
	Private            *bool          `json:"is_private,omitempty"`    // not in List
	Allowed            []string       `json:"allowed,omitempty"`       // tokens that may join
	SignedTokens       *bool          `json:"signed_tokens,omitempty"` // tokens signed for the room; since 1.1
	RequirePrivateID   *bool          `json:"require_pvtid,omitempty"` // of who subscribes
	Publishers         int            `json:"publishers,omitempty"`    // at once; 3
	Bitrate            int            `json:"bitrate,omitempty"`       // bit/s that each may send
	BitrateCap         *bool          `json:"bitrate_cap,omitempty"`
	FIRFrequency       int            `json:"fir_freq,omitempty"`   // seconds between requests for a keyframe
	AudioCodec         string         `json:"audiocodec,omitempty"` // in order of preference, separated by commas; opus
	VideoCodec         string         `json:"videocodec,omitempty"` // vp8
	VP9Profile         string         `json:"vp9_profile,omitempty"`
	H264Profile        string         `json:"h264_profile,omitempty"`
	OpusFEC            *bool          `json:"opus_fec,omitempty"`
	OpusDTX            *bool          `json:"opus_dtx,omitempty"`
	AudioLevelExt      *bool          `json:"audiolevel_ext,omitempty"`
	AudioLevelEvent    *bool          `json:"audiolevel_event,omitempty"`
	AudioActivePackets int            `json:"audio_active_packets,omitempty"`
	AudioLevelAverage  int            `json:"audio_level_average,omitempty"`
	VideoOrientExt     *bool          `json:"videoorient_ext,omitempty"`
	PlayoutDelayExt    *bool          `json:"playoutdelay_ext,omitempty"`
	TransportWideCC    *bool          `json:"transport_wide_cc_ext,omitempty"`
	Record             *bool          `json:"record,omitempty"` // every publisher
	RecordDir          string         `json:"rec_dir,omitempty"`
	LockRecord         *bool          `json:"lock_record,omitempty"` // recording takes the secret
	NotifyJoining      *bool          `json:"notify_joining,omitempty"`
	RequireE2EE        *bool          `json:"require_e2ee,omitempty"`
	DummyPublisher     *bool          `json:"dummy_publisher,omitempty"`
	Threads            int            `json:"threads,omitempty"` // that forward packets to subscribers; since 1.3
}

// EditRequest changes a room that exists. Fields left nil or empty stay as they
// are: a PIN or secret cannot be removed.
type EditRequest struct {
	Room         janusclient.ID `json:"room,omitzero"`
	Secret       string         `json:"secret,omitempty"` // the present one
	Description  string         `json:"new_description,omitempty"`
	NewSecret    string         `json:"new_secret,omitempty"`
	NewPIN       string         `json:"new_pin,omitempty"`
	Private      *bool          `json:"new_is_private,omitempty"`
	Publishers   int            `json:"new_publishers,omitempty"`
	Bitrate      *int           `json:"new_bitrate,omitempty"`
	FIRFrequency *int           `json:"new_fir_freq,omitempty"`
	LockRecord   *bool          `json:"new_lock_record,omitempty"`
	RecordDir    string         `json:"new_rec_dir,omitempty"`
	Permanent    bool           `json:"permanent,omitempty"` // in the configuration file as well
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

// RecordRequest begins or ends the recording of everybody in a room.
type RecordRequest struct {
	Room   janusclient.ID `json:"room,omitzero"`
	Secret string         `json:"secret,omitempty"`
	Record bool           `json:"record"`
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
