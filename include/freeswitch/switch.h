/* SPDX-License-Identifier: MPL-2.0 */
/*
 * switch.h -- a stand-in for FreeSWITCH's public header
 *
 * For building the module where FreeSWITCH is not installed. It declares only what the module and minihost use, under
 * FreeSWITCH's names, with the types and the meaning that FreeSWITCH documents; the layout of every struct is our own.
 * That is why SWITCH_API_VERSION is a number that no FreeSWITCH has: a real switch refuses a module built on this
 * header ("Trying to load an out of date module"), and minihost refuses one built for a real switch.
 *
 * To extend it: declare here what the shim needs, with one line that says what FreeSWITCH says, and define it in
 * test/minihost/.
 */
#ifndef SWITCH_H
#define SWITCH_H

#include <ctype.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "JA": real FreeSWITCH counts 1, 2, ... 5. */
#define SWITCH_API_VERSION 0x4a41

/* Room for any frame, in bytes. */
#define SWITCH_RECOMMENDED_BUFFER_SIZE 8192

/* What a function of the switch, or a variable that a module shows, is declared with. */
#define SWITCH_DECLARE(type) __attribute__((visibility("default"))) type
#define SWITCH_MOD_DECLARE_DATA __attribute__((visibility("default")))

/* --- basic types (switch_types.h) --- */

/* A boolean. */
typedef enum { SWITCH_FALSE = 0, SWITCH_TRUE = 1 } switch_bool_t;

/* The result of nearly every function. */
typedef enum {
	SWITCH_STATUS_SUCCESS, SWITCH_STATUS_FALSE, SWITCH_STATUS_TIMEOUT, SWITCH_STATUS_RESTART, SWITCH_STATUS_INTR,
	SWITCH_STATUS_NOTIMPL, SWITCH_STATUS_MEMERR, SWITCH_STATUS_NOOP, SWITCH_STATUS_RESAMPLE, SWITCH_STATUS_GENERR,
	SWITCH_STATUS_INUSE, SWITCH_STATUS_BREAK, SWITCH_STATUS_SOCKERR, SWITCH_STATUS_MORE_DATA, SWITCH_STATUS_NOTFOUND,
	SWITCH_STATUS_UNLOAD, SWITCH_STATUS_NOUNLOAD, SWITCH_STATUS_IGNORE, SWITCH_STATUS_TOO_SMALL,
	SWITCH_STATUS_FOUND, SWITCH_STATUS_CONTINUE, SWITCH_STATUS_TERM, SWITCH_STATUS_NOT_INITALIZED
} switch_status_t;

/* Microseconds since 1970. */
typedef int64_t switch_time_t;
/* A size. */
typedef size_t switch_size_t;
/* A kind of media. */
typedef enum { SWITCH_MEDIA_TYPE_AUDIO, SWITCH_MEDIA_TYPE_VIDEO, SWITCH_MEDIA_TYPE_TEXT } switch_media_type_t;
/* An RTP payload type. */
typedef uint8_t switch_payload_t;
/* An RTP port. */
typedef uint16_t switch_port_t;

/* Things whose inside is the switch's alone. */
typedef struct switch_memory_pool switch_memory_pool_t;
typedef struct switch_core_session switch_core_session_t;
typedef struct switch_channel switch_channel_t;

/* Causes of a hangup: Q.850's numbers, and FreeSWITCH's own above 127. */
typedef enum {
	SWITCH_CAUSE_NONE = 0, SWITCH_CAUSE_UNALLOCATED_NUMBER = 1, SWITCH_CAUSE_NO_ROUTE_TRANSIT_NET = 2,
	SWITCH_CAUSE_NO_ROUTE_DESTINATION = 3, SWITCH_CAUSE_CHANNEL_UNACCEPTABLE = 6,
	SWITCH_CAUSE_CALL_AWARDED_DELIVERED = 7, SWITCH_CAUSE_NORMAL_CLEARING = 16, SWITCH_CAUSE_USER_BUSY = 17,
	SWITCH_CAUSE_NO_USER_RESPONSE = 18, SWITCH_CAUSE_NO_ANSWER = 19, SWITCH_CAUSE_SUBSCRIBER_ABSENT = 20,
	SWITCH_CAUSE_CALL_REJECTED = 21, SWITCH_CAUSE_NUMBER_CHANGED = 22, SWITCH_CAUSE_REDIRECTION_TO_NEW_DESTINATION = 23,
	SWITCH_CAUSE_EXCHANGE_ROUTING_ERROR = 25, SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER = 27,
	SWITCH_CAUSE_INVALID_NUMBER_FORMAT = 28, SWITCH_CAUSE_FACILITY_REJECTED = 29,
	SWITCH_CAUSE_RESPONSE_TO_STATUS_ENQUIRY = 30, SWITCH_CAUSE_NORMAL_UNSPECIFIED = 31,
	SWITCH_CAUSE_NORMAL_CIRCUIT_CONGESTION = 34, SWITCH_CAUSE_NETWORK_OUT_OF_ORDER = 38,
	SWITCH_CAUSE_NORMAL_TEMPORARY_FAILURE = 41, SWITCH_CAUSE_SWITCH_CONGESTION = 42,
	SWITCH_CAUSE_ACCESS_INFO_DISCARDED = 43, SWITCH_CAUSE_REQUESTED_CHAN_UNAVAIL = 44, SWITCH_CAUSE_PRE_EMPTED = 45,
	SWITCH_CAUSE_FACILITY_NOT_SUBSCRIBED = 50, SWITCH_CAUSE_OUTGOING_CALL_BARRED = 52,
	SWITCH_CAUSE_INCOMING_CALL_BARRED = 54, SWITCH_CAUSE_BEARERCAPABILITY_NOTAUTH = 57,
	SWITCH_CAUSE_BEARERCAPABILITY_NOTAVAIL = 58, SWITCH_CAUSE_SERVICE_UNAVAILABLE = 63,
	SWITCH_CAUSE_BEARERCAPABILITY_NOTIMPL = 65, SWITCH_CAUSE_CHAN_NOT_IMPLEMENTED = 66,
	SWITCH_CAUSE_FACILITY_NOT_IMPLEMENTED = 69, SWITCH_CAUSE_SERVICE_NOT_IMPLEMENTED = 79,
	SWITCH_CAUSE_INVALID_CALL_REFERENCE = 81, SWITCH_CAUSE_INCOMPATIBLE_DESTINATION = 88,
	SWITCH_CAUSE_INVALID_MSG_UNSPECIFIED = 95, SWITCH_CAUSE_MANDATORY_IE_MISSING = 96,
	SWITCH_CAUSE_MESSAGE_TYPE_NONEXIST = 97, SWITCH_CAUSE_WRONG_MESSAGE = 98, SWITCH_CAUSE_IE_NONEXIST = 99,
	SWITCH_CAUSE_INVALID_IE_CONTENTS = 100, SWITCH_CAUSE_WRONG_CALL_STATE = 101,
	SWITCH_CAUSE_RECOVERY_ON_TIMER_EXPIRE = 102, SWITCH_CAUSE_MANDATORY_IE_LENGTH_ERROR = 103,
	SWITCH_CAUSE_PROTOCOL_ERROR = 111, SWITCH_CAUSE_INTERWORKING = 127, SWITCH_CAUSE_SUCCESS = 142,
	SWITCH_CAUSE_ORIGINATOR_CANCEL = 487, SWITCH_CAUSE_CRASH = 700, SWITCH_CAUSE_SYSTEM_SHUTDOWN = 701,
	SWITCH_CAUSE_LOSE_RACE = 702, SWITCH_CAUSE_MANAGER_REQUEST = 703, SWITCH_CAUSE_BLIND_TRANSFER = 800,
	SWITCH_CAUSE_ATTENDED_TRANSFER = 801, SWITCH_CAUSE_ALLOTTED_TIMEOUT = 802, SWITCH_CAUSE_USER_CHALLENGE = 803,
	SWITCH_CAUSE_MEDIA_TIMEOUT = 804, SWITCH_CAUSE_PICKED_OFF = 805, SWITCH_CAUSE_USER_NOT_REGISTERED = 806,
	SWITCH_CAUSE_PROGRESS_TIMEOUT = 807, SWITCH_CAUSE_INVALID_GATEWAY = 808, SWITCH_CAUSE_GATEWAY_DOWN = 809,
	SWITCH_CAUSE_INVALID_URL = 810, SWITCH_CAUSE_INVALID_PROFILE = 811, SWITCH_CAUSE_NO_PICKUP = 812,
	SWITCH_CAUSE_SRTP_READ_ERROR = 813, SWITCH_CAUSE_BOWOUT = 814, SWITCH_CAUSE_BUSY_EVERYWHERE = 815,
	SWITCH_CAUSE_DECLINE = 816, SWITCH_CAUSE_DOES_NOT_EXIST_ANYWHERE = 817, SWITCH_CAUSE_NOT_ACCEPTABLE = 818,
	SWITCH_CAUSE_UNWANTED = 819, SWITCH_CAUSE_NO_IDENTITY = 820, SWITCH_CAUSE_BAD_IDENTITY_INFO = 821,
	SWITCH_CAUSE_UNSUPPORTED_CERTIFICATE = 822, SWITCH_CAUSE_INVALID_IDENTITY = 823, SWITCH_CAUSE_STALE_DATE = 824,
	SWITCH_CAUSE_REJECT_ALL = 825
} switch_call_cause_t;

