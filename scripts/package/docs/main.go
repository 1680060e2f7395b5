// SPDX-License-Identifier: MPL-2.0

// Command docs writes what the packages have in /usr/share/doc: the changelog in Debian's form, and
// the licences of all that is linked in.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "package docs:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("docs", flag.ContinueOnError)
	name := flags.String("name", "freeswitch-mod-janus", "name of the package")
	version := flags.String("version", "", "version of the package, as Debian writes it")
	maintainer := flags.String("maintainer", "", "who makes the package: NAME <ADDRESS>")
	epoch := flags.Int64("epoch", 0, "when the commit was made, in seconds since 1970")
	full := flags.Bool("full", false, "with the texts of licences that Debian has in /usr/share/common-licenses")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch what, files := flags.Arg(0), flags.Args(); what {
	case "changelog":
		text, err := os.ReadFile("CHANGELOG.md")
		if err != nil {
			return err
		}
		releases, err := parseChangelog(string(text))
		if err != nil {
			return fmt.Errorf("CHANGELOG.md: %w", err)
		}
		fmt.Print(debianChangelog(releases, *name, *version, *maintainer, time.Unix(*epoch, 0)))
		return nil
	case "copyright":
		modules, err := linkedModules(context.Background(), files[1:]...)
		if err != nil {
			return err
		}
		text, err := copyright(modules, *full)
		if err != nil {
			return err
		}
		fmt.Print(text)
		return nil
	}
	return errors.New("usage: docs [-name, -version, -maintainer, -epoch] changelog, or docs [-full] copyright BINARY [BINARY]")
}
