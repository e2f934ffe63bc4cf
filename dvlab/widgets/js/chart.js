// Axes, ticks and marks as SVG. Text and lines take the page's colour.

import { draw, fixed } from "./dom.js";

// Okabe & Ito (2008): told apart by all common kinds of colour blindness.
export const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

const VIRIDIS = ["440154", "482475", "414487", "355f8d", "2a788e", "21918c", "22a884", "44bf70", "7ad151", "bddf26",
  "fde725"].map(hex => [0, 2, 4].map(at => parseInt(hex.slice(at, at + 2), 16)));

// The colour map of matplotlib's that all heat maps of the course have; `share` runs from 0 to 1.
export function viridis(share) {
  const at = 10 * Math.min(Math.max(share, 0), 1), i = Math.min(Math.floor(at), 9);
  return `rgb(${VIRIDIS[i].map((low, c) => Math.round(low + (at - i) * (VIRIDIS[i + 1][c] - low))).join(",")})`;
}

// A chart whose plane `x` = [low, high], `y` = [low, high] is width × height pixels; `log` names the logarithmic axes.
// Ticks are numbers, or [number, text].
export function chart({ width, height, x, y, log = "", title = "", xlabel = "", ylabel = "", xticks, yticks,
  left = 46, bottom = 40, right = 12, describes = "" }) {
  const top = 8 + 16 * (title ? title.split("\n").length : 0);
  const scale = (axis, [low, high], size, flipped) => value => {
    const f = log.includes(axis) ? Math.log : v => v;
    const share = (f(value) - f(low)) / (f(high) - f(low));
    return size * (flipped ? 1 - share : share);
  };
  const sx = scale("x", x, width, false), sy = scale("y", y, height, true);
  const plane = draw("g", { transform: `translate(${left} ${top})` });
  const marks = draw("g");
  const line = { stroke: "currentColor", "stroke-width": 0.8, fill: "none" };
  plane.append(marks, draw("path", { ...line, d: `M0 0V${height}H${width}` }));
  for (const tick of xticks ?? ticks(x)) {
    const [value, words] = Array.isArray(tick) ? tick : [tick, String(tick)];
    plane.append(draw("path", { ...line, d: `M${sx(value)} ${height}v4` }),
      label(words, { x: sx(value), y: height + 17, "text-anchor": "middle" }));
  }
  for (const tick of yticks ?? ticks(y)) {
    const [value, words] = Array.isArray(tick) ? tick : [tick, String(tick)];
    plane.append(draw("path", { ...line, d: `M0 ${sy(value)}h-4` }),
      label(words, { x: -8, y: sy(value) + 4 - 7 * (words.split("\n").length - 1), "text-anchor": "end" }));
  }
  const middle = { "text-anchor": "middle" };
  plane.append(label(title, { x: width / 2, y: 12 - top, ...middle }),
    label(xlabel, { x: width / 2, y: height + 34, ...middle }),
    label(ylabel, { transform: `translate(${-left + 12} ${height / 2}) rotate(-90)`, ...middle }));
  const [w, h] = [left + width + right, top + height + bottom];
  const root = draw("svg", { viewBox: `0 0 ${w} ${h}`, width: w, height: h, role: "img", "aria-label": describes }, plane);
  return { root, marks, plane, x: sx, y: sy,
    add(tag, attributes = {}) { return marks.appendChild(draw(tag, attributes)); },
    path: points => "M" + points.map(([a, b]) => `${sx(a).toFixed(2)} ${sy(b).toFixed(2)}`).join("L"),
    dots: points => points.map(([a, b]) => `M${sx(a).toFixed(2)} ${sy(b).toFixed(2)}h0`).join("") };
}

export function label(words, attributes) {
  const lines = words.split("\n").map((line, i) => draw("tspan", i ? { x: attributes.x ?? 0, dy: "1.15em" } : {}, line));
  return draw("text", attributes, ...lines);
}

// Round numbers between low and high, about five.
export function ticks([low, high]) {
  const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find(each => each * power >= rough);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.ceil(low / step - 1e-9), count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => [(first + i) * step, fixed((first + i) * step, digits)]);
}

// The powers of ten between low and high.
export function decades([low, high]) {
  const first = Math.ceil(Math.log10(low) - 1e-9), count = Math.floor(Math.log10(high) + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => [10 ** (first + i), String(Number((10 ** (first + i)).toPrecision(1)))]);
}

// A legend of [words, attributes of a short line], its first line at (x, y) of the plane.
export function legend(plane, entries, x, y) {
  entries.forEach(([words, look], i) => plane.append(
    draw("path", { d: `M${x} ${y + 16 * i}h22`, fill: "none", "stroke-width": 2, ...look }),
    label(words, { x: x + 28, y: y + 4 + 16 * i })));
}
