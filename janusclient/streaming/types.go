// SPDX-License-Identifier: MPL-2.0

package streaming

import (
	"errors"

	"mod_janus/janusclient"
)

// Plugin is the plugin's full name, for attaching to it.
const Plugin = "janus.plugin.streaming"

// Error codes of the plugin, in *janusclient.PluginError (janus_streaming.c).
const (
	CodeNoMessage        = 450
	CodeInvalidJSON      = 451
	CodeInvalidRequest   = 452
	CodeMissingElement   = 453 // also: a secret that is required was not given
	CodeInvalidElement   = 454 // also: the id is a number and should be a string, or the other way round
	CodeNoSuchMountpoint = 455
	CodeCantCreate       = 456 // also: it exists already
	CodeUnauthorized     = 457 // wrong secret, PIN or admin key
	CodeCantSwitch       = 458
	CodeCantRecord       = 459
	CodeInvalidState     = 460
	CodeInvalidSDP       = 461
	CodeUnknown          = 470
)

// HasCode reports whether err is the plugin's refusal with that code.
func HasCode(err error, code int) bool {
	var refusal *janusclient.PluginError
	return errors.As(err, &refusal) && refusal.Code == code
}

// Type is where a mountpoint has its media from.
type Type string

// Types of mountpoints.
const (
	TypeRTP      Type = "rtp"
	TypeLive     Type = "live"     // a file, the same for all who watch
	TypeOnDemand Type = "ondemand" // a file, from its beginning for each
	TypeRTSP     Type = "rtsp"
)

// Mountpoint is one line of a list of mountpoints.
type Mountpoint struct {
	ID          janusclient.ID `json:"id"`
	Type        string         `json:"type"` // "live" or "on demand": RTP and RTSP are live
	Description string         `json:"description"`
	Metadata    string         `json:"metadata"`
	Enabled     bool           `json:"enabled"`
	Media       []Medium       `json:"media"`
}

// Info is all that the plugin tells of a mountpoint, and with its secret more.
type Info struct {
	Mountpoint
	Name     string `json:"name"`
	Private  bool   `json:"is_private"`
	Viewers  int    `json:"viewers"`
	Secret   string `json:"secret"` // with the right secret only
	PIN      string `json:"pin"`    // with the right secret only
	Filename string `json:"filename"`
	RTSP     bool   `json:"rtsp"`
	URL      string `json:"url"`
	SRTP     bool   `json:"srtp"`
	Host     string `json:"host"`
}

// Medium is one of the media of a mountpoint.
type Medium struct {
	Type        string `json:"type"` // "audio", "video" or "data"
	Mid         string `json:"mid"`
	Index       int    `json:"mindex"`
	Label       string `json:"label"`
	MSID        string `json:"msid"`
	PayloadType int    `json:"pt"`
	Codec       string `json:"codec"`
	FMTP        string `json:"fmtp"`
	Port        int    `json:"port"` // UDP, on which Janus listens
	RTCPPort    int    `json:"rtcpport"`
	Age         int64  `json:"age_ms"`    // since the last packet, milliseconds
	Recording   string `json:"recording"` // name of the file that is being written, without its folder
}

// CreateRequest makes a mountpoint. Without ID the plugin picks one.
type CreateRequest struct {
	ID          janusclient.ID `json:"id,omitzero"`
	Type        Type           `json:"type"`
	Name        string         `json:"name,omitempty"`
	Description string         `json:"description,omitempty"`
	Metadata    string         `json:"metadata,omitempty"`
	Private     *bool          `json:"is_private,omitempty"` // not in List
	Secret      string         `json:"secret,omitempty"`     // to be asked of whoever manages it
	PIN         string         `json:"pin,omitempty"`        // to be asked of whoever watches
	AdminKey    string         `json:"admin_key,omitempty"`
	Permanent   bool           `json:"permanent,omitempty"` // in the configuration file as well

	// of TypeRTP
	Media       []MediaRequest `json:"media,omitempty"`
	Collision   int            `json:"collision,omitempty"` // ms without a packet until another sender is listened to
	Threads     int            `json:"threads,omitempty"`   // that forward packets to who watches
	BufferMS    int            `json:"bufferkf_ms,omitempty"`
	BufferBytes int            `json:"bufferkf_bytes,omitempty"`
	SRTPSuite   int            `json:"srtpsuite,omitempty"` // 32 or 80
	SRTPCrypto  string         `json:"srtpcrypto,omitempty"`
	E2EE        *bool          `json:"e2ee,omitempty"`

	// of TypeLive and TypeOnDemand
	Filename string `json:"filename,omitempty"`
	Audio    *bool  `json:"audio,omitempty"` // the file's kind
	Video    *bool  `json:"video,omitempty"`

	// of TypeLive, TypeOnDemand and TypeRTSP
	AudioCodec       string `json:"audiocodec,omitempty"`
	AudioFMTP        string `json:"audiofmtp,omitempty"`
	AudioPayloadType *int   `json:"audiopt,omitempty"`
	VideoCodec       string `json:"videocodec,omitempty"`
	VideoFMTP        string `json:"videofmtp,omitempty"`
	VideoPayloadType *int   `json:"videopt,omitempty"`

	// of TypeRTSP
	URL           string `json:"url,omitempty"`
	RTSPUser      string `json:"rtsp_user,omitempty"`
	RTSPPassword  string `json:"rtsp_pwd,omitempty"`
	RTSPInterface string `json:"rtspiface,omitempty"`
	RTSPFailCheck *bool  `json:"rtsp_failcheck,omitempty"` // refuse to make one that does not answer
}

