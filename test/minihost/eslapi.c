/* SPDX-License-Identifier: MPL-2.0 */
/* eslapi.c -- api and bgapi of the event socket: a command of the switch, at once or as a job */
#include "minihost.h"

typedef struct job {
	char uuid[MH_UUID_LEN + 1];
	char *command;
	char *arg;
} job_t;

static int jobs; /* background jobs that run; atomic */

/* A command's output; free() it. */
static char *execute(const char *command, const char *arg)
{
	switch_stream_handle_t stream;

	mh_stream_init(&stream);
	if (mh_api_execute(command, arg, &stream) != SWITCH_STATUS_SUCCESS) {
		stream.write_function(&stream, "-ERR %s Command not found!\n", command);
	} else if (!stream.data_len) {
		stream.write_function(&stream, "-ERR no reply\n");
	}

	return stream.data;
}

void mh_esl_do_api(mh_listener_t *listener, char *command)
{
	char *arg = mh_esl_split(command), *output = execute(command, arg);
	mh_buf_t buf = { 0 };

	mh_buf_printf(&buf, "Content-Type: api/response\nContent-Length: %zu\n\n", strlen(output));
	mh_buf_puts(&buf, output);
	mh_esl_send(listener, buf.data, buf.len);
	free(buf.data);
	free(output);
}

static void *job_thread(void *obj)
{
	job_t *job = obj;
	char *output = execute(job->command, job->arg);
	switch_event_t *event;

	switch_event_create(&event, SWITCH_EVENT_BACKGROUND_JOB);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Job-UUID", job->uuid);
	switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Job-Command", job->command);
	if (job->arg) {
		switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Job-Command-Arg", job->arg);
	}
	switch_event_add_body(event, "%s", output);
	switch_event_fire(&event);

	free(output);
	free(job->command);
	free(job->arg);
	free(job);
	__atomic_sub_fetch(&jobs, 1, __ATOMIC_SEQ_CST);

	return NULL;
}

void mh_esl_wait_jobs(void)
{
	while (__atomic_load_n(&jobs, __ATOMIC_SEQ_CST)) {
		mh_sleep_ms(10);
	}
}

void mh_esl_do_bgapi(mh_listener_t *listener, char *command, switch_event_t *headers)
{
	const char *uuid = switch_event_get_header(headers, "Job-UUID");
	job_t *job = mh_alloc(sizeof(*job));
	mh_buf_t buf = { 0 };
	pthread_attr_t attr;
	pthread_t thread;
	char *arg = mh_esl_split(command);

	mh_uuid(job->uuid);
	if (!zstr(uuid)) {
		snprintf(job->uuid, sizeof(job->uuid), "%s", uuid);
	}
	job->command = mh_strdup(command);
	job->arg = arg ? mh_strdup(arg) : NULL;

	/* the reply goes first: a job may be over, and its event on the way, before we are */
	mh_buf_printf(&buf, "Content-Type: command/reply\nReply-Text: +OK Job-UUID: %s\nJob-UUID: %s\n\n", job->uuid,
				  job->uuid);
	mh_esl_send(listener, buf.data, buf.len);
	free(buf.data);

	__atomic_add_fetch(&jobs, 1, __ATOMIC_SEQ_CST);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attr, job_thread, job)) {
		abort();
	}
	pthread_attr_destroy(&attr);
}
