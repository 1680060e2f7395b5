#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# test.sh -- minihost against a module of its own (testdata/mod_tone_test.c); no mod_janus, no FreeSWITCH
#
# BUILD says where minihost has been built. Takes about 25 s. The last line is "N passed, N failed".

set -u

# shellcheck source=test/minihost/switch.sh
. "$(dirname "$0")/switch.sh"

test_socket() {
	login wrong
	check "wrong password" '*-ERR invalid*' "$HEAD"
	packet 3
	check "and goodbye" '*text/disconnect-notice*' "$HEAD"
	exec 3>&-

	login secret
	check "right password" '*Reply-Text: +OK accepted*' "$HEAD"
	check "unknown command" '-ERR nosuch Command not found!*' "$(api nosuch thing)"
	check "status" '*0 session(s)*' "$(api status)"
	check "unknown socket command" '*-ERR command not found*' "$(printf 'dance\n\n' >&3; packet 3; echo "$HEAD")"
}

test_modules() {
	check "other API version is refused" '*-ERR [[]module load file*' "$(api load mod_old_test)"
	check "no such file" '*-ERR [[]module load file*' "$(api load mod_none)"
	check "load" '*+OK' "$(api load mod_tone_test | tail -1)"
	check "load twice" '*-ERR [[]Module already loaded]*' "$(api load mod_tone_test)"
	check "exists" true "$(api module_exists mod_tone_test)"
	check "unload" '+OK*' "$(api unload mod_tone_test)"
	check "exists no more" false "$(api module_exists mod_tone_test)"
	check "its command is gone" '*Command not found!*' "$(api tonetest)"
	check "load again" '*+OK' "$(api load mod_tone_test | tail -1)"
	check "completion: words" '*apple*pear*' "$(api 'console_complete tonetest word ')"
	check "completion: a list" '*write=1:one *' "$(api console_complete tonetest word pear o)"
	check "completion: commands" '*write=5:tonetest *' "$(api console_complete tonet)"
}

test_config() {
	local text
	text=$(api tonetest config)
	check "variable of a variable" '*value="apple pie"*' "$text"
	check "escaping" '*value="a &amp; b &lt;c&gt; &quot;d&quot;"*' "$text"
	check "include" '*name="included" value="yes"*' "$text"
	check "acl by CIDR" allow "$(api tonetest acl 192.168.0.0/16 192.168.3.4)"
	check "acl by CIDR, outside" deny "$(api tonetest acl 192.168.0.0/16 192.169.3.4)"
	check "acl loopback.auto" allow "$(api tonetest acl loopback.auto 127.0.0.1)"
	check "acl rfc1918.auto" deny "$(api tonetest acl rfc1918.auto 8.8.8.8)"
	check "acl of acl.conf" allow "$(api tonetest acl mine 10.1.3.4)"
	check "acl, the narrower wins" deny "$(api tonetest acl mine 10.1.2.4)"
	check "acl unknown" deny "$(api tonetest acl nobody 10.1.2.4)"

	echo '<configuration name="tone_test.conf"><settings>' >"$WORK/conf/autoload_configs/tone_test.conf.xml"
	check "broken file" '*tone_test.conf.xml:*' "$(api reloadxml)"
	check "cannot be opened" '-ERR no tone_test.conf*' "$(api tonetest config)"
	check "log says where" '*tone_test.conf.xml:*' "$(grep 'XML error' "$WORK/log" | tail -1)"
	rm "$WORK/conf/autoload_configs/tone_test.conf.xml"
}

