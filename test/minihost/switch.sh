# SPDX-License-Identifier: MPL-2.0
# switch.sh -- what test.sh needs: a minihost with a configuration, commands to it, and checks of what it says
#
# Talks to the event socket over bash's /dev/tcp. BUILD says where minihost has been built.

BUILD=$(cd "${BUILD:-build}" && pwd) || exit 1
HOST=$BUILD/minihost
TOOLS=$BUILD/minihost-test
WORK=$(mktemp -d)
PORT=$((20000 + RANDOM % 10000))
PASSED=0
FAILED=0
PID=

cleanup() {
	[ -n "$PID" ] && kill "$PID" 2>/dev/null && wait "$PID" 2>/dev/null
	rm -rf "$WORK"
}
trap cleanup EXIT

# check NAME WANTED GOT: GOT must match the pattern WANTED
check() {
	# shellcheck disable=SC2053
	if [[ $3 == $2 ]]; then
		PASSED=$((PASSED + 1))
	else
		FAILED=$((FAILED + 1))
		printf 'FAIL %s\n  wanted: %s\n  got:    %s\n' "$1" "$2" "$3"
	fi
}

# One packet from descriptor $1: its head in HEAD, its body in BODY.
packet() {
	local line length=0
	HEAD='' BODY=''
	while IFS= read -r -t 5 -u "$1" line; do
		[ -z "$line" ] && break
		HEAD+=$line$'\n'
		[[ $line == Content-Length:* ]] && length=${line#*: }
	done
	# bytes, not characters
	[ "$length" -gt 0 ] && LC_ALL=C IFS= read -r -t 5 -N "$length" -u "$1" BODY
	[ -n "$HEAD" ]
}

# Connects descriptor 3 and logs in.
login() {
	exec 3<>"/dev/tcp/127.0.0.1/$PORT" || return 1
	packet 3
	printf 'auth %s\n\n' "$1" >&3
	packet 3
}

# Runs a command and prints what it says.
api() {
	printf 'api %s\n\n' "$*" >&3
	packet 3
	printf '%s' "$BODY"
}

# api in this shell: the answer is in BODY
call() {
	printf 'api %s\n\n' "$*" >&3
	packet 3
}

# Waits until a command says something that matches.
await() {
	local wanted=$1 i
	shift
	for ((i = 0; i < 100; i++)); do
		call "$@"
		# shellcheck disable=SC2053
		[[ $BODY == $wanted ]] && return 0
		sleep 0.05
	done
	return 1
}

start() {
	"$HOST" -conf "$WORK/conf" -mod "$TOOLS" -esl "127.0.0.1:$PORT" -password secret -log "$WORK/log" -nc 2>"$WORK/stderr" &
	PID=$!
	local i
	for ((i = 0; i < 100; i++)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null && return 0
		sleep 0.05
	done
	return 1
}

configure() {
	mkdir -p "$WORK/conf/autoload_configs"
	cat >"$WORK/conf/vars.xml" <<-'XML'
		<include>
		  <X-PRE-PROCESS cmd="set" data="fruit=ap&ple"/>
		  <!-- <X-PRE-PROCESS cmd="set" data="fruit=no"/> -->
		  <X-PRE-PROCESS cmd="set" data="cake=$${fruit} pie"/>
		</include>
	XML
	# & in a variable is the user's to escape, as in FreeSWITCH
	sed -i 's/ap&ple/apple/' "$WORK/conf/vars.xml"
	cat >"$WORK/conf/part.xml" <<-'XML'
		<param name="included" value="yes"/>
	XML
	cat >"$WORK/conf/autoload_configs/tone_test.conf.xml" <<-'XML'
		<configuration name="tone_test.conf" description="of the test">
		  <settings>
		    <param name="cake" value="$${cake}"/>
		    <param name="odd" value="a &amp; b &lt;c&gt; &quot;d&quot;"/>
		    <X-PRE-PROCESS cmd="include" data="../part.xml"/>
		  </settings>
		</configuration>
	XML
	cat >"$WORK/conf/autoload_configs/acl.conf.xml" <<-'XML'
		<configuration name="acl.conf"><network-lists>
		  <list name="mine" default="deny"><node type="allow" cidr="10.1.0.0/16"/><node type="deny" cidr="10.1.2.0/24"/></list>
		</network-lists></configuration>
	XML
	cat >"$WORK/conf/autoload_configs/switch.conf.xml" <<-'XML'
		<configuration name="switch.conf"><settings><param name="loglevel" value="debug"/></settings></configuration>
	XML
}

# at_least A B: A >= B, both decimal
at_least() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }'
}

# tone NAME FILE HZ: the tone is there, near -10 dB, and 10 dB over the rest
tone() {
	local seconds level rest
	read -r seconds level rest < <("$TOOLS/tonelevel" "$2" "$3" 400)
	if at_least "${level:--120}" -14 && at_least -7 "${level:-0}" && at_least "$level" "$(awk -v r="$rest" 'BEGIN { print r + 10 }')"; then
		check "$1" ok ok
	else
		check "$1" "about -10 dB at $3 Hz, little else" "$seconds s, $level dB, rest $rest dB"
	fi
}
