/* SPDX-License-Identifier: MPL-2.0 */
/*
 * minihost.h -- what minihost's files know of each other
 *
 * What a module sees is switch.h; here is the rest. Locks, from the outside in, and never the other way:
 *
 *   modules      list of modules and their interfaces                       module.c
 *   write_mutex  of a session: who writes frames to it                      media.c
 *   sessions     table of sessions, their readers, `destroyed`              session.c
 *   state_mutex  of a channel: state, queue of applications                 channel.c
 *   mutex        of a channel: variables, profile                           channel.c
 *   the rest     (pools, globals, ACLs, XML, ESL queues, log) are leaves
 *
 * Handlers of a module are called with none of them held, except write_frame (write_mutex).
 */
#ifndef MINIHOST_H
#define MINIHOST_H

#include <pthread.h>
#include <stdbool.h>
#include <switch.h>

#define MH_VERSION "1.11.0-minihost"
#define MH_UUID_LEN 255
/* 60 ms at 48 kHz: the longest frame there is. */
#define MH_MAX_SAMPLES 2880
#define MH_MAX_ENCODED 8192
/* Real time from which a reference is waited for at unload, as FreeSWITCH does. */
#define MH_UNLOAD_WAIT_MS 10000

/* --- buffer.c, text.c, clock.c --- */

/* A string that grows. Zeroed, it is empty. */
typedef struct mh_buf {
	char *data;
	size_t len;
	size_t size;
} mh_buf_t;

