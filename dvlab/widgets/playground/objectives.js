// What is minimised, in nats per image:  reconstruction + β KL + (w - β)₊ TC.
// As KL = MI + TC + dimension-wise KL, the total correlation weighs max(β, w), the two other parts β.

import { totalCorrelation } from "./aggregate.js";
import { reconstruction } from "./likelihood.js";

export const OBJECTIVES = {
  "autoencoder": {name: "autoencoder", noisy: false, says: "Only pictures are paid for: codes are exact numbers, and information is free."},
  "vae": {name: "VAE", noisy: true, beta: 1, says: "A nat costs 1: the bound on the pictures' likelihood, the ELBO."},
  "beta-vae": {name: "β-VAE", noisy: true, says: "A nat costs what you say."},
  "beta-tcvae": {name: "β-TCVAE", noisy: true, tc: true, says: "A nat costs β; one that is said twice costs the TC weight, if that is more."},
};

// the weights that an objective lets act
export function weightsOf(objective, beta, tcWeight) {
  const {noisy, tc} = OBJECTIVES[objective];
  return {noisy, beta: noisy ? beta : 0, extra: tc ? Math.max(0, tcWeight - beta) : 0};
}

// one batch forward and backward: leaves the gradients in the network's layers, returns the terms
export function descend(network, images, noise, rows, {noisy, beta, extra}, sigma, N) {
  const D = network.latents, {mean, logSigma} = network.encode(images, rows);
  const z = noisy ? mean.map((m, k) => m + Math.exp(logSigma[k]) * noise[k]) : mean;
  const {value, grad} = reconstruction(network.decode(z, rows), images, sigma, rows);
  const gradZ = network.decodeBackward(grad, rows);
  const gradMean = gradZ.slice(), gradLogSigma = new Float64Array(rows * D);
  let kl = 0, tc = 0;
  if (noisy) {
    if (extra > 0) {
      const found = totalCorrelation(z, mean, logSigma, rows, D, N);
      tc = found.value;
      for (let k = 0; k < gradZ.length; k++) {
        gradZ[k] += extra * found.gradZ[k];
        gradMean[k] = gradZ[k] + extra * found.gradMean[k];
        gradLogSigma[k] = extra * found.gradLogSigma[k];
      }
    }
    for (let k = 0; k < mean.length; k++) {  // KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² - 1) - log σ
      const s = Math.exp(logSigma[k]);
      kl += 0.5 * (mean[k] * mean[k] + s * s - 1) - logSigma[k];
      gradMean[k] += beta * mean[k] / rows;
      gradLogSigma[k] += gradZ[k] * noise[k] * s + beta * (s * s - 1) / rows;
    }
  }
  network.encodeBackward(gradMean, gradLogSigma, rows);
  kl /= rows;
  return {loss: value + beta * kl + extra * tc, reconstruction: value, kl, total_correlation: tc};
}
