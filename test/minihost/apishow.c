/* SPDX-License-Identifier: MPL-2.0 */
/* apishow.c -- commands that show: show, status, version, uptime, help */
#include <time.h>
#include "minihost.h"

#define COLUMNS 12

/* clang-format off */
static const char *const columns[COLUMNS] = {
	"uuid", "direction", "created", "created_epoch", "name", "state", "cid_name", "cid_num", "dest", "application",
	"callstate", "call_uuid"
};
/* clang-format on */

/* One row of `show channels`: COLUMNS strings, each to be released. */
static void channel_row(switch_core_session_t *session, char **row)
{
	switch_channel_t *channel = session->channel;
	time_t created = channel->times.created / 1000000;
	char text[64];
	struct tm tm;

	localtime_r(&created, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	row[0] = mh_strdup(session->uuid);
	row[1] = mh_strdup(channel->direction == SWITCH_CALL_DIRECTION_OUTBOUND ? "outbound" : "inbound");
	row[2] = mh_strdup(text);
	snprintf(text, sizeof(text), "%lld", (long long) created);
	row[3] = mh_strdup(text);
	row[4] = mh_strdup(channel->name);
	row[5] = mh_strdup(mh_state_name(switch_channel_get_state(channel)));
	row[6] = mh_channel_get_variable_dup(channel, "caller_id_name");
	row[7] = mh_channel_get_variable_dup(channel, "caller_id_number");
	row[8] = mh_channel_get_variable_dup(channel, "destination_number");
	row[9] = mh_channel_get_variable_dup(channel, "current_application");
	row[10] = mh_strdup(mh_callstate_name(channel));
	row[11] = mh_channel_get_variable_dup(channel, "call_uuid");
}

static void show_channels(switch_stream_handle_t *stream, bool json)
{
	switch_core_session_t **list = mh_session_list();
	char *row[COLUMNS];
	mh_buf_t buf = { 0 };
	int i, c;

	mh_buf_put(&buf, "", 0);
	for (i = 0; list[i]; i++) {
		channel_row(list[i], row);
		mh_buf_puts(&buf, json ? (i ? ",{" : "{") : "");
		for (c = 0; c < COLUMNS; c++) {
			if (json) {
				mh_buf_printf(&buf, "%s\"%s\":", c ? "," : "", columns[c]);
				mh_json_string(&buf, row[c]);
			} else {
				mh_buf_printf(&buf, "%s%s", row[c] ? row[c] : "", c < COLUMNS - 1 ? "," : "\n");
			}
			free(row[c]);
		}
		mh_buf_puts(&buf, json ? "}" : "");
		switch_core_session_rwunlock(list[i]);
	}
	free(list);

	if (json && i) {
		stream->write_function(stream, "{\"row_count\":%d,\"rows\":[%s]}", i, buf.data);
	} else if (json) {
		stream->write_function(stream, "{\"row_count\": 0}\n");
	} else {
		for (c = 0; i && c < COLUMNS; c++) {
			stream->write_function(stream, "%s%s", columns[c], c < COLUMNS - 1 ? "," : "\n");
		}
		stream->write_function(stream, "%s\n%d total.\n", buf.data, i);
	}
	free(buf.data);
}

SWITCH_STANDARD_API(show_function)
{
	char *copy = mh_strdup(cmd), *argv[4] = { 0 };
	int argc = mh_split(copy, ' ', argv, 4);

	(void) session;
	if (!argc || (strcasecmp(argv[0], "channels") && strcasecmp(argv[0], "calls"))) {
		stream->write_function(stream, "-USAGE: channels [count|as json]\n");
	} else if (argc > 1 && !strcasecmp(argv[1], "count")) {
		if (argc > 3 && !strcasecmp(argv[3], "json")) {
			stream->write_function(stream, "{\"row_count\":%d}", mh_session_count());
		} else {
			stream->write_function(stream, "\n%d total.\n", mh_session_count());
		}
	} else {
		show_channels(stream, argc > 2 && !strcasecmp(argv[1], "as") && !strcasecmp(argv[2], "json"));
	}
	free(copy);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(status_function)
{
	int64_t up = switch_micro_time_now() - mh_started;
	int count = mh_session_count();

	(void) cmd;
	(void) session;
	stream->write_function(stream,
						   "UP 0 years, %lld days, %lld hours, %lld minutes, "
						   "%lld seconds, %lld milliseconds, %lld microseconds\n",
						   (long long) (up / 86400000000LL), (long long) (up / 3600000000LL % 24),
						   (long long) (up / 60000000 % 60), (long long) (up / 1000000 % 60),
						   (long long) (up / 1000 % 1000), (long long) (up % 1000));
	stream->write_function(stream, "FreeSWITCH (Version %s) is ready\n", mh_settings.version);
	stream->write_function(stream, "%llu session(s) since startup\n", (unsigned long long) mh_session_total());
	stream->write_function(stream, "%d session(s) - peak %d, last 5min %d \n", count, count, count);

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(version_function)
{
	(void) session;
	if (cmd && !strcasecmp(cmd, "short")) {
		stream->write_function(stream, "%.*s\n", (int) strcspn(mh_settings.version, "-"), mh_settings.version);
	} else {
		stream->write_function(stream, "FreeSWITCH Version %s (minihost)\n", mh_settings.version);
	}

	return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_API(uptime_function)
{
	int64_t up = switch_micro_time_now() - mh_started, unit = 1000000;

	(void) session;
	if (cmd && (!strcasecmp(cmd, "us") || !strcasecmp(cmd, "microseconds"))) {
		unit = 1;
	} else if (cmd && (!strcasecmp(cmd, "ms") || !strcasecmp(cmd, "milliseconds"))) {
		unit = 1000;
	} else if (cmd && (*cmd == 'm' || *cmd == 'M')) {
		unit = 60000000;
	}
	stream->write_function(stream, "%lld\n", (long long) (up / unit));

	return SWITCH_STATUS_SUCCESS;
}

static void help_line(const switch_api_interface_t *api, void *arg)
{
	switch_stream_handle_t *stream = arg;

	stream->write_function(stream, "%s,%s,%s\n", api->interface_name, api->syntax ? api->syntax : "",
						   api->desc ? api->desc : "");
}

SWITCH_STANDARD_API(help_function)
{
	(void) cmd;
	(void) session;
	stream->write_function(stream, "\nValid Commands:\n\n");
	mh_each_api(help_line, stream);

	return SWITCH_STATUS_SUCCESS;
}

void mh_api_show_register(switch_loadable_module_interface_t *core)
{
	mh_api_add(core, "show", "Show various reports", show_function, "channels [count|as json]");
	mh_api_add(core, "status", "Show current status", status_function, "");
	mh_api_add(core, "version", "Version", version_function, "[short]");
	mh_api_add(core, "uptime", "Show uptime", uptime_function, "[us|ms|s|m]");
	mh_api_add(core, "help", "Show help for all the api commands", help_function, "");
}