void mh_buf_put(mh_buf_t *buf, const char *data, size_t len);
void mh_buf_puts(mh_buf_t *buf, const char *text);
void mh_buf_printf(mh_buf_t *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The string, to be released with free(), never NULL; the buffer is empty again. */
char *mh_buf_take(mh_buf_t *buf);
/* malloc and strdup that do not fail. */
void *mh_alloc(size_t size);
char *mh_strdup(const char *text);
/* Splits in place, as FreeSWITCH does: single quotes guard the delimiter and are dropped, a backslash escapes. */
int mh_split(char *text, char delim, char **argv, int max);
/* Copies, URL-encoded or decoded. */
void mh_url_encode(mh_buf_t *buf, const char *text);
void mh_url_decode(char *text);
void mh_json_string(mh_buf_t *buf, const char *text);
void mh_uuid(char out[MH_UUID_LEN + 1]);
int64_t mh_now_us(void);				/* monotonic */
void mh_sleep_ms(int ms);

/* --- stream: output of a command (buffer.c) --- */

void mh_stream_init(switch_stream_handle_t *stream);

/* --- pool.c --- */

switch_memory_pool_t *mh_pool_new(void);
void mh_pool_free(switch_memory_pool_t *pool);

/* --- log.c --- */

int mh_log_open(const char *path);
void mh_log_close(void);
void mh_log_level(switch_log_level_t level);
const char *mh_log_level2str(switch_log_level_t level);
switch_log_level_t mh_log_str2level(const char *name);

/* --- global.c --- */

typedef struct mh_settings {
	char conf_dir[512];
	char mod_dir[512];
	char log_file[512];
	char esl_ip[64];
	char password[128];
	int esl_port;
	bool console;					/* log to stderr too */
} mh_settings_t;

extern mh_settings_t mh_settings;
/* Microseconds since 1970 when minihost began. */
extern switch_time_t mh_started;

void mh_global_init(void);
void mh_global_clear(void);
void mh_global_dump(switch_stream_handle_t *stream);
/* Replaces ${name} by what lookup says, or by a global variable. free() the result. */
typedef const char *(*mh_lookup_t) (void *arg, const char *name);
char *mh_expand(const char *text, const char *open, mh_lookup_t lookup, void *arg);
/* What ports.c has given out, a line an address. */
void mh_ports_dump(switch_stream_handle_t *stream);
void mh_ports_clear(void);
/* Asks main() to end. */
void mh_shutdown_request(void);

/* --- xmlpre.c, xmlcfg.c, xmlparse.c --- */

/* A text with the place every line came from. */
typedef struct mh_source {
	mh_buf_t text;
	struct { char *file; int line; } *lines;
	size_t count, size;
} mh_source_t;

/* Reads a file with its includes, sets and $${...} done; -1 when it cannot be read. */
int mh_xml_preprocess(const char *path, mh_source_t *out);
void mh_source_free(mh_source_t *source);
/* Parses; NULL and *error ("file:line: what", to be released) when it is broken. */
switch_xml_t mh_xml_parse(mh_source_t *source, char **error);
void mh_xml_tree_free(switch_xml_t xml);
/* Reads the whole configuration again; *error is to be released with free(). */
switch_status_t mh_xml_reload(char **error);
void mh_xml_clear(void);
/* The value of <param name="..."> in <section> of an open configuration; NULL when there is none. */
const char *mh_xml_param(switch_xml_t cfg, const char *section, const char *name);

/* --- acl.c --- */

void mh_acl_load(void);
void mh_acl_clear(void);

/* --- event.c, eventname.c, eventtext.c, eventfire.c, eventsubclass.c --- */

const char *mh_event_name(switch_event_types_t id);
bool mh_event_type(const char *name, switch_event_types_t *id);
/* A list of variables: an event without headers. */
switch_event_t *mh_event_plain(void);
/* Adds a header, whatever is there already. */
void mh_event_append(switch_event_t *event, const char *name, const char *value);
/* "Name: value" lines; encoded as an event socket wants, or for reading. */
char *mh_event_serialize(switch_event_t *event, bool encode);
char *mh_event_serialize_json(switch_event_t *event);
void mh_event_clear(void);

/* --- module.c, interface.c --- */

typedef struct mh_module {
	char *name;
	void *handle;					/* NULL: minihost's own */
	bool core;						/* stays */
	switch_loadable_module_function_table_t *table;
	switch_loadable_module_interface_t *interface;
	switch_memory_pool_t *pool;
	struct mh_module *next;
} mh_module_t;

typedef struct mh_modules {
	pthread_mutex_t mutex;
	pthread_mutex_t load_mutex;		/* one load or unload at a time */
	mh_module_t *head;				/* newest first */
} mh_modules_t;

/* For module.c and interface.c alone. */
extern mh_modules_t mh_modules;
extern switch_loadable_module_interface_t *mh_core_interface;

void mh_module_init(void);
/* Is it a module that minihost has itself, but can be without? */
bool mh_module_builtin(const char *name);
switch_status_t mh_module_load(const char *name, const char **err);
switch_status_t mh_module_unload(const char *name, bool force, const char **err);
void mh_module_unload_all(void);
bool mh_module_exists(const char *name);
void mh_module_protect(switch_loadable_module_interface_t *interface);
int mh_module_refs(switch_loadable_module_interface_t *interface);
/* Fires an event for every interface of a module. */
void mh_module_announce(mh_module_t *module, switch_event_types_t id);
/* Interfaces by name, protected; give them back with UNPROTECT_INTERFACE. */
switch_endpoint_interface_t *mh_find_endpoint(const char *name);
switch_api_interface_t *mh_find_api(const char *name);
switch_application_interface_t *mh_find_application(const char *name);
/* Calls back for every API, modules held: the callback must not call back in. */
void mh_each_api(void (*cb) (const switch_api_interface_t *api, void *arg), void *arg);

/* --- session.c, sessiondata.c, state.c, queue.c --- */

/* Keys that a leg keeps until somebody takes them. */
#define MH_MAX_KEYS 100
#define MH_MAX_SIGNALS 100

/* An application to run. */
typedef struct mh_app {
	char *name;
	char *data;
	struct mh_app *next;
} mh_app_t;

typedef struct mh_recorder mh_recorder_t;
typedef struct mh_bridge mh_bridge_t;

struct switch_core_session {
	uint64_t id;
	char uuid[MH_UUID_LEN + 1];
	switch_memory_pool_t *pool;
	switch_channel_t *channel;
	const switch_endpoint_interface_t *endpoint;
	void *private_info;
	switch_codec_t *read_codec;		/* atomic */
	switch_codec_t *write_codec;	/* atomic */
	bool launched;					/* state_mutex */
	/* sessions' lock */
	int readers;
	bool destroyed;
	pthread_cond_t readers_gone;
	switch_core_session_t *next;
	/* the session thread's */
	mh_app_t *extension;			/* state_mutex until CS_EXECUTE */
	mh_bridge_t *bridge;			/* set before CS_EXCHANGE_MEDIA */
	/* state_mutex */
	mh_app_t *queue;
	void *signals[MH_MAX_SIGNALS];	/* for the endpoint, oldest first */
	int signal_count;
	bool signalling;				/* the session thread's: one of them is with the endpoint */
	switch_dtmf_t keys[MH_MAX_KEYS];	/* pressed at this leg, oldest first */
	int key_count;
	/* write_mutex */
	pthread_mutex_t write_mutex;
	pthread_mutex_t recorder_mutex;
	mh_recorder_t *recorders;
};

/* Starts its thread, once. */
void mh_session_launch(switch_core_session_t *session);
switch_status_t mh_session_read_lock(switch_core_session_t *session);
void mh_session_rename(switch_core_session_t *session, const char *uuid);
int mh_session_count(void);
uint64_t mh_session_total(void);
/* Sessions of an endpoint, of all when NULL. */
void mh_session_hupall(const switch_endpoint_interface_t *endpoint, switch_call_cause_t cause);
/* Sessions, oldest first, each with its read lock; NULL at the end; free() the array. */
switch_core_session_t **mh_session_list(void);
/* Until there is none; false when limit_ms were not enough. */
bool mh_session_wait_none(int limit_ms);
/* For a session's thread (state.c): its end. */
void mh_session_wait_readers(switch_core_session_t *session);
void mh_session_end(switch_core_session_t *session);

/* Applications: those of an extension, and those queued by uuid_broadcast and the like. */
void mh_app_add(switch_core_session_t *session, mh_app_t **list, const char *name, const char *data);
void mh_app_queue(switch_core_session_t *session, const char *name, const char *data);
/* Runs what is queued; to be called in every loop that reads frames. */
void mh_app_run_queue(switch_core_session_t *session);
/* Is there anything for the session's thread to run? With state_mutex. */
bool mh_work_queued(switch_core_session_t *session);

/* --- broadcast.c --- */

/* "app::data", "app!data" not: what is no application is a file. */
void mh_broadcast(switch_core_session_t *session, const char *what);

/* --- execon.c --- */

/* Runs what the channel's variables of this prefix name, in this thread: applications, or API commands. */
void mh_execute_on(switch_channel_t *channel, const char *prefix);
void mh_api_on(switch_channel_t *channel, const char *prefix);
switch_status_t mh_app_execute(switch_core_session_t *session, const char *name, const char *data);

/* --- keys.c --- */

/* "digits[@ms][+digits[@ms]...]" to the endpoint, and into the leg's queue; FALSE when there is no key in it. */
switch_status_t mh_keys_send(switch_core_session_t *session, const char *text);
switch_status_t mh_keys_queue(switch_core_session_t *session, const char *text);
/* Gives what is in one leg's queue to the other's endpoint. */
void mh_keys_pass(switch_core_session_t *from, switch_core_session_t *to);

/* --- channel.c, chanvars.c, cause.c --- */

typedef struct mh_times {
	switch_time_t created, progress, progress_media, answered, bridged, hungup;
} mh_times_t;

struct switch_channel {
	switch_core_session_t *session;
	switch_call_direction_t direction;
	uint32_t flags[CF_FLAG_MAX];	/* atomic */
	pthread_mutex_t state_mutex;
	pthread_cond_t state_cond;
	int state;						/* written under state_mutex, read atomically */
	int running_state;				/* atomic */
	int hangup_cause;				/* atomic */
	int hung_up;					/* atomic */
	pthread_mutex_t mutex;			/* recursive */
	char *name;
	switch_event_t *variables;
	switch_caller_profile_t *profile;
	mh_times_t times;
};

switch_channel_t *mh_channel_new(switch_core_session_t *session, switch_call_direction_t direction);
void mh_channel_free(switch_channel_t *channel);
bool mh_channel_up(switch_channel_t *channel);
bool mh_channel_media_ready(switch_channel_t *channel);
void mh_channel_running_state(switch_channel_t *channel, switch_channel_state_t state);
const char *mh_state_name(int state);
const char *mh_callstate_name(switch_channel_t *channel);
bool mh_channel_held(switch_channel_t *channel);
void mh_channel_fire(switch_channel_t *channel, switch_event_types_t id, const char *const *headers);
/* continue_on_fail and failure_causes: hangs up unless they say to go on. */
void mh_channel_handle_cause(switch_channel_t *channel, switch_call_cause_t cause);
/* A copy of the value, to be released; for those who look often. */
char *mh_channel_get_variable_dup(switch_channel_t *channel, const char *name);
switch_caller_profile_t *mh_caller_profile_new(switch_memory_pool_t *pool, const switch_caller_profile_t *from);
char *mh_channel_expand(switch_channel_t *channel, const char *text);

/* --- codec.c, g711.c, opuscodec.c, resample.c --- */

struct mh_codec_ops {
	uint32_t default_rate;
	uint8_t payload;
	/* 0, or -1 when it cannot be had at implementation's rate and ptime. */
	int (*init) (switch_codec_t *codec);
	void (*destroy) (switch_codec_t *codec);
	/* Samples to bytes; the result is bytes, or -1. */
	int (*encode) (switch_codec_t *codec, const int16_t *pcm, int samples, uint8_t *out, int size);
	/* Bytes to samples; in is NULL for a frame that was lost. */
	int (*decode) (switch_codec_t *codec, const uint8_t *in, int len, int16_t *pcm, int max);
	/* The samples of a lost frame, from the frame after it; NULL: this codec cannot. */
	int (*recover) (switch_codec_t *codec, const uint8_t *next, int len, int16_t *pcm, int max);
	/* How much the far end misses of what is encoded, in per cent; NULL: of no use to this codec. */
	void (*expect_loss) (switch_codec_t *codec, uint32_t percent);
};

extern const struct mh_codec_ops mh_codec_pcmu, mh_codec_pcma, mh_codec_opus;
void mh_codec_register(switch_loadable_module_interface_t *core);
void mh_opus_register(switch_loadable_module_interface_t *mod);
/* A codec of its own with the settings of another. */
int mh_codec_clone(switch_codec_t *codec, const switch_codec_t *from, switch_memory_pool_t *pool);
/* A frame's samples, silence for comfort noise; the result is their number. */
int mh_codec_decode_frame(switch_codec_t *codec, const switch_frame_t *frame, int16_t *pcm, int max);

typedef struct mh_resampler mh_resampler_t;
/* NULL when the rates are the same; that is what the other functions take as "copy". */
mh_resampler_t *mh_resampler_new(uint32_t from, uint32_t to);
void mh_resampler_free(mh_resampler_t *resampler);
int mh_resample(mh_resampler_t *resampler, const int16_t *in, int n, int16_t *out, int max);

/* --- media.c --- */

/* A frame from the leg, NULL for none this time; also runs recorders. Paced by the endpoint. */
switch_status_t mh_read_frame(switch_core_session_t *session, switch_frame_t **frame);
switch_status_t mh_write_frame(switch_core_session_t *session, switch_frame_t *frame);
/* One packet's worth of samples at the leg's rate. */
switch_status_t mh_write_pcm(switch_core_session_t *session, const int16_t *pcm, int samples);
uint32_t mh_read_rate(switch_core_session_t *session);
uint32_t mh_write_rate(switch_core_session_t *session);
uint32_t mh_write_samples(switch_core_session_t *session);

/* --- tone.c, wav.c --- */

/* What playback plays. */
typedef struct mh_sound mh_sound_t;
/* "tone_stream://...", "silence_stream://ms" or a file; NULL when it cannot be opened. */
mh_sound_t *mh_sound_open(const char *path, uint32_t rate);
/* Samples; 0 at its end. */
int mh_sound_read(mh_sound_t *sound, int16_t *pcm, int samples);
void mh_sound_close(mh_sound_t *sound);

typedef struct mh_tone mh_tone_t;
mh_tone_t *mh_tone_new(const char *spec, uint32_t rate);
int mh_tone_read(mh_tone_t *tone, int16_t *pcm, int samples);
void mh_tone_free(mh_tone_t *tone);

typedef struct mh_wav mh_wav_t;
/* 16 bit, of this many channels; samples are counted per channel. */
mh_wav_t *mh_wav_create(const char *path, uint32_t rate, int channels);
void mh_wav_write(mh_wav_t *wav, const int16_t *pcm, int samples);
void mh_wav_close(mh_wav_t *wav);

/* --- recorder.c: switch_ivr_record_session_event() and uuid_record --- */

/* A path of NULL or "all": all of them. */
switch_status_t mh_recorder_stop(switch_core_session_t *session, const char *path);
void mh_recorder_read(switch_core_session_t *session, const switch_frame_t *frame);
void mh_recorder_write(switch_core_session_t *session, const switch_frame_t *frame);

/* --- originate.c, dialstring.c --- */

typedef struct mh_originate {
	switch_core_session_t *a;		/* who calls; NULL for nobody */
	const char *dial_string;
	const char *cid_name;			/* may be NULL */
	const char *cid_number;			/* may be NULL */
	int timeout;					/* s; 0: 60 */
} mh_originate_t;

/* On success *peer is up, with a read lock. */
switch_call_cause_t mh_originate(const mh_originate_t *args, switch_core_session_t **peer);
/* Takes {a=b,...} blocks (open and close say which brackets) off the head of the text; where the rest begins. NULL: broken. */
char *mh_dial_variables(char *text, char open, char close, switch_event_t *vars);

/* --- message.c: what the endpoint of a leg is told --- */

/* What (un)bridges carries the other leg's UUID, and a number. */
void mh_message(switch_core_session_t *session, switch_core_session_message_types_t what, const char *other, int number);
/* Tells a leg whom to show. */
void mh_display(switch_core_session_t *session, const char *name, const char *number);
/*
 * Tells a leg whom it is bridged to, as FreeSWITCH's send_display does: where the leg was made for this bridge by its
 * own account of the caller, which is the same. The name of a leg that was called nobody knows here. Privacy is not heeded.
 */
void mh_display_other(switch_core_session_t *session, switch_core_session_t *other, bool other_calls);

/* --- bridge.c --- */

void mh_bridge_run(switch_core_session_t *a, switch_core_session_t *b);
void mh_bridge_peer(switch_core_session_t *b);
void mh_bridge_free(mh_bridge_t *bridge);
/* uuid_bridge: both legs leave what they do. */
switch_status_t mh_bridge_uuids(const char *a, const char *b);

/* --- hold.c --- */

/* uuid_hold and its end; FALSE when the leg is on hold already, or is not. */
switch_status_t mh_hold(switch_core_session_t *session);
switch_status_t mh_unhold(switch_core_session_t *session);
void mh_hold_register(switch_loadable_module_interface_t *core);

/* --- apps.c, null.c, completion.c, api*.c --- */

void mh_apps_register(switch_loadable_module_interface_t *core);
void mh_null_register(switch_loadable_module_interface_t *core);
void mh_api_module_register(switch_loadable_module_interface_t *core);
void mh_api_register(switch_loadable_module_interface_t *core);
void mh_api_call_register(switch_loadable_module_interface_t *core);
void mh_api_uuid_register(switch_loadable_module_interface_t *core);
void mh_api_show_register(switch_loadable_module_interface_t *core);
void mh_api_add(switch_loadable_module_interface_t *core, const char *name, const char *desc, switch_api_function_t function, const char *syntax);
/* Runs "command arguments"; FALSE when there is no such command, and nothing is written then. */
switch_status_t mh_api_execute(const char *command, const char *arg, switch_stream_handle_t *stream);
void mh_console_complete(const char *line, switch_stream_handle_t *stream);
void mh_console_clear(void);

/* --- the event socket: esl.c (queues), esllisten.c, eslclient.c (sockets), eslcmd.c, eslapi.c, eslsubscribe.c (commands) --- */

typedef struct mh_listener mh_listener_t;

/* A client of the event socket. */
struct mh_listener {
	int fd;
	int wake[2];					/* a pipe: the queue is no longer empty */
	mh_buf_t in;					/* what the client has sent and nobody has looked at */
	bool running;
	bool authed;
	/* everything below under `mutex` */
	pthread_mutex_t mutex;
	bool json;
	bool events;
	bool all;						/* every event */
	bool kinds[SWITCH_EVENT_ALL + 1];
	switch_event_t *subclasses;		/* those of CUSTOM */
	switch_event_t *filters;
	int log_level;					/* -1: no log */
	struct mh_packet *head, *tail;
	int queued;
	int lost;						/* packets that did not fit */
	mh_listener_t *next;
};

extern pthread_mutex_t mh_listeners_mutex;
extern mh_listener_t *mh_listeners;

int mh_esl_start(void);
/* Ends every client, and returns when their threads and those of their background jobs have. */
void mh_esl_stop(void);
/* To every client that wants it. */
void mh_esl_event(switch_event_t *event);
void mh_esl_log(switch_log_level_t level, const char *file, const char *func, int line, const char *uuid, const char *text);
char *mh_esl_dequeue(mh_listener_t *listener);
void mh_esl_queue_clear(mh_listener_t *listener, bool events, bool logs);
bool mh_esl_send(mh_listener_t *listener, const char *data, size_t len);
bool mh_esl_send_text(mh_listener_t *listener, const char *text);
/* Takes what a client has sent, and runs the commands that are whole. */
void mh_esl_receive(mh_listener_t *listener);
/* Sends what waits for a client. */
void mh_esl_flush(mh_listener_t *listener);
/* One command of a client; `headers` are the lines below it, body may be NULL. */
void mh_esl_command(mh_listener_t *listener, char *command, switch_event_t *headers, const char *body);
void mh_esl_reply(mh_listener_t *listener, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "name arguments": where the arguments begin, NULL for none. */
char *mh_esl_split(char *command);
void mh_esl_do_api(mh_listener_t *listener, char *command);
void mh_esl_do_bgapi(mh_listener_t *listener, char *command, switch_event_t *headers);
void mh_esl_wait_jobs(void);
/* "event plain A B CUSTOM x::y" and "nixevent A B CUSTOM x::y". */
void mh_esl_do_event(mh_listener_t *listener, char *arg, bool on);
void mh_esl_do_noevents(mh_listener_t *listener);
void mh_esl_do_filter(mh_listener_t *listener, char *name);
void mh_esl_do_log(mh_listener_t *listener, const char *arg);
void mh_esl_do_nolog(mh_listener_t *listener);

#endif