test_originate() {
	check "variables are there at on_init" '+OK u1*' "$(api "originate {tone_word=hello,origination_uuid=u1,b=\\'p,q\\'}tone/PCMU &park()")"
	check "on_init saw it" hello "$(api uuid_getvar u1 tone_saw)"
	check "escaped quotes guard a comma" p,q "$(api uuid_getvar u1 b)"
	check "no variable" _undef_ "$(api uuid_getvar u1 nosuch)"
	call uuid_setvar u1 colour light blue
	check "dump" '*variable_colour: light%20blue*' "$(api uuid_dump u1)"
	check "dump plain" '*variable_colour: [[]light blue]*' "$(api uuid_dump u1 plain)"
	check "show channels" '*u1,outbound,*tone/PCMU,CS_EXECUTE*1 total.*' "$(api show channels)"
	check "dtmf" '+OK u1 sent DTMF 12*' "$(api uuid_send_dtmf u1 12)"
	await '*dtmf=2*' tonetest
	check "dtmf arrives" '*dtmf=2*' "$BODY"
	check "busy module" '-ERR [[]Module in use.]*' "$(api unload mod_tone_test)"
	check "kill" '+OK*' "$(api uuid_kill u1 USER_BUSY)"
	await false uuid_exists u1
	check "gone" false "$BODY"
	check "kill again" '-ERR No such channel!*' "$(api uuid_kill u1)"

	check "delimiter of one's own" '+OK u2*' "$(api 'originate {^^:origination_uuid=u2:x=1,2}tone/PCMA &park()')"
	check "its comma" 1,2 "$(api uuid_getvar u2 x)"
	check "cause of the endpoint" '-ERR CALL_REJECTED*' "$(api 'originate tone/PCMU/fail-CALL_REJECTED &park()')"
	check "no such endpoint" '-ERR CHAN_NOT_IMPLEMENTED*' "$(api 'originate nothing/1 &park()')"
	check "no such codec" '-ERR INCOMPATIBLE_DESTINATION*' "$(api 'originate tone/G999 &park()')"
	check "no answer" '-ERR NO_ANSWER*' "$(api 'originate {tone_answer=false,originate_timeout=1}tone/PCMU &park()')"
	check "early media is enough" '+OK*' "$(api 'originate {tone_answer=false,tone_early=true}tone/PCMU &park()')"
	check "unless ignored" '-ERR NO_ANSWER*' "$(api 'originate {tone_answer=false,tone_early=true,ignore_early_media=true,originate_timeout=1}tone/PCMU &park()')"
	check "hupall" '+OK hangup all channels with cause NORMAL_CLEARING*' "$(api hupall NORMAL_CLEARING)"
	await '*"row_count": 0*' show channels as json
	check "nobody is left" '*"row_count": 0*' "$BODY"
}

# A leg hears itself: what is played is what is recorded.
test_media() {
	local codec
	for codec in opus PCMU PCMA; do
		call "originate {origination_uuid=m-$codec,RECORD_READ_ONLY=true}tone/$codec &playback(tone_stream://%(1000,0,440);loops=-1)"
		call "uuid_record m-$codec start $WORK/$codec.wav"
	done
	# null hears silence, the far leg its own echo: 16 kHz to Opus and back
	call "originate {origination_uuid=a1,rate=16000}null/x '&bridge({origination_uuid=b1}tone/opus)'"
	await true uuid_exists b1
	check "bridge" true "$BODY"
	call "uuid_broadcast b1 playback::tone_stream://%(500,0,600)"
	call "originate {origination_uuid=e1}tone/opus &echo()"
	sleep 2
	for codec in opus PCMU PCMA; do
		call "uuid_record m-$codec stop $WORK/$codec.wav"
		call "uuid_kill m-$codec"
		tone "$codec carries 440 Hz" "$WORK/$codec.wav" 440
	done
	# it has left the bridge for what was broadcast to it, and come back
	await '*bridge=2 unbridge=1*' tonetest
	check "the endpoint was told" '*bridge=2 unbridge=1*' "$BODY"
	call uuid_kill b1
	await false uuid_exists a1
	check "the other leg ends too" false "$BODY"
}

