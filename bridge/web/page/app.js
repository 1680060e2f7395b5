// SPDX-License-Identifier: MPL-2.0
// The page: where it begins, and which view is on screen.

import { html, render, useEffect, useState } from './vendor/htm-preact.js';
import { connect, onChange, state, touch } from './store.js';
import { Act, Dot, Icon, Question } from './parts.js';
import { audio, stop } from './audio.js';
import { Rooms } from './rooms.js';
import { Room } from './room.js';
import { Pool, Where } from './pools.js';
import { Call } from './call.js';
import { Calls, Lately } from './calls.js';

const place = () => location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);

function dark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}
function light(next) {
  document.documentElement.dataset.theme = next;
  try { localStorage.setItem('theme', next); } catch { /* it is forgotten then */ }
  touch();
}

function Top({ view }) {
  const said = state.connected ? `${state.me.user}, ${state.me.role}` : state.lost ? 'the switch is away, trying again' : 'connecting';
  const tab = (name, href, words) => html`<a href=${href} aria-current=${view === name ? 'page' : undefined}>${words}</a>`;
  return html`<header class="top">
    <a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); document.getElementById('main')?.focus(); }}>To the content</a>
    <a class="brand" href="#/"><img src="/page/icon.svg" alt="" width="24" height="24" />mod_janus</a>
    <nav aria-label="Views">${tab('rooms', '#/', 'Rooms')}${tab('calls', '#/calls', `Calls ${state.calls.size || ''}`)}</nav>
    <span class="grow"></span>
    ${audio && html`<a class="inroom" href=${`#/room/${encodeURIComponent(audio.server)}/${encodeURIComponent(audio.room)}`}><span class="meter" aria-hidden="true"><i></i></span>in ${audio.room}</a>
      <${Act} icon="stop" label="Leave the room" run=${stop} open />`}
    <span class="me" role="status"><${Dot} state=${state.connected ? 'connected' : 'connecting'} /><span>${said}</span></span>
    <${Act} icon=${dark() ? 'sun' : 'moon'} label=${dark() ? 'Light colours' : 'Dark colours'} open run=${() => light(dark() ? 'light' : 'dark')} />
  </header>`;
}

function Page() {
  const [, draw] = useState(0);
  useEffect(() => {
    onChange(() => draw((n) => n + 1));
    addEventListener('hashchange', () => { touch(); scrollTo(0, 0); });
    addEventListener('keydown', (e) => {
      if (e.key === '/' && !/INPUT|TEXTAREA/.test(document.activeElement.tagName)) {
        const fields = [...document.querySelectorAll('input[type=search]')];
        const field = fields[fields.length - 1];
        if (field) { e.preventDefault(); field.focus(); }
      }
      if (e.key === 'Escape' && document.activeElement.type === 'search') document.activeElement.blur();
    });
    connect();
  }, []);
  const [what, one, two] = place();
  let view = html`<${Lately} />`;
  if (what === 'room' && two) view = html`<${Room} key=${`${one}/${two}`} server=${one} room=${two} />`;
  if (what === 'room' && two && !state.servers.some((s) => s.name === one) && state.pools.some((p) => p.pool === one)) view = html`<${Where} key=${`${one}/${two}`} pool=${one} room=${two} />`;
  if (what === 'pool' && one) view = html`<${Pool} key=${one} name=${one} />`;
  if (what === 'call' && one) view = html`<${Call} key=${one} uuid=${one} />`;
  const all = what === 'calls';
  if (all) view = html`<${Calls} />`;
  return html`<${Top} view=${all ? 'calls' : 'rooms'} />
    <div class=${`columns ${what ? 'inside' : 'outside'} ${all ? 'wide' : ''}`}>${!all && html`<${Rooms} open=${what === 'room' ? `${one}/${two}` : ''} pool=${what === 'pool' ? one : ''} />`}${view}</div>
    <div class="toasts" role="status" aria-live="polite">${state.toasts.map((t) => html`<p key=${t.id} class=${t.wrong ? 'wrong' : ''}>${t.text}</p>`)}</div>
    <${Question} />`;
}

try {
  const chosen = localStorage.getItem('theme');
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch { /* the system's colours */ }
const root = document.getElementById('app');
root.textContent = '';
render(html`<${Page} />`, root);
