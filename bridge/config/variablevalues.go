// SPDX-License-Identifier: MPL-2.0

package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ReadVariables reads all variables. The function read returns "" for a variable that is not set.
// The function unusable is called for each value that cannot be used, with the variable's name, the
// value, what is wanted, and what happens instead.
func ReadVariables(read func(name string) string, unusable func(name, value, want, instead string)) Variables {
	v := Variables{
		TokenTTL: TokenTTL, Archive: ArchiveJanus, Hold: HoldMute, AnswerTimeout: AnswerTimeout, Rejoin: true, RejoinTimeout: RejoinTimeout,
	}
	for _, variable := range AllVariables {
		if variable.set == nil {
			continue
		}
		value := read(variable.Name)
		if strings.TrimSpace(value) == "" {
			continue
		}
		if want, instead := variable.set(&v, value); want != "" {
			unusable(variable.Name, value, want, instead)
		}
	}
	return v
}

// SecretVariables are the names of those whose values are for Janus alone.
func SecretVariables() (names []string) {
	for _, variable := range AllVariables {
		if variable.Secret {
			names = append(names, variable.Name)
		}
	}
	return names
}

// setter sets a variable from a value that is not empty. For a value that it cannot use it says
// what is wanted, and what happens instead.
type setter func(v *Variables, value string) (want, instead string)

const defaultStands = "the default stands"

func text(field func(*Variables) *string) setter {
	return func(v *Variables, value string) (want, instead string) {
		*field(v) = value
		return "", ""
	}
}

func flag(field func(*Variables) *bool) setter {
	return func(v *Variables, value string) (want, instead string) {
		if setBool(field(v), value) != nil {
			return "true or false", defaultStands
		}
		return "", ""
	}
}

func optionalFlag(field func(*Variables) **bool) setter {
	return func(v *Variables, value string) (want, instead string) {
		on, err := ParseBool(value)
		if err != nil {
			return "true or false", defaultStands
		}
		*field(v) = &on
		return "", ""
	}
}

// number takes a whole number from least to most.
func number(field func(*Variables) **int, least, most int) setter {
	return func(v *Variables, value string) (want, instead string) {
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < least || n > most {
			return fmt.Sprintf("a whole number from %d to %d", least, most), defaultStands
		}
		*field(v) = &n
		return "", ""
	}
}

// oneOf takes one of some whole numbers.
func oneOf(field func(*Variables) **int, allowed []int) setter {
	whole := number(field, 0, math.MaxInt32)
	return func(v *Variables, value string) (want, instead string) {
		before := *field(v)
		if want, instead = whole(v, value); want == "" && !slices.Contains(allowed, **field(v)) {
			*field(v) = before
			return "one of " + strings.Trim(fmt.Sprint(allowed), "[]"), defaultStands
		}
		return want, instead
	}
}

// choice takes one of some words. The first word is the default.
func choice(field func(*Variables) *string, words ...string) setter {
	return func(v *Variables, value string) (want, instead string) {
		if !slices.Contains(words, value) {
			last := len(words) - 1
			want = "one of " + strings.Join(words, ", ")
			if last == 1 {
				want = words[0] + " or " + words[1]
			}
			return want, "the default (" + words[0] + ") stands"
		}
		*field(v) = value
		return "", ""
	}
}

// duration takes a whole number of units above 0. A number above the limit is taken as the limit,
// since its writer wants a long time.
func duration(field func(*Variables) *time.Duration, unit, otherwise, most time.Duration) setter {
	return func(v *Variables, value string) (want, instead string) {
		want = fmt.Sprintf("a whole number from 1 to %d", most/unit)
		n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
		switch {
		case errors.Is(err, strconv.ErrRange) && n > 0, err == nil && n > int64(most/unit):
			*field(v) = most
			return want, fmt.Sprintf("%d is taken", most/unit)
		case err != nil || n < 1:
			return want, fmt.Sprintf("the default (%d) stands", otherwise/unit)
		}
		*field(v) = time.Duration(n) * unit
		return "", ""
	}
}
