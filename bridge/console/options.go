// SPDX-License-Identifier: MPL-2.0

package console

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"mod_janus/bridge/config"
)

// splitWords splits a line at spaces. Within '...' or "..." spaces count, and
// so they do after name= : description='Board room'.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	begun := false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, begun = r, true
		case unicode.IsSpace(r):
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is not closed")
	}
	if begun {
		words = append(words, word.String())
	}
	return words, nil
}

// options are name=value words of a command. Each is taken out as it is read;
// the first that does not parse is kept as err.
type options struct {
	values map[string]string
	err    error
}

// cutOptions takes the name=value words from the end of a line.
func cutOptions(words []string) (rest []string, o *options) {
	o = &options{values: make(map[string]string)}
	for len(words) > 0 {
		name, value, found := strings.Cut(words[len(words)-1], "=")
		if !found || !optionName(name) {
			break
		}
		if _, twice := o.values[name]; twice {
			o.fail(fmt.Errorf("option %s is given twice", name))
		}
		o.values[name] = value
		words = words[:len(words)-1]
	}
	return words, o
}

// optionName tells an option from a word with "=" in it, a token say.
func optionName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r != '-' && (r < 'a' || r > 'z') })
}

func (o *options) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

func (o *options) text(name string) string {
	value := o.values[name]
	delete(o.values, name)
	if config.CheckText(value) != nil {
		o.fail(fmt.Errorf("option %s is not UTF-8, or has a control character", name))
	}
	return value
}

// optional is nil where the option is not given.
func (o *options) optional(name string) *string {
	if _, given := o.values[name]; !given {
		return nil
	}
	value := o.text(name)
	return &value
}

func (o *options) flag(name string) *bool {
	value := o.optional(name)
	if value == nil {
		return nil
	}
	on, err := config.ParseBool(*value)
	if err != nil {
		o.fail(fmt.Errorf("option %s: %w", name, err))
	}
	return &on
}

// number is 0 where the option is not given.
func (o *options) number(name string, least, most int) int {
	value := o.optional(name)
	if value == nil {
		return 0
	}
	n, err := strconv.Atoi(*value)
	if err != nil || n < least || n > most {
		o.fail(fmt.Errorf("option %s: %q is not a whole number from %d to %d", name, *value, least, most))
	}
	return n
}

// list is separated by commas.
func (o *options) list(name string) []string {
	value := o.text(name)
	if value == "" {
		return nil
	}
	return strings.Split(value, ",")
}

// rest is the first error, or that there are options that nobody has read.
func (o *options) rest() error {
	if o.err != nil {
		return o.err
	}
	names := make([]string, 0, len(o.values))
	for name := range o.values {
		names = append(names, name)
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return fmt.Errorf("unknown option %s", strings.Join(names, ", "))
}

// cutJSON takes "as json" from the end of a line.
func cutJSON(words []string) (rest []string, asJSON bool) {
	if n := len(words); n >= 2 && slices.Equal(words[n-2:], []string{"as", "json"}) {
		return words[:n-2], true
	}
	return words, false
}
