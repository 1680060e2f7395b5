/* SPDX-License-Identifier: MPL-2.0 */
/*
 * minihost -- a switch for one module
 *
 * minihost is enough of FreeSWITCH, under FreeSWITCH's names, to load mod_janus.so, make calls with
 * it, bridge, play, record and hang up, and to be told so over the event socket: what the module's
 * tests need where FreeSWITCH is not installed. It is written from FreeSWITCH's documentation and
 * behaviour and shares no code with it.
 *
 * It is not a telephone system: no dialplan, no SIP, no registrations, no media bugs but
 * uuid_record, one leg at a time in a dial string, and whoever can reach its event socket on
 * loopback can run anything it can do.
 *
 *   minihost -conf DIR -mod DIR [-log FILE] [-esl 127.0.0.1:PORT] [-password PW] [-version V] [-nc]
 *
 *   DIR/vars.xml                            X-PRE-PROCESS set: global variables, for $${name}
 *   DIR/autoload_configs/<name>.conf.xml    configurations; or all of it in a DIR/freeswitch.xml,
 *                                           as in FreeSWITCH
 *     event_socket.conf.xml                 settings: listen-ip, listen-port, password
 *     modules.conf.xml                      modules: <load module="mod_janus"/>, loaded at start;
 *                                           mod_opus, which is in minihost, is loaded where
 *                                           it is named, or where nothing is
 *     switch.conf.xml                       settings: rtp-start-port, rtp-end-port, loglevel
 *     acl.conf.xml                          network-lists
 *
 * It stays in the foreground and ends on SIGTERM, SIGINT or the command `shutdown`: hangs up every
 * call, unloads the modules, closes the event socket. -nc: no log on stderr.
 */
#include <signal.h>
#include <unistd.h>
#include "minihost.h"

static int wake[2];

/* From a signal handler as well: nothing but a write. */
void mh_shutdown_request(void)
{
	ssize_t n = write(wake[1], "", 1);

	(void) n;
}

static void on_signal(int number)
{
	(void) number;
	mh_shutdown_request();
}

static int usage(void)
{
	fprintf(stderr,
			"usage: minihost -conf DIR -mod DIR [-log FILE] [-esl 127.0.0.1:PORT] [-password PW] [-version V] "
			"[-nc]\n");

	return 2;
}

static int parse_esl(const char *text)
{
	const char *colon = strrchr(text, ':');

	if (!colon || atoi(colon + 1) <= 0 || atoi(colon + 1) > 65535) {
		return -1;
	}

	snprintf(mh_settings.esl_ip, sizeof(mh_settings.esl_ip), "%.*s", (int) (colon - text), text);
	mh_settings.esl_port = atoi(colon + 1);

	return 0;
}

static int parse_arguments(int argc, char **argv)
{
	int i;

	mh_settings.console = true;
	snprintf(mh_settings.version, sizeof(mh_settings.version), "%s", MH_VERSION);

	for (i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(argv[i], "-nc")) {
			mh_settings.console = false;
			continue;
		}
		if (!value) {
			return -1;
		}
		if (!strcmp(argv[i], "-conf")) {
			snprintf(mh_settings.conf_dir, sizeof(mh_settings.conf_dir), "%s", value);
		} else if (!strcmp(argv[i], "-mod")) {
			snprintf(mh_settings.mod_dir, sizeof(mh_settings.mod_dir), "%s", value);
		} else if (!strcmp(argv[i], "-log")) {
			snprintf(mh_settings.log_file, sizeof(mh_settings.log_file), "%s", value);
		} else if (!strcmp(argv[i], "-password")) {
			snprintf(mh_settings.password, sizeof(mh_settings.password), "%s", value);
		} else if (!strcmp(argv[i], "-version")) {
			snprintf(mh_settings.version, sizeof(mh_settings.version), "%s", value);
		} else if (strcmp(argv[i], "-esl") || parse_esl(value)) {
			return -1;
		}
		i++;
	}

	return *mh_settings.conf_dir && *mh_settings.mod_dir ? 0 : -1;
}

