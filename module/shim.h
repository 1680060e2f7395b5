/* SPDX-License-Identifier: MPL-2.0 */
/*
 * shim.h -- what the files of the shim share: a leg's state, and the doors between them
 */
#ifndef JANUS_SHIM_H
#define JANUS_SHIM_H

#include <switch.h>
#include "janus_host.h"
#include "tone.h"
#include "prompt.h"

typedef struct private_object {
	janus_call_t call;
	janus_media_t *media;
	switch_codec_t read_codec;
	switch_codec_t write_codec;
	switch_frame_t read_frame;
	int media_ready;        /* codecs are there, see is_ready() */
	int stale;              /* what waits in the ring to the switch is old: read_frame begins anew */
	int64_t due;            /* when a frame is next due, see frames.c; 0: none has been read */
	uint32_t samples;       /* of a frame, in the codec's RTP clock */
	uint32_t last_len;      /* bytes of the last frame read */
	uint32_t timestamp;     /* of the last frame read */
	uint32_t shift;         /* from the room's timestamps to those */
	uint32_t gap;           /* samples of frames that were missing since */
	uint32_t misses;        /* frames in a row for which the ring was empty */
	uint32_t loss;          /* that the encoder knows of, as in janus_ring_t */
	switch_jb_t *lookahead; /* the frame after a lost one; NULL until one is lost */
	uint8_t databuf[JANUS_SLOT_DATA];
	janus_tone_t tone;         /* of keys that the room is to hear */
	uint32_t tone_owed;        /* samples that a tone is to take the place of */
	uint8_t level;             /* loudness when it was last measured, as in janus_slot_t */
	uint32_t level_wait;       /* packets until it is measured again */
	uint32_t level_run;        /* packets that this measurement has taken so far */
	uint32_t level_len;        /* bytes of the packet that was measured */
	int comfort_noise;         /* written by the engine's thread */
	uint32_t noise;            /* state of the generator */
	int deaf;                  /* written by the engine's thread */
	janus_prompts_t prompts;   /* for whoever listens */
	int held_here, held_there; /* our leg holds, and its partner does; see hold.c */
	int held;                  /* either of both, as the engine has been told */
	int hold_music;            /* by the engine's thread: the room hears hold music too */
} private_t;

/* Codecs are installed on a thread of the engine and used on the session's: ready publishes
 * them. */
static inline int is_ready(private_t *tech_pvt)
{
	return __atomic_load_n(&tech_pvt->media_ready, __ATOMIC_ACQUIRE);
}

/* Is what is written now hold music, which the room is not to hear? */
static inline int is_hold_music(private_t *tech_pvt)
{
	return __atomic_load_n(&tech_pvt->held, __ATOMIC_ACQUIRE) &&
		!__atomic_load_n(&tech_pvt->hold_music, __ATOMIC_ACQUIRE);
}

/* Ours alone: a switch that loads modules with global symbols must not mix them with another's. */
#pragma GCC visibility push(hidden)

/* The endpoint, once the module is loaded (mod_janus.c), and its tables (endpoint.c). */
extern switch_endpoint_interface_t *janus_endpoint_interface;
extern switch_state_handler_table_t janus_state_handlers;
extern switch_io_routines_t janus_io_routines;

/* A leg of ours has no address to which another's media could go past the switch: it stays, as with
 * a leg of mod_loopback. Every way in which the switch remembers that it was to be bypassed is
 * undone; one line says so. The second is for both legs of a bridge that is about to begin
 * (bypass.c). */
void janus_keep_media(switch_core_session_t *session);
void janus_keep_media_of_bridge(switch_core_session_t *session, const char *partner_uuid);

/* A thread of the switch is made known to Go, one at a time, before it first calls the engine
 * (turns.c). */
void janus_become_known(void);

