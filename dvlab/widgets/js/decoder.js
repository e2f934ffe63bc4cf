// A VAE's decoder: from a code to the mean image.

import { unpack } from "./packing.js";

const opened = new WeakMap(); // by the facts of a Weights model: several widgets may share them

export function openDecoder(facts) {
  if (!opened.has(facts)) opened.set(facts, unpackLayers(facts));
  return opened.get(facts);
}

async function unpackLayers({ layers, bernoulli, shape }) {
  const open = layers.map(async ({ weight, step, low, bias }) => ({
    weight: step ? Float64Array.from(await unpack(weight, Uint32Array), w => (w + low) * step)
      : await unpack(weight, Float32Array),
    bias: await unpack(bias, Float32Array),
  }));
  return { layers: await Promise.all(open), bernoulli, shape };
}

const sigmoid = x => 1 / (1 + Math.exp(-x));

// z -> the mean image, (channels, height, width) flat: Linear, SiLU, Linear, SiLU, ..., Linear.
export function decode({ layers, bernoulli }, z) {
  let x = Float64Array.from(z);
  layers.forEach(({ weight, bias }, number) => {
    const n = x.length, y = new Float64Array(bias.length), last = number === layers.length - 1;
    for (let i = 0, at = 0; i < y.length; i++) {
      let sum = bias[i];
      for (let j = 0; j < n; j++) sum += weight[at++] * x[j];
      y[i] = !last ? sum * sigmoid(sum) : bernoulli ? sigmoid(sum) : sum;
    }
    x = y;
  });
  return x;
}
