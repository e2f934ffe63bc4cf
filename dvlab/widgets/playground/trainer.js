// A run: a world, a network, its optimiser, and where they stand. It knows nothing of a page or a worker.

import { Adam } from "./adam.js";
import { fromPixels, reconstruction } from "./likelihood.js";
import { gather } from "./matrix.js";
import { measure } from "./measures.js";
import { Network } from "./network.js";
import { OBJECTIVES, descend, weightsOf } from "./objectives.js";
import { randomFrom } from "./random.js";
import { betaAt } from "./schedules.js";
import { turned, turnedSigma } from "./turn.js";
import { render } from "./worlds.js";

export const HIDDEN = 64, RATE = 4e-3, COOLING = 700, HOT = {bernoulli: 20, gaussian: 300};

export class Trainer {
  // settings: world, objective, schedule, beta, tc, latents, seed
  constructor(settings) {
    this.settings = {...settings};
    this.world = render(settings.world);
    const {mean, deviation, pixels, sigma, count} = this.world;
    this.random = randomFrom(settings.seed);
    this.network = new Network({
      pixels, latents: settings.latents, hidden: HIDDEN, centre: {mean, deviation}, start: fromPixels(mean, sigma),
    }, this.random);
    this.adam = new Adam(this.network.layers, RATE);
    this.fixed = Float64Array.from({length: count * settings.latents}, randomFrom(12345).normal);
    this.batch = Math.min(count, Math.max(64, Math.ceil(count / 2)));  // half the world a step
    this.step = 0;
    this.queue = [];
    this.turn = {pair: [0, 0], angle: 0};
  }

  // β as the schedule has it now
  get beta() {
    const {objective, schedule, beta} = this.settings, {noisy, beta: fixed} = OBJECTIVES[objective];
    const hot = this.world.sigma ? HOT.gaussian : HOT.bernoulli;
    return noisy ? betaAt(schedule, this.step, fixed ?? beta, hot, COOLING) : 0;
  }

  // one step of Adam on a batch; every image comes once before any comes again
  advance() {
    const {world, network, settings, batch: rows} = this, D = settings.latents;
    if (this.queue.length < rows) this.queue = Array.from(this.random.order(world.count));
    const images = gather(world.images, this.queue.splice(0, rows), world.pixels);
    const noise = Float64Array.from({length: rows * D}, this.random.normal);
    this.terms = descend(network, images, noise, rows, weightsOf(settings.objective, this.beta, settings.tc), world.sigma, world.count);
    this.adam.step();
    this.step++;
  }

  // q(z|n) of the whole world, its latents turned if somebody turned them: {mean, logSigma} (N, D)
  posterior() {
    const {world, network, turn: {pair, angle}} = this, {mean, logSigma} = network.encode(world.images, world.count);
    const D = network.latents;
    return angle ? {mean: turned(mean, D, pair, angle), logSigma: turnedSigma(logSigma, D, pair, angle)} : {mean, logSigma};
  }

  // what the decoder draws of codes (rows, D)
  draw(z, rows) {
    const {network, turn: {pair, angle}} = this;
    return network.decode(angle ? turned(z, network.latents, pair, -angle) : z, rows);
  }

  // one code of every image, always with the same noise; an autoencoder has none
  sample({mean, logSigma}) {
    if (!OBJECTIVES[this.settings.objective].noisy) return mean;
    return mean.map((m, k) => m + Math.exp(logSigma[k]) * this.fixed[k]);
  }

  // everything that is measured of the whole world
  look(samples = 4) {
    const {world, settings} = this, posterior = this.posterior(), D = settings.latents;
    const {noisy} = OBJECTIVES[settings.objective], out = this.draw(this.sample(posterior), world.count);
    const sigma = noisy ? posterior.logSigma : readingNoise(posterior.mean, D);
    const found = measure(posterior.mean, sigma, D, world.levels, world.sizes, samples);
    if (!noisy) for (const name of PARTS) found[name] = null;
    const {value} = reconstruction(out, world.images, world.sigma, world.count);
    return {...found, reconstruction: value};
  }
}

// An autoencoder's code has no noise, so that it knows everything and its KL is infinite. For MIG and the heat map it
// is read with a noise of a tenth of each latent's deviation.
const PARTS = ["kl", "mutual_information", "total_correlation", "dimension_wise", "kl_per_latent", "dimension_wise_per_latent"];

function readingNoise(mean, D) {
  const n = mean.length / D, logs = [];
  for (let j = 0; j < D; j++) {
    let sum = 0, square = 0;
    for (let k = j; k < mean.length; k += D) { sum += mean[k] / n; square += mean[k] ** 2 / n; }
    logs.push(Math.log(0.1 * Math.sqrt(Math.max(square - sum * sum, 1e-12))));
  }
  return mean.map((_, k) => logs[k % D]);
}
