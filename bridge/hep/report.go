// SPDX-License-Identifier: MPL-2.0

package hep

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"github.com/pion/rtcp"
)

// Report is one RTCP report of a leg.
type Report struct {
	At            time.Time
	From, To      netip.AddrPort // whoever has sent it, and to whom
	CorrelationID string         // the SIP Call-ID of the caller, say
	Packet        rtcp.Packet    // a *rtcp.SenderReport or *rtcp.ReceiverReport, which nobody changes any more
}

// The RTCP packet types of RFC 3550 12.1.
const (
	typeSenderReport   = 200
	typeReceiverReport = 201
)

// document is a report as Homer reads it. The names are those of heplify and rtpengine.
type document struct {
	Sender *senderInformation `json:"sender_information,omitempty"`
	SSRC   uint32             `json:"ssrc"`
	Type   int                `json:"type"`
	Count  int                `json:"report_count"`
	Blocks []block            `json:"report_blocks"`
}

type senderInformation struct {
	NTPSeconds  uint32 `json:"ntp_timestamp_sec"`  // since 1900
	NTPFraction uint32 `json:"ntp_timestamp_usec"` // in 1/2^32 s, whatever its name says
	RTPTime     uint32 `json:"rtp_timestamp"`
	Packets     uint32 `json:"packets"`
	Octets      uint32 `json:"octets"`
}

// block is one reception report (RFC 3550 6.4.1), in the units of RTCP.
type block struct {
	SSRC     uint32 `json:"source_ssrc"`
	Fraction uint8  `json:"fraction_lost"`
	Lost     int32  `json:"packets_lost"`
	Highest  uint32 `json:"highest_seq_no"`
	Jitter   uint32 `json:"ia_jitter"`
	LastSR   uint32 `json:"lsr"`
	Delay    uint32 `json:"dlsr"`
}

// payload is the report as JSON.
func (r Report) payload() ([]byte, error) {
	var doc document
	var blocks []rtcp.ReceptionReport
	switch report := r.Packet.(type) {
	case *rtcp.SenderReport:
		doc = document{SSRC: report.SSRC, Type: typeSenderReport, Sender: &senderInformation{
			NTPSeconds: uint32(report.NTPTime >> 32), NTPFraction: uint32(report.NTPTime), // #nosec G115 -- its two halves
			RTPTime: report.RTPTime, Packets: report.PacketCount, Octets: report.OctetCount,
		}}
		blocks = report.Reports
	case *rtcp.ReceiverReport:
		doc = document{SSRC: report.SSRC, Type: typeReceiverReport}
		blocks = report.Reports
	default:
		return nil, fmt.Errorf("%T is no report", r.Packet)
	}
	doc.Count, doc.Blocks = len(blocks), make([]block, 0, len(blocks))
	for _, b := range blocks {
		lost := max(0, int32(b.TotalLost<<8)>>8) // #nosec G115 -- 24 bits, signed: duplicates make it negative
		doc.Blocks = append(doc.Blocks, block{b.SSRC, b.FractionLost, lost, b.LastSequenceNumber, b.Jitter, b.LastSenderReport, b.Delay})
	}
	return json.Marshal(doc)
}
