// SPDX-License-Identifier: MPL-2.0
// A pool: its servers, its rooms, and what can be done to its servers.

import { html, useEffect, useState } from './vendor/htm-preact.js';
import * as api from './api.js';
import { state, act, loadPool, show, toast } from './store.js';
import { Act, Badge, Dot, Icon, many, question, useEvery } from './parts.js';

const roomAt = (server, room) => `#/room/${encodeURIComponent(server)}/${encodeURIComponent(room)}`;
const known = (n) => n ?? '–';

// Server is a server as it is in the pool. What Janus does not tell is a dash.
function Server({ pool, row }) {
  const { server } = row;
  const run = (what, said) => act({ server, ...what }, said).then((done) => { loadPool(pool); return done; });
  const cordon = () => run({ verb: 'cordon' }, `${server} gets no new rooms`);
  const uncordon = () => run({ verb: 'uncordon' }, `${server} gets new rooms`);
  const drain = async (move) => {
    const text = move ? 'It gets no new rooms, and rooms in which everybody is a call of this switch go to other servers.' : 'It gets no new rooms. Its rooms live on, and may take more participants, until everybody has left.';
    const yes = await question({ title: move ? `Move the rooms off ${server}?` : `Drain ${server}?`, text, yes: move ? 'Move' : 'Drain' });
    if (yes) await run({ verb: 'drain', args: move ? ['move'] : [] }, `${server} is draining`);
  };
  const draining = row.state === 'draining';
  const away = row.state === 'down' || row.state === 'disabled' || row.state === 'gone';
  return html`<li class="member">
    <header><h2><${Dot} state=${away ? 'down' : row.state === 'up' ? 'connected' : 'connecting'} />${server}</h2>
      <${Badge} kind=${away ? 'rec' : row.state === 'up' ? 'talk' : 'mute'}>${row.state}<//>
      <span class="soft words">from ${row.source} · ${row.url}</span></header>
    <dl class="counts"><div><dt>Weight</dt><dd>${row.weight}</dd></div><div><dt>Rooms</dt><dd>${known(row.rooms)}</dd></div>
      <div><dt>Participants</dt><dd>${known(row.participants)}</dd></div><div><dt>Calls of this switch</dt><dd>${row.legs}</dd></div></dl>
    ${row.lastError && html`<p class="wrong">${row.lastError}</p>`}
    <div class="toolbar" role="toolbar" aria-label=${server}>
      ${row.state !== 'cordoned' && !draining && html`<${Act} words="Cordon" label=${`Cordon ${server}: no new rooms`} run=${cordon} kind="small" />`}
      ${(row.state === 'cordoned' || away) && html`<${Act} words="Uncordon" label=${`Uncordon ${server}: new rooms again`} run=${uncordon} kind="small" />`}
      ${!draining && html`<${Act} words="Drain" label=${`Drain ${server} of its rooms`} run=${() => drain(false)} kind="small" />`}
      <${Act} words="Drain, move rooms" label=${`Drain ${server}, move its rooms`} run=${() => drain(true)} kind="small" />
      ${draining && html`<${Act} words="Stop draining" label=${`Stop draining ${server} in the pool`} run=${() => run({ verb: 'drain', args: ['stop'] }, `${server} gets new rooms`)} kind="small" />`}
    </div></li>`;
}

export function Pool({ name }) {
  const [filter, setFilter] = useState('');
  useEffect(() => show('', []), []);
  useEvery(5000, () => loadPool(name), name, state.me?.id);
  const { rows = [], error } = state.pool.get(name) ?? {};
  const all = state.pools.find((p) => p.pool === name);
  const listed = state.rooms.get(name);
  const rooms = (listed?.rows ?? []).filter((r) => !filter || `${r.room} ${r.description ?? ''} ${r.server}`.toLowerCase().includes(filter.toLowerCase()));
  rooms.sort((a, b) => b.participants - a.participants || String(a.room).localeCompare(String(b.room), 'en', { numeric: true }));
  const find = (event) => { event.preventDefault(); if (filter) location.hash = roomAt(name, filter); };
  return html`<main id="main" tabindex="-1" class="pool">
    <header class="head"><a class="act bare back" href="#/" aria-label="All rooms"><${Icon} name="back" /></a>
      <div><h1>Pool ${name}</h1>${all && html`<p class="soft">${all.up} of ${many(all.servers, 'server')} up · ${many(all.legs, 'call')} in ${many(all.rooms, 'room')} · store: ${all.store}</p>`}</div></header>
    ${error && html`<p class="wrong">${error}</p>`}
    <ul class="members">${rows.map((row) => html`<${Server} key=${row.server} pool=${name} row=${row} />`)}</ul>
    <section><h2>Rooms</h2>
      <form class="toolbar find" onSubmit=${find}><label class="grow"><span class="hidden">A room of the pool</span>
        <input type="search" placeholder="A room of the pool" value=${filter} onInput=${(e) => setFilter(e.target.value.trim())} /></label>
        <button class="act" disabled=${!filter}>Where is it?</button></form>
      ${listed?.error && html`<p class="wrong">${listed.error}</p>`}
      <ul class="rooms">${rooms.map((r) => html`<li key=${r.server + '/' + r.room}><a href=${roomAt(r.server, r.room)}>
        <span class="name">${r.room}</span><span class="words">${r.description}</span><${Badge}>${r.server}<//>
        <span class=${`count ${r.participants ? 'some' : ''}`} title=${many(r.participants, 'participant')}><${Icon} name="people" />${r.participants}</span></a></li>`)}</ul>
      ${!rooms.length && html`<p class="empty">${filter ? 'No room of this name is listed.' : listed ? 'No rooms.' : '…'}</p>`}
    </section></main>`;
}

// Where finds a room of a pool, and goes to the room on its server if the room exists.
export function Where({ pool, room }) {
  const [said, setSaid] = useState(null);
  useEffect(() => {
    let there = true;
    api.where(pool, room).then((at) => {
      if (!there) return;
      if (at.exists) location.replace(roomAt(at.server, room)); else setSaid(at);
    }, (err) => { if (there) { setSaid({ error: err.message }); toast(err.message, true); } });
    return () => { there = false; };
  }, []);
  return html`<main id="main" tabindex="-1"><header class="head"><a class="act bare back" href=${`#/pool/${encodeURIComponent(pool)}`} aria-label=${`Pool ${pool}`}><${Icon} name="back" /></a><h1>${room}</h1></header>
    ${said?.error ? html`<p class="wrong">${said.error}</p>` : html`<p class="soft">${said ? `Room ${room} of pool ${pool} does not exist. It would be made on ${said.server}, which is ${said.state}.` : `Looking for room ${room} in pool ${pool} …`}</p>`}
    <p><a href=${`#/pool/${encodeURIComponent(pool)}`}>Pool ${pool}</a></p></main>`;
}
