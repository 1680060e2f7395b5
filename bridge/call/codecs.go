// SPDX-License-Identifier: MPL-2.0

package call

import (
	"slices"
	"strings"
	"sync"

	"mod_janus/bridge/config"
	"mod_janus/bridge/failure"
	"mod_janus/bridge/host"
	"mod_janus/bridge/media"
	"mod_janus/bridge/server"
)

// codecChoice is what the codecs of a call depend on.
type codecChoice struct {
	channel *channel
	cfg     *config.ServerConfig
	vars    *config.Variables
	aUUID   string     // the A-leg; "" for none
	aCodec  string     // that the A-leg reads; "" for none
	noOpus  *sync.Once // the log has been told that the switch has no Opus
}

// offered is what this call offers, best first: what it asks for, or
// codec-string, less what the switch cannot handle.
func (c *codecChoice) offered() ([]media.Codec, error) {
	wanted, own := c.wanted()
	wanted = slices.DeleteFunc(slices.Clone(wanted), func(codec media.Codec) bool { return !server.Mixes(c.cfg.Plugin, codec) })
	if len(wanted) == 0 {
		return nil, failure.New(host.CauseIncompatibleDestination, "plugin "+c.cfg.Plugin+" has no codec but Opus")
	}
	usable := c.known(wanted)
	if len(usable) == 0 && !own && server.Mixes(c.cfg.Plugin, media.PCMU) {
		// a switch without Opus, say: G.711 is always there, and every AudioBridge mixes it
		if usable = c.known([]media.Codec{media.PCMU, media.PCMA}); len(usable) > 0 {
			c.noOpus.Do(func() {
				c.channel.logf(host.LevelNotice, "The switch has no codec of %s loaded: calls to Janus use G.711", codecNames(wanted))
			})
		}
	}
	if len(usable) == 0 {
		return nil, failure.New(host.CauseIncompatibleDestination, "the switch has no codec of "+codecNames(wanted)+" loaded")
	}
	return usable, nil
}

// wanted are the codecs before the switch is asked; own says that the call asks for one by itself.
func (c *codecChoice) wanted() (codecs []media.Codec, own bool) {
	codecs = c.cfg.Codecs
	if c.vars.Codec != "" {
		if codec, ok := config.CodecNamed(c.vars.Codec); ok {
			return []media.Codec{codec}, true
		}
		c.channel.unusable("janus-codec", c.vars.Codec, "one of opus, PCMU, PCMA", "codec-string stands")
	}
	if c.vars.BridgedCodec {
		if codec, ok := c.bridged(); ok {
			codecs = append([]media.Codec{codec}, without(codecs, codec)...)
		}
	}
	return codecs, false
}

// bridged is the codec of the A-leg, negotiated or else offered, if Janus
// can mix it.
func (c *codecChoice) bridged() (media.Codec, bool) {
	candidates := []string{c.aCodec}
	if c.aUUID != "" {
		// "mod_opus.opus@48000h@20i@2c,CORE_PCM_MODULE.PCMU@8000h@20i@64000b"
		for _, entry := range strings.Split(c.channel.host.Variable(c.aUUID, "ep_codec_string"), ",") {
			name, _, _ := strings.Cut(entry, "@")
			candidates = append(candidates, name[strings.LastIndex(name, ".")+1:])
		}
	}
	for _, name := range candidates {
		if codec, ok := config.CodecNamed(name); ok && c.channel.host.CodecKnown(codec.Name) {
			return codec, true
		}
	}
	return media.Codec{}, false
}

func (c *codecChoice) known(codecs []media.Codec) []media.Codec {
	var known []media.Codec
	for _, codec := range codecs {
		if c.channel.host.CodecKnown(codec.Name) {
			known = append(known, codec)
		}
	}
	return known
}

func without(codecs []media.Codec, one media.Codec) []media.Codec {
	var others []media.Codec
	for _, codec := range codecs {
		if codec.Name != one.Name {
			others = append(others, codec)
		}
	}
	return others
}

func codecNames(codecs []media.Codec) string {
	names := make([]string, 0, len(codecs))
	for _, codec := range codecs {
		names = append(names, codec.Name)
	}
	return strings.Join(names, ", ")
}
