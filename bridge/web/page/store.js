// SPDX-License-Identifier: MPL-2.0
// What the page knows, kept up to date by the stream of the module.

import * as api from './api.js';

const seconds = 300; // of figures that are kept for a chart

export const state = {
  connected: false, lost: false,
  me: null,            // id of the stream, user, role, version
  servers: [],         // as `janus server`
  calls: new Map(),    // rows of `janus calls` by uuid
  rooms: new Map(),    // rows of `janus rooms` by server or pool
  pools: [],           // rows of `janus pools`
  pool: new Map(),     // rows of `janus pool` by pool
  people: new Map(),   // rows of `janus participants` by server/room
  volumes: new Map(),  // in percent, by uuid, as this page has set them
  figures: new Map(),  // of legs: arrays of {t, …} by uuid
  notes: [],           // what has happened, newest first
  toasts: [],
};

let changed = () => {};
let asked = false;
export const onChange = (render) => { changed = render; };
// touch has the page drawn anew, once for all that changes meanwhile.
export function touch() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; changed(); });
}

export const may = () => state.me?.role === 'operate';
export const key = (server, room) => `${server}/${room}`;
export const server = (name) => state.servers.find((s) => s.name === name);

let number = 0;
export function toast(text, wrong = false) {
  const one = { id: ++number, text, wrong };
  state.toasts = [...state.toasts.slice(-3), one];
  setTimeout(() => { state.toasts = state.toasts.filter((t) => t !== one); touch(); }, wrong ? 9000 : 4000);
  touch();
}

// act runs a command of the console, and tells how it went. True: it has been done.
export async function act(what, said) {
  try {
    await api.command(what);
    if (said) toast(said);
    return true;
  } catch (err) {
    toast(err.message, true);
    return false;
  }
}

function note(text, wrong = false) {
  state.notes = [{ at: new Date(), text, wrong }, ...state.notes].slice(0, 60);
}

const dated = (row) => ({ ...row, began: Date.now() - row.seconds * 1000 });
function setCalls(rows) {
  state.calls = new Map(rows.map((row) => [row.uuid, dated(row)]));
}

// What the page has on screen, which the module is told when it changes.
let shown = { room: '', stats: [] };
export function show(room, stats) {
  const wanted = { room, stats: stats.slice(0, 30) };
  if (JSON.stringify(wanted) === JSON.stringify(shown)) return;
  shown = wanted;
  for (const uuid of state.figures.keys()) if (!wanted.stats.includes(uuid)) state.figures.delete(uuid);
  if (state.connected) api.show(state.me.id, shown).catch(() => {});
}

// Asking again, but not too often.
const waiting = new Map();
function soon(what, pause, ask) {
  if (waiting.has(what)) return;
  waiting.set(what, setTimeout(() => { waiting.delete(what); ask(); }, pause));
}
export async function loadRooms(name) {
  try {
    state.rooms.set(name, { at: Date.now(), rows: await api.rooms(name) });
  } catch (err) {
    state.rooms.set(name, { at: Date.now(), rows: state.rooms.get(name)?.rows ?? [], error: err.message });
  }
  touch();
}
export async function loadPools() {
  try { state.pools = await api.pools(); } catch { /* the stream tells when the switch is away */ }
  touch();
}
// loadPool asks for the servers of a pool, and for its rooms.
export async function loadPool(name) {
  try {
    state.pool.set(name, { rows: await api.pool(name) });
  } catch (err) {
    state.pool.set(name, { rows: state.pool.get(name)?.rows ?? [], error: err.message });
  }
  await loadRooms(name);
}
const poolsSoon = () => soon('pools', 500, () => {
  loadPools();
  for (const name of state.pool.keys()) loadPool(name);
});
export async function loadPeople(name, room) {
  const at = key(name, room);
  try {
    state.people.set(at, { at: Date.now(), rows: await api.people(name, room) });
  } catch (err) {
    state.people.set(at, { at: Date.now(), rows: [], error: err.message });
  }
  touch();
}
export async function loadCalls() {
  try { setCalls(await api.calls()); } catch { /* the stream tells when the switch is away */ }
  touch();
}

