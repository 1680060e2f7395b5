// SPDX-License-Identifier: MPL-2.0
// The list of servers and their rooms.

import { html, useState } from './vendor/htm-preact.js';
import { state, act, key, loadPools, loadRooms } from './store.js';
import { Act, Badge, Dot, Icon, many, question, useEvery } from './parts.js';
import { audio } from './audio.js';

// roomsOf are the rooms that Janus lists, and those with calls of ours that it does not list.
export function roomsOf(name) {
  const listed = state.rooms.get(name)?.rows ?? [];
  const ours = new Map();
  for (const call of state.calls.values()) if (call.server === name && call.room) ours.set(call.room, (ours.get(call.room) ?? 0) + 1);
  const rows = listed.map((row) => ({ ...row, room: String(row.room), legs: ours.get(String(row.room)) ?? 0 }));
  for (const [room, legs] of ours) {
    if (!rows.some((row) => row.room === room)) rows.push({ room, description: '', participants: legs, legs, hidden: true });
  }
  return rows.sort((a, b) => b.participants - a.participants || a.room.localeCompare(b.room, 'en', { numeric: true }));
}

async function disable(server) {
  const enable = !server.enabled;
  const yes = enable || await question({ title: `Take ${server.name} out of service?`, text: 'New calls are refused. Calls in progress go on.', yes: 'Disable', danger: true });
  if (yes) await act({ verb: 'server', server: server.name, args: [enable ? 'enable' : 'disable'] }, `${server.name} is ${enable ? 'enabled' : 'disabled'}`);
}

async function drain(server) {
  if (server.draining) return act({ verb: 'drain', server: server.name, args: ['stop'] }, `${server.name} takes calls again`);
  const yes = await question({ title: `Drain ${server.name}?`, text: `It takes no new calls, and its ${many(server.callsInProgress, 'call')} may end by themselves.`, yes: 'Drain' });
  if (yes) await act({ verb: 'drain', server: server.name }, `${server.name} is draining`);
}

function Server({ server, filter, open }) {
  useEvery(15000, () => server.state === 'connected' && loadRooms(server.name), server.name, server.state);
  const listed = state.rooms.get(server.name);
  const match = (row) => !filter || `${row.room} ${row.description}`.toLowerCase().includes(filter);
  const rows = roomsOf(server.name).filter(match);
  const told = server.draining ? (server.callsInProgress ? 'draining' : 'drained') : server.state;
  return html`<section class="server" aria-label=${`Server ${server.name}`}>
    <header>
      <h2><${Dot} state=${server.state} />${server.name}</h2>
      <span class="soft">${told}${server.state === 'connected' ? ` · ${server.roundTripMs} ms` : ''}</span>
      <span class="grow"></span>
      <${Act} words=${server.draining ? 'Stop draining' : 'Drain'} label=${server.draining ? `Stop draining ${server.name}` : `Drain ${server.name}`} run=${() => drain(server)} kind="small" />
      <${Act} words=${server.enabled ? 'Disable' : 'Enable'} label=${`${server.enabled ? 'Disable' : 'Enable'} ${server.name}`} run=${() => disable(server)} kind="small" />
    </header>
    <p class="soft">${server.url} · Janus ${server.version || '–'} · ${many(server.callsInProgress, 'call')} now, ${server.totalCalls} since the module was loaded</p>
    ${server.draining && html`<p class="soft">Takes no new calls; ${many(server.callsInProgress, 'call')} to go.</p>`}
    ${server.lastError && html`<p class="wrong">${server.lastError}</p>`}
    ${listed?.error && html`<p class="wrong">${listed.error}</p>`}
    <ul class="rooms">${rows.map((row) => html`<li key=${row.room}>
      <a href=${`#/room/${encodeURIComponent(server.name)}/${encodeURIComponent(row.room)}`} aria-current=${open === key(server.name, row.room) ? 'page' : undefined}>
        <span class="name">${row.room}</span>
        <span class="words">${row.description}${row.hidden ? 'not on Janus’s list' : ''}</span>
        <span class="marks">
          ${audio && audio.server === server.name && audio.room === row.room && html`<${Icon} name="ear" />`}
          ${row.record && html`<${Badge} kind="rec">rec<//>`}
          ${row.muted && html`<${Badge}>muted<//>`}
          ${row.pin && html`<${Badge}>PIN<//>`}
          <span class=${`count ${row.participants ? 'some' : ''}`} title=${`${many(row.participants, 'participant')}, ${many(row.legs, 'call')} of this switch`}>
            <${Icon} name="people" />${row.participants}</span>
        </span>
      </a></li>`)}</ul>
    ${!rows.length && html`<p class="empty">${filter ? 'No room of this name.' : listed ? 'No rooms.' : '…'}</p>`}
  </section>`;
}

function Pools({ open }) {
  useEvery(() => (state.pools.length ? 15000 : 60000), loadPools); // a reload may bring some
  if (!state.pools.length) return null;
  return html`<section class="server" aria-label="Pools"><header><h2>Pools</h2></header>
    <ul class="rooms">${state.pools.map((p) => html`<li key=${p.pool}><a href=${`#/pool/${encodeURIComponent(p.pool)}`} aria-current=${open === p.pool ? 'page' : undefined}>
      <${Dot} state=${p.up ? 'connected' : 'connecting'} /><span class="name">${p.pool}</span>
      <span class="words">${p.up} of ${many(p.servers, 'server')} up · ${many(p.legs, 'call')} in ${many(p.rooms, 'room')}</span></a></li>`)}</ul>
  </section>`;
}

export function Rooms({ open, pool }) {
  const [filter, setFilter] = useState('');
  return html`<nav class="side" aria-label="Servers and rooms">
    <label class="filter"><span class="hidden">Find a room</span>
      <input type="search" placeholder="Find a room  ( / )" value=${filter} onInput=${(e) => setFilter(e.target.value.trim().toLowerCase())} /></label>
    <${Pools} open=${pool} />
    ${state.servers.map((server) => html`<${Server} key=${server.name} server=${server} filter=${filter} open=${open} />`)}
    ${!state.servers.length && html`<p class="empty">No server is configured.</p>`}
  </nav>`;
}
