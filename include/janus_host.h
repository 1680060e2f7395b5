/* SPDX-License-Identifier: MPL-2.0 */
/*
 * janus_host.h -- the contract between a switch and mod_janus
 *
 * The module is two halves. The engine, in Go, knows Janus, rooms and WebRTC. The shim, in C, knows
 * the switch. This header and janus_ring.h are all that either half knows of the other;
 * the header is the documentation.
 *
 * How a call goes
 *
 *   outgoing_channel   janus_call_dial()     parses and checks, never waits; gives handle and rings
 *   on_init            janus_call_run()      the engine joins the room in the background
 *                      <- ring_ready()       the join is on its way to Janus
 *                      <- media_ready()      Janus's SDP answer: install this codec, early media
 *                      <- answer()           the call is up
 *   read_/write_frame  janus_ring.h          frames; no function of this header is called per frame
 *   on_hangup          janus_call_hangup()   the engine leaves the room in the background
 *   on_destroy         janus_call_free()     the handle and the rings are gone
 *
 * Rules for both sides
 *
 *   Strings    UTF-8, NUL-terminated. A `const char *` argument belongs to the caller and is valid
 *              until the function returns; who wants it longer copies it. A `char *` result was
 *              allocated with malloc(); the receiver releases it with free(). A pointer that may be
 *              NULL is said to be so.
 *   Threads    Every function may be called from any thread, and several at once, unless it says
 *              otherwise. No function here waits for the network, unless it says so.
 *   Sessions   The engine never holds a session pointer. It names a session by its UUID; the host
 *              function finds the session, locks it, acts and unlocks. A session that is gone is an
 *              ordinary outcome (JANUS_GONE): calls cross on a dying session, and nothing dangles.
 *   Re-entry   An exported function may call host functions before it returns. A host function must
 *              not call an exported one.
 *   Panics     A panic in the engine never reaches C: the export recovers it, logs it, and fails
 *              its one call; janus_call_run() hangs the session up (NORMAL_TEMPORARY_FAILURE).
 *   Results    int results are JANUS_OK or a negative JANUS_... unless said otherwise.
 */
#ifndef JANUS_HOST_H
#define JANUS_HOST_H

#include <stdint.h>
#include "janus_ring.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Changes whenever a declaration below does; janus_start() refuses a host built for another one. */
#define JANUS_HOST_VERSION 9u

#define JANUS_OK 0
/* The session, or the call handle, does not exist (any more). */
#define JANUS_GONE (-1)
/* It exists, and what was asked failed; the function that failed has logged why. */
#define JANUS_FAILED (-2)

/* Log levels: syslog's numbers (RFC 5424 6.2.1), which are also FreeSWITCH's. */
#define JANUS_LOG_ERROR 3
#define JANUS_LOG_WARNING 4
#define JANUS_LOG_NOTICE 5
#define JANUS_LOG_INFO 6
#define JANUS_LOG_DEBUG 7

/* Hangup causes travel as Q.850 numbers,
 * and above 127 as FreeSWITCH numbers them (switch_call_cause_t). */

/* A call of the engine. Never 0 for a call that exists, never used twice in one process. */
typedef uint64_t janus_call_t;

/* The codec that was negotiated with Janus. */
typedef struct janus_codec {
	const char *name;      /* IANA subtype: "opus", "PCMU" or "PCMA" */
	const char *fmtp;      /* parameters as in SDP ("useinbandfec=1"); "" for none, never NULL */
	uint32_t rate;         /* sampling rate in Hz: 48000 or 8000 */
	uint32_t channels;     /* 1 */
	uint32_t ptime;        /* packet time in ms: 20 */
	uint32_t payload_type; /* RTP payload type towards Janus; for the log only */
} janus_codec_t;

/* What a query has found: `cells` are the names of the columns, then the values row by row: (rows +
 * 1) * columns. A value is NULL where the database has NULL. The receiver releases each cell,
 * and cells, with free(). */
typedef struct janus_table {
	uint32_t columns;
	uint32_t rows;
	char **cells; /* NULL when there is no row */
} janus_table_t;

/* A query that finds more rows than these fails. */
#define JANUS_TABLE_ROWS 10000u

/*
 * What the switch does for the engine. The struct and all it points to must stay valid until
 * janus_stop() has returned. No member may be NULL.
 */
