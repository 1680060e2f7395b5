// SPDX-License-Identifier: MPL-2.0
// A chart of figures over the last five minutes, on a canvas.

import { html, useRef, useLayoutEffect } from './vendor/htm-preact.js';

const span = 300; // seconds
const nice = (top) => [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].find((n) => n >= top) ?? top;

function draw(canvas, points, lines, least) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width) return;
  const scale = devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const ctx = canvas.getContext('2d');
  ctx.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const left = 34, bottom = height - 16, top = nice(Math.max(least, ...points.flatMap((p) => lines.map((l) => p[l.name] ?? 0))));
  const now = Date.now();
  const x = (t) => left + (width - left - 2) * (1 - (now - t) / 1000 / span);
  const y = (v) => bottom - (bottom - 6) * Math.min(1, v / top);
  ctx.font = `11px ${style.fontFamily}`;
  ctx.fillStyle = style.getPropertyValue('--soft');
  ctx.strokeStyle = style.getPropertyValue('--line');
  ctx.lineWidth = 1;
  for (const part of [0, 0.5, 1]) {
    const at = Math.round(y(top * part)) + 0.5;
    ctx.beginPath(); ctx.moveTo(left, at); ctx.lineTo(width, at); ctx.stroke();
    ctx.textAlign = 'right';
    ctx.fillText(String(top * part), left - 6, at + 4);
  }
  ctx.textAlign = 'center';
  for (let minute = 1; minute < 5; minute++) ctx.fillText(`−${minute} min`, x(now - minute * 60000), height - 2);
  for (const line of lines) {
    ctx.strokeStyle = style.getPropertyValue(line.colour);
    ctx.lineWidth = 1.75;
    ctx.lineJoin = 'round';
    ctx.beginPath();
    let before = 0;
    for (const p of points) {
      if (p[line.name] == null) continue;
      if (before && p.t - before < 5000) ctx.lineTo(x(p.t), y(p[line.name])); else ctx.moveTo(x(p.t), y(p[line.name]));
      before = p.t;
    }
    ctx.stroke();
  }
}

// Chart shows lines of figures: {name, label, colour}, in a unit. least is the least top of the scale.
export function Chart({ title, unit, lines, points, least }) {
  const canvas = useRef();
  useLayoutEffect(() => { draw(canvas.current, points, lines, least); });
  const last = points[points.length - 1] ?? {};
  const said = lines.map((l) => `${l.label} ${last[l.name] ?? '–'} ${unit}`).join(', ');
  return html`<figure class="chart">
    <figcaption><b>${title}</b>${lines.map((l) => html`<span class="key" key=${l.name}><i style=${{ background: `var(${l.colour})` }}></i>${l.label} <b>${last[l.name] ?? '–'}</b> ${unit}</span>`)}</figcaption>
    <canvas ref=${canvas} role="img" aria-label=${`${title} over five minutes; now ${said}`}></canvas>
  </figure>`;
}