/* What the command line has not said. */
static void read_event_socket(void)
{
	switch_xml_t cfg, xml = switch_xml_open_cfg("event_socket.conf", &cfg, NULL);
	const char *value;

	if (!*mh_settings.esl_ip) {
		value = mh_xml_param(cfg, "settings", "listen-ip");
		snprintf(mh_settings.esl_ip, sizeof(mh_settings.esl_ip), "%s", value ? value : "127.0.0.1");
		value = mh_xml_param(cfg, "settings", "listen-port");
		mh_settings.esl_port = value ? atoi(value) : 8021;
	}
	if (!*mh_settings.password) {
		value = mh_xml_param(cfg, "settings", "password");
		snprintf(mh_settings.password, sizeof(mh_settings.password), "%s", value ? value : "ClueCon");
	}
	switch_xml_free(xml);
}

static void read_switch(void)
{
	switch_xml_t cfg, xml = switch_xml_open_cfg("switch.conf", &cfg, NULL);
	const char *value;

	if ((value = mh_xml_param(cfg, "settings", "rtp-start-port"))) {
		switch_rtp_set_start_port((switch_port_t) atoi(value));
	}
	if ((value = mh_xml_param(cfg, "settings", "rtp-end-port"))) {
		switch_rtp_set_end_port((switch_port_t) atoi(value));
	}
	if ((value = mh_xml_param(cfg, "settings", "loglevel")) && mh_log_str2level(value) != SWITCH_LOG_INVALID) {
		mh_log_level(mh_log_str2level(value));
	}
	switch_xml_free(xml);
}

/* A list written for FreeSWITCH names modules that minihost has itself, or has not: those are
 * passed over. But Opus can be absent, as there: a list that does not name mod_opus is without. */
static void load_modules(void)
{
	switch_xml_t cfg, xml = switch_xml_open_cfg("modules.conf", &cfg, NULL), item;
	const char *name, *err;
	char path[1200];

	if (!(item = switch_xml_child(switch_xml_child(cfg, "modules"), "load"))) {
		err = NULL;
		mh_module_load("mod_opus", &err);
	}

	for (; item; item = item->next) {
		name = switch_xml_attr_soft(item, "module");
		snprintf(path, sizeof(path), "%s/%s.so", mh_settings.mod_dir, name);
		err = NULL;
		if (!mh_module_builtin(name) && access(path, R_OK)) {
			switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_WARNING, "No %s: passed over\n", path);
		} else if (mh_module_load(name, &err) != SWITCH_STATUS_SUCCESS) {
			switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CRIT, "Cannot load %s: %s\n", name, err);
		}
	}
	switch_xml_free(xml);
}

static void run(void)
{
	switch_event_t *event;
	char drop;

	while (read(wake[0], &drop, 1) != 1) {}

	switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CONSOLE, "Shutting down\n");
	switch_event_create(&event, SWITCH_EVENT_SHUTDOWN);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Event-Info", "System Shutting Down");
	switch_event_fire(&event);

	mh_session_hupall(NULL, SWITCH_CAUSE_SYSTEM_SHUTDOWN);
	mh_session_wait_none(MH_UNLOAD_WAIT_MS);
}

static void clean_up(void)
{
	mh_module_unload_all();
	mh_console_clear();
	mh_xml_clear();
	mh_acl_clear();
	mh_event_clear();
	mh_ports_clear();
	mh_global_clear();
	mh_log_close();
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	char *error;
	int failed;

	if (parse_arguments(argc, argv)) {
		return usage();
	}
	if (mh_log_open(mh_settings.log_file)) {
		perror(mh_settings.log_file);
		return 1;
	}
	if (pipe(wake)) {
		return 1;
	}

	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);

	mh_global_init();
	mh_acl_load();
	mh_module_init();
	mh_xml_reload(&error);
	free(error);
	read_switch();
	read_event_socket();

	if (!(failed = mh_esl_start())) {
		load_modules();
		switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_CONSOLE, "minihost %s Started\n", mh_settings.version);
		run();
		mh_esl_stop();
	}

	clean_up();

	return failed ? 1 : 0;
}
