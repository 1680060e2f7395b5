// SPDX-License-Identifier: MPL-2.0

package audiobridge

import (
	"encoding/json"

	"mod_janus/janusclient"
)

// looseParticipant is a Participant whose booleans an old plugin, or one like it, may
// have written as strings.
type looseParticipant struct {
	ID              janusclient.ID   `json:"id"`
	Display         string           `json:"display"`
	Setup           janusclient.Flag `json:"setup"`
	Muted           janusclient.Flag `json:"muted"`
	Suspended       janusclient.Flag `json:"suspended"`
	Talking         janusclient.Flag `json:"talking"`
	SpatialPosition *int             `json:"spatial_position"`
}

func (p looseParticipant) strict() Participant {
	return Participant{
		ID: p.ID, Display: p.Display, Setup: bool(p.Setup), Muted: bool(p.Muted), Suspended: bool(p.Suspended),
		Talking: bool(p.Talking), SpatialPosition: p.SpatialPosition,
	}
}

// looseParticipants are those of a room. They are read at once, since [Participant.UnmarshalJSON]
// would begin a parser for each.
type looseParticipants []looseParticipant

func (list looseParticipants) strict() []Participant {
	if list == nil {
		return nil
	}
	participants := make([]Participant, len(list))
	for i, p := range list {
		participants[i] = p.strict()
	}
	return participants
}

// UnmarshalJSON reads booleans that an old plugin, or one like it, writes as
// strings.
func (p *Participant) UnmarshalJSON(raw []byte) error {
	loose := looseParticipant{p.ID, p.Display, janusclient.Flag(p.Setup), janusclient.Flag(p.Muted), janusclient.Flag(p.Suspended),
		janusclient.Flag(p.Talking), p.SpatialPosition}
	if err := json.Unmarshal(raw, &loose); err != nil {
		return err
	}
	*p = loose.strict()
	return nil
}

// UnmarshalJSON reads booleans as those of a Participant.
func (r *Room) UnmarshalJSON(raw []byte) error {
	type plain Room
	loose := struct {
		*plain
		PINRequired  janusclient.Flag `json:"pin_required"`
		SpatialAudio janusclient.Flag `json:"spatial_audio"`
		Record       janusclient.Flag `json:"record"`
		Muted        janusclient.Flag `json:"muted"`
	}{plain: (*plain)(r)}
	if err := json.Unmarshal(raw, &loose); err != nil {
		return err
	}
	r.PINRequired, r.SpatialAudio, r.Record, r.Muted = bool(loose.PINRequired), bool(loose.SpatialAudio), bool(loose.Record), bool(loose.Muted)
	return nil
}
