#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# A script of the package @NAME@. It gives FreeSWITCH a configuration of mod_janus where there is none,
# and takes it away again only if nobody has changed it. It never edits modules.conf.xml, and never restarts FreeSWITCH,
# which has calls.
set -e

etc=${DPKG_ROOT:-}/etc/freeswitch
conf=$etc/autoload_configs/janus.conf.xml
sample=${DPKG_ROOT:-}/usr/share/@NAME@/janus.conf.xml
# the sum of the file that was copied, by which one that is unchanged is known
copied=${DPKG_ROOT:-}/var/lib/@NAME@/janus.conf.xml.sha256

# The group that FreeSWITCH runs as: freeswitch in Debian's packages, daemon in others.
group_of_freeswitch() {
	if [ -z "${DPKG_ROOT:-}" ]; then
		id -g freeswitch 2>/dev/null
	else
		sed -n 's/^freeswitch:[^:]*:[^:]*:\([0-9]*\):.*/\1/p' "$DPKG_ROOT/etc/passwd" 2>/dev/null
	fi
}

sum_of() {
	sha256sum <"$1"
}

# A file that somebody has removed after it was copied stays away. Where there is no /etc/freeswitch none is made:
# FreeSWITCH's own package copies its whole configuration only where there is no such folder.
copy_sample() {
	if [ -e "$conf" ] || [ -L "$conf" ] || [ -e "$copied" ]; then
		return 0
	fi
	if [ ! -d "$etc/autoload_configs" ]; then
		echo "@NAME@: there is no /etc/freeswitch/autoload_configs, so no janus.conf.xml was put there;"
		echo "    where FreeSWITCH has its configuration, put it there from /usr/share/@NAME@/janus.conf.xml"
		return 0
	fi
	group=$(group_of_freeswitch || true)
	if [ -z "$group" ]; then
		echo "@NAME@: there is no user freeswitch: whoever FreeSWITCH runs as must be able to read"
		echo "    /etc/freeswitch/autoload_configs/janus.conf.xml, which is root's (chgrp)"
		group=0
	fi
	mkdir -p "${copied%/*}"
	rm -f "$conf.new"
	# the folder may be FreeSWITCH's: what it puts there meanwhile, a link say, is not followed
	(umask 027 && set -C && cat "$sample" >"$conf.new")
	chown -h "0:$group" "$conf.new"
	sum_of "$sample" >"$copied"
	mv "$conf.new" "$conf"
	echo "@NAME@: write your Janus servers into /etc/freeswitch/autoload_configs/janus.conf.xml;"
	echo "    janus-conf-check says what is wrong there"
}

# Whoever upgrades, or has FreeSWITCH load the module already, is told that a running FreeSWITCH goes on as it is.
say_what_to_do() {
	if grep -qs '^[[:space:]]*<load module="mod_janus"' "$etc/autoload_configs/modules.conf.xml"; then
		echo "@NAME@: a FreeSWITCH that runs goes on with the module that it has loaded;"
		echo "    this one takes effect at its next start"
		return 0
	fi
	echo "@NAME@: FreeSWITCH loads the module with this line in /etc/freeswitch/autoload_configs/modules.conf.xml:"
	echo '    <load module="mod_janus"/>'
	echo "    and at once by: fs_cli -x 'load mod_janus'. After an upgrade it takes effect at FreeSWITCH's next start"
}

forget() {
	if [ -e "$copied" ] && [ -f "$conf" ] && [ "$(sum_of "$conf")" = "$(cat "$copied")" ]; then
		rm -f "$conf"
	elif [ -e "$conf" ]; then
		echo "@NAME@: /etc/freeswitch/autoload_configs/janus.conf.xml is not as it was installed, and is kept"
	fi
	rm -f "$copied"
	rmdir "${copied%/*}" 2>/dev/null || true
}

