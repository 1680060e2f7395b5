/* SPDX-License-Identifier: MPL-2.0 */
/*
 * host.c -- what the switch does for the engine: the functions of janus_host_t
 */
#include "shim.h"
#include "leg.h"

static char *host_config(int reload, char **error)
{
	switch_xml_t xml, cfg = NULL;
	const char *reason = NULL;
	char *text;

	*error = NULL;

	if (reload && switch_xml_reload(&reason) != SWITCH_STATUS_SUCCESS) {
		*error = strdup(reason ? reason : "no reason given");
		return NULL;
	}

	if (!(xml = switch_xml_open_cfg("janus.conf", &cfg, NULL))) {
		*error = strdup("janus.conf: cannot be opened; it belongs at conf/autoload_configs/janus.conf.xml");
		return NULL;
	}

	text = switch_xml_toxml(cfg, SWITCH_FALSE);
	switch_xml_free(xml);

	return text;
}

/* FreeSWITCH does not install the header with its version:
 * the Makefile takes it from freeswitch.pc. */
#define TEXT_OF(text) #text
#define EXPANDED_TEXT_OF(text) TEXT_OF(text)
#ifndef JANUS_SWITCH_VERSION
#define JANUS_SWITCH_VERSION
#endif

static char *host_switch_version(int built)
{
	const char *version = built ? EXPANDED_TEXT_OF(JANUS_SWITCH_VERSION) : switch_version_full();

	return version && *version ? strdup(version) : NULL;
}

static void host_log(const char *uuid, int level, const char *text)
{
	if (uuid) {
		switch_log_printf(SWITCH_CHANNEL_UUID_LOG(uuid), (switch_log_level_t) level, "%s\n", text);
	} else {
		switch_log_printf(SWITCH_CHANNEL_LOG, (switch_log_level_t) level, "%s\n", text);
	}
}

/* An event carries all variables of its session. Those that are for Janus alone, and what an
 * application of ours was told, are taken out of it. The names come from Go, once, and stay:
 * a leg may outlive an unload. */
static char *secret_headers[16] = { "variable_current_application_data" };

static void keep_secret(const char *name, void *to)
{
	size_t i;

	(void) to;

	for (i = 0; i < sizeof(secret_headers) / sizeof(secret_headers[0]); i++) {
		if (!secret_headers[i] && (secret_headers[i] = malloc(sizeof("variable_") + strlen(name)))) {
			sprintf(secret_headers[i], "variable_%s", name);
			return;
		}
		if (secret_headers[i] && !strcmp(secret_headers[i] + strlen("variable_"), name)) {
			return; /* from an earlier load */
		}
	}
}

void janus_secret_headers_load(void)
{
	janus_each_line(janus_secret_variables(), keep_secret, NULL);
}

static void host_event(const char *uuid, const char *subclass, const char *const *headers, const char *body)
{
	switch_event_t *event;
	switch_core_session_t *session;
	size_t i;

	if (switch_event_create_subclass(&event, SWITCH_EVENT_CUSTOM, subclass) != SWITCH_STATUS_SUCCESS) {
		return;
	}

	if (uuid && (session = switch_core_session_force_locate(uuid))) {
		switch_channel_event_set_data(switch_core_session_get_channel(session), event);
		switch_core_session_rwunlock(session);
		for (i = 0; i < sizeof(secret_headers) / sizeof(secret_headers[0]) && secret_headers[i]; i++) {
			switch_event_del_header(event, secret_headers[i]);
		}
	} else if (uuid) {
		switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Unique-ID", uuid);
	}

	for (; headers && headers[0]; headers += 2) {
		switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, headers[0], headers[1]);
	}

	if (body) {
		switch_event_add_body(event, "%s", body);
	}

	switch_event_fire(&event);
}

static char *host_global(const char *name)
{
	return switch_core_get_variable_dup(name);
}

static int host_acl(const char *list, const char *address)
{
	return switch_check_network_list_ip(address, list) ? 1 : 0;
}

static int host_codec_known(const char *name)
{
	switch_codec_interface_t *codec_interface = switch_loadable_module_get_codec_interface(name, NULL);

	if (!codec_interface) {
		return 0;
	}

	UNPROTECT_INTERFACE(codec_interface);

	return 1;
}

static void host_rtp_ports(uint16_t *first, uint16_t *last)
{
	*first = switch_rtp_set_start_port(0);
	*last = switch_rtp_set_end_port(0);
}

static uint16_t host_request_port(const char *address)
{
	return switch_rtp_request_port(address);
}

static void host_release_port(const char *address, uint16_t port)
{
	switch_rtp_release_port(address, port);
}

static char *host_get_variable(const char *uuid, const char *name)
{
	switch_core_session_t *session;
	const char *value;
	char *copy = NULL;

	if ((session = switch_core_session_force_locate(uuid))) {
		if ((value = switch_channel_get_variable(switch_core_session_get_channel(session), name))) {
			copy = strdup(value);
		}
		switch_core_session_rwunlock(session);
	}

	return copy;
}

static int host_set_variable(const char *uuid, const char *name, const char *value)
{
	switch_core_session_t *session;

	if (!(session = switch_core_session_force_locate(uuid))) {
		return JANUS_GONE;
	}

	switch_channel_set_variable(switch_core_session_get_channel(session), name, value);
	switch_core_session_rwunlock(session);

	return JANUS_OK;
}

const janus_host_t janus_host = {
	.version = JANUS_HOST_VERSION,
	.size = sizeof(janus_host_t),
	.config = host_config,
	.switch_version = host_switch_version,
	.log = host_log,
	.event = host_event,
	.global = host_global,
	.query = host_query,
	.acl = host_acl,
	.codec_known = host_codec_known,
	.rtp_ports = host_rtp_ports,
	.request_port = host_request_port,
	.release_port = host_release_port,
	.get_variable = host_get_variable,
	.set_variable = host_set_variable,
	.ring_ready = janus_leg_ring_ready,
	.media_ready = janus_leg_media_ready,
	.play_key = janus_leg_play_key,
	.comfort_noise = janus_leg_comfort_noise,
	.deafen = janus_leg_deafen,
	.hold_music = janus_leg_hold_music,
	.play = janus_leg_play,
	.record = janus_leg_record,
	.record_stop = janus_leg_record_stop,
	.execute = janus_leg_execute,
	.answer = janus_leg_answer,
	.hangup = janus_leg_hangup,
};