/* States of a channel, in the order of its life. */
typedef enum {
	CS_NEW, CS_INIT, CS_ROUTING, CS_SOFT_EXECUTE, CS_EXECUTE, CS_EXCHANGE_MEDIA, CS_PARK, CS_CONSUME_MEDIA,
	CS_HIBERNATE, CS_RESET, CS_HANGUP, CS_REPORTING, CS_DESTROY, CS_NONE
} switch_channel_state_t;

/* Flags of a channel. */
typedef enum {
	CF_NONE,
	CF_ANSWERED,					/* the far end has answered */
	CF_OUTBOUND,					/* we called, they did not */
	CF_EARLY_MEDIA,					/* media before the answer */
	CF_ORIGINATOR,					/* came from an originate */
	CF_RING_READY,					/* the far end is being alerted */
	CF_BRIDGED,						/* in a bridge */
	CF_HOLD,						/* on hold */
	CF_AUDIO,						/* has audio */
	CF_VIDEO,						/* has video */
	CF_ACCEPT_CNG,					/* its write_frame wants comfort-noise frames as well */
	CF_BRIDGE_ORIGINATOR,			/* the A-leg of its bridge */
	CF_BREAK,						/* the application that runs is to stop */
	CF_PARK,						/* in park */
	CF_LEG_HOLDING,					/* the far end holds; set by the endpoint, and what makes the call state HELD */
	CF_SUSPEND,						/* its bridge carries nothing */
	CF_BROADCAST,					/* executes what another has queued for it */
	CF_STOP_BROADCAST,				/* ... and is to stop that */
	CF_PROXY_MODE,					/* its media goes past the switch (bypass_media) */
	CF_PROXY_MEDIA,					/* its media goes through the switch as it is (proxy_media) */
	CF_BYPASS_MEDIA_AFTER_BRIDGE,	/* its media shall go past the switch once it is bridged */
	CF_FLAG_MAX
} switch_channel_flag_t;

/* inbound: they called us. */
typedef enum { SWITCH_CALL_DIRECTION_INBOUND, SWITCH_CALL_DIRECTION_OUTBOUND } switch_call_direction_t;
/* Flags of an originate. */
typedef enum { SOF_NONE = 0 } switch_originate_flag_t;
/* Flags of read_frame and write_frame. */
typedef enum { SWITCH_IO_FLAG_NONE = 0, SWITCH_IO_FLAG_NOBLOCK = 1 } switch_io_flag_t;
/* Why kill_channel is called. */
typedef enum { SWITCH_SIG_NONE, SWITCH_SIG_KILL, SWITCH_SIG_XFER, SWITCH_SIG_BREAK } switch_signal_t;

/* Where something is added to a list. */
typedef enum { SWITCH_STACK_BOTTOM = 1, SWITCH_STACK_TOP = 2 } switch_stack_t;

/* --- log (switch_log.h) --- */

/* syslog's levels. */
typedef enum {
	SWITCH_LOG_CONSOLE = 0, SWITCH_LOG_ALERT = 1, SWITCH_LOG_CRIT = 2, SWITCH_LOG_ERROR = 3, SWITCH_LOG_WARNING = 4,
	SWITCH_LOG_NOTICE = 5, SWITCH_LOG_INFO = 6, SWITCH_LOG_DEBUG = 7, SWITCH_LOG_INVALID = 64
} switch_log_level_t;

/* What `userdata` of a log line is: nothing or a UUID, or a session. */
typedef enum { SWITCH_CHANNEL_ID_LOG, SWITCH_CHANNEL_ID_LOG_CLEAN, SWITCH_CHANNEL_ID_EVENT, SWITCH_CHANNEL_ID_SESSION } switch_text_channel_t;

/* The first arguments of switch_log_printf: a line of nobody's, of a session's, of a UUID's. */
#define SWITCH_CHANNEL_LOG SWITCH_CHANNEL_ID_LOG, __FILE__, __func__, __LINE__, NULL
#define SWITCH_CHANNEL_SESSION_LOG(x) SWITCH_CHANNEL_ID_SESSION, __FILE__, __func__, __LINE__, (const char *) (x)
#define SWITCH_CHANNEL_UUID_LOG(x) SWITCH_CHANNEL_ID_LOG, __FILE__, __func__, __LINE__, (x)

/* Writes a log line; the text ends with a newline. */
SWITCH_DECLARE(void) switch_log_printf(switch_text_channel_t channel, const char *file, const char *func, int line,
									   const char *userdata, switch_log_level_t level, const char *fmt, ...)
	__attribute__((format(printf, 7, 8)));