// heard by name of the message.
const heard = {
  snapshot(data) {
    state.connected = true; state.lost = false;
    state.me = { id: data.id, user: data.user, role: data.role, version: data.version };
    state.servers = data.servers;
    setCalls(data.calls);
    state.people.clear();
    state.pool.clear();
    loadPools();
    if (shown.room || shown.stats.length) api.show(data.id, shown).catch(() => {});
    for (const listener of fresh) listener();
  },
  servers(rows) {
    state.servers = rows;
    for (const row of rows) if (state.rooms.has(row.name)) soon('rooms ' + row.name, 1500, () => loadRooms(row.name));
    if (state.pools.length) poolsSoon();
    const there = rows.reduce((sum, row) => sum + row.callsInProgress, 0);
    if (there !== state.calls.size) soon('calls', 2500, () => { if (there !== state.calls.size) loadCalls(); });
  },
  row({ uuid, row }) {
    if (row && row.state !== 'leaving') state.calls.set(uuid, dated(row)); else state.calls.delete(uuid);
  },
  call(e) {
    const name = state.calls.get(e.uuid)?.display || e.uuid;
    const words = {
      joined: `${name} came into ${e.room}`, left: `${name} left ${e.room}`, rejoining: `${name} has lost Janus: ${e.reason}`,
      rejoined: `${name} is back in ${e.room}`, moved: `${name} moved to ${e.room}`, 'room-muted': `${e.room} is muted`, 'room-unmuted': `${e.room} is no longer muted`,
    }[e.action];
    if (words && !e.action.startsWith('room-')) note(words, e.action === 'rejoining');
    const at = key(e.server, e.room);
    if (state.people.has(at)) soon('people ' + at, 400, () => loadPeople(e.server, e.room));
  },
  participant(e) {
    const list = state.people.get(key(e.server, e.room));
    if (!list) return;
    const who = list.rows.find((p) => String(p.id) === e.id);
    const set = {
      muted: { muted: true }, unmuted: { muted: false }, talking: { talking: true }, 'stopped-talking': { talking: false },
      suspended: { suspended: true }, resumed: { suspended: false }, deaf: { deaf: true }, undeaf: { deaf: false },
      recording: { recording: true }, 'stopped-recording': { recording: false }, 'hand-raised': { hand: true }, 'hand-lowered': { hand: false },
    }[e.action];
    if (set && who) Object.assign(who, set);
    if (e.action === 'left') list.rows = list.rows.filter((p) => String(p.id) !== e.id);
    if (e.action === 'joined' || !who) soon('people ' + key(e.server, e.room), who ? 400 : 1500, () => loadPeople(e.server, e.room));
  },
  server(e) {
    const words = { up: 'is connected', down: `is lost: ${e.reason}`, enabled: 'is enabled', disabled: 'is disabled',
      draining: `is draining: ${e.calls} calls are left`, drained: 'is drained' }[e.action];
    if (words) note(`Server ${e.server} ${words}`, e.action === 'down');
  },
  pool(e) {
    const words = { cordoned: `Server ${e.server} gets no new rooms of pool ${e.pool}`, uncordoned: `Server ${e.server} gets new rooms of pool ${e.pool} again`,
      moved: `Room ${e.room} of pool ${e.pool} goes from ${e.oldServer} to ${e.server}`, split: `Room ${e.room} of pool ${e.pool} is on ${e.server} and on ${e.oldServer}`,
      healed: `Room ${e.room} of pool ${e.pool} is on ${e.server} alone again` }[e.action];
    if (words) note(words, e.action === 'split');
    poolsSoon();
  },
  media(e) {
    if (e.receiving === 'false') note(`${state.calls.get(e.uuid)?.display || e.uuid}: no audio ${e.receiver === 'switch' ? 'from Janus' : 'from the caller'}`, true);
  },
  slowlink(e) { note(`${state.calls.get(e.uuid)?.display || e.uuid}: ${e.lost} packets lost ${e.uplink === 'true' ? 'from Janus' : 'to Janus'}`, true); },
  stats(rows) {
    const now = Date.now();
    for (const row of rows) {
      const known = state.calls.get(row.uuid);
      if (known) state.calls.set(row.uuid, { ...dated(row), began: known.began });
      const list = state.figures.get(row.uuid) ?? [];
      list.push({ t: now, ...row });
      while (list.length && now - list[0].t > seconds * 1000) list.shift();
      state.figures.set(row.uuid, list);
    }
  },
  audio(e) { for (const listener of ended) listener(e.ended); },
};

const fresh = new Set(); // who wants to know that the stream has begun anew
const ended = new Set(); // ... that this browser is in its room no more
export const onFresh = (listener) => fresh.add(listener);
export const onEnded = (listener) => ended.add(listener);

export function connect() {
  const source = new EventSource('/api/stream');
  for (const [name, take] of Object.entries(heard)) {
    source.addEventListener(name, (event) => { take(JSON.parse(event.data)); touch(); });
  }
  source.onerror = () => {
    if (state.connected) state.lost = true;
    state.connected = false;
    touch();
    if (source.readyState === EventSource.CLOSED) { // a refusal is for ever, unless one asks again
      source.close();
      setTimeout(connect, 5000);
    }
  };
}