/* Each call of the engine begins with it. */
#define janus_call_dial(...) (janus_become_known(), janus_call_dial(__VA_ARGS__))
#define janus_call_run(...) (janus_become_known(), janus_call_run(__VA_ARGS__))
#define janus_call_dtmf(...) (janus_become_known(), janus_call_dtmf(__VA_ARGS__))
#define janus_call_message(...) (janus_become_known(), janus_call_message(__VA_ARGS__))
#define janus_call_display(...) (janus_become_known(), janus_call_display(__VA_ARGS__))
#define janus_call_hangup(...) (janus_become_known(), janus_call_hangup(__VA_ARGS__))
#define janus_call_free(...) (janus_become_known(), janus_call_free(__VA_ARGS__))
#define janus_start(...) (janus_become_known(), janus_start(__VA_ARGS__))
#define janus_stop(...) (janus_become_known(), janus_stop(__VA_ARGS__))
#define janus_command(...) (janus_become_known(), janus_command(__VA_ARGS__))
#define janus_application(...) (janus_become_known(), janus_application(__VA_ARGS__))
#define janus_syntax(...) (janus_become_known(), janus_syntax(__VA_ARGS__))
#define janus_completions(...) (janus_become_known(), janus_completions(__VA_ARGS__))
#define janus_secret_variables(...) (janus_become_known(), janus_secret_variables(__VA_ARGS__))
#define janus_event_subclasses(...) (janus_become_known(), janus_event_subclasses(__VA_ARGS__))
#define janus_servers(...) (janus_become_known(), janus_servers(__VA_ARGS__))
#define janus_legs(...) (janus_become_known(), janus_legs(__VA_ARGS__))
#define janus_rooms(...) (janus_become_known(), janus_rooms(__VA_ARGS__))
#define janus_pools(...) (janus_become_known(), janus_pools(__VA_ARGS__))

/* Gives the thread that loads the module its scheduling policy back; see turns.c. */
void take_back_turns(void);

/* What the switch does for the engine; and what it asks a session's own thread to mark,
 * as SIGNAL_DATA (host.c). */
extern const janus_host_t janus_host;
void janus_mark(switch_core_session_t *session, void *data);

/* Samples of our own in a codec, at most size bytes, to out; returns how many bytes, 0 where it
 * cannot be had (frames.c). */
uint32_t janus_encode(switch_codec_t *codec, int16_t *pcm, uint32_t samples, void *out, uint32_t size);

/* The I/O routines for frames, and what the decoder finds ahead of a lost one; on the session's
 * threads (frames.c, writeframe.c). */
switch_status_t channel_read_frame(switch_core_session_t *session, switch_frame_t **frame, switch_io_flag_t flags,
								   int stream_id);
switch_status_t channel_write_frame(switch_core_session_t *session, switch_frame_t *frame, switch_io_flag_t flags,
									int stream_id);
switch_jb_t *channel_get_jb(switch_core_session_t *session, switch_media_type_t type);

/* Who calls: for a dial request, and when it has changed (caller.c). */
void describe_caller(janus_dial_t *dial, const switch_caller_profile_t *profile);
void tell_display(switch_core_session_t *session, const switch_core_session_message_t *msg);

/* How long a key is held, in ms (caller.c). */
uint32_t key_duration(switch_core_session_t *session, const switch_dtmf_t *dtmf);

/* query of janus_host_t (database.c). */
int host_query(const char *dsn, const char *sql, janus_table_t *table, char **error);

/* Our leg is put on hold or taken back; what the leg says that it is bridged to (NULL: none); from
 * load to unload, what the switch tells of other legs (hold.c). */
void janus_hold_here(switch_core_session_t *session, int on);
void janus_hold_there(private_t *tech_pvt, const char *partner_uuid);
void janus_hold_watch(const char *modname);
void janus_hold_unwatch(void);

/* Hands over each line of a text, and to for what it is used for; the text is freed (lines.c). */
void janus_each_line(char *lines, void (*use)(const char *line, void *to), void *to);

/* The names of the channel variables that no event shows, at load (host.c). */
void janus_secret_headers_load(void);

/* Tab completion of the console command, from load to unload (console.c). */
void janus_completion_add(void);
void janus_completion_remove(void);

#pragma GCC visibility pop

#endif
