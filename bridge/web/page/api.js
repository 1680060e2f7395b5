// SPDX-License-Identifier: MPL-2.0
// What is asked of the module, and what it tells.

const path = (...parts) => '/api/' + parts.map(encodeURIComponent).join('/');

// Refusal is an answer that says no.
export class Refusal extends Error {
  constructor(status, message) { super(message); this.status = status; }
}

async function ask(url, options = {}) {
  let answer;
  try {
    answer = await fetch(url, options);
  } catch {
    throw new Refusal(0, 'the switch does not answer');
  }
  if (answer.ok) return answer;
  let why = `status ${answer.status}`;
  try { why = (await answer.json()).error ?? why; } catch { /* a proxy's own page */ }
  throw new Refusal(answer.status, why);
}

// Ids of Janus may have more digits than a number holds: those stay text, as they were written.
const exact = (text) => JSON.parse(text, (_, value, at) => (typeof value === 'number' && at?.source && !Number.isSafeInteger(value) && /^\d+$/.test(at.source) ? at.source : value));
const get = async (...parts) => exact(await (await ask(path(...parts))).text());
const send = (method, url, body) =>
  ask(url, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

export const calls = () => get('calls');
export const rooms = (server) => get('rooms', server);
export const pools = () => get('pools');
export const pool = (name) => get('pool', name);
export const where = (pool, room) => get('where', pool, room);
export const people = (server, room) => get('room', server, room);
export const info = (server, uuid) => get('info', server, uuid);
export const show = (stream, what) => send('POST', path('stream', stream), what);

// command runs a command of the console; what the console refuses is an error.
export async function command(what) {
  const done = await (await send('POST', '/api/command', what)).json();
  if (!done.ok) throw new Refusal(200, done.text);
  return done;
}

// join brings this browser into a room: an SDP offer, and the answer to it (as in WHIP, RFC 9725).
export async function join(stream, server, room, offer, pin) {
  const headers = { 'Content-Type': 'application/sdp', 'Janus-Page': stream };
  if (pin) headers['Janus-Room-PIN'] = pin;
  const answer = await ask(path('rooms', server, room, 'audio'), { method: 'POST', headers, body: offer });
  return { answer: await answer.text(), place: answer.headers.get('Location'), id: answer.headers.get('Janus-Participant') };
}
export const setMuted = (place, muted) => send('PATCH', place, { muted });
export const leave = (place) => ask(place, { method: 'DELETE' });
