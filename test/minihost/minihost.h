/* SPDX-License-Identifier: MPL-2.0 */
/*
 * minihost.h -- what minihost's files know of each other, a header for each topic
 *
 * What a module sees is switch.h; here is the rest. Locks, from the outside in,
 * and never the other way:
 *
 *   modules      list of modules and their interfaces            module.c, interface.c
 *   write_mutex  of a session: who writes frames to it           media.c
 *   sessions     table of sessions, their readers, `destroyed`   session.c
 *   state_mutex  of a channel: state, queue of applications      channel.c
 *   mutex        of a channel: variables, profile                channel.c
 *   the rest     (pools, globals, ACLs, XML, ESL queues, log) are leaves
 *
 * Handlers of a module are called with none of them held, except write_frame (write_mutex).
 */
#ifndef MINIHOST_H
#define MINIHOST_H

#include "api.h"
#include "call.h"
#include "channel.h"
#include "esl.h"
#include "event.h"
#include "media.h"
#include "module.h"
#include "session.h"
#include "settings.h"
#include "text.h"

/* The version that minihost has unless the command line says otherwise;
 * the Makefile reads it too. */
#define MH_VERSION "1.11.0-minihost"

#endif
