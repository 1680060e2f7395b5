/* SPDX-License-Identifier: MPL-2.0 */
/*
 * prompt.h -- sounds that a leg's listener hears in place of the room
 */
#ifndef JANUS_PROMPT_H
#define JANUS_PROMPT_H

#include <switch.h>

#define JANUS_PROMPTS 8 /* a power of two */

/* Paths that wait, and the file that plays. One thread pushes, one fills. Zeroed, it is empty. */
typedef struct janus_prompts {
	char *paths[JANUS_PROMPTS]; /* malloc()ed; the consumer frees them */
	uint32_t pushed;            /* by the producer */
	uint32_t taken;             /* by the consumer */
	switch_file_handle_t file;  /* the consumer's */
	int playing;
} janus_prompts_t;

/* Lets a sound play after the others; one too many is dropped. */
void janus_prompt_push(janus_prompts_t *prompts, const char *path);

/* Fills a frame with what plays, at this rate: 1. Nothing plays: 0, and pcm stays as it is.
 * Opens and reads files. */
int janus_prompt_fill(janus_prompts_t *prompts, switch_core_session_t *session, uint32_t rate, int16_t *pcm,
					  uint32_t samples);

/* Closes and frees all. Neither thread is there any more. */
void janus_prompt_end(janus_prompts_t *prompts);

#endif
