/* SPDX-License-Identifier: MPL-2.0 */
/*
 * leg.h -- the functions of janus_host_t that act on a leg, see janus_host.h
 */
#ifndef JANUS_LEG_H
#define JANUS_LEG_H

int janus_leg_ring_ready(const char *uuid);
int janus_leg_media_ready(const char *uuid, const janus_codec_t *codec);
int janus_leg_play_key(const char *uuid, char digit, uint32_t duration_ms);
int janus_leg_comfort_noise(const char *uuid, int on);
int janus_leg_deafen(const char *uuid, int on);
int janus_leg_hold_music(const char *uuid, int on);
int janus_leg_play(const char *uuid, const char *path);
int janus_leg_record(const char *uuid, const char *path);
int janus_leg_record_stop(const char *uuid, const char *path);
int janus_leg_execute(const char *uuid, const char *application, const char *data);
int janus_leg_answer(const char *uuid);
int janus_leg_hangup(const char *uuid, int cause);

#endif