/* --- strings (switch_utils.h) --- */

/* Is the string NULL or empty? */
#define zstr(s) (!(s) || *(s) == '\0')
/* Frees what may be NULL, and forgets it. */
#define switch_safe_free(it) do { free((void *) (it)); (it) = NULL; } while (0)
/* Flags of a struct that has a member `flags`. */
#define switch_test_flag(obj, flag) ((obj)->flags & (flag))
#define switch_set_flag(obj, flag) ((obj)->flags |= (flag))
#define switch_clear_flag(obj, flag) ((obj)->flags &= ~(flag))

/* snprintf. */
SWITCH_DECLARE(int) switch_snprintf(char *buf, switch_size_t len, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* "yes", "on", "true", "t", "enabled", "active", "allow" or a number other than 0. */
SWITCH_DECLARE(int) switch_true(const char *expr);
/* Now, in microseconds since 1970. */
SWITCH_DECLARE(switch_time_t) switch_micro_time_now(void);
SWITCH_DECLARE(switch_time_t) switch_time_now(void);
/* Sleeps for some microseconds. */
SWITCH_DECLARE(void) switch_yield(switch_time_t microseconds);

/* --- memory (switch_core.h) --- */

/* Zeroed memory that lives as long as the pool. */
SWITCH_DECLARE(void *) switch_core_alloc(switch_memory_pool_t *pool, switch_size_t size);
/* A copy of a string (NULL: NULL) that lives as long as the pool. */
SWITCH_DECLARE(char *) switch_core_strdup(switch_memory_pool_t *pool, const char *text);
/* The same of a session's pool. */
SWITCH_DECLARE(void *) switch_core_session_alloc(switch_core_session_t *session, switch_size_t size);
SWITCH_DECLARE(char *) switch_core_session_strdup(switch_core_session_t *session, const char *text);

/* --- globals (switch_core.h) --- */

/* The version of the switch, with its revision: "1.11.2-dev+git~20260821T141014Z~cc93a683ca~64bit". */
SWITCH_DECLARE(const char *) switch_version_full(void);

/* A global variable, to be released with free(); NULL when it is not set. */
SWITCH_DECLARE(char *) switch_core_get_variable_dup(const char *name);
/* Sets a global variable; NULL unsets it. */
SWITCH_DECLARE(void) switch_core_set_variable(const char *name, const char *value);
/* Does the list (a name, or a CIDR) allow the address? */
SWITCH_DECLARE(switch_bool_t) switch_check_network_list_ip(const char *ip, const char *list);
/* The first and the last RTP port; a number other than 0 sets it. */
SWITCH_DECLARE(switch_port_t) switch_rtp_set_start_port(switch_port_t port);
SWITCH_DECLARE(switch_port_t) switch_rtp_set_end_port(switch_port_t port);
/* An even port of that range which nobody has been given for this address; 0: none. It may be bound by another program. */
SWITCH_DECLARE(switch_port_t) switch_rtp_request_port(const char *ip);
SWITCH_DECLARE(void) switch_rtp_release_port(const char *ip, switch_port_t port);

/* --- XML (switch_xml.h) --- */

typedef struct switch_xml *switch_xml_t;

/* An element. */
struct switch_xml {
	char *name;						/* the tag */
	char **attr;					/* name, value, ..., NULL */
	char *txt;						/* the text between the tags, "" for none */
	switch_xml_t next;				/* next element of this name, here */
	switch_xml_t ordered;			/* next element here */
	switch_xml_t child;				/* first element inside */
	switch_xml_t parent;			/* the element around this one */
	struct switch_xml_document *document; /* minihost's */
};

struct switch_event;

/* Opens the configuration `file` ("janus.conf"); *node is its <configuration>. The result is the document, to be given
 * back with switch_xml_free(); NULL when there is none. */
SWITCH_DECLARE(switch_xml_t) switch_xml_open_cfg(const char *file, switch_xml_t *node, struct switch_event *params);
/* Gives a document back. */
SWITCH_DECLARE(void) switch_xml_free(switch_xml_t xml);
/* Reads the whole configuration again, as reloadxml does; on failure the one before stands and *err says why. */
SWITCH_DECLARE(switch_status_t) switch_xml_reload(const char **err);
/* The element as text, to be released with free(). */
SWITCH_DECLARE(char *) switch_xml_toxml(switch_xml_t xml, switch_bool_t prn_header);
/* The first element of this name inside; NULL for none. */
SWITCH_DECLARE(switch_xml_t) switch_xml_child(switch_xml_t xml, const char *name);
/* An attribute; NULL, and of _soft "", when there is none. */
SWITCH_DECLARE(const char *) switch_xml_attr(switch_xml_t xml, const char *name);
SWITCH_DECLARE(const char *) switch_xml_attr_soft(switch_xml_t xml, const char *name);

/* --- events (switch_event.h) --- */

/* The kinds of event that minihost fires or its clients may name. */
typedef enum {
	SWITCH_EVENT_CUSTOM, SWITCH_EVENT_CLONE, SWITCH_EVENT_CHANNEL_CREATE, SWITCH_EVENT_CHANNEL_DESTROY,
	SWITCH_EVENT_CHANNEL_STATE, SWITCH_EVENT_CHANNEL_CALLSTATE, SWITCH_EVENT_CHANNEL_ANSWER,
	SWITCH_EVENT_CHANNEL_HANGUP, SWITCH_EVENT_CHANNEL_HANGUP_COMPLETE, SWITCH_EVENT_CHANNEL_EXECUTE,
	SWITCH_EVENT_CHANNEL_EXECUTE_COMPLETE, SWITCH_EVENT_CHANNEL_HOLD, SWITCH_EVENT_CHANNEL_UNHOLD,
	SWITCH_EVENT_CHANNEL_BRIDGE, SWITCH_EVENT_CHANNEL_UNBRIDGE, SWITCH_EVENT_CHANNEL_PROGRESS,
	SWITCH_EVENT_CHANNEL_PROGRESS_MEDIA, SWITCH_EVENT_CHANNEL_OUTGOING, SWITCH_EVENT_CHANNEL_PARK,
	SWITCH_EVENT_CHANNEL_UNPARK, SWITCH_EVENT_CHANNEL_APPLICATION, SWITCH_EVENT_CHANNEL_ORIGINATE,
	SWITCH_EVENT_CHANNEL_UUID, SWITCH_EVENT_API, SWITCH_EVENT_STARTUP, SWITCH_EVENT_SHUTDOWN,
	SWITCH_EVENT_MODULE_LOAD, SWITCH_EVENT_MODULE_UNLOAD, SWITCH_EVENT_DTMF, SWITCH_EVENT_BACKGROUND_JOB,
	SWITCH_EVENT_HEARTBEAT, SWITCH_EVENT_RELOADXML, SWITCH_EVENT_CHANNEL_DATA, SWITCH_EVENT_RECORD_START,
	SWITCH_EVENT_RECORD_STOP, SWITCH_EVENT_PLAYBACK_START, SWITCH_EVENT_PLAYBACK_STOP, SWITCH_EVENT_ALL
} switch_event_types_t;

/* One header. */
typedef struct switch_event_header {
	char *name;
	char *value;
	struct switch_event_header *next;
} switch_event_header_t;

/* An event; also a list of variables. */
typedef struct switch_event {
	switch_event_types_t event_id;
	char *subclass_name;			/* of CUSTOM events */
	switch_event_header_t *headers;
	switch_event_header_t *last_header;
	char *body;
} switch_event_t;

/* A new event, with the headers that every event has. */
#define switch_event_create(event, id) \
	switch_event_create_subclass_detailed(__FILE__, __func__, __LINE__, event, id, NULL)
#define switch_event_create_subclass(event, id, subclass) \
	switch_event_create_subclass_detailed(__FILE__, __func__, __LINE__, event, id, subclass)
SWITCH_DECLARE(switch_status_t) switch_event_create_subclass_detailed(const char *file, const char *func, int line, switch_event_t **event,
																	  switch_event_types_t event_id, const char *subclass_name);
/* Adds a header; the value is copied. A header of that name that is there already is replaced. */
SWITCH_DECLARE(switch_status_t) switch_event_add_header_string(switch_event_t *event, switch_stack_t stack, const char *name, const char *value);
SWITCH_DECLARE(switch_status_t) switch_event_add_header(switch_event_t *event, switch_stack_t stack, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Removes all headers of a name. */
#define switch_event_del_header(event, name) switch_event_del_header_val(event, name, NULL)
SWITCH_DECLARE(switch_status_t) switch_event_del_header_val(switch_event_t *event, const char *name, const char *value);
/* Sets the body. */
SWITCH_DECLARE(switch_status_t) switch_event_add_body(switch_event_t *event, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A header's value; NULL when there is none. Names do not care for case. */
SWITCH_DECLARE(char *) switch_event_get_header(switch_event_t *event, const char *name);
/* Fires the event, which is gone afterwards (*event is NULL). */
#define switch_event_fire(event) switch_event_fire_detailed(__FILE__, __func__, __LINE__, event, NULL)
SWITCH_DECLARE(switch_status_t) switch_event_fire_detailed(const char *file, const char *func, int line, switch_event_t **event, void *user_data);
/* Releases an event that is not fired. */
SWITCH_DECLARE(void) switch_event_destroy(switch_event_t **event);
/* Has a function called with every event of a kind (and subclass, where not NULL) until it is unbound, in whatever thread. */
typedef struct switch_event_node switch_event_node_t;
typedef void (*switch_event_callback_t) (switch_event_t *event);
SWITCH_DECLARE(switch_status_t) switch_event_bind_removable(const char *id, switch_event_types_t event, const char *subclass_name,
															switch_event_callback_t callback, void *user_data, switch_event_node_t **node);
/* When it returns the function does not run, and never will. */
SWITCH_DECLARE(switch_status_t) switch_event_unbind(switch_event_node_t **node);
/* Reserves a subclass for the caller, who gives it back with _free_. INUSE when somebody else has it. */
#define switch_event_reserve_subclass(name) switch_event_reserve_subclass_detailed(__FILE__, name)
#define switch_event_free_subclass(name) switch_event_free_subclass_detailed(__FILE__, name)
SWITCH_DECLARE(switch_status_t) switch_event_reserve_subclass_detailed(const char *owner, const char *name);
SWITCH_DECLARE(switch_status_t) switch_event_free_subclass_detailed(const char *owner, const char *name);

/* --- interfaces of modules (switch_module_interfaces.h) --- */

typedef struct switch_loadable_module_interface switch_loadable_module_interface_t;
typedef struct switch_endpoint_interface switch_endpoint_interface_t;
typedef struct switch_codec_interface switch_codec_interface_t;
typedef struct switch_codec_implementation switch_codec_implementation_t;
typedef struct switch_codec switch_codec_t;
typedef struct switch_frame switch_frame_t;
typedef struct switch_jb switch_jb_t;
typedef struct switch_stream_handle switch_stream_handle_t;

/* The kinds of interface that a module can bring. */
typedef enum {
	SWITCH_ENDPOINT_INTERFACE, SWITCH_TIMER_INTERFACE, SWITCH_DIALPLAN_INTERFACE, SWITCH_CODEC_INTERFACE,
	SWITCH_APPLICATION_INTERFACE, SWITCH_API_INTERFACE
} switch_module_interface_name_t;

/* An endpoint's handlers of states; each may be NULL. A handler that does not return SUCCESS vetoes the switch's own. */
typedef switch_status_t (*switch_state_handler_t) (switch_core_session_t *session);
typedef struct switch_state_handler_table {
	switch_state_handler_t on_init;
	switch_state_handler_t on_routing;
	switch_state_handler_t on_execute;
	switch_state_handler_t on_hangup;
	switch_state_handler_t on_exchange_media;
	switch_state_handler_t on_soft_execute;
	switch_state_handler_t on_consume_media;
	switch_state_handler_t on_hibernate;
	switch_state_handler_t on_reset;
	switch_state_handler_t on_park;
	switch_state_handler_t on_reporting;
	switch_state_handler_t on_destroy;
} switch_state_handler_table_t;

/* What a caller's privacy hides; flags of a caller profile. */
#define SWITCH_CPF_HIDE_NAME (1 << 1)
#define SWITCH_CPF_HIDE_NUMBER (1 << 2)

/* Who calls whom. */
typedef struct switch_caller_profile {
	const char *username;
	const char *dialplan;
	const char *caller_id_name;
	const char *caller_id_number;
	const char *callee_id_name;
	const char *callee_id_number;
	const char *network_addr;
	const char *ani;
	const char *rdnis;
	const char *source;				/* the module it comes from */
	const char *context;
	const char *destination_number;	/* of an outbound leg: the dial string after "<endpoint>/" */
	const char *chan_name;
	const char *uuid;
	switch_call_direction_t direction;
	uint32_t flags;					/* SWITCH_CPF_... */
	switch_memory_pool_t *pool;
} switch_caller_profile_t;

/* Durations of keys, in samples at 8 kHz. */
#define SWITCH_DEFAULT_DTMF_DURATION 2000
#define SWITCH_MIN_DTMF_DURATION 400
#define SWITCH_MAX_DTMF_DURATION 192000
/* May this be a key? w and W are pauses. */
#define is_dtmf(key) ((key) && strchr("0123456789*#ABCDabcdFfWw", (key)))

/* Where a key comes from: send_dtmf and its like name no source. */
typedef enum {
	SWITCH_DTMF_UNKNOWN, SWITCH_DTMF_INBAND_AUDIO, SWITCH_DTMF_RTP, SWITCH_DTMF_ENDPOINT, SWITCH_DTMF_APP
} switch_dtmf_source_t;

/* A key that was pressed. `duration` is in samples at 8 kHz, but not always: what send_dtmf gets from uuid_send_dtmf with
 * @ms is in samples at the rate of the leg's write codec. */
typedef struct switch_dtmf {
	char digit;
	uint32_t duration;
	int flags;
	int source;
} switch_dtmf_t;

/* What a message to a session says. */
typedef enum {
	SWITCH_MESSAGE_REDIRECT_AUDIO, SWITCH_MESSAGE_TRANSMIT_TEXT, SWITCH_MESSAGE_INDICATE_ANSWER,
	SWITCH_MESSAGE_INDICATE_PROGRESS, SWITCH_MESSAGE_INDICATE_BRIDGE, SWITCH_MESSAGE_INDICATE_UNBRIDGE,
	SWITCH_MESSAGE_INDICATE_RINGING, SWITCH_MESSAGE_INDICATE_HOLD, SWITCH_MESSAGE_INDICATE_UNHOLD,
	SWITCH_MESSAGE_INDICATE_AUDIO_SYNC, SWITCH_MESSAGE_INDICATE_SIGNAL_DATA, SWITCH_MESSAGE_INDICATE_DISPLAY,
	SWITCH_MESSAGE_INVALID
} switch_core_session_message_types_t;

/* A message to a session. */
typedef struct switch_core_session_message {
	const char *from;
	switch_core_session_message_types_t message_id;
	int numeric_arg;
	const char *string_arg;			/* of (UN)BRIDGE: the other session's UUID; numeric_arg 42: only while something is executed */
	void *pointer_arg;				/* of SIGNAL_DATA: what was queued */
	const char *string_array_arg[10];	/* of DISPLAY: name and number of whom to show, as far as they are known */
} switch_core_session_message_t;

/* What an endpoint does; each may be NULL but outgoing_channel. */
typedef struct switch_io_routines {
	/* Makes a leg; CS_INIT starts it when all its variables are set. Anything but SUCCESS: there is no leg. */
	switch_call_cause_t (*outgoing_channel) (switch_core_session_t *session, switch_event_t *var_event,
											 switch_caller_profile_t *outbound_profile, switch_core_session_t **new_session,
											 switch_memory_pool_t **pool, switch_originate_flag_t flags,
											 switch_call_cause_t *cancel_cause);
	/* Waits for the next frame. */
	switch_status_t (*read_frame) (switch_core_session_t *session, switch_frame_t **frame, switch_io_flag_t flags, int stream_id);
	/* Sends a frame. */
	switch_status_t (*write_frame) (switch_core_session_t *session, switch_frame_t *frame, switch_io_flag_t flags, int stream_id);
	/* A signal: wake what waits. */
	switch_status_t (*kill_channel) (switch_core_session_t *session, int sig);
	/* Sends a key. */
	switch_status_t (*send_dtmf) (switch_core_session_t *session, const switch_dtmf_t *dtmf);
	/* A message. */
	switch_status_t (*receive_message) (switch_core_session_t *session, switch_core_session_message_t *msg);
	/* A buffer in which a decoder may look for the frame after a lost one; NULL for none. */
	switch_jb_t *(*get_jb) (switch_core_session_t *session, switch_media_type_t type);
} switch_io_routines_t;

/* An endpoint. */
struct switch_endpoint_interface {
	const char *interface_name;		/* the first part of its dial strings */
	switch_io_routines_t *io_routines;
	switch_state_handler_table_t *state_handler;
	switch_loadable_module_interface_t *parent;
	struct switch_endpoint_interface *next;
};

/* A command of the console; cmd is what follows its name, NULL for nothing. */
typedef switch_status_t (*switch_api_function_t) (const char *cmd, switch_core_session_t *session, switch_stream_handle_t *stream);
#define SWITCH_STANDARD_API(name) \
	static switch_status_t name(const char *cmd, switch_core_session_t *session, switch_stream_handle_t *stream)

typedef struct switch_api_interface {
	const char *interface_name;
	const char *desc;
	switch_api_function_t function;
	const char *syntax;
	switch_loadable_module_interface_t *parent;
	struct switch_api_interface *next;
} switch_api_interface_t;

/* An application of the dialplan; data is its argument, "" for none. */
typedef void (*switch_application_function_t) (switch_core_session_t *session, const char *data);
#define SWITCH_STANDARD_APP(name) static void name(switch_core_session_t *session, const char *data)

typedef struct switch_application_interface {
	const char *interface_name;
	switch_application_function_t application_function;
	const char *long_desc;
	const char *short_desc;
	const char *syntax;
	uint32_t flags;
	switch_loadable_module_interface_t *parent;
	struct switch_application_interface *next;
} switch_application_interface_t;

#define SAF_NONE 0
#define SAF_SUPPORT_NOMEDIA (1 << 0) /* the session needs no media */

/* Where a command writes its output. */
typedef switch_status_t (*switch_stream_handle_write_function_t) (switch_stream_handle_t *handle, const char *fmt, ...);
typedef switch_status_t (*switch_stream_handle_raw_write_function_t) (switch_stream_handle_t *handle, uint8_t *data, switch_size_t datalen);
struct switch_stream_handle {
	switch_stream_handle_write_function_t write_function;
	switch_stream_handle_raw_write_function_t raw_write_function;
	void *data;						/* what was written, NUL-terminated */
	switch_size_t data_len;
	switch_size_t data_size;
};

/* What a module has; module_interface is filled by its load function. */
struct switch_loadable_module_interface {
	const char *module_name;
	switch_endpoint_interface_t *endpoint_interface;
	switch_codec_interface_t *codec_interface;
	switch_api_interface_t *api_interface;
	switch_application_interface_t *application_interface;
	switch_memory_pool_t *pool;
	int refs;						/* sessions and codecs that use it; atomic */
};

/* Gives back what a ..._get_..._interface function returned. */
#define UNPROTECT_INTERFACE(it) do { if (it) switch_loadable_module_unprotect((it)->parent); } while (0)
SWITCH_DECLARE(void) switch_loadable_module_unprotect(switch_loadable_module_interface_t *interface);

/* The functions of a module. */
#define SWITCH_MODULE_LOAD_ARGS (switch_loadable_module_interface_t **module_interface, switch_memory_pool_t *pool)
#define SWITCH_MODULE_SHUTDOWN_ARGS (void)
#define SWITCH_MODULE_RUNTIME_ARGS (void)
typedef switch_status_t (*switch_module_load_t) SWITCH_MODULE_LOAD_ARGS;
typedef switch_status_t (*switch_module_shutdown_t) SWITCH_MODULE_SHUTDOWN_ARGS;
typedef switch_status_t (*switch_module_runtime_t) SWITCH_MODULE_RUNTIME_ARGS;
#define SWITCH_MODULE_LOAD_FUNCTION(name) switch_status_t name SWITCH_MODULE_LOAD_ARGS
#define SWITCH_MODULE_SHUTDOWN_FUNCTION(name) switch_status_t name SWITCH_MODULE_SHUTDOWN_ARGS
#define SWITCH_MODULE_RUNTIME_FUNCTION(name) switch_status_t name SWITCH_MODULE_RUNTIME_ARGS

/* What a module shows: <name>_module_interface. The version comes first, as in FreeSWITCH, for both to check. */
typedef struct switch_loadable_module_function_table {
	int switch_api_version;
	switch_module_load_t load;
	switch_module_shutdown_t shutdown;
	switch_module_runtime_t runtime;
	uint32_t flags;
} switch_loadable_module_function_table_t;

#define SWITCH_MODULE_DEFINITION(name, load, shutdown, runtime) \
	static const char modname[] = #name; \
	SWITCH_MOD_DECLARE_DATA switch_loadable_module_function_table_t name##_module_interface = { \
		SWITCH_API_VERSION, load, shutdown, runtime, 0 }

/* The module's interface, and one of its parts. */
SWITCH_DECLARE(switch_loadable_module_interface_t *) switch_loadable_module_create_module_interface(switch_memory_pool_t *pool, const char *name);
SWITCH_DECLARE(void *) switch_loadable_module_create_interface(switch_loadable_module_interface_t *mod, switch_module_interface_name_t iname);

/* Adds a command, or an application, to *module_interface. */
#define SWITCH_ADD_API(api_int, int_name, descript, funcptr, syntax_string) do { \
		api_int = switch_loadable_module_create_interface(*module_interface, SWITCH_API_INTERFACE); \
		api_int->interface_name = int_name; \
		api_int->desc = descript; \
		api_int->function = funcptr; \
		api_int->syntax = syntax_string; \
	} while (0)
#define SWITCH_ADD_APP(app_int, int_name, short_descript, long_descript, funcptr, app_syntax, app_flags) do { \
		app_int = switch_loadable_module_create_interface(*module_interface, SWITCH_APPLICATION_INTERFACE); \
		app_int->interface_name = int_name; \
		app_int->application_function = funcptr; \
		app_int->short_desc = short_descript; \
		app_int->long_desc = long_descript; \
		app_int->syntax = app_syntax; \
		app_int->flags = app_flags; \
	} while (0)

