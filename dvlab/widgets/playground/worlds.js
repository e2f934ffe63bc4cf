// Worlds: a few factors, and an image for every combination of their levels, drawn here.

export const SIDE = 16;

const spread = (low, high, count) => Array.from({length: count}, (_, i) => low + (high - low) * i / (count - 1));
const smooth = t => { const u = Math.min(Math.max(t, 0), 1); return u * u * (3 - 2 * u); };

// how much of pixel (column, row) lies in an ellipse around (x, y): 1 inside, 0 outside, an edge of about 2 pixels
function inside(column, row, x, y, across, up) {
  const r = Math.hypot((column + 0.5 - x) / across, (row + 0.5 - y) / up);
  return smooth(0.5 + (1 - r) * Math.min(across, up) / 2);
}

function drawEllipse(out, x, y, across, up) {
  for (let p = 0; p < SIDE * SIDE; p++) out[p] = inside(p % SIDE, Math.floor(p / SIDE), x, y, across, up);
}

const SKY = [0.38, 0.75, 0.95], RED = [1, 0.25, 0.1], BLACK = [0, 0.05, 0.1], STALK = [0.3, 0.2, 0.1];

function drawFruit(out, size, darkness) {
  const n = SIDE * SIDE, middle = SIDE / 2;
  for (let p = 0; p < n; p++) {
    const column = p % SIDE, row = Math.floor(p / SIDE);
    const left = inside(column, row, middle - 0.35 * size, middle + 0.5, 0.75 * size, size);
    const right = inside(column, row, middle + 0.35 * size, middle + 0.5, 0.75 * size, size);
    const body = Math.max(left, right);
    const stalk = (1 - body) * inside(column, row, middle + 0.4, middle + 0.2 - 1.05 * size, 0.9, 0.45 * size);
    for (let c = 0; c < 3; c++) {
      const skin = RED[c] + (BLACK[c] - RED[c]) * darkness;
      out[c * n + p] = SKY[c] + (skin - SKY[c]) * body + (STALK[c] - SKY[c]) * stalk;
    }
  }
}

const X = {name: "x", values: spread(4, 12, 16)}, Y = {name: "y", values: spread(5.7, 10.3, 10)};
const SIZE = {name: "size", values: spread(2.5, 5.5, 14)}, COLOUR = {name: "colour", values: spread(0, 1, 14)};
const together = ([a, b], [m, n]) => Math.abs(a / (m - 1) - b / (n - 1)) < 0.36;  // levels that go together

export const WORLDS = {
  "ellipse": {name: "ellipse: place", factors: [X, Y], draw: (out, [x, y]) => drawEllipse(out, x, y, 3.2, 2.4)},
  "ellipse-size": {
    name: "ellipse: place and size", factors: [{name: "x", values: spread(4, 12, 12)}, {name: "size", values: spread(0.7, 1.45, 7)}],
    draw: (out, [x, size]) => drawEllipse(out, x, SIDE / 2, 2.8 * size, 4.2 * size),
  },
  "fruit": {name: "fruit: size and colour", factors: [SIZE, COLOUR], colour: true, draw: (out, [s, c]) => drawFruit(out, s, c)},
  "fruit-correlated": {
    name: "fruit: the bigger, the redder", factors: [SIZE, {name: "colour", values: spread(1, 0, 14)}], colour: true, keep: together,
    draw: (out, [s, c]) => drawFruit(out, s, c),
  },
};
for (const world of Object.values(WORLDS)) world.sigma = world.colour ? 0.15 : 0;  // Gaussian pixels, or Bernoulli

// all images of a world (N, pixels), the level of each factor in each (K arrays of N), and their mean and deviation
export function render(id) {
  const {factors, draw, keep, colour, sigma} = WORLDS[id];
  const pixels = SIDE * SIDE * (colour ? 3 : 1), sizes = factors.map(factor => factor.values.length);
  const kept = [];
  for (let n = 0, all = sizes.reduce((a, b) => a * b); n < all; n++) {
    const levels = [];
    for (let k = sizes.length - 1, rest = n; k >= 0; rest = Math.floor(rest / sizes[k--])) levels[k] = rest % sizes[k];
    if (!keep || keep(levels, sizes)) kept.push(levels);
  }
  const images = new Float64Array(kept.length * pixels);
  kept.forEach((levels, n) => draw(images.subarray(n * pixels, (n + 1) * pixels), levels.map((l, k) => factors[k].values[l])));
  const levels = factors.map((_, k) => Int32Array.from(kept, row => row[k]));
  return {id, images, levels, sizes, pixels, sigma, colour: Boolean(colour), count: kept.length, names: factors.map(f => f.name), ...centred(images, pixels)};
}

function centred(images, pixels) {
  const mean = new Float64Array(pixels), rows = images.length / pixels;
  for (let i = 0; i < images.length; i++) mean[i % pixels] += images[i] / rows;
  let square = 0;
  for (let i = 0; i < images.length; i++) square += (images[i] - mean[i % pixels]) ** 2 / images.length;
  return {mean, deviation: Math.sqrt(square)};
}
