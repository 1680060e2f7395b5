/* SPDX-License-Identifier: MPL-2.0 */
/* apps.c -- the applications: park, echo, playback, record, bridge, and a few small ones */
#include "minihost.h"

/* May the application go on? An application ends when its leg is down,
 * or has been given another state. */
static bool going(switch_core_session_t *session, switch_channel_state_t state)
{
	mh_app_run_queue(session);

	return switch_channel_ready(session->channel) && switch_channel_get_state(session->channel) == state &&
		!switch_channel_test_flag(session->channel, CF_BREAK) &&
		!switch_channel_test_flag(session->channel, CF_STOP_BROADCAST);
}

SWITCH_STANDARD_APP(park_function)
{
	switch_channel_state_t state = switch_channel_get_state(session->channel);
	switch_frame_t *frame;

	(void) data;
	switch_channel_set_flag(session->channel, CF_PARK);
	mh_channel_fire(session->channel, SWITCH_EVENT_CHANNEL_PARK, NULL);
	while (going(session, state) && mh_read_frame(session, &frame) == SWITCH_STATUS_SUCCESS) {}
	switch_channel_clear_flag(session->channel, CF_PARK);
	mh_channel_fire(session->channel, SWITCH_EVENT_CHANNEL_UNPARK, NULL);
}

SWITCH_STANDARD_APP(echo_function)
{
	switch_channel_state_t state = switch_channel_get_state(session->channel);
	switch_frame_t *frame;

	(void) data;
	while (going(session, state) && mh_read_frame(session, &frame) == SWITCH_STATUS_SUCCESS) {
		if (frame && mh_write_frame(session, frame) != SWITCH_STATUS_SUCCESS) {
			break;
		}
	}
}

/* Until there is media: a leg may have answered to an originate that wanted no more than its
 * ringing. */
static bool wait_for_media(switch_core_session_t *session, switch_channel_state_t state)
{
	while (going(session, state)) {
		if (mh_channel_media_ready(session->channel) && mh_write_rate(session)) {
			return true;
		}
		mh_sleep_ms(10);
	}

	return false;
}

/* Plays to its end; false when the leg is gone, or the sound cannot be played. */
static bool play(switch_core_session_t *session, const char *path)
{
	switch_channel_state_t state = switch_channel_get_state(session->channel);
	int16_t pcm[MH_MAX_SAMPLES];
	switch_frame_t *frame;
	mh_sound_t *sound;
	int packet, n = 0;

	if (!wait_for_media(session, state) || !(sound = mh_sound_open(path, mh_write_rate(session)))) {
		return false;
	}

	packet = (int) mh_write_samples(session);
	while (going(session, state) && mh_read_frame(session, &frame) == SWITCH_STATUS_SUCCESS) {
		if ((n = mh_sound_read(sound, pcm, packet)) <= 0) {
			break;
		}
		memset(pcm + n, 0, (size_t) (packet - n) * sizeof(*pcm));
		mh_write_pcm(session, pcm, packet);
	}
	mh_sound_close(sound);

	return n <= 0;
}

SWITCH_STANDARD_APP(playback_function)
{
	const char *headers[] = { "Playback-File-Path", data, "Playback-Status", "done", NULL };

	mh_channel_fire(session->channel, SWITCH_EVENT_PLAYBACK_START, headers);
	if (!play(session, data)) {
		headers[3] = "break";
	}
	mh_channel_fire(session->channel, SWITCH_EVENT_PLAYBACK_STOP, headers);
}

SWITCH_STANDARD_APP(endless_playback_function)
{
	while (play(session, data)) {}
}

/* Until it is told to stop; that may have come before it begins. */
SWITCH_STANDARD_APP(hold_music_function)
{
	while (!switch_channel_test_flag(session->channel, CF_STOP_BROADCAST) && play(session, data)) {
		;
	}
	switch_channel_clear_flag(session->channel, CF_STOP_BROADCAST);
	switch_channel_clear_flag(session->channel, CF_BROADCAST);
}

SWITCH_STANDARD_APP(record_function)
{
	switch_channel_state_t state = switch_channel_get_state(session->channel);
	char *copy = mh_strdup(data), *argv[4] = { 0 };
	int argc = mh_split(copy, ' ', argv, 4);
	int64_t end = argc > 1 && atoi(argv[1]) > 0 ? mh_now_us() + atoi(argv[1]) * 1000000LL : INT64_MAX;
	const char *headers[] = { "Record-File-Path", argc ? argv[0] : "", NULL };
	int16_t pcm[MH_MAX_SAMPLES];
	switch_frame_t *frame;
	mh_wav_t *wav;

	if (argc && wait_for_media(session, state) && (wav = mh_wav_create(argv[0], mh_read_rate(session), 1))) {
		mh_channel_fire(session->channel, SWITCH_EVENT_RECORD_START, headers);
		while (mh_now_us() < end && going(session, state) && mh_read_frame(session, &frame) == SWITCH_STATUS_SUCCESS) {
			if (frame && switch_core_codec_ready(frame->codec)) {
				mh_wav_write(wav, pcm, mh_codec_decode_frame(frame->codec, frame, pcm, MH_MAX_SAMPLES));
			}
		}
		mh_wav_close(wav);
		mh_channel_fire(session->channel, SWITCH_EVENT_RECORD_STOP, headers);
	}

	free(copy);
}