/* --- frames, codecs, timers --- */

/* Flags of a frame. */
typedef uint32_t switch_frame_flag_t;
#define SFF_NONE 0u
#define SFF_CNG (1u << 0)			/* comfort noise: nothing to play */
#define SFF_PLC (1u << 3)			/* lost: the codec conceals it */

/* A frame of audio, encoded as its codec says. */
struct switch_frame {
	switch_codec_t *codec;
	void *data;
	uint32_t datalen;				/* bytes in data */
	uint32_t buflen;				/* bytes that data has room for */
	uint32_t samples;
	uint32_t rate;
	uint32_t channels;
	switch_payload_t payload;
	uint32_t timestamp;
	uint16_t seq;
	switch_bool_t m;				/* RTP's marker */
	switch_frame_flag_t flags;
};

/* Flags of a codec. */
#define SWITCH_CODEC_FLAG_ENCODE (1u << 0)
#define SWITCH_CODEC_FLAG_DECODE (1u << 1)

/* How a codec runs at one rate and packet time. */
struct switch_codec_implementation {
	switch_payload_t ianacode;
	const char *iananame;
	const char *fmtp;
	uint32_t samples_per_second;	/* RTP clock */
	uint32_t actual_samples_per_second;
	int bits_per_second;
	int microseconds_per_packet;
	uint32_t samples_per_packet;
	uint32_t decoded_bytes_per_packet;
	uint32_t encoded_bytes_per_packet; /* 0: varies */
	uint8_t number_of_channels;
};

