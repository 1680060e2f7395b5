// SPDX-License-Identifier: MPL-2.0
// One call: its figures over time, and what can be done to it.

import { html, useEffect, useState } from './vendor/htm-preact.js';
import * as api from './api.js';
import { state, act, key, loadPeople, server as serverNamed, show, toast } from './store.js';
import { Act, Badge, Icon, duration, question, useEvery, useSecond } from './parts.js';
import { Chart } from './chart.js';

const charts = [
  { title: 'Loss', unit: '%', least: 5, lines: [{ name: 'lossPercent', label: 'from Janus', colour: '--in' }, { name: 'remoteLossPercent', label: 'to Janus', colour: '--out' }] },
  { title: 'Jitter', unit: 'ms', least: 20, lines: [{ name: 'jitter', label: 'from Janus', colour: '--in' }, { name: 'remoteJitterMs', label: 'to Janus', colour: '--out' }] },
  { title: 'Round trip', unit: 'ms', least: 50, lines: [{ name: 'rtt', label: 'with Janus', colour: '--in' }] },
  { title: 'Jitter buffer', unit: 'ms', least: 50, lines: [{ name: 'bufferMs', label: 'holds', colour: '--in' }, { name: 'targetMs', label: 'aims at', colour: '--out' }] },
];
const counters = [
  ['packetsIn', 'packets from Janus'], ['packetsOut', 'packets to Janus'], ['loss', 'lost on the way here'], ['remoteLoss', 'lost on the way to Janus'],
  ['late', 'too late'], ['duplicated', 'twice'], ['concealed', 'frames concealed'], ['recovered', 'of these, mended by FEC'], ['skipped', 'frames skipped'],
  ['overruns', 'dropped here'], ['slowlinksUp', 'slow link, to Janus'], ['slowlinksDown', 'slow link, from Janus'], ['mediaStops', 'times without audio'],
];

