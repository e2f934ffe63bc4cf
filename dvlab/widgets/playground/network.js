// The VAE: an encoder to μ and log σ, a decoder from z, both three linear layers with SiLU between; and backpropagation.

import { productT, transpose } from "./matrix.js";

export class Linear {
  constructor(inputs, outputs, random) {
    Object.assign(this, {inputs, outputs});
    const bound = 1 / Math.sqrt(inputs), draw = () => (2 * random.uniform() - 1) * bound;
    this.weight = Float64Array.from({length: outputs * inputs}, draw);  // a row an output
    this.bias = new Float64Array(outputs);
    this.gradWeight = new Float64Array(outputs * inputs);
    this.gradBias = new Float64Array(outputs);
  }

  forward(x, rows) {
    const {inputs, outputs, bias} = this, y = new Float64Array(rows * outputs);
    productT(x, this.weight, y, rows, outputs, inputs);
    for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < outputs; j++) y[at++] += bias[j];
    return y;
  }

  // from the loss's gradient at the output, that of the weights, and, if wanted, that at the input x
  backward(x, grad, rows, wanted = true) {
    const {inputs, outputs} = this;
    const gradT = new Float64Array(grad.length), xT = new Float64Array(x.length);
    transpose(grad, gradT, rows, outputs);
    transpose(x, xT, rows, inputs);
    productT(gradT, xT, this.gradWeight, outputs, inputs, rows);
    for (let j = 0; j < outputs; j++) {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += gradT[j * rows + i];
      this.gradBias[j] = sum;
    }
    if (!wanted) return null;
    const weightT = new Float64Array(this.weight.length), down = new Float64Array(rows * inputs);
    transpose(this.weight, weightT, outputs, inputs);
    productT(grad, weightT, down, rows, inputs, outputs);
    return down;
  }
}

// Linear, SiLU, Linear, SiLU, ..., Linear
export class Stack {
  constructor(widths, random) {
    this.layers = widths.slice(1).map((width, l) => new Linear(widths[l], width, random));
  }

  forward(x, rows) {
    this.inputs = []; this.before = [];  // of each layer; before each SiLU
    for (const [l, layer] of this.layers.entries()) {
      this.inputs.push(x);
      x = layer.forward(x, rows);
      if (l === this.layers.length - 1) break;
      this.before.push(x);
      x = x.map(silu);
    }
    return x;
  }

  backward(grad, rows, wanted = false) {
    for (let l = this.layers.length - 1; l >= 0; l--) {
      grad = this.layers[l].backward(this.inputs[l], grad, rows, wanted || l > 0);
      if (l > 0) for (let i = 0, h = this.before[l - 1]; i < grad.length; i++) grad[i] *= siluSlope(h[i]);
    }
    return grad;
  }
}

const silu = h => h / (1 + Math.exp(-h));

function siluSlope(h) {
  const s = 1 / (1 + Math.exp(-h));
  return s * (1 + h * (1 - s));
}

export class Network {
  // centre: what is taken from the pixels before the encoder; start: the decoder's output when it knows nothing
  constructor({pixels, latents, hidden, centre, start}, random) {
    Object.assign(this, {pixels, latents, centre});
    this.encoder = new Stack([pixels, hidden, hidden, 2 * latents], random);
    this.decoder = new Stack([latents, hidden, hidden, pixels], random);
    this.layers = [...this.encoder.layers, ...this.decoder.layers];
    this.decoder.layers.at(-1).bias.set(start);
  }

  // images (rows, pixels) -> {mean, logSigma} (rows, latents)
  encode(images, rows) {
    const {pixels, latents, centre} = this;
    const x = images.map((value, i) => (value - centre.mean[i % pixels]) / centre.deviation);
    const out = this.encoder.forward(x, rows);
    const mean = new Float64Array(rows * latents), logSigma = new Float64Array(rows * latents);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < latents; j++) {
        mean[i * latents + j] = out[2 * i * latents + j];
        logSigma[i * latents + j] = out[(2 * i + 1) * latents + j];
      }
    }
    return {mean, logSigma};
  }

  encodeBackward(gradMean, gradLogSigma, rows) {
    const {latents} = this, grad = new Float64Array(2 * rows * latents);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < latents; j++) {
        grad[2 * i * latents + j] = gradMean[i * latents + j];
        grad[(2 * i + 1) * latents + j] = gradLogSigma[i * latents + j];
      }
    }
    this.encoder.backward(grad, rows);
  }

  // z (rows, latents) -> what the likelihood makes pixels of: logits, or the pixels' means
  decode(z, rows) { return this.decoder.forward(z, rows); }
  decodeBackward(grad, rows) { return this.decoder.backward(grad, rows, true); }
}
