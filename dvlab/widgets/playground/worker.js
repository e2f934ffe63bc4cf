// The worker: trains in slices of a few milliseconds, listens between them, and posts what the page draws.

import { toPixels } from "./likelihood.js";
import { OBJECTIVES } from "./objectives.js";
import { Trainer } from "./trainer.js";

const SHOWN = 8, ACROSS = 7, REACH_BY_HAND = 2;  // pairs of images; steps of a traversal, from -2 to 2
const SLICE = 24, FRAME = 60, LOOK = 300;        // milliseconds

let trainer, running = false, speed = 0, seconds = 0, due = 0, hand, latest, lastFrame = 0, lastLook = 0, lookCost = 0, begun = 0, waiting = 0, loop = 0;

const now = () => performance.now();
const post = (type, content) => self.postMessage({type, ...content});

const does = {
  start({settings}) {
    trainer = new Trainer(settings);
    running = false; seconds = 0; hand = Array(settings.latents).fill(0); speed = settings.speed;
    const {world} = trainer;
    post("world", {world: {...world, order: shown(), across: ACROSS}});
    look();
  },
  set({changes}) {
    Object.assign(trainer.settings, changes);
    speed = trainer.settings.speed;
    if (!running) frame();
  },
  run({on}) {
    if (on && !running) { running = true; due = begun = now(); trainer.turn.angle = 0; turnstile.port2.postMessage(++loop); }
    running = on;
    if (!on) look();
  },
  step({count}) {
    const from = now();
    trainer.turn.angle = 0;
    for (let i = 0; i < count; i++) trainer.advance();
    seconds += (now() - from) / 1000;
    look();
  },
  hand({z}) { hand = z; frame(); },
  turn({degrees}) {
    if (!trainer.turn.angle) trainer.turn.pair = busiest();
    trainer.turn.angle = degrees * Math.PI / 180;
    clearTimeout(waiting);  // while the slider moves, only the last position is measured
    waiting = setTimeout(look);
  },
};
self.onmessage = ({data}) => does[data.type](data);

// train for a moment, at most `speed` steps a second (0: as fast as it goes), then look up
function slice(mine) {
  if (!running || mine !== loop) return;  // paused, or a loop that another run has replaced
  const from = now();
  while (now() - from < SLICE && (!speed || due <= now())) {
    trainer.advance();
    if (speed) due = Math.max(due, now() - 200) + 1000 / speed;
  }
  if (now() - lastLook > Math.max(LOOK, 5 * lookCost)) look(); else if (now() - lastFrame > FRAME) frame();
  begun = from;
  const wait = speed ? Math.min(50, due - now()) : 0;
  if (wait > 1) setTimeout(next, wait, mine); else turnstile.port2.postMessage(mine);  // a timeout of 0 would take 4 ms
}

function next(mine) {
  if (mine === loop) seconds += (now() - begun) / 1000;
  slice(mine);
}

const turnstile = new MessageChannel();
turnstile.port1.onmessage = ({data}) => next(data);

// `SHOWN` images spread over the world
function shown() {
  const n = trainer.world.count;
  return Array.from({length: SHOWN}, (_, i) => Math.floor((i + 0.5) * n / SHOWN + 3 * i) % n);
}

// the two latents of the largest KL, in their order
function busiest() {
  const kl = latest?.kl_per_latent ?? [1, 1], order = [...kl.keys()].sort((a, b) => kl[b] - kl[a]);
  return order.length > 1 ? order.slice(0, 2).sort() : [0, 0];
}

// everything that is measured, and a frame
function look() {
  const from = now();
  latest = trainer.look();
  lookCost = now() - from;
  lastLook = now();
  frame(latest);
}

// where the codes are, eight reconstructions, every latent's traversal
function frame(measured = null) {
  const {step, beta, settings: {latents: D}} = trainer, posterior = trainer.posterior(), codes = trainer.sample(posterior);
  const pictures = decoded(shown().map(n => Array.from(codes.subarray(n * D, (n + 1) * D))));
  const spread = spreadOf(posterior.mean, D), base = hand.map((u, j) => spread[j].centre + spread[j].width * u);
  const walks = [];
  for (let j = 0; j < D; j++) {
    for (let i = 0; i < ACROSS; i++) {
      const u = REACH_BY_HAND * (2 * i / (ACROSS - 1) - 1);
      walks.push(base.map((value, k) => k === j ? spread[j].centre + spread[j].width * u : value));
    }
  }
  const {noisy} = OBJECTIVES[trainer.settings.objective];
  lastFrame = now();
  post("frame", {
    step, seconds, beta, degrees: Math.round(trainer.turn.angle * 180 / Math.PI), mean: Float32Array.from(posterior.mean), pictures,
    logSigma: noisy ? Float32Array.from(posterior.logSigma) : null, traversal: decoded([...walks, base]), base, measured,
  });
}

function decoded(codes) {
  const {world} = trainer, P = world.pixels;
  const out = toPixels(trainer.draw(Float64Array.from(codes.flat()), codes.length), world.sigma);
  return codes.map((_, i) => Float32Array.from(out.subarray(i * P, (i + 1) * P)));
}

// a VAE's latents are kept near N(0, 1); an autoencoder's lie anywhere, so there it is their own mean and deviation
function spreadOf(mean, D) {
  const n = mean.length / D, {noisy} = OBJECTIVES[trainer.settings.objective];
  return Array.from({length: D}, (_, j) => {
    if (noisy) return {centre: 0, width: 1};
    let sum = 0, square = 0;
    for (let k = j; k < mean.length; k += D) { sum += mean[k] / n; square += mean[k] ** 2 / n; }
    return {centre: sum, width: Math.sqrt(Math.max(square - sum * sum, 1e-12))};
  });
}
