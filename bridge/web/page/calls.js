// SPDX-License-Identifier: MPL-2.0
// All calls, and what has happened lately.

import { html, useEffect, useState } from './vendor/htm-preact.js';
import { state, loadCalls, show } from './store.js';
import { Badge, duration, many, useEvery, useSecond } from './parts.js';

const columns = [
  ['display', 'Name'], ['server', 'Server'], ['room', 'Room'], ['state', 'State'], ['codec', 'Codec'], ['began', 'For'],
  ['loss', 'Lost'], ['jitter', 'Jitter'], ['rtt', 'Round trip'],
];

export function Calls() {
  const [filter, setFilter] = useState('');
  const [sort, setSort] = useState({ by: 'began', down: false });
  useSecond();
  useEffect(() => show('', []), []);
  useEvery(() => 3000 + state.calls.size * 30, loadCalls);
  const rows = [...state.calls.values()].filter((c) => !filter || `${c.display} ${c.room} ${c.server} ${c.uuid} ${c.state}`.toLowerCase().includes(filter));
  const order = (a, b) => (typeof a[sort.by] === 'number' ? a[sort.by] - b[sort.by] : String(a[sort.by]).localeCompare(String(b[sort.by]), 'en', { numeric: true }));
  rows.sort((a, b) => (sort.down ? -order(a, b) : order(a, b)));
  const by = (name) => setSort({ by: name, down: sort.by === name && !sort.down });
  return html`<main id="main" tabindex="-1">
    <header class="head"><div><h1>Calls</h1><p class="soft">${many(state.calls.size, 'call')}</p></div>
      <label class="filter"><span class="hidden">Find a call</span><input type="search" placeholder="Find a call  ( / )" value=${filter} onInput=${(e) => setFilter(e.target.value.trim().toLowerCase())} /></label></header>
    <div class="scroll" tabindex="0" role="region" aria-label="Calls"><table>
      <thead><tr>${columns.map(([name, words]) => html`<th key=${name} aria-sort=${sort.by === name ? (sort.down ? 'descending' : 'ascending') : 'none'}><button type="button" onClick=${() => by(name)}>${words}</button></th>`)}</tr></thead>
      <tbody>${rows.map((c) => html`<tr key=${c.uuid}>
        <td><a href=${`#/call/${encodeURIComponent(c.uuid)}`}>${c.display || c.uuid}</a></td><td>${c.server}</td>
        <td><a href=${`#/room/${encodeURIComponent(c.server)}/${encodeURIComponent(c.room)}`}>${c.room}</a></td>
        <td><${Badge} kind=${c.state === 'up' ? 'talk' : ''}>${c.state}<//></td><td>${c.codec}</td><td class="number">${duration(c.began)}</td>
        <td class="number">${c.loss}</td><td class="number">${c.jitter} ms</td><td class="number">${c.rtt} ms</td></tr>`)}</tbody>
    </table></div>
    ${!rows.length && html`<p class="empty">${state.calls.size ? 'No call of this name.' : 'No calls.'}</p>`}
  </main>`;
}

// Lately is what has happened since the page was opened.
export function Lately() {
  useEffect(() => show('', []), []);
  return html`<main id="main" tabindex="-1" class="lately">
    <header class="head"><div><h1>${many(state.calls.size, 'call')}</h1><p class="soft">in ${many(new Set([...state.calls.values()].map((c) => `${c.server}/${c.room}`)).size, 'room')}. Choose a room to see who is there, to listen and to talk.</p></div></header>
    <h2>Lately</h2>
    ${state.notes.length ? html`<ol class="notes">${state.notes.map((n) => html`<li key=${n.at.getTime() + n.text} class=${n.wrong ? 'wrong' : ''}><time>${n.at.toLocaleTimeString()}</time> ${n.text}</li>`)}</ol>`
    : html`<p class="empty">Nothing has happened since this page was opened.</p>`}
  </main>`;
}
