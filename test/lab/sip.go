// SPDX-License-Identifier: MPL-2.0

package lab

import (
	"fmt"
	"os"
)

// The SIP profiles of a FreeSWITCH with SwitchConfig.SIP. Calls that one makes arrive at the other:
// one is the switch, the other its phones. They have addresses of their own,
// so the phones take no RTP ports of the switch's.
const (
	SIPSwitch = "switch" // on Address()
	SIPPhone  = "phone"  // on PhoneAddress()
)

const sipModules = " mod_sofia mod_dialplan_xml mod_local_stream"

// modules are those that FreeSWITCH loads.
func (cfg *SwitchConfig) modules() string {
	if cfg.SIP {
		return freeswitchModules + sipModules
	}
	return freeswitchModules
}

// PhoneAddress is the other end of the network namespace's link; outside of one, loopback.
func PhoneAddress() string {
	if os.Getenv("MOD_JANUS_RTP_IP") != "" {
		return "10.99.0.1"
	}
	return "127.0.0.1"
}

// SIPToPhone is a dial string that calls a phone from the switch;
// SIPToSwitch calls the switch from a phone.
func SIPToPhone(number string) string {
	return fmt.Sprintf("sofia/%s/%s@%s:5090", SIPSwitch, number, PhoneAddress())
}

// SIPToSwitch is a dial string that calls the switch from a phone.
func SIPToSwitch(number string) string {
	return fmt.Sprintf("sofia/%s/%s@%s:5080", SIPPhone, number, Address())
}

// SIPURI is where a Phone calls the switch.
func SIPURI(number string) string { return fmt.Sprintf("sip:%s@%s:5080", number, Address()) }

// sofia is the configuration of both profiles.
func (cfg *SwitchConfig) sofia(section func(name, inner string) string) string {
	if !cfg.SIP || cfg.Host != FreeSWITCH {
		return ""
	}
	profile := func(name, address string, port int) string {
		return fmt.Sprintf(`<profile name="%s"><settings><param name="sip-ip" value="%s"/><param name="rtp-ip" value="%[2]s"/>`+
			`<param name="sip-port" value="%d"/><param name="context" value="%[1]s"/><param name="dialplan" value="XML"/>`+
			`<param name="auth-calls" value="false"/><param name="inbound-codec-prefs" value="PCMU,PCMA,opus"/>`+
			`<param name="outbound-codec-prefs" value="PCMU,PCMA,opus"/><param name="manage-presence" value="false"/></settings></profile>`,
			name, address, port)
	}
	return section("sofia", "<global_settings/><profiles>"+profile(SIPSwitch, Address(), 5080)+profile(SIPPhone, PhoneAddress(), 5090)+"</profiles>") +
		section("local_stream", "")
}

// HoldTone is the frequency of the switch's hold music, BlindTone what a leg plays that is
// transferred to the extension blind.
const (
	HoldTone  = 700
	BlindTone = 660
)

// dialplan answers what arrives. A phone parks the call, or plays a tone (tone660). The switch
// takes the number for a room of the Janus server demo;
// X- headers of the caller are variables there.
func (cfg *SwitchConfig) dialplan() string {
	if !cfg.SIP || cfg.Host != FreeSWITCH {
		return ""
	}
	extension := func(number, actions string) string {
		return fmt.Sprintf(`<extension name="%s"><condition field="destination_number" expression="%[1]s">%s</condition></extension>`, number, actions)
	}
	tone := func(frequency int) string { return fmt.Sprintf("tone_stream://%%(1000,0,%d);loops=-1", frequency) }
	return fmt.Sprintf(`<section name="dialplan"><context name="%s">`, SIPPhone) +
		extension(`^tone(\d+)$`, `<action application="answer"/><action application="playback" data="tone_stream://%(1000,0,$1);loops=-1"/>`) +
		extension("^(.*)$", `<action application="answer"/><action application="park"/>`) +
		fmt.Sprintf(`</context><context name="%s">`, SIPSwitch) + cfg.Dialplan +
		extension("^blind$", fmt.Sprintf(`<action application="playback" data="%s"/>`, tone(BlindTone))) +
		extension(`^answered(\d+)$`, `<action application="answer"/><action application="set" data="${sip_h_X-Set}"/>`+
			`<action application="bridge" data="{janus-use-existing-room=true}janus/demo/phone@$1"/>`) +
		extension(`^early(\d+)$`, `<action application="set" data="${sip_h_X-Set}"/>`+
			`<action application="bridge" data="{janus-use-existing-room=true}janus/demo/phone@$1"/>`) +
		extension(`^(\d+)$`, `<action application="set" data="hangup_after_bridge=true"/>`+
			fmt.Sprintf(`<action application="set" data="hold_music=%s"/>`, tone(HoldTone))+
			`<action application="bridge" data="{janus-use-existing-room=true,janus-hold=${sip_h_X-Hold}}janus/demo/phone@$1"/>`) +
		`</context></section>`
}