/* A codec that the switch knows. */
struct switch_codec_interface {
	const char *interface_name;
	const char *iananame;
	const struct mh_codec_ops *ops;	/* minihost's */
	switch_loadable_module_interface_t *parent;
	struct switch_codec_interface *next;
};

/* A codec at work; zeroed until switch_core_codec_init(). */
struct switch_codec {
	switch_codec_interface_t *codec_interface;
	const switch_codec_implementation_t *implementation;
	const char *fmtp_in;
	uint32_t flags;
	switch_memory_pool_t *memory_pool;
	void *private_info;
	switch_core_session_t *session;
};

typedef struct switch_codec_settings switch_codec_settings_t;

/* The codec of this name ("opus"), to be given back with UNPROTECT_INTERFACE; NULL when the switch has none. */
SWITCH_DECLARE(switch_codec_interface_t *) switch_loadable_module_get_codec_interface(const char *name, const char *modname);
/* Makes a codec ready; rate 0 and ms 0 take its default. */
SWITCH_DECLARE(switch_status_t) switch_core_codec_init(switch_codec_t *codec, const char *codec_name, const char *modname, const char *fmtp,
													   uint32_t rate, int ms, int channels, uint32_t flags,
													   const switch_codec_settings_t *codec_settings, switch_memory_pool_t *pool);