# A says 800 Hz in L16; what it says must come to B, and back, in B's codec.
test_bridge() {
	local codec
	for codec in opus PCMU; do
		call "originate {tone_hz=800,origination_uuid=s-$codec}tone/L16 '&bridge({origination_uuid=d-$codec,RECORD_READ_ONLY=true}tone/$codec)'"
		await true uuid_exists "d-$codec"
	done
	call "originate {tone_hz=500,origination_uuid=p1}tone/L16 &park()"
	call "originate {origination_uuid=p2,RECORD_READ_ONLY=true}tone/PCMA &park()"
	check "uuid_bridge" '+OK p2*' "$(api uuid_bridge p1 p2)"
	await d-opus uuid_getvar s-opus bridge_to
	await p2 uuid_getvar p1 bridge_to
	check "bridge_to" p2 "$BODY"
	for codec in d-opus d-PCMU p2; do
		call "uuid_record $codec start $WORK/$codec.wav"
	done
	sleep 2
	for codec in d-opus d-PCMU p2; do
		call "uuid_record $codec stop $WORK/$codec.wav"
	done
	tone "L16 to Opus and back" "$WORK/d-opus.wav" 800
	tone "L16 to PCMU and back" "$WORK/d-PCMU.wav" 800
	tone "and between legs that were parked" "$WORK/p2.wav" 500
	call hupall
	await '*"row_count": 0*' show channels as json

	check "a B-leg that fails" '+OK f1*' "$(api "originate {origination_uuid=f1}null/x '&bridge(tone/PCMU/fail-USER_BUSY)'")"
	await false uuid_exists f1
	check "takes the A-leg with it" '*USER_BUSY*' "$(grep 'Hangup null/x' "$WORK/log" | tail -1)"
	call "originate {origination_uuid=f2,continue_on_fail=true}null/x '&bridge(tone/PCMU/fail-USER_BUSY)'"
	await false uuid_exists f2
	check "unless it may go on" '*NORMAL_CLEARING*' "$(grep 'Hangup null/x' "$WORK/log" | tail -1)"
}

test_record_app() {
	call "originate {origination_uuid=r1}tone/PCMU '&record($WORK/app.wav 1)'"
	await false uuid_exists r1
	read -r seconds _ < <("$TOOLS/tonelevel" "$WORK/app.wav" 440)
	check "record stops at its limit" ok "$(at_least "${seconds:-0}" 0.9 && at_least 1.1 "$seconds" && echo ok || echo "${seconds:-none}")"
	call "originate {origination_uuid=r2}tone/PCMU &playback($WORK/app.wav)"
	await false uuid_exists r2
	check "a file ends, and its leg" false "$BODY"
}

# Reads events into EVENTS until one matches, or there is none for 5 s.
events_until() {
	EVENTS=''
	while packet 3; do
		EVENTS+=$BODY
		# shellcheck disable=SC2053
		[[ $BODY == $1 ]] && return 0
	done
	return 1
}

test_events() {
	local name
	printf 'event plain ALL\n\n' >&3
	packet 3
	check "event plain ALL" '*+OK event listener enabled plain*' "$HEAD"
	printf 'bgapi originate {origination_uuid=ev1,q=a%%20b}tone/PCMU &park()\nJob-UUID: job-1\n\n' >&3
	packet 3
	while [[ $HEAD != *command/reply* ]]; do packet 3 || break; done
	check "bgapi" '*Job-UUID: job-1*' "$HEAD"
	events_until '*Event-Name: BACKGROUND_JOB*'
	check "its result" '*Job-UUID: job-1*+OK ev1*' "$BODY"
	for name in CHANNEL_CREATE CHANNEL_PROGRESS CHANNEL_ANSWER; do
		check "$name" "*Event-Name: $name*" "$EVENTS"
	done
	printf 'bgapi uuid_kill ev1 CALL_REJECTED\n\n' >&3
	events_until '*Event-Name: CHANNEL_DESTROY*'
	check "CHANNEL_HANGUP_COMPLETE" '*Event-Name: CHANNEL_HANGUP_COMPLETE*' "$EVENTS"
	check "Hangup-Cause" '*Hangup-Cause: CALL_REJECTED*' "$EVENTS"
	check "what on_hangup set" '*variable_tone_cause: CALL_REJECTED*' "$EVENTS"
	printf 'noevents\n\n' >&3
	packet 3
	while [[ $HEAD != *command/reply* ]]; do packet 3 || break; done
	check "noevents" '*+OK no longer listening*' "$HEAD"

	printf 'event plain CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CUSTOM janus::call tone::more\n\n' >&3; packet 3
	check "names, then subclasses" '*+OK event listener enabled plain*' "$HEAD"
	printf 'bgapi originate {origination_uuid=ev2,tone_early=true,tone_answer=false,ignore_early_media=true,originate_timeout=1}tone/PCMU &park()\n\n' >&3
	events_until '*Event-Name: CHANNEL_PROGRESS_MEDIA*'
	check "CHANNEL_PROGRESS_MEDIA" '*Unique-ID: ev2*' "$BODY"
	check "CHANNEL_PROGRESS before it" '*Event-Name: CHANNEL_PROGRESS'$'\n''*Unique-ID: ev2*' "$EVENTS"
	printf 'sendevent CUSTOM\nEvent-Subclass: tone::else\n\n' >&3; packet 3
	printf 'sendevent CUSTOM\nEvent-Subclass: tone::more\n\n' >&3
	events_until '*Event-Subclass: tone%3A%3Amore*'
	check "the second subclass" '*Event-Subclass: tone%3A%3Amore*' "$BODY"
	check "nothing else" '' "$(grep -E 'tone%3A%3Aelse|CHANNEL_(CREATE|ANSWER|HANGUP)' <<<"$EVENTS")"
	printf 'noevents\n\n' >&3
	packet 3
	while [[ $HEAD != *command/reply* ]]; do packet 3 || break; done
	await false uuid_exists ev2

	printf 'event plain CUSTOM tone::other\n\n' >&3; packet 3
	printf 'sendevent CUSTOM\nEvent-Subclass: tone::test\n\n' >&3; packet 3
	printf 'sendevent CUSTOM\nEvent-Subclass: tone::other\nx: y z\n\n' >&3
	events_until '*Event-Subclass: tone%3A%3Aother*'
	check "CUSTOM, one subclass" '*x: y%20z*' "$BODY"
	check "and not another" '' "$(grep 'tone%3A%3Atest' <<<"$EVENTS")"
	exec 3>&-
	login secret
}

