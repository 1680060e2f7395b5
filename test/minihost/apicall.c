/* SPDX-License-Identifier: MPL-2.0 */
/* apicall.c -- commands that make and end calls: originate, hupall */
#include "minihost.h"

/* "&app(data)" onto the leg, which then executes it. */
static void give_application(switch_core_session_t *session, const char *exten)
{
	char *name = switch_core_strdup(session->pool, exten + 1), *data, *end;

	if ((end = strchr(name, '(')) && (data = end + 1)) {
		*end = '\0';
		/* the last bracket: a tone has some of its own */
		if ((end = strrchr(data, ')'))) {
			*end = '\0';
		}
	} else {
		data = NULL;
	}

	mh_app_add(session, &session->extension, name, data);
	switch_channel_set_state(session->channel, CS_EXECUTE);
}

SWITCH_STANDARD_API(originate_function)
{
	static const char usage[] = "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] "
								"[<cid_name>] [<cid_num>] [<timeout_sec>]\n";
	char *copy = mh_strdup(cmd), *argv[8] = { 0 };
	int argc = mh_split(copy, ' ', argv, 8), i;
	mh_originate_t args = { 0 };
	switch_core_session_t *peer;
	switch_call_cause_t cause;

	(void) session;
	for (i = 0; i < argc; i++) {
		argv[i] = strcasecmp(argv[i], "undef") ? argv[i] : NULL;
	}

	if (argc < 2 || argc > 7 || !argv[0] || !argv[1]) {
		stream->write_function(stream, "%s", usage);
	} else {
		args.dial_string = argv[0];
		args.cid_name = argv[4];
		args.cid_number = argv[5];
		args.timeout = argv[6] ? atoi(argv[6]) : 0;
		cause = mh_originate(&args, &peer);
		if (!peer) {
			stream->write_function(stream, "-ERR %s\n", switch_channel_cause2str(cause));
		} else {
			stream->write_function(stream, "+OK %s\n", peer->uuid);
			if (argv[1][0] == '&' && argv[1][1]) {
				give_application(peer, argv[1]);
			} else {
				/* there is no dialplan here */
				switch_channel_hangup(peer->channel, SWITCH_CAUSE_NO_ROUTE_DESTINATION);
			}
			switch_core_session_rwunlock(peer);
		}
	}
	free(copy);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(hupall_function)
{
	switch_call_cause_t cause = cmd ? switch_channel_str2cause(cmd) : SWITCH_CAUSE_MANAGER_REQUEST;

	(void) session;
	mh_session_hupall(NULL, cause);
	stream->write_function(stream, "+OK hangup all channels with cause %s\n", switch_channel_cause2str(cause));

	return SWITCH_STATUS_SUCCESS;
}

void mh_api_call_register(switch_loadable_module_interface_t *core)
{
	mh_api_add(core, "originate", "Originate a call", originate_function, "<call url> &<application_name>(<app_args>)");
	mh_api_add(core, "hupall", "hupall", hupall_function, "<cause>");
}
