// SPDX-License-Identifier: MPL-2.0

package audiobridge

import (
	"encoding/json"

	"mod_janus/janusclient"
)

// UnmarshalJSON reads booleans that an old plugin, or one like it, writes as
// strings.
func (p *Participant) UnmarshalJSON(raw []byte) error {
	type plain Participant
	loose := struct {
		*plain
		Setup     janusclient.Flag `json:"setup"`
		Muted     janusclient.Flag `json:"muted"`
		Suspended janusclient.Flag `json:"suspended"`
		Talking   janusclient.Flag `json:"talking"`
	}{plain: (*plain)(p)}
	if err := json.Unmarshal(raw, &loose); err != nil {
		return err
	}
	p.Setup, p.Muted, p.Suspended, p.Talking = bool(loose.Setup), bool(loose.Muted), bool(loose.Suspended), bool(loose.Talking)
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