SWITCH_STANDARD_APP(bridge_function)
{
	mh_originate_t args = { .a = session, .dial_string = data };
	switch_core_session_t *peer;
	switch_call_cause_t cause;

	if (zstr(data)) {
		return;
	}

	cause = mh_originate(&args, &peer);
	if (peer) {
		mh_bridge_run(session, peer);
		switch_core_session_rwunlock(peer);
		return;
	}

	switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_INFO, "Originate Failed.  Cause: %s\n",
					  switch_channel_cause2str(cause));
	switch_channel_set_variable(session->channel, "originate_failed_cause", switch_channel_cause2str(cause));
	mh_channel_handle_cause(session->channel, cause);
}

/* uuid_bridge, on the A-leg's thread. A leg that was bridged so ends with its bridge. */
SWITCH_STANDARD_APP(uuid_bridge_function)
{
	switch_core_session_t *peer = switch_core_session_locate(data);

	if (peer) {
		mh_bridge_run(session, peer);
		switch_core_session_rwunlock(peer);
		switch_channel_hangup(session->channel, SWITCH_CAUSE_NORMAL_CLEARING);
	}
}

SWITCH_STANDARD_APP(sleep_function)
{
	switch_channel_state_t state = switch_channel_get_state(session->channel);
	int64_t end = mh_now_us() + atoi(data) * 1000LL;
	switch_frame_t *frame;

	while (mh_now_us() < end && going(session, state) && mh_read_frame(session, &frame) == SWITCH_STATUS_SUCCESS) {}
}

SWITCH_STANDARD_APP(answer_function)
{
	(void) data;
	switch_channel_mark_answered(session->channel);
}

SWITCH_STANDARD_APP(hangup_function)
{
	switch_channel_hangup(session->channel, switch_channel_str2cause(data));
}

static void assign(switch_core_session_t *session, const char *data, bool export)
{
	char *copy = mh_strdup(data), *value = strchr(copy, '='), *list;
	mh_buf_t buf = { 0 };

	if (value) {
		*value++ = '\0';
		switch_channel_set_variable(session->channel, copy, !strcmp(value, "_undef_") ? NULL : value);
	}

	if (value && export) {
		list = mh_channel_get_variable_dup(session->channel, "export_vars");
		mh_buf_printf(&buf, "%s%s%s", list ? list : "", list ? "," : "", copy);
		switch_channel_set_variable(session->channel, "export_vars", buf.data);
		free(list);
		free(buf.data);
	}

	free(copy);
}

SWITCH_STANDARD_APP(set_function)
{
	assign(session, data, false);
}

SWITCH_STANDARD_APP(export_function)
{
	assign(session, data, true);
}

SWITCH_STANDARD_APP(send_dtmf_function)
{
	mh_keys_send(session, data);
}

/* As in FreeSWITCH: full, name, number, yes or no. */
SWITCH_STANDARD_APP(privacy_function)
{
	switch_caller_profile_t *profile = session->channel->profile;
	bool all = !strcasecmp(data, "full") || switch_true(data);

	if (all || !strcasecmp(data, "name")) {
		profile->flags |= SWITCH_CPF_HIDE_NAME;
	}
	if (all || !strcasecmp(data, "number")) {
		profile->flags |= SWITCH_CPF_HIDE_NUMBER;
	}
	if (!all && (!strcasecmp(data, "no") || !strcasecmp(data, "off") || !strcasecmp(data, "false"))) {
		profile->flags &= (uint32_t) ~(SWITCH_CPF_HIDE_NAME | SWITCH_CPF_HIDE_NUMBER);
	}
}

static void add(switch_loadable_module_interface_t *core, const char *name, const char *desc,
				switch_application_function_t function, const char *syntax)
{
	switch_loadable_module_interface_t **module_interface = &core;
	switch_application_interface_t *app;

	SWITCH_ADD_APP(app, name, desc, desc, function, syntax, SAF_NONE);
}

void mh_apps_register(switch_loadable_module_interface_t *core)
{
	add(core, "park", "Park", park_function, "");
	add(core, "echo", "Echo", echo_function, "");
	add(core, "playback", "Playback File", playback_function, "<path>");
	add(core, "endless_playback", "Playback File Endlessly", endless_playback_function, "<path>");
	add(core, "mh_hold_music", "Play until hold ends", hold_music_function, "<path>");
	add(core, "record", "Record File", record_function, "<path> [<time_limit_secs>]");
	add(core, "bridge", "Bridge Audio", bridge_function, "<channel_url>");
	add(core, "mh_uuid_bridge", "Bridge to a leg", uuid_bridge_function, "<uuid>");
	add(core, "sleep", "Pause a channel", sleep_function, "<pausemilliseconds>");
	add(core, "answer", "Answer the call", answer_function, "");
	add(core, "hangup", "Hangup the call", hangup_function, "[<cause>]");
	add(core, "set", "Set a channel variable", set_function, "<varname>=<value>");
	add(core, "export", "Export a channel variable across a bridge", export_function, "<varname>=<value>");
	add(core, "privacy", "Set privacy on calls", privacy_function, "off|on|name|full|number");
	add(core, "send_dtmf", "Send dtmf to be sent", send_dtmf_function, "<dtmf_data>");
}
