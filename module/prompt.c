/* SPDX-License-Identifier: MPL-2.0 */
/* prompt.c -- sounds that a leg's listener hears in place of the room */
#include "prompt.h"

void janus_prompt_push(janus_prompts_t *prompts, const char *path)
{
	uint32_t pushed = prompts->pushed;

	if (pushed - __atomic_load_n(&prompts->taken, __ATOMIC_ACQUIRE) == JANUS_PROMPTS) {
		return;
	}

	prompts->paths[pushed % JANUS_PROMPTS] = strdup(path);
	__atomic_store_n(&prompts->pushed, pushed + 1, __ATOMIC_RELEASE);
}

/* The path that waits longest, to be freed; NULL for none. */
static char *take(janus_prompts_t *prompts)
{
	uint32_t taken = prompts->taken;
	char *path;

	if (taken == __atomic_load_n(&prompts->pushed, __ATOMIC_ACQUIRE)) {
		return NULL;
	}

	path = prompts->paths[taken % JANUS_PROMPTS];
	__atomic_store_n(&prompts->taken, taken + 1, __ATOMIC_RELEASE);

	return path;
}

static void stop(janus_prompts_t *prompts)
{
	switch_core_file_close(&prompts->file);
	prompts->playing = 0;
}

/* Opens the next sound that can be. */
static int next(janus_prompts_t *prompts, switch_core_session_t *session, uint32_t rate)
{
	char *path;

	while (!prompts->playing && (path = take(prompts))) {
		memset(&prompts->file, 0, sizeof(prompts->file));
		if (switch_core_file_open(&prompts->file, path, 1, rate, SWITCH_FILE_FLAG_READ | SWITCH_FILE_DATA_SHORT,
								  NULL) == SWITCH_STATUS_SUCCESS) {
			prompts->playing = 1;
		} else {
			switch_log_printf(SWITCH_CHANNEL_SESSION_LOG(session), SWITCH_LOG_WARNING, "Prompt %s cannot be played\n",
							  path);
		}
		free(path);
	}

	return prompts->playing;
}

int janus_prompt_fill(janus_prompts_t *prompts, switch_core_session_t *session, uint32_t rate, int16_t *pcm,
					  uint32_t samples)
{
	switch_size_t len;

	while (next(prompts, session, rate)) {
		len = samples;
		if (switch_core_file_read(&prompts->file, pcm, &len) == SWITCH_STATUS_SUCCESS && len > 0) {
			memset(pcm + len, 0, (samples - len) * sizeof(*pcm));
			return 1;
		}
		stop(prompts);
	}

	return 0;
}

void janus_prompt_end(janus_prompts_t *prompts)
{
	char *path;

	if (prompts->playing) {
		stop(prompts);
	}

	while ((path = take(prompts))) {
		free(path);
	}
}