function Janus({ server, uuid }) {
  const [said, setSaid] = useState(null);
  const [file, setFile] = useState('');
  useEffect(() => setSaid(null), [uuid]);
  if (!serverNamed(server)?.admin) return html`<p class="soft">How Janus sees the call, and captures of its packets, need <code>admin-url</code> and <code>admin-secret</code> of the server ${server}.</p>`;
  const ask = async () => {
    try { const told = await api.info(server, uuid); setSaid(told); setFile(told.pcapFile ?? ''); } catch (err) { toast(err.message, true); }
  };
  const capture = async () => { if (await act({ verb: 'admin', server, args: ['pcap', uuid, file ? 'stop' : 'start'] }, file ? 'the capture has ended' : 'Janus captures the packets')) await ask(); };
  return html`<section><h2>How Janus sees it</h2>
    <div class="toolbar"><${Act} words="Ask Janus" label="Ask Janus" open run=${ask} /><${Act} icon=${file ? 'stop' : 'record'} words=${file ? 'Stop capture' : 'Capture packets'} label=${file ? 'Stop the capture' : 'Capture packets (pcap)'} run=${capture} /></div>
    ${file && html`<p class="soft">Janus writes the packets to <code>${file}</code>.</p>`}
    ${said && html`<dl class="figures">${Object.entries(said).map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${String(value)}</dd></div>`)}</dl>`}
  </section>`;
}

export function Call({ uuid }) {
  useSecond();
  const call = state.calls.get(uuid);
  useEffect(() => { show(call ? key(call.server, call.room) : '', [uuid]); });
  useEvery(10000, () => call && loadPeople(call.server, call.room), uuid, call?.room, state.me?.id);
  const points = state.figures.get(uuid) ?? [];
  const last = points.at(-1);
  if (!call) {
    return html`<main id="main" tabindex="-1"><header class="head"><a class="act bare back" href="#/" aria-label="All rooms"><${Icon} name="back" /></a><h1>This call is over</h1></header>
      <p class="soft"><code>${uuid}</code></p>${points.length > 0 && html`<div class="charts">${charts.map((c) => html`<${Chart} key=${c.title} ...${c} points=${points} />`)}</div>`}</main>`;
  }
  const name = call.display || uuid;
  const p = (state.people.get(key(call.server, call.room))?.rows ?? []).find((one) => one.uuid === uuid) ?? {};
  const of = (verb, args, said) => act({ verb, uuid, args }, said);
  const toggle = (flag, on, off) => async () => { if (await of(p[flag] ? off : on)) p[flag] = !p[flag]; };
  const rename = async () => {
    const words = await question({ title: 'Another name', fields: [{ name: 'name', label: 'Name in the room', value: call.display, required: true }], yes: 'Rename' });
    if (words) await of('display', [words.name.trim()]);
  };
  const move = async () => {
    const words = await question({ title: `Move ${name} to another room`, text: `of ${call.server}`, fields: [{ name: 'room', label: 'Room', required: true }, { name: 'pin', label: 'PIN, if it wants one', type: 'password' }], yes: 'Move' });
    if (words) await of('move', [words.room.trim(), ...(words.pin ? [words.pin] : [])], `${name} is in ${words.room}`);
  };
  const kick = async () => { if (await question({ title: `Throw ${name} out?`, text: 'The call ends.', yes: 'Throw out', danger: true })) await of('kick', undefined, `${name} is out`); };
  return html`<main id="main" tabindex="-1">
    <header class="head"><a class="act bare back" href=${`#/room/${encodeURIComponent(call.server)}/${encodeURIComponent(call.room)}`} aria-label=${`Room ${call.room}`}><${Icon} name="back" /></a>
      <div><h1>${name}</h1><p class="soft">room <a href=${`#/room/${encodeURIComponent(call.server)}/${encodeURIComponent(call.room)}`}>${call.room}</a> of ${call.server} · ${call.codec || '–'} · ${duration(call.began)}</p></div>
      <span class="marks"><${Badge} kind=${call.state === 'up' ? 'talk' : ''}>${call.state}<//>${p.muted && html`<${Badge} kind="mute">muted<//>`}${p.suspended && html`<${Badge}>suspended<//>`}${p.deaf && html`<${Badge}>deaf<//>`}</span></header>
    <div class="toolbar" role="toolbar" aria-label="Call">
      <${Act} icon=${p.muted ? 'mic' : 'micoff'} words=${p.muted ? 'Unmute' : 'Mute'} label=${`${p.muted ? 'Unmute' : 'Mute'} ${name}`} run=${toggle('muted', 'mute', 'unmute')} />
      <${Act} icon="ear" words=${p.deaf ? 'Undeaf' : 'Deaf'} label=${p.deaf ? 'The call hears its room again' : 'The call hears nothing of its room'} run=${toggle('deaf', 'deaf', 'undeaf')} />
      <${Act} icon="pause" words=${p.suspended ? 'Resume' : 'Suspend'} label=${p.suspended ? 'Back into the mix' : 'Out of the mix, both ways'} run=${toggle('suspended', 'suspend', 'resume')} />
      <${Act} icon=${p.recording ? 'stop' : 'record'} words=${p.recording ? 'Stop recording' : 'Record'} label=${p.recording ? 'Stop recording the call' : 'Record the call'} run=${async () => { if (await of('record', [p.recording ? 'stop' : 'start'])) p.recording = !p.recording; }} />
      <${Act} words="Rename" label="Rename" run=${rename} /><${Act} words="Move" label="Move to another room" run=${move} />
      <${Act} icon="kick" words="Throw out" label=${`Throw ${name} out`} kind="danger" run=${kick} />
    </div>
    <div class="charts">${charts.map((c) => html`<${Chart} key=${c.title} ...${c} points=${points} />`)}</div>
    ${last && html`<section><h2>Counted</h2><dl class="figures">${counters.map(([of, words]) => html`<div key=${of}><dt>${words}</dt><dd>${last[of]}</dd></div>`)}</dl></section>`}
    <${Janus} server=${call.server} uuid=${uuid} />
    <p class="soft"><code>${uuid}</code></p>
  </main>`;
}
