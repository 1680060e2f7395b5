// SPDX-License-Identifier: MPL-2.0

package host

// The subclasses of the CUSTOM events that the engine fires, see docs/events.md.
const (
	EventCall        = "janus::call"        // what happens to a leg: joined, media-up, rejoining, rejoined, moved, left
	EventParticipant = "janus::participant" // who joins, leaves, talks, is muted … in a room with legs of ours
	EventDTMF        = "janus::dtmf"        // a key that the caller has pressed
	EventMedia       = "janus::media"       // whether media of a leg flows
	EventSlowLink    = "janus::slowlink"    // that Janus or we miss packets
	EventServer      = "janus::server"      // that a server is connected, lost or drained
	EventRaw         = "janus::event"       // whatever Janus tells, for a server with raw-events
	EventArchive     = "janus::archive"     // what has become of a recording
	EventPool        = "janus::pool"        // where a room of a pool is made or goes, and which server gets no new rooms
)

// The headers of these events.
const (
	HeaderAction             = "Action"
	HeaderParticipantID      = "Participant-ID"
	HeaderParticipantDisplay = "Participant-Display"
	HeaderServer             = "Janus-Server"
	HeaderRoom               = "Janus-Room"
	HeaderParticipant        = "Janus-Participant"
	HeaderReason             = "Janus-Reason"
	HeaderOldRoom            = "Janus-Old-Room"
	HeaderPool               = "Janus-Pool"
	HeaderOldServer          = "Janus-Old-Server"
	HeaderPublicURL          = "Janus-Public-URL"
	HeaderPlugin             = "Janus-Plugin"
	HeaderCalls              = "Janus-Calls"
	HeaderDTMFDigit          = "DTMF-Digit"
	HeaderDTMFDuration       = "DTMF-Duration-MS"
	HeaderDTMFKey            = "DTMF-Key"
	HeaderData               = "Data"
	HeaderReceiving          = "Receiving"
	HeaderReceiver           = "Receiver"
	HeaderUplink             = "Uplink"
	HeaderLost               = "Lost"
	HeaderArchiveKind        = "Archive-Kind"
	HeaderArchiveUID         = "Archive-UID"
	HeaderArchiveFile        = "Archive-File"
	HeaderArchiveJob         = "Archive-Job"
	HeaderArchiveSource      = "Archive-Source"
)

// EventSubclasses are all subclasses: the switch must have reserved them before one is fired.
var EventSubclasses = []string{EventCall, EventParticipant, EventDTMF, EventMedia, EventSlowLink, EventServer, EventRaw, EventArchive, EventPool}

// PartnerVariables are where the switch keeps the UUID of the session that a session is bridged to.
var PartnerVariables = []string{"signal_bond", "bridge_uuid"}

// The variables that the engine sets on a leg, see docs/dial.md.
const (
	VarServer        = "janus_server"
	VarPool          = "janus_pool"
	VarRoom          = "janus_room"
	VarParticipantID = "janus_participant_id"
	VarSessionID     = "janus_session_id"
	VarHandleID      = "janus_handle_id"
	VarCodec         = "janus_codec"
	VarSetup         = "janus_setup_ms"
	VarHangupReason  = "janus_hangup_reason"
	VarResult        = "janus_result" // of the application janus
	VarLastDigits    = "janus_last_matching_digits"
	VarResponse      = "janus_response"
	VarSendResult    = "janus_send_result" // of the application janus_send
	VarArchiveFile   = "janus_archive_file"
	VarRoomLocked    = "janus_room_locked" // of a leg with janus-room-lock
)
