// SPDX-License-Identifier: MPL-2.0
// This browser's place in a room: hears it, and speaks if one wants.

import * as api from './api.js';
import { state, touch, toast, onEnded, onFresh } from './store.js';

// audio is null while this browser is in no room.
export let audio = null;
let again = null; // room, PIN, and whether it talked, for when the stream has begun anew

export const canTalk = () => Boolean(navigator.mediaDevices?.getUserMedia);

function gathered(peer) {
  if (peer.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise((done) => {
    const limit = setTimeout(done, 2000);
    peer.addEventListener('icegatheringstatechange', () => {
      if (peer.iceGatheringState === 'complete') { clearTimeout(limit); done(); }
    });
  });
}

// listen joins a room. What is refused is an error with a status.
export async function listen(server, room, pin = '') {
  await stop();
  const peer = new RTCPeerConnection();
  const mine = { server, room, pin, peer, state: 'joining', muted: true, level: 0, place: null, id: null, track: null };
  audio = mine;
  touch();
  const element = new Audio();
  element.autoplay = true;
  mine.element = element;
  const transceiver = peer.addTransceiver('audio', { direction: 'sendrecv' });
  mine.sender = transceiver.sender;
  peer.ontrack = (event) => { element.srcObject = event.streams[0] ?? new MediaStream([event.track]); element.play().catch(() => {}); };
  peer.onconnectionstatechange = () => {
    if (audio !== mine) return;
    mine.state = peer.connectionState === 'connected' ? 'connected' : peer.connectionState;
    if (peer.connectionState === 'failed') over('no path to Janus: is its media address in reach of this browser?');
    touch();
  };
  try {
    await peer.setLocalDescription(await peer.createOffer());
    await gathered(peer);
    const joined = await api.join(state.me.id, server, room, peer.localDescription.sdp, pin);
    if (audio !== mine) { api.leave(joined.place).catch(() => {}); return; }
    Object.assign(mine, { place: joined.place, id: joined.id });
    again = { server, room, pin };
    await peer.setRemoteDescription({ type: 'answer', sdp: joined.answer });
    mine.meter = setInterval(() => measure(mine), 200);
  } catch (err) {
    if (audio === mine) close();
    throw err;
  }
  touch();
}

// measure finds out how loud the room is.
async function measure(mine) {
  for (const report of (await mine.peer.getStats()).values()) {
    if (report.type === 'inbound-rtp' && report.audioLevel !== undefined) mine.level = report.audioLevel;
  }
  if (audio === mine) document.documentElement.style.setProperty('--level', Math.min(1, Math.sqrt(mine.level)).toFixed(2));
}

// talk has the room hear this browser, or no longer.
export async function talk(on) {
  const mine = audio;
  if (!mine?.place) return;
  try {
    if (on) {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      [mine.track] = stream.getAudioTracks();
      await mine.sender.replaceTrack(mine.track);
    }
    await api.setMuted(mine.place, !on);
    mine.muted = !on;
  } catch (err) {
    on = false;
    toast(err.name === 'NotAllowedError' ? 'the browser was not allowed to use the microphone' : err.message, true);
  }
  if (!on && mine.track) { mine.track.stop(); mine.track = null; await mine.sender.replaceTrack(null); }
  touch();
}

function close() {
  const mine = audio;
  audio = null;
  clearInterval(mine.meter);
  mine.track?.stop();
  mine.peer.close();
  mine.element.srcObject = null;
  touch();
}

// stop leaves the room.
export async function stop() {
  const mine = audio;
  again = null;
  if (!mine) return;
  close();
  if (mine.place) await api.leave(mine.place).catch(() => {});
}

function over(why) {
  if (!audio) return;
  close();
  again = null;
  toast(`You are no longer in the room: ${why}`, true);
}

onEnded(over);
// The stream has begun anew: the module has taken this browser out of its room meanwhile.
onFresh(() => {
  const back = again;
  if (!audio?.place || !back) return;
  close();
  listen(back.server, back.room, back.pin).catch((err) => toast(err.message, true));
});
