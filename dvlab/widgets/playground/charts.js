// Curves over the steps of a run, on a canvas.

import { prepared, themed } from "./colours.js";

const LEFT = 38, RIGHT = 8, TOP = 8, BOTTOM = 20;

// series: [{values, colour, width, dashed, steps}], over the same `steps` unless they have their own; top: the least upper end of the axis
export function drawCurves(canvas, steps, series, {top = 1, fixed = false, log = false, low = 0} = {}) {
  const {context, width, height} = prepared(canvas);
  if (width < 60) return;
  let high = top;
  if (!fixed) for (const {values} of series) for (const v of values) if (v > high) high = v;
  if (!fixed && !log) high = nice(high);
  const last = Math.max(100, ...[{steps}, ...series].map(one => one.steps?.at(-1) ?? 0));
  const x = s => LEFT + (width - LEFT - RIGHT) * s / last;
  const share = log ? v => Math.log(Math.max(v, low) / low) / Math.log(high / low) : v => v / high;
  const y = v => height - BOTTOM - (height - TOP - BOTTOM) * Math.min(Math.max(share(v), 0), 1);
  context.font = "12px system-ui, sans-serif";
  context.strokeStyle = themed("line"); context.fillStyle = themed("quiet"); context.lineWidth = 1;
  context.textAlign = "right"; context.textBaseline = "middle";
  const marks = log ? decades(low, high) : [0, 0.5, 1].map(t => t * high);
  for (const mark of marks) {
    context.beginPath(); context.moveTo(LEFT, y(mark)); context.lineTo(width - RIGHT, y(mark)); context.stroke();
    context.fillText(plain(mark), LEFT - 5, y(mark));
  }
  context.textAlign = "left"; context.textBaseline = "alphabetic";
  context.fillText("0", LEFT, height - 5);
  context.textAlign = "right";
  context.fillText(`${last.toLocaleString("en")} steps`, width - RIGHT, height - 5);
  for (const {values, colour, width: thick = 2, dashed = false, steps: own = steps} of series) {
    context.strokeStyle = colour; context.lineWidth = thick; context.setLineDash(dashed ? [5, 4] : []);
    context.beginPath();
    values.forEach((v, i) => v === null || Number.isNaN(v) ? 0 : context.lineTo(x(own[i]), y(v)));
    context.stroke();
  }
  context.setLineDash([]);
}

function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 3, 4, 5, 6, 8, 10].find(m => m * power >= value * 0.999);
}

function decades(low, high) {
  const marks = [];
  for (let v = 10 ** Math.ceil(Math.log10(low)); v <= high; v *= 10) marks.push(v);
  return marks;
}

const plain = v => v >= 10 ? String(Math.round(v)) : String(Math.round(v * 100) / 100);

// what a run has shown so far, thinned to every second look when it gets long
export class History {
  constructor() { this.steps = []; this.rows = []; }

  add(step, row) {
    if (this.steps.at(-1) === step) { this.steps.pop(); this.rows.pop(); }
    this.steps.push(step); this.rows.push(row);
    if (this.steps.length > 800) {
      const half = (_, i) => i % 2 === 0 || i === 800;
      this.steps = this.steps.filter(half); this.rows = this.rows.filter(half);
    }
  }

  of(pick) { return this.rows.map(pick); }
}