/* Ends it. */
SWITCH_DECLARE(switch_status_t) switch_core_codec_destroy(switch_codec_t *codec);
/* Is it initialised? */
SWITCH_DECLARE(switch_bool_t) switch_core_codec_ready(switch_codec_t *codec);
/* Encodes one packet of samples. *encoded_data_len is the room in encoded_data, then what is there; *encoded_rate and
 * *flag stay as they are. The codec must be for encoding; who shares it with another thread has to lock it. */
SWITCH_DECLARE(switch_status_t) switch_core_codec_encode(switch_codec_t *codec, switch_codec_t *other_codec, void *decoded_data,
														 uint32_t decoded_data_len, uint32_t decoded_rate, void *encoded_data,
														 uint32_t *encoded_data_len, uint32_t *encoded_rate, unsigned int *flag);
/* Decodes one packet. *decoded_data_len is the room in decoded_data, in bytes, then what is there; *decoded_rate stays as it is.
 * *flag: SFF_PLC has a packet concealed. The codec must be for decoding; who shares it with another thread has to lock it. */
SWITCH_DECLARE(switch_status_t) switch_core_codec_decode(switch_codec_t *codec, switch_codec_t *other_codec, void *encoded_data,
														 uint32_t encoded_data_len, uint32_t encoded_rate, void *decoded_data,
														 uint32_t *decoded_data_len, uint32_t *decoded_rate, unsigned int *flag);
/* Fills data with noise: the higher the divisor, the lower; (uint32_t) -1 is silence. 0 ends a real switch, an assertion. */
SWITCH_DECLARE(void) switch_generate_sln_silence(int16_t *data, uint32_t samples, uint32_t channels, uint32_t divisor);

/* What a codec may be told or asked, and the types of what goes with it. */
typedef enum { SCC_AUDIO_PACKET_LOSS = 4 } switch_codec_control_command_t; /* per cent, SCCT_INT */
typedef enum { SCCT_NONE, SCCT_STRING, SCCT_INT } switch_codec_control_type_t;
/* Tells or asks a codec. Not a success where it has no use for that. */
SWITCH_DECLARE(switch_status_t) switch_core_codec_control(switch_codec_t *codec, switch_codec_control_command_t cmd,
														  switch_codec_control_type_t ctype, void *cmd_data,
														  switch_codec_control_type_t atype, void *cmd_arg,
														  switch_codec_control_type_t *rtype, void **ret_data);

