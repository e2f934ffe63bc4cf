// What a test asks of the page: the gradients of an objective, and what is measured of given posteriors.

import { measure } from "./measures.js";
import { Network } from "./network.js";
import { descend, weightsOf } from "./objectives.js";
import { randomFrom } from "./random.js";

// weights: of the six layers {weight, bias}, encoder first -> the terms, and each layer's gradients in the same form
export function gradients({layers, centre, images, noise, latents, hidden, objective, beta, tc, sigma, count}) {
  const pixels = centre.mean.length, rows = images.length / pixels;
  const network = new Network({pixels, latents, hidden, centre, start: new Float64Array(pixels)}, randomFrom(0));
  network.layers.forEach((layer, l) => { layer.weight.set(layers[l].weight); layer.bias.set(layers[l].bias); });
  const terms = descend(network, Float64Array.from(images), Float64Array.from(noise), rows, weightsOf(objective, beta, tc), sigma, count);
  return {terms, layers: network.layers.map(l => ({weight: Array.from(l.gradWeight), bias: Array.from(l.gradBias)}))};
}

// mean, sigma (N, D), row by row; levels (K arrays of N)
export function measured({mean, sigma, latents, levels, samples}) {
  const sizes = levels.map(column => Math.max(...column) + 1);
  return measure(Float64Array.from(mean), Float64Array.from(sigma, Math.log), latents, levels.map(l => Int32Array.from(l)), sizes, samples);
}