typedef struct janus_host {
	uint32_t version; /* JANUS_HOST_VERSION */
	uint32_t size;    /* sizeof(janus_host_t) */

	/* --- the module --- */

	/* The text of the configuration document janus.conf, after the switch has expanded it
	 * ($${vars}, includes, xml_curl); the root element is <configuration>. `reload` 1: the switch
	 * reads its files again first, as its own reloadxml does; 0: it uses what it has read. NULL
	 * when there is no document, or it cannot be read again; *error (may not be NULL) then says
	 * why, to be released with free(), or is NULL. */
	char *(*config)(int reload, char **error);

	/* The switch's version, "1.11.2-dev" say. `built` 1: of the switch whose headers the shim was
	 * compiled with, as the build was told; 0: of the one that runs. NULL when it is not known. */
	char *(*switch_version)(int built);

	/* One line of log, without a newline at its end. `uuid` (NULL: the module itself) puts it on a
	 * session's log; the session need not exist any more. */
	void (*log)(const char *uuid, int level, const char *text);

	/* Fires a CUSTOM event. `headers` is name, value, name, value, ..., NULL. With a `uuid` of a
	 * session that exists, the session's own headers are added; of one that is gone, Unique-ID
	 * alone. `body` may be NULL. */
	void (*event)(const char *uuid, const char *subclass, const char *const *headers, const char *body);

	/* A global variable of the switch ("local_ip_v4", "nat_public_addr", ...); NULL when it is not
	 * set. */
	char *(*global)(const char *name);

	/* Runs one SQL statement on the database that `dsn` names, as the switch's own database layer
	 * takes it, and fills in *table. Waits for the database, as long as its driver does; the engine
	 * waits in a thread of its own, and gives up sooner. JANUS_FAILED: *table is empty, and *error
	 * (may not be NULL) says why, without the dsn, to be released with free(). */
	int (*query)(const char *dsn, const char *sql, janus_table_t *table, char **error);

	/* Does the access list `list` allow `address` (IPv4 or IPv6, no port)? 1 yes, 0 no. A list that
	 * the switch does not know allows nothing; `list` may also be a CIDR. */
	int (*acl)(const char *list, const char *address);

	/* Can the switch encode and decode this codec? 1 yes, 0 no. */
	int (*codec_known)(const char *name);

	/* The switch's own range of RTP ports, both ends inclusive; 0, 0 when it has none. */
	void (*rtp_ports)(uint16_t *first, uint16_t *last);

	/*
	 * A UDP port for RTP on a local address (IPv4 or IPv6 as text, without a zone), from the
	 * allocator with which the switch gives ports to its own calls; the caller has it until
	 * release_port(). 0: none is left, and nothing has to be given back. Each address has ports of
	 * its own, so the address is to be written as the switch writes it. The allocator only counts:
	 * another program may have bound the port, and whoever finds that gives it back and asks again.
	 */
	uint16_t (*request_port)(const char *address);

	/* Gives back a port of request_port(), with the same address: once,
	 * when no socket is bound to it any more. */
	void (*release_port)(const char *address, uint16_t port);

	/* --- a session --- */

	/* A channel variable; NULL when it is not set or the session is gone. */
	char *(*get_variable)(const char *uuid, const char *name);

	/* Sets a channel variable (NULL: unsets). Works on a session that has hung up,
	 * until it is destroyed. */
	int (*set_variable)(const char *uuid, const char *name, const char *value);

	/* ring_ready, media_ready and answer have the session's own thread mark it, in the order in
	 * which they are called, and return without waiting for that: the switch runs applications
	 * there (execute_on_answer and its like), for as long as they take,
	 * and these may call the engine. */

	/* The far end is being alerted. */
	int (*ring_ready)(const char *uuid);

	/* Installs the codec for both directions before it returns, and has the session marked as
	 * having early media; then comes JANUS_MESSAGE_MEDIA. Once a session.
	 * JANUS_FAILED: the switch cannot have this codec. */
	int (*media_ready)(const char *uuid, const janus_codec_t *codec);

	/* A key is heard as a tone (ITU-T Q.23) in place of the audio that the session is written,
	 * after those that sound already; while nothing is written, it waits.
	 * media_ready() comes first. */
	int (*play_key)(const char *uuid, char digit, uint32_t duration_ms);

	/* While `on` is 1 and the ring is empty, read_frame gives soft noise in the session's codec, so
	 * that whoever listens hears that the line is not dead. Works on a session that has no media
	 * yet: then there is nothing to do. */
	int (*comfort_noise)(const char *uuid, int on);

	/* While `on` is 1, read_frame gives nothing but silence, whatever the ring holds: whoever
	 * listens hears nothing of the room. Works on a session that has no media yet. */
	int (*deafen)(const char *uuid, int on);

	/* While the call is on hold (JANUS_MESSAGE_HOLD) what the switch writes to the session is
	 * music, and write_frame drops it. `on` 1: it goes to the room like anything else. Works on a
	 * session that has no media yet. */
	int (*hold_music)(const char *uuid, int on);

	/* Plays a sound (a path or a stream, as the switch takes them) after those that play already,
	 * in place of the room's audio in what read_frame gives: whoever listens hears it, the room
	 * does not. A sound that cannot be opened is a warning in the log; of more than eight that wait
	 * the later ones are dropped. */
	int (*play)(const char *uuid, const char *path);

	/* Records what read_frame gives (left) and write_frame takes (right) to a WAV file, whose
	 * header is written last. After JANUS_MESSAGE_MEDIA; returns when it records.
	 * JANUS_FAILED: the file cannot be made. */
	int (*record)(const char *uuid, const char *path);

	/* Ends that: when it returns the file is closed. A session that ends ends its recordings by
	 * itself, soon after. JANUS_GONE: the session does not exist any more,
	 * or records nothing by this path. */
	int (*record_stop)(const char *uuid, const char *path);

	/* Has the session execute a dialplan application as soon as its thread can. */
	int (*execute)(const char *uuid, const char *application, const char *data);

	/* Has the session marked answered; media_ready() comes first. */
	int (*answer)(const char *uuid);

	/* Hangs the session up with a cause. JANUS_GONE when it is already going down. */
	int (*hangup)(const char *uuid, int cause);
} janus_host_t;