# What a module does with a codec of its own, and with those of legs.
test_parts() {
	check "load the other one" '*+OK' "$(api load mod_part_test | tail -1)"
	check "encode PCMU" '0 160 1' "$(api parttest encode PCMU)"
	check "encode L16" '0 320 1' "$(api parttest encode L16)"
	check "encode opus" '0 [1-9]* 1' "$(api parttest encode opus)"
	check "a codec that only decodes" '22 0 1' "$(api parttest encode opus decoder)"
	check "noise is low" 'low ok' "$(api parttest silence 400)"
	check "and loud" 'loud ok' "$(api parttest silence 1)"
	check "divisor -1 is silence" 'silent ok' "$(api parttest silence -1)"

	call "originate {origination_uuid=pc}tone/PCMA &park()"
	call "uuid_broadcast pc parttest::"
	await PCMA uuid_getvar pc part_codec
	check "the codec that a leg reads" PCMA "$BODY"
	await '0 160 1' uuid_getvar pc part_bytes
	check "encodes" '0 160 1' "$BODY"
	call "originate {origination_uuid=v1,null_video_codec=VP8}null/x &park()"
	call "originate {origination_uuid=v2}null/x &park()"
	check "null_video_codec" video "$(api parttest video v1)"
	check "no null_video_codec" audio "$(api parttest video v2)"
	call hupall
	await '*"row_count": 0*' show channels as json
}

# What the log says of a key: "<number of keys like this>"
keys() {
	grep -c "^digit=$1\$" "$WORK/log"
}

