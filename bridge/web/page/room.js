// SPDX-License-Identifier: MPL-2.0
// One room, and who is in it.

import { html, useEffect } from './vendor/htm-preact.js';
import { state, act, key, loadPeople, loadRooms, may, server as serverNamed, show, toast, touch } from './store.js';
import { Act, Badge, Icon, More, many, question, useEvery, useSecond, duration } from './parts.js';
import { audio, canTalk, listen, stop, talk } from './audio.js';
import { roomsOf } from './rooms.js';

const initials = (name) => (name || '?').replace(/[^\p{L}\p{N} ]/gu, '').split(/\s+/).filter(Boolean).slice(0, 2).map((w) => [...w][0]).join('').toUpperCase() || '?';

async function enter(server, room, pin) {
  try {
    await listen(server, room, pin);
    loadRooms(server);
    loadPeople(server, room);
  } catch (err) {
    if (err.status === 403 && may()) {
      const words = await question({ title: `Room ${room} wants a PIN`, fields: [{ name: 'pin', label: 'PIN', type: 'password', required: true }], yes: 'Listen' });
      if (words) await enter(server, room, words.pin);
      return;
    }
    toast(err.message, true);
  }
}

function Listen({ server, room }) {
  const here = audio && audio.server === server && audio.room === room;
  if (!here) return html`<${Act} icon="ear" words="Listen" kind="main" label=${`Listen in room ${room}`} run=${() => enter(server, room)} />`;
  const talks = !audio.muted;
  return html`<span class="listening" role="group" aria-label="Your place in this room">
    <span class="meter" aria-hidden="true"><i></i></span><span class="soft" role="status">${audio.state === 'connected' ? (talks ? 'you talk' : 'you listen') : audio.state}</span>
    <${Act} icon=${talks ? 'mic' : 'micoff'} words=${talks ? 'Be silent' : 'Talk'} label=${talks ? 'Be silent' : 'Talk'} pressed=${talks} off=${!canTalk() && !talks}
      kind=${talks ? 'live' : ''} run=${() => talk(!talks)} />
    <${Act} icon="stop" words="Leave" label=${`Leave room ${room}`} run=${stop} />
    ${!canTalk() && html`<small class="soft">To talk, open this page by https or on localhost: browsers give no microphone otherwise.</small>`}
  </span>`;
}

function Toolbar({ server, room, row }) {
  const of = (args, said) => act({ verb: 'room', server, room, args }, said).then((done) => { loadRooms(server); return done; });
  const playFile = async () => {
    const words = await question({ title: `Play a file in room ${room}`, text: 'An Opus file on Janus’s machine: its path there.',
      fields: [{ name: 'file', label: 'File', example: '/var/lib/janus/announcement.opus', required: true }], yes: 'Play' });
    if (words) await of(['play', words.file.trim()], 'it is played');
  };
  const lock = (on) => of(['allow', on ? 'enable' : 'disable'], on ? 'nobody else can come in' : 'everybody can come in');
  const kickAll = async () => {
    if (await question({ title: `Throw everybody out of room ${room}?`, text: 'Their calls end.', yes: 'Throw out', danger: true })) await of(['kick-all'], 'the room is empty');
  };
  return html`<div class="toolbar" role="toolbar" aria-label="Room">
    <${Listen} server=${server} room=${room} />
    <${Act} icon=${row.muted ? 'mic' : 'micoff'} words=${row.muted ? 'Unmute all' : 'Mute all'} label=${row.muted ? 'Unmute all' : 'Mute all'} run=${() => of([row.muted ? 'unmute-all' : 'mute-all'])} />
    <${Act} icon=${row.record ? 'stop' : 'record'} words=${row.record ? 'Stop recording' : 'Record'} label=${row.record ? 'Stop recording the room' : 'Record the room'} kind=${row.record ? 'live' : ''}
      run=${() => of(['record', row.record ? 'stop' : 'start'])} />
    <${More}>
      <${Act} icon="play" words="Play a file" label="Play a file in the room" run=${playFile} />
      <${Act} icon="stop" words="Stop files" label="Stop the files that play" run=${() => of(['play', 'stop'], 'nothing plays')} />
      <${Act} icon="lock" words="Lock" label="Lock the room: nobody else comes in" run=${() => lock(true)} />
      <${Act} icon="unlock" words="Unlock" label="Unlock the room" run=${() => lock(false)} />
      <${Act} icon="kick" words="Throw everybody out" label="Throw everybody out" kind="danger" run=${kickAll} />
    <//>
  </div>`;
}

function Volume({ uuid, name }) {
  const percent = state.volumes.get(uuid); // unknown until this page has set it
  const set = async (value) => { if (await act({ verb: 'volume', uuid, args: [String(value)] })) state.volumes.set(uuid, value); touch(); };
  return html`<label class="volume" title=${`How loud the room hears ${name}; 100 % is as it is`}><${Icon} name="volume" /><span class="hidden">Volume of ${name}, percent</span>
    <input type="range" min="0" max="200" step="10" value=${percent ?? 100} disabled=${!may()} onChange=${(e) => set(Number(e.target.value))} /><output>${percent === undefined ? '' : `${percent} %`}</output></label>`;
}