/* What the privacy of a caller hides. */
#define JANUS_HIDE_NAME 1
#define JANUS_HIDE_NUMBER 2

/* What outgoing_channel knows of a call. */
typedef struct janus_dial {
	const char *destination;   /* the dial string after "janus/": <server>/<display name>@<room> */
	const char *caller_name;   /* the A-leg's caller id name, the display name's default; may be NULL */
	const char *caller_number; /* ... and number; may be NULL */
	int hide;                  /* JANUS_HIDE_...: what the A-leg's privacy hides of the two */
	const char *a_uuid;        /* the A-leg, for log and janus_hangup_reason when dialling fails; may be NULL */
	const char *a_codec;       /* the codec that the A-leg reads ("PCMU"); NULL: none yet, or no A-leg */
	const char *ignore_video;  /* janus-ignore-video, of the dial string or the A-leg; NULL: not set */
	int video;                 /* 1: the A-leg offers video */
} janus_dial_t;

/* What janus_call_message() tells of a session. */
#define JANUS_MESSAGE_BRIDGE 1   /* bridged to another session: its frames start a stream of their own */
#define JANUS_MESSAGE_UNBRIDGE 2 /* ... no longer */
#define JANUS_MESSAGE_HOLD 3     /* on hold, from either side of its bridge: it writes hold music, see hold_music() */
#define JANUS_MESSAGE_UNHOLD 4   /* ... no longer */
#define JANUS_MESSAGE_MEDIA 5    /* marked as having early media, as media_ready() has asked */

/* --- what the engine does for the switch --- */

/* The Go half defines these itself, and cgo knows no const: it asks for the types alone. */
#ifndef JANUS_HOST_TYPES_ONLY

/* Makes the calling thread known to Go, which any other function here would do as well. Go is ready
 * for one new thread at a time, and threads that wait for that do not sleep: so a host whose
 * threads have a real-time priority (sched(7)) has each of them call this first, one at a time. On
 * any thread, before janus_start() too. */
void janus_enter(void);

/*
 * Starts the engine: reads the configuration through host->config() and connects the enabled
 * servers in the background. A configuration that is missing or wrong is logged, and what can be
 * used of it is: the result is still JANUS_OK. Where it names a database this waits for that one,
 * at most some seconds; its servers come when it answers. JANUS_FAILED: another version of this
 * header, or already started. At module load, not beside janus_stop().
 */
int janus_start(const janus_host_t *host);

/*
 * Stops the engine: hangs up every leg (NORMAL_CLEARING), leaves the rooms, ends every goroutine
 * and closes every socket, and returns when that is done or limit_ms have passed; this one waits.
 * The result is the number of legs that have not been freed by then: as long as it is not 0, host
 * must stay valid. So must the code of both sides where a query() has not returned yet, which is
 * not waited for. A stopped engine can be started again.
 */