// MediaRequest is one of the media of a new mountpoint.
type MediaRequest struct {
	Type        string `json:"type"` // "audio", "video" or "data"
	Mid         string `json:"mid"`  // unique in the mountpoint
	Label       string `json:"label,omitempty"`
	MSID        string `json:"msid,omitempty"`
	Multicast   string `json:"mcast,omitempty"` // group to join
	Interface   string `json:"iface,omitempty"` // to listen on
	Port        int    `json:"port"`            // UDP; 0: Janus picks one
	RTCPPort    int    `json:"rtcpport,omitempty"`
	PayloadType int    `json:"pt,omitempty"`
	Codec       string `json:"codec,omitempty"`
	FMTP        string `json:"fmtp,omitempty"`
	Skew        *bool  `json:"skew,omitempty"` // compensate the sender's clock
	Simulcast   *bool  `json:"simulcast,omitempty"`
	Port2       int    `json:"port2,omitempty"`
	Port3       int    `json:"port3,omitempty"`
	SVC         *bool  `json:"svc,omitempty"`
	DataType    string `json:"datatype,omitempty"` // "text" or "binary"
	BufferData  *bool  `json:"buffermsg,omitempty"`
}

// Created is the answer to a CreateRequest.
type Created struct {
	ID          janusclient.ID `json:"id"`
	Type        string         `json:"type"`
	Description string         `json:"description"`
	Private     bool           `json:"is_private"`
	Host        string         `json:"host"`
	Ports       []Port         `json:"ports"` // on which Janus listens, of TypeRTP
	Permanent   bool           `json:"-"`     // in the configuration file, as was perhaps asked for
}

// Port is where Janus listens for one of the media.
type Port struct {
	Type     string `json:"type"`
	Mid      string `json:"mid"`
	MSID     string `json:"msid"`
	Port     int    `json:"port"`
	RTCPPort int    `json:"rtcp_port"`
	Port2    int    `json:"port_2"` // of simulcast
	Port3    int    `json:"port_3"`
}

// EditRequest changes a mountpoint. Fields left nil or empty stay as they are.
type EditRequest struct {
	ID          janusclient.ID `json:"id,omitzero"`
	Secret      string         `json:"secret,omitempty"` // the present one
	Description string         `json:"new_description,omitempty"`
	Metadata    string         `json:"new_metadata,omitempty"`
	NewSecret   string         `json:"new_secret,omitempty"`
	NewPIN      string         `json:"new_pin,omitempty"`
	Private     *bool          `json:"new_is_private,omitempty"`
	Permanent   bool           `json:"permanent,omitempty"` // in the configuration file as well
}

// ManageRequest names a mountpoint, with its secret if it has one.
type ManageRequest struct {
	ID     janusclient.ID `json:"id,omitzero"`
	Secret string         `json:"secret,omitempty"`
}

// DisableRequest makes a mountpoint silent.
type DisableRequest struct {
	ID            janusclient.ID `json:"id,omitzero"`
	Secret        string         `json:"secret,omitempty"`
	StopRecording bool           `json:"stop_recording"` // end all recordings of it
}

// DestroyRequest removes a mountpoint.
type DestroyRequest struct {
	ID        janusclient.ID `json:"id,omitzero"`
	Secret    string         `json:"secret,omitempty"`
	Permanent bool           `json:"permanent,omitempty"` // from the configuration file as well
}

// RecordRequest says what of a mountpoint is recorded.
type RecordRequest struct {
	ID     janusclient.ID `json:"id,omitzero"`
	Secret string         `json:"secret,omitempty"`
	Media  []RecordMedia  `json:"media"`
}

// RecordMedia is one of the media to be recorded.
type RecordMedia struct {
	Mid      string `json:"mid"`
	Filename string `json:"filename"` // base, .mjr is added
}

// StopRequest ends the recording of media of a mountpoint.
type StopRequest struct {
	ID     janusclient.ID `json:"id,omitzero"`
	Secret string         `json:"secret,omitempty"`
	Media  []string       `json:"-"` // their mids
}