test_keys() {
	local before after
	call "originate {origination_uuid=k8}tone/PCMU &park()"
	call "originate {origination_uuid=k48}tone/opus &park()"
	call uuid_send_dtmf k8 "1@100+Dw3"
	call uuid_send_dtmf k8 "4@10x"
	call uuid_send_dtmf k48 "5@100+6"
	call uuid_send_dtmf k48 "7@60000"
	for after in {1..60}; do
		[ "$(keys '7 ms=60000 samples=192000')" = 1 ] && [ "$(keys '4 ms=10 samples=2000')" = 1 ] && break
		sleep 0.05
	done
	check "@ms at 8 kHz" 1 "$(keys '1 ms=100 samples=800')"
	check "without, 2000 samples" 1 "$(keys 'D ms=250 samples=2000')"
	check "a key behind a pause" 1 "$(keys '3 ms=250 samples=2000')"
	check "too short to count" 1 "$(keys '4 ms=10 samples=2000')"
	check "@ms at the codec's rate" 1 "$(keys '5 ms=100 samples=4800')"
	check "without, 2000 all the same" 1 "$(keys '6 ms=41 samples=2000')"
	check "no longer than 192000" 1 "$(keys '7 ms=60000 samples=192000')"

	check "uuid_recv_dtmf" '+OK k48 received DTMF 89@100.*' "$(api uuid_recv_dtmf k48 89@100)"
	check "always at 8 kHz" 1 "$(keys '9 ms=100 samples=800')"
	check "no key in it" '-USAGE:*' "$(api uuid_recv_dtmf k48 xyz)"
	before=$(api tonetest)
	before=${before##*dtmf=}
	check "bridge for keys" '+OK*' "$(api uuid_bridge k8 k48)"
	await "*dtmf=$((before + 2))*" tonetest
	check "the bridge passes them on" "*dtmf=$((before + 2))*" "$BODY"
	await k48 uuid_getvar k8 bridge_uuid
	check "bridge_uuid" k48 "$BODY"
	check "bridge_uuid of the other" k8 "$(api uuid_getvar k48 bridge_uuid)"
	call uuid_recv_dtmf k8 '#'
	await "*dtmf=$((before + 3))*" tonetest
	check "and the other way" "*dtmf=$((before + 3))*" "$BODY"
	call hupall
	await '*"row_count": 0*' show channels as json
}

test_opus() {
	check "mod_opus is there" true "$(api module_exists mod_opus)"
	check "and loaded" '*-ERR [[]Module already loaded]*' "$(api load mod_opus)"
	call "originate {origination_uuid=o1}tone/opus &park()"
	check "it is in use" '-ERR [[]Module in use.]*' "$(api unload mod_opus)"
	call uuid_kill o1
	await '*"row_count": 0*' show channels as json
	check "unload mod_opus" '+OK*' "$(api unload mod_opus)"
	check "it is gone" false "$(api module_exists mod_opus)"
	check "once is enough" '-ERR [[]No such module!]*' "$(api unload mod_opus)"
	check "no opus" '-ERR INCOMPATIBLE_DESTINATION*' "$(api 'originate tone/opus &park()')"
	check "nor for a module" '-ERR no opus*' "$(api parttest encode opus)"
	check "the others stay" '+OK*' "$(api 'originate {origination_uuid=o2}tone/PCMU &park()')"
	check "load mod_opus" '*+OK' "$(api load mod_opus | tail -1)"
	check "opus again" '+OK*' "$(api 'originate tone/opus &park()')"
	call hupall
	await '*"row_count": 0*' show channels as json
}

# A list of modules without mod_opus, and one with it; minihost starts again for each.
test_lists() {
	local list
	for list in mod_tone_test "mod_tone_test mod_opus"; do
		{
			echo '<configuration name="modules.conf"><modules>'
			# shellcheck disable=SC2086
			printf '<load module="%s"/>' $list
			echo '</modules></configuration>'
		} >"$WORK/conf/autoload_configs/modules.conf.xml"
		start
		login secret
		await true module_exists mod_tone_test
		check "$list" "$([[ $list == *opus ]] && echo true || echo false)" "$(api module_exists mod_opus)"
		exec 3>&-
		kill "$PID"
		wait "$PID"
		check "$list: ends well" 0 $?
		PID=
	done
}

# Many legs come and go at once.
test_crowd() {
	local i
	for ((i = 0; i < 60; i++)); do
		printf 'bgapi originate tone/PCMU &echo()\n\nbgapi originate null/x &bridge(tone/opus)\n\n' >&3
		packet 3
		packet 3
	done
	await '*"row_count":180*' show channels count as json
	check "180 legs" '*"row_count":180*' "$BODY"
	sleep 0.5
	check "forced unload takes its legs" '+OK*' "$(api unload -f mod_tone_test)"
	await '*"row_count": 0*' show channels as json
	check "and their others" '*"row_count": 0*' "$BODY"
}

test_end() {
	check "load once more" '*+OK' "$(api load mod_tone_test | tail -1)"
	call "originate tone/opus &echo()"
	check "shutdown" '+OK*' "$(api shutdown)"
	wait "$PID"
	check "ends well, with a call up" 0 $?
	PID=
	check "nothing on stderr" '' "$(head -c "${STDERR_SHOWN:-2000}" "$WORK/stderr")"
	"$HOST" -conf "$WORK/conf" -mod "$TOOLS" -esl "0.0.0.0:$PORT" -nc 2>/dev/null
	check "loopback only" 1 $?
}

configure
start || { echo "minihost does not start"; cat "$WORK/stderr"; }
test_socket
test_modules
test_config
test_originate
test_record_app
test_media
test_bridge
test_parts
test_keys
test_opus
test_events
test_crowd
test_end
test_lists

echo "$PASSED passed, $FAILED failed"
[ "$FAILED" -eq 0 ]
