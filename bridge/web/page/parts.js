// SPDX-License-Identifier: MPL-2.0
// Small parts that the views share.

import { html, useState, useEffect, useRef } from './vendor/htm-preact.js';
import { may } from './store.js';

const icons = {
  mic: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM6 11a6 6 0 0 0 12 0M12 17v4M9 21h6',
  micoff: 'M4 4l16 16M9 9v3a3 3 0 0 0 4.6 2.5M15 11V6a3 3 0 0 0-5.8-1M6 11a6 6 0 0 0 9.5 4.8M18 11a6 6 0 0 1-.6 2.7M12 17v4M9 21h6',
  ear: 'M4 14v-2a8 8 0 0 1 16 0v2M4 14h3v6H5a1 1 0 0 1-1-1zM20 14h-3v6h2a1 1 0 0 0 1-1z',
  phone: 'M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1z',
  browser: 'M3 5h18v14H3zM3 9h18M6 7h.01M9 7h.01',
  kick: 'M14 4H6v16h8M10 12h11M17 8l4 4-4 4',
  lock: 'M6 11h12v9H6zM8 11V8a4 4 0 0 1 8 0v3',
  unlock: 'M6 11h12v9H6zM8 11V8a4 4 0 0 1 7.5-2',
  record: 'M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14z',
  stop: 'M6 6h12v12H6z',
  play: 'M7 5l12 7-12 7z',
  volume: 'M4 10v4h4l5 4V6L8 10zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11',
  back: 'M15 5l-7 7 7 7', down: 'M6 9l6 6 6-6', chart: 'M4 20V4M4 20h16M8 15l4-5 3 3 5-7', hand: 'M8 12V6a1.5 1.5 0 0 1 3 0v5V4.500a1.5 1.5 0 0 1 3 0V11V6a1.5 1.5 0 0 1 3 0v8a6 6 0 0 1-11 3l-3-5a1.500 1.500 0 0 1 2.500-1.500z',
  pause: 'M8 5v14M16 5v14', people: 'M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2 20a7 7 0 0 1 14 0M16 4.500a3.500 3.500 0 0 1 0 6.500M18 14a7 7 0 0 1 4 6',
  moon: 'M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z', sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2',
};
export const Icon = ({ name }) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${icons[name]} /></svg>`;

// Act is a button that does something; who may only see has it disabled. Words: it shows its label.
export function Act({ icon, label, words, run, pressed, kind = '', off = false, open = false }) {
  const [busy, setBusy] = useState(false);
  const there = useRef(true);
  useEffect(() => () => { there.current = false; }, []);
  const click = async () => {
    setBusy(true);
    try { await run(); } finally { if (there.current) setBusy(false); }
  };
  const barred = !open && !may();
  return html`<button type="button" class=${`act ${kind} ${words ? '' : 'bare'}`} aria-label=${label} title=${barred ? `${label} (your role is view)` : label}
    aria-pressed=${pressed === undefined ? undefined : String(pressed)} aria-busy=${String(busy)} disabled=${busy || off || barred} onClick=${click}>
    ${icon && html`<${Icon} name=${icon} />`}${words && html`<span>${words === true ? label : words}</span>`}</button>`;
}

// More is a menu of what is wanted less often. It closes when something is chosen, or by Escape.
export function More({ children }) {
  const at = useRef();
  const close = () => { at.current.open = false; };
  return html`<details class="more" ref=${at} onKeyDown=${(e) => { if (e.key === 'Escape') { close(); at.current.firstElementChild.focus(); } }}
    onFocusOut=${(e) => { if (e.relatedTarget && !at.current.contains(e.relatedTarget)) close(); }}>
    <summary class="act"><span>More</span><${Icon} name="down" /></summary><div class="menu" onClick=${close}>${children}</div></details>`;
}

export const Dot = ({ state }) => html`<i class=${`dot ${state}`} aria-hidden="true"></i>`;
export const Badge = ({ kind = '', children }) => html`<span class=${`badge ${kind}`}>${children}</span>`;

export const duration = (began) => {
  const all = Math.max(0, Math.floor((Date.now() - began) / 1000));
  const two = (n) => String(n).padStart(2, '0');
  const hours = Math.floor(all / 3600);
  return `${hours ? hours + ':' : ''}${hours ? two(Math.floor(all / 60) % 60) : Math.floor(all / 60)}:${two(all % 60)}`;
};
export const many = (n, one, more = one + 's') => `${n} ${n === 1 ? one : more}`;

// useSecond has a view drawn anew each second, for what tells the time.
export function useSecond() {
  const [, set] = useState(0);
  useEffect(() => { const clock = setInterval(() => set(Date.now()), 1000); return () => clearInterval(clock); }, []);
}

// useEvery asks for something now, and again while the view is on screen.
export function useEvery(pause, ask, ...of) {
  useEffect(() => {
    let clock;
    const again = async () => {
      if (!document.hidden) await ask();
      clock = setTimeout(again, typeof pause === 'function' ? pause() : pause);
    };
    again();
    return () => clearTimeout(clock);
  }, of);
}

let dialog = null;
let redraw = () => {};
// question asks for words, or with no fields for a yes. It promises the words by name, or null.
export function question(what) {
  return new Promise((done) => { dialog = { ...what, done }; redraw(); });
}
const answered = (words) => { const { done } = dialog; dialog = null; redraw(); done(words); };

export function Question() {
  const [, set] = useState(0);
  const at = useRef();
  redraw = () => set((n) => n + 1);
  useEffect(() => { if (dialog && at.current && !at.current.open) at.current.showModal(); });
  if (!dialog) return null;
  const { title, text, fields = [], yes, danger } = dialog;
  const submit = (event) => {
    event.preventDefault();
    answered(Object.fromEntries(new FormData(event.target)));
  };
  return html`<dialog ref=${at} aria-labelledby="question" onCancel=${(e) => { e.preventDefault(); answered(null); }}>
    <form onSubmit=${submit}>
      <h2 id="question">${title}</h2>
      ${text && html`<p>${text}</p>`}
      ${fields.map((f) => html`<label key=${f.name}>${f.label}<input name=${f.name} type=${f.type ?? 'text'} value=${f.value ?? ''} placeholder=${f.example ?? ''}
        required=${f.required ?? false} autocomplete="off" autofocus /></label>`)}
      <div class="buttons"><button type="button" class="act" onClick=${() => answered(null)}>Cancel</button>
        <button class=${`act ${danger ? 'danger' : 'main'}`} autofocus=${!fields.length}>${yes}</button></div>
    </form></dialog>`;
}