function Quality({ uuid }) {
  const last = state.figures.get(uuid)?.at(-1);
  if (!last) return null;
  const worst = Math.max(last.lossPercent, last.remoteLossPercent);
  const kind = worst > 5 || last.rtt > 400 ? 'bad' : worst > 1 || last.rtt > 200 ? 'fair' : 'good';
  return html`<span class=${`quality ${kind}`} title=${`loss ${last.lossPercent} % in, ${last.remoteLossPercent} % out; jitter ${last.jitter} ms`}>
    <i aria-hidden="true"></i>${last.rtt} ms, ${worst} %</span>`;
}

function Person({ p, server, room }) {
  const id = String(p.id);
  const name = p.display || `participant ${id}`;
  const ours = p.uuid;
  const call = state.calls.get(ours);
  const self = audio?.id === id && audio.server === server && audio.room === room;
  const mute = async () => {
    const verb = p.muted ? 'unmute' : 'mute';
    if (await act(ours ? { verb, uuid: ours } : { verb: 'room', server, room, args: [verb, id] })) p.muted = verb === 'mute';
  };
  const kick = async () => {
    if (!await question({ title: `Throw ${name} out?`, text: ours ? 'The call ends.' : '', yes: 'Throw out', danger: true })) return;
    await act(ours ? { verb: 'kick', uuid: ours } : { verb: 'room', server, room, args: ['kick', id] }, `${name} is out`);
  };
  const record = async () => {
    if (await act({ verb: 'record', uuid: ours, args: [p.recording ? 'stop' : 'start'] })) p.recording = !p.recording;
  };
  return html`<li class=${`person ${p.talking && !p.muted ? 'talks' : ''}`}>
    <span class="face" aria-hidden="true">${initials(name)}</span>
    <div class="who">
      <b>${ours ? html`<a href=${`#/call/${encodeURIComponent(ours)}`}>${name}</a>` : name}</b>
      <span class="soft"><${Icon} name=${ours ? 'phone' : 'browser'} />${ours ? 'phone' : self ? 'this browser' : 'browser'}${call ? ` · ${call.codec} · ${duration(call.began)}` : ''}</span>
      <span class="marks">
        ${p.talking && !p.muted && html`<${Badge} kind="talk">talks<//>`}${p.muted && html`<${Badge} kind="mute">muted<//>`}
        ${p.suspended && html`<${Badge}>suspended<//>`}${p.deaf && html`<${Badge}>deaf<//>`}${p.recording && html`<${Badge} kind="rec">rec<//>`}
        ${p.hand && html`<${Badge} kind="hand"><${Icon} name="hand" />hand<//>`}${p.setup === false && html`<${Badge}>connecting<//>`}
      </span>
    </div>
    ${ours && html`<${Quality} uuid=${ours} />`}
    ${ours && html`<${Volume} uuid=${ours} name=${name} />`}
    <div class="acts">
      <${Act} icon=${p.muted ? 'micoff' : 'mic'} label=${`${p.muted ? 'Unmute' : 'Mute'} ${name}`} pressed=${Boolean(p.muted)} run=${mute} />
      ${ours && html`<${Act} icon=${p.recording ? 'stop' : 'record'} label=${`${p.recording ? 'Stop recording' : 'Record'} ${name}`} run=${record} />`}
      ${ours && html`<a class="act bare" href=${`#/call/${encodeURIComponent(ours)}`} aria-label=${`Figures of ${name}`} title=${`Figures of ${name}`}><${Icon} name="chart" /></a>`}
      <${Act} icon="kick" label=${`Throw ${name} out`} kind="danger" run=${kick} />
    </div>
  </li>`;
}

export function Room({ server, room }) {
  const list = state.people.get(key(server, room));
  const rows = [...(list?.rows ?? [])].sort((a, b) => a.display.localeCompare(b.display, 'en', { numeric: true }) || String(a.id).localeCompare(String(b.id)));
  useSecond();
  // the events of the room tell what changes; the list mends what they cannot tell
  useEvery(() => 4000 + rows.length * 20, () => state.connected && loadPeople(server, room), server, room, state.me?.id);
  useEffect(() => { show(key(server, room), rows.map((p) => p.uuid).filter(Boolean)); });
  const row = roomsOf(server).find((r) => r.room === room) ?? {};
  const talking = rows.some((p) => p.talking);
  return html`<main id="main" tabindex="-1">
    <header class="head"><a class="act bare back" href="#/" aria-label="All rooms"><${Icon} name="back" /></a>
      <div><h1>${room}</h1><p class="soft">${[row.description, server, many(rows.length, 'participant')].filter(Boolean).join(' · ')}</p></div></header>
    <${Toolbar} server=${server} room=${room} row=${row} />
    ${list?.error && html`<p class="wrong">${list.error}</p>`}
    <ul class="people" aria-label="Participants">${rows.map((p) => html`<${Person} key=${String(p.id)} p=${p} server=${server} room=${room} />`)}</ul>
    ${list && !rows.length && !list.error && html`<p class="empty">Nobody is here.</p>`}
    ${rows.length > 0 && !talking && html`<p class="soft hint">Who talks is shown in rooms whose Janus tells it: with <code>audiolevel_event</code>${serverNamed(server)?.state === 'connected' ? '' : ' (the server is not connected)'}.</p>`}
  </main>`;
}
