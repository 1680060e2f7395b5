// SPDX-License-Identifier: MPL-2.0

package console

import (
	"fmt"

	"mod_janus/bridge/archive"
)

// Conversions are what `janus convert` did.
type Conversions struct {
	Begun   int // files that are converted in the background now
	Waiting int // files that an earlier command has asked for, and that are not done
	Done    int // files of the folder that are converted already
}

// commandConvert runs `janus convert <file|folder> [wav|opus]`.
func (c *Console) commandConvert(text string) string {
	words, err := splitWords(text)
	if err != nil {
		return "-ERR " + err.Error() + "\n"
	}
	args, asJSON := cutJSON(words)
	var format archive.Format
	if len(args) == 2 {
		format = archive.Format(args[1])
	}
	if len(args) == 0 || len(args) > 2 || len(args) == 2 && format != archive.WAV && format != archive.Opus {
		return usageOf("convert")
	}
	did, err := c.env.Convert(args[0], format)
	if err != nil {
		return "-ERR " + err.Error() + "\n"
	}
	return show(done{
		words:  fmt.Sprintf("%d begun, %d waiting, %d done already", did.Begun, did.Waiting, did.Done),
		fields: fields{{"begun", did.Begun}, {"waiting", did.Waiting}, {"done", did.Done}},
	}, asJSON)
}