int janus_stop(uint32_t limit_ms);

/*
 * Runs a console command: all that follows `janus ` on the line. NULL counts as an empty line. The
 * result is the output, never NULL; an error begins with "-ERR ", and where the line is not a
 * command, prints the usage. A command that asks Janus for something waits for the answer, at most
 * the server's cmd-timeout and a second; `reload` waits for the database, where the configuration
 * names one, for at most 10 s.
 */
char *janus_command(const char *line);

/*
 * Runs a dialplan application on a session, on the session's thread. `janus`: `line` is a control
 * of a leg and its words ("mute", "volume 50"), as on the console without the uuid; the session is
 * a Janus leg, or is bridged to one; the outcome is in the session's variable janus_result.
 * `janus_send`: `line` is a server and a request; the answer is in janus_response, the outcome in
 * janus_send_result. It waits as a command does; an error is also logged.
 */
void janus_application(const char *name, const char *uuid, const char *line);

/*
 * The words that the console command janus takes, for the switch's list of commands, where
 * `application` is NULL; else those of that dialplan application, "janus" or "janus_send". At
 * module load, before janus_start() too; never NULL.
 */
char *janus_syntax(const char *application);

/*
 * How Tab completes the console command: lines for switch_console_set_complete(), separated by
 * newlines. They name ::janus::list_servers, ::janus::list_legs and ::janus::list_rooms, which the
 * shim answers with the functions below. At module load; "" if that fails.
 */
char *janus_completions(void);

/*
 * The names of the channel variables whose values are for Janus alone, PINs, secrets and tokens,
 * separated by newlines: the shim takes them out of events. At module load,
 * before janus_start() too.
 */
char *janus_secret_variables(void);

/*
 * The subclasses of the CUSTOM events that the engine fires, separated by newlines: the switch must
 * have reserved them before. At module load and unload,
 * before janus_start() and after janus_stop() too.
 */
char *janus_event_subclasses(void);

/* The names of the configured servers, sorted, separated by newlines, for Tab completion;
 * "" when there is none. */
char *janus_servers(void);

/* The UUIDs of the Janus legs, oldest first, separated by newlines, for Tab completion;
 * "" when there is none. */
char *janus_legs(void);

/* The rooms that Janus legs are in, sorted, separated by newlines, for Tab completion;
 * "" when there is none. */
char *janus_rooms(void);

/* The names of the pools, sorted, separated by newlines, for Tab completion;
 * "" when there is none. */
char *janus_pools(void);

/*
 * A new call: checks the dial string and that the server is there and enabled. Never waits. On
 * success the result is 0, *call the handle, and *media the rings, zeroed, which live until
 * janus_call_free(). Otherwise the result is the hangup cause (INVALID_NUMBER_FORMAT,
 * NO_ROUTE_DESTINATION, OUTGOING_CALL_BARRED, BEARERCAPABILITY_NOTIMPL, and
 * DESTINATION_OUT_OF_ORDER while the engine is not running); one line of log and
 * janus_hangup_reason on the A-leg say why, and there is nothing to free.
 */
int janus_call_dial(const janus_dial_t *dial, janus_call_t *call, janus_media_t **media);

/* The session exists, has this UUID, and all its variables are set: the engine reads them and joins
 * in the background. Once a call, on the session thread. */
void janus_call_run(janus_call_t call, const char *uuid);

/* The caller pressed a key: 0-9 * # A-D, held for duration_ms. */
void janus_call_dtmf(janus_call_t call, char digit, uint32_t duration_ms);

/* Something happened on the switch's side; a `message` that the engine does not know is ignored. */
void janus_call_message(janus_call_t call, int message);

/* Whom the session should show has changed: it was transferred to another caller, say. `name` and
 * `number` are that one's (NULL: not known), `hide` (JANUS_HIDE_...) is what must not be shown of
 * the two. On the session thread. */
void janus_call_display(janus_call_t call, const char *name, const char *number, int hide);

/* The session has hung up, by whomever, with this cause. Sets the call's final variables
 * (janus_rtp_..., janus_hangup_reason) before it returns; the farewell to Janus goes on in the
 * background. Once a call, on the session thread. */
void janus_call_hangup(janus_call_t call, int cause);

/* The session is being destroyed, or never came to be: the handle ends,
 * and the switch touches the rings no more. */
void janus_call_free(janus_call_t call);

#endif /* JANUS_HOST_TYPES_ONLY */

#ifdef __cplusplus
}
#endif

#endif