/* An RTP packet; all in network byte order (switch_rtp.h). */
typedef struct {
	unsigned cc:4, x:1, p:1, version:2;
	unsigned pt:7, m:1;
	unsigned seq:16, ts:32, ssrc:32;
} switch_rtp_hdr_t;
typedef struct {
	switch_rtp_hdr_t header;
	char body[1500];
} switch_rtp_packet_t;

/* A jitter buffer (switch_jitterbuffer.h); minihost's only keeps packets, for decoders to look at. */
typedef enum { SJB_VIDEO, SJB_AUDIO, SJB_TEXT } switch_jb_type_t;
/* Makes one, and ends it. */
SWITCH_DECLARE(switch_status_t) switch_jb_create(switch_jb_t **jbp, switch_jb_type_t type, uint32_t min_frame_len, uint32_t max_frame_len,
												 switch_memory_pool_t *pool);
SWITCH_DECLARE(switch_status_t) switch_jb_destroy(switch_jb_t **jbp);
/* Empties it. */
SWITCH_DECLARE(void) switch_jb_reset(switch_jb_t *jb);
/* Keeps a copy of a packet; len is with its header. */
SWITCH_DECLARE(switch_status_t) switch_jb_put_packet(switch_jb_t *jb, switch_rtp_packet_t *packet, switch_size_t len);
/* Copies the packet that is peek after this number to frame->data, if it is there. */
SWITCH_DECLARE(switch_status_t) switch_jb_peek_frame(switch_jb_t *jb, uint32_t ts, uint16_t seq, int peek, switch_frame_t *frame);

/* A clock that ticks once an interval. */
typedef struct switch_timer {
	int interval;					/* ms */
	uint32_t samples;				/* samples an interval */
	uint32_t samplecount;			/* samples since it began */
	void *private_info;
} switch_timer_t;

/* Makes a timer; minihost knows "soft". */
SWITCH_DECLARE(switch_status_t) switch_core_timer_init(switch_timer_t *timer, const char *timer_name, int interval, int samples,
													   switch_memory_pool_t *pool);
/* Waits for the next tick; ticks that were missed are over at once. */
SWITCH_DECLARE(switch_status_t) switch_core_timer_next(switch_timer_t *timer);
/* Forgets the ticks that were missed. */
SWITCH_DECLARE(switch_status_t) switch_core_timer_sync(switch_timer_t *timer);
/* Ends it. */
SWITCH_DECLARE(switch_status_t) switch_core_timer_destroy(switch_timer_t *timer);

/* --- sessions (switch_core.h) --- */

/* The session of this UUID with its read lock, to be given back with switch_core_session_rwunlock(). locate: while the
 * channel is up; force_locate: until the session is destroyed. */
SWITCH_DECLARE(switch_core_session_t *) switch_core_session_locate(const char *uuid);
SWITCH_DECLARE(uint8_t) switch_core_session_check_interface(switch_core_session_t *session, const switch_endpoint_interface_t *endpoint_interface);
SWITCH_DECLARE(switch_core_session_t *) switch_core_session_force_locate(const char *uuid);
/* The session that this one is bridged to, with a read lock. */
#define switch_core_session_get_partner(session, partner) \
	switch_core_session_perform_get_partner(session, partner, __FILE__, __func__, __LINE__)
SWITCH_DECLARE(switch_status_t) switch_core_session_perform_get_partner(switch_core_session_t *session, switch_core_session_t **partner,
																		const char *file, const char *func, int line);
SWITCH_DECLARE(void) switch_core_session_rwunlock(switch_core_session_t *session);
/* A new session of an endpoint; NULL when there can be none. */
SWITCH_DECLARE(switch_core_session_t *) switch_core_session_request(const switch_endpoint_interface_t *endpoint_interface,
																	 switch_call_direction_t direction, switch_originate_flag_t flags,
																	 switch_memory_pool_t **pool);
/* Destroys a session whose thread was never launched. */
SWITCH_DECLARE(void) switch_core_session_destroy(switch_core_session_t **session);
/* What a session has. */
SWITCH_DECLARE(switch_channel_t *) switch_core_session_get_channel(switch_core_session_t *session);
SWITCH_DECLARE(char *) switch_core_session_get_uuid(switch_core_session_t *session);
/* Has the session's thread give data to its endpoint, as SWITCH_MESSAGE_INDICATE_SIGNAL_DATA, one after the other. */
SWITCH_DECLARE(switch_status_t) switch_core_session_queue_signal_data(switch_core_session_t *session, void *signal_data);
SWITCH_DECLARE(switch_memory_pool_t *) switch_core_session_get_pool(switch_core_session_t *session);
/* The endpoint's own data. */
SWITCH_DECLARE(void *) switch_core_session_get_private(switch_core_session_t *session);
SWITCH_DECLARE(switch_status_t) switch_core_session_set_private(switch_core_session_t *session, void *private_info);
/* Announces a stream; there is one. */
SWITCH_DECLARE(int) switch_core_session_add_stream(switch_core_session_t *session, void *private_info);
/* The codecs that read_frame gives and write_frame takes. */
/* The codec that a session reads; NULL while it has none. */
SWITCH_DECLARE(switch_codec_t *) switch_core_session_get_read_codec(switch_core_session_t *session);
SWITCH_DECLARE(switch_status_t) switch_core_session_set_read_codec(switch_core_session_t *session, switch_codec_t *codec);
SWITCH_DECLARE(switch_status_t) switch_core_session_set_write_codec(switch_core_session_t *session, switch_codec_t *codec);

/* --- channels (switch_channel.h) --- */

