/* SPDX-License-Identifier: MPL-2.0 */
/* log.c -- the log, in lines that look like FreeSWITCH's */
#include <time.h>
#include "minihost.h"

static const char *const names[] = { "CONSOLE", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG" };

static struct {
	pthread_mutex_t mutex;
	FILE *file;
	int level;
} log_state = { .mutex = PTHREAD_MUTEX_INITIALIZER, .level = SWITCH_LOG_DEBUG };

int mh_log_open(const char *path)
{
	if (*path && !(log_state.file = fopen(path, "a"))) {
		return -1;
	}

	return 0;
}

void mh_log_close(void)
{
	pthread_mutex_lock(&log_state.mutex);
	if (log_state.file) {
		fclose(log_state.file);
		log_state.file = NULL;
	}
	pthread_mutex_unlock(&log_state.mutex);
}

void mh_log_level(switch_log_level_t level)
{
	__atomic_store_n(&log_state.level, (int) level, __ATOMIC_RELAXED);
}

const char *mh_log_level2str(switch_log_level_t level)
{
	return (unsigned int) level <= SWITCH_LOG_DEBUG ? names[level] : "DEBUG";
}

switch_log_level_t mh_log_str2level(const char *name)
{
	int i;

	if (isdigit((unsigned char) *name)) {
		i = atoi(name);
		return i > SWITCH_LOG_DEBUG ? SWITCH_LOG_DEBUG : (switch_log_level_t) i;
	}

	for (i = 0; i <= SWITCH_LOG_DEBUG; i++) {
		if (!strcasecmp(name, names[i])) {
			return (switch_log_level_t) i;
		}
	}

	return strcasecmp(name, "ERROR") ? SWITCH_LOG_INVALID : SWITCH_LOG_ERROR;
}

static void write_line(FILE *file, const char *uuid, const char *stamp, const char *line)
{
	fprintf(file, "%s%s%s %s", uuid ? uuid : "", uuid ? " " : "", stamp, line);
	fflush(file);
}

void switch_log_printf(switch_text_channel_t channel, const char *file, const char *func, int line,
					   const char *userdata, switch_log_level_t level, const char *fmt, ...)
{
	const char *base = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
	const char *uuid = userdata;
	switch_time_t now = switch_micro_time_now();
	time_t seconds = now / 1000000;
	char stamp[64], *text = NULL;
	struct tm tm;
	mh_buf_t buf = { 0 };
	va_list ap;

	if (channel == SWITCH_CHANNEL_ID_SESSION) {
		uuid = userdata ? ((switch_core_session_t *) (uintptr_t) userdata)->uuid : NULL;
	}

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0) {
		text = NULL;
	}
	va_end(ap);

	if (!text) {
		return;
	}

	localtime_r(&seconds, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(stamp + strlen(stamp), 16, ".%06d", (int) (now % 1000000));
	mh_buf_printf(&buf, "[%s] %s:%d %s", mh_log_level2str(level), base, line, text);
	if (!buf.len || buf.data[buf.len - 1] != '\n') {
		mh_buf_puts(&buf, "\n");
	}

	if ((int) level <= __atomic_load_n(&log_state.level, __ATOMIC_RELAXED)) {
		pthread_mutex_lock(&log_state.mutex);
		if (log_state.file) {
			write_line(log_state.file, uuid, stamp, buf.data);
		}
		if (mh_settings.console) {
			write_line(stderr, uuid, stamp, buf.data);
		}
		pthread_mutex_unlock(&log_state.mutex);
	}

	free(text);
	text = NULL;
	if (asprintf(&text, "%s %s", stamp, buf.data) >= 0) {
		mh_esl_log(level, base, func, line, uuid, text);
		free(text);
	}

	free(buf.data);
}