/* A variable; NULL when it is not set. Valid as long as the session. */
SWITCH_DECLARE(const char *) switch_channel_get_variable(switch_channel_t *channel, const char *name);
/* Sets a variable; NULL unsets it. */
SWITCH_DECLARE(switch_status_t) switch_channel_set_variable(switch_channel_t *channel, const char *name, const char *value);
/* Is the variable true, as switch_true() says? */
#define switch_channel_var_true(channel, name) switch_true(switch_channel_get_variable(channel, name))
/* Flags. */
SWITCH_DECLARE(void) switch_channel_set_flag(switch_channel_t *channel, switch_channel_flag_t flag);
SWITCH_DECLARE(void) switch_channel_clear_flag(switch_channel_t *channel, switch_channel_flag_t flag);
SWITCH_DECLARE(uint32_t) switch_channel_test_flag(switch_channel_t *channel, switch_channel_flag_t flag);
/* The state; setting it wakes the session's thread. */
SWITCH_DECLARE(switch_channel_state_t) switch_channel_set_state(switch_channel_t *channel, switch_channel_state_t state);
SWITCH_DECLARE(switch_channel_state_t) switch_channel_get_state(switch_channel_t *channel);
/* Hangs up; the first cause counts. */
SWITCH_DECLARE(switch_channel_state_t) switch_channel_hangup(switch_channel_t *channel, switch_call_cause_t cause);
SWITCH_DECLARE(switch_call_cause_t) switch_channel_get_cause(switch_channel_t *channel);
/* Is it up, and free to go on with media? */
SWITCH_DECLARE(int) switch_channel_ready(switch_channel_t *channel);
/* What the far end does: alerts, has early media, has answered. */
SWITCH_DECLARE(switch_status_t) switch_channel_mark_ring_ready(switch_channel_t *channel);
SWITCH_DECLARE(switch_status_t) switch_channel_mark_pre_answered(switch_channel_t *channel);
SWITCH_DECLARE(switch_status_t) switch_channel_mark_answered(switch_channel_t *channel);
/* The name of the channel. */
SWITCH_DECLARE(switch_status_t) switch_channel_set_name(switch_channel_t *channel, const char *name);
SWITCH_DECLARE(char *) switch_channel_get_name(switch_channel_t *channel);
/* The profile. */
SWITCH_DECLARE(switch_caller_profile_t *) switch_caller_profile_clone(switch_core_session_t *session, switch_caller_profile_t *profile);
/* The duration of a key for which nobody has asked for another one; 0 sets none. */
SWITCH_DECLARE(uint32_t) switch_core_default_dtmf_duration(uint32_t duration);
SWITCH_DECLARE(switch_caller_profile_t *) switch_channel_get_caller_profile(switch_channel_t *channel);
/* The session that the channel is bridged to, or was made for; NULL: none. */
SWITCH_DECLARE(const char *) switch_channel_get_partner_uuid(switch_channel_t *channel);
SWITCH_DECLARE(void) switch_channel_set_caller_profile(switch_channel_t *channel, switch_caller_profile_t *profile);
/* Adds the channel's headers, and its variables as variable_..., to an event. */
SWITCH_DECLARE(void) switch_channel_event_set_data(switch_channel_t *channel, switch_event_t *event);
/* Names and numbers of causes. */
SWITCH_DECLARE(const char *) switch_channel_cause2str(switch_call_cause_t cause);
SWITCH_DECLARE(switch_call_cause_t) switch_channel_str2cause(const char *name);

/* --- files (switch_core.h), applications (switch_ivr.h) --- */

/* A file or a stream that is read; zeroed until switch_core_file_open(). */
typedef struct switch_file_handle {
	void *private_info;				/* minihost's */
} switch_file_handle_t;
#define SWITCH_FILE_FLAG_READ (1u << 0)
#define SWITCH_FILE_DATA_SHORT (1u << 2)
/* Opens for reading 16 bit samples of one channel at this rate. The pool may be NULL. */
SWITCH_DECLARE(switch_status_t) switch_core_file_open(switch_file_handle_t *fh, const char *file_path, uint32_t channels, uint32_t rate,
													  unsigned int flags, switch_memory_pool_t *pool);
/* Reads up to *len samples; *len is how many came. Not a success: the file is at its end. */
SWITCH_DECLARE(switch_status_t) switch_core_file_read(switch_file_handle_t *fh, void *data, switch_size_t *len);
SWITCH_DECLARE(switch_status_t) switch_core_file_close(switch_file_handle_t *fh);

/* Whom switch_ivr_broadcast() is for. */
typedef uint32_t switch_media_flag_t;
#define SMF_ECHO_ALEG (1u << 1)
/* Has a session execute "application::data" (or play a path) as soon as its thread can. */
SWITCH_DECLARE(switch_status_t) switch_ivr_broadcast(const char *uuid, const char *path, switch_media_flag_t flags);

/* Records what a session reads and writes to a file, until the session ends or the limit (in s; 0: none) has passed. Of
 * fh there is only NULL here. vars, which may be NULL, go before the channel's own variables: RECORD_STEREO, RECORD_READ_ONLY,
 * RECORD_WRITE_ONLY, RECORD_MIN_SEC. */
SWITCH_DECLARE(switch_status_t) switch_ivr_record_session_event(switch_core_session_t *session, const char *file, uint32_t limit,
																 switch_file_handle_t *fh, switch_event_t *vars);
/* Ends the recording to this file, and closes it. */
SWITCH_DECLARE(switch_status_t) switch_ivr_stop_record_session(switch_core_session_t *session, const char *file);

/* --- databases (switch_core.h, switch_core_db.h) --- */

typedef struct switch_cache_db_handle switch_cache_db_handle_t;
/* Gets a row; anything but 0 ends the query. */
typedef int (*switch_core_db_callback_func_t) (void *arg, int argc, char **argv, char **column_names);
/* Gets what is wrong. */
typedef int (*switch_core_db_err_callback_func_t) (void *arg, const char *errmsg);
/* Is there a driver for a dsn with a scheme ("sqlite://", "pgsql://", "odbc://")? */
SWITCH_DECLARE(switch_status_t) switch_database_available(char *dsn);
/* A connection to what the dsn names, to be given back; *dbh is NULL unless it is a success. */
SWITCH_DECLARE(switch_status_t) switch_cache_db_get_db_handle_dsn(switch_cache_db_handle_t **dbh, const char *dsn);
SWITCH_DECLARE(void) switch_cache_db_release_db_handle(switch_cache_db_handle_t **dbh);
/* Runs a statement; *err, if it is set, is to be released with free(). */
SWITCH_DECLARE(switch_status_t) switch_cache_db_execute_sql_callback_err(switch_cache_db_handle_t *dbh, const char *sql,
																		 switch_core_db_callback_func_t callback,
																		 switch_core_db_err_callback_func_t err_callback, void *pdata, char **err);

/* --- console (switch_console.h) --- */

/* Words that a Tab may complete to. */
typedef struct switch_console_callback_match_node {
	char *val;
	struct switch_console_callback_match_node *next;
} switch_console_callback_match_node_t;
typedef struct switch_console_callback_match {
	switch_console_callback_match_node_t *head;
	switch_console_callback_match_node_t *end;
	int count;
} switch_console_callback_match_t;
typedef switch_status_t (*switch_console_complete_callback_t) (const char *line, const char *cursor, switch_console_callback_match_t **matches);

/* Adds a word; *matches is made when it is NULL. */
SWITCH_DECLARE(void) switch_console_push_match(switch_console_callback_match_t **matches, const char *word);
/* "add word word ..." or "del word ...": a word "::[a:b]" is one of a list, "::name" is completed by the function of that name. */
SWITCH_DECLARE(switch_status_t) switch_console_set_complete(const char *string);
SWITCH_DECLARE(switch_status_t) switch_console_add_complete_func(const char *name, switch_console_complete_callback_t cb);
SWITCH_DECLARE(switch_status_t) switch_console_del_complete_func(const char *name);

#ifdef __cplusplus
}
#endif

#endif
