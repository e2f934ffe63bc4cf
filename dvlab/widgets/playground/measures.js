// What the page shows as numbers, of the posteriors of all N images of a world: KL = MI + TC + dimension-wise KL; MIG.

import { entropy, information, latentDensity, logAt, meanLog } from "./quadrature.js";

const LOG_2PI = Math.log(2 * Math.PI);

// mean, logSigma (N, D) of all images; levels, sizes: of their factors; samples: codes drawn of each image for E log q(z)
export function measure(mean, logSigma, D, levels, sizes, samples = 8) {
  const N = mean.length / D, column = (a, j) => Float64Array.from({length: N}, (_, n) => a[n * D + j]);
  const curves = Array.from({length: D}, (_, j) => latentDensity(column(mean, j), column(logSigma, j).map(Math.exp), levels, sizes));
  const heat = curves.map(curve => sizes.map((size, k) => information(curve, k, levels[k], size)));
  const logMarginal = curves.map(meanLog);  // E log q(z_j)
  const klPerLatent = [], dimensionWise = [];
  let logOwn = -D / 2 * (LOG_2PI + 1);  // E log q(z|n)
  for (let j = 0; j < D; j++) {
    let squares = 0, logs = 0;
    for (let k = j; k < N * D; k += D) {
      squares += (mean[k] ** 2 + Math.exp(2 * logSigma[k])) / N;
      logs += logSigma[k] / N;
    }
    logOwn -= logs;
    klPerLatent.push(0.5 * (squares - 1) - logs);
    dimensionWise.push(logMarginal[j] + 0.5 * (LOG_2PI + squares));
  }
  const marginals = logMarginal.reduce((a, b) => a + b, 0);
  const logJoint = meanLogJoint(mean, logSigma, N, D, samples, curves, logOwn, marginals);
  return {
    ...gaps(heat, levels, sizes), heat, kl_per_latent: klPerLatent,
    kl: klPerLatent.reduce((a, b) => a + b, 0), mutual_information: logOwn - logJoint,
    total_correlation: logJoint - marginals, dimension_wise_per_latent: dimensionWise,
    dimension_wise: dimensionWise.reduce((a, b) => a + b, 0),
  };
}

// MIG = mean over the factors of (best - second-best I(z_j; g_k)) / H(g_k)
function gaps(heat, levels, sizes) {
  const perFactor = sizes.map((size, k) => {
    const [best, second = 0] = heat.map(row => row[k]).sort((a, b) => b - a);
    return (best - second) / entropy(levels[k], size);
  });
  return {mig: perFactor.reduce((a, b) => a + b, 0) / perFactor.length, mig_per_factor: perFactor};
}

// E log q(z): each code against all N posteriors. The codes come from an evenly spread sequence, the same each time;
// log q(z|n) and Σ_j log q(z_j), whose means are known, take up what they explain of the error (control variates).
function meanLogJoint(mean, logSigma, N, D, samples, curves, knownOwn, knownMarginals) {
  const S = N * samples, inverse = logSigma.map(s => Math.exp(-s)), joint = [], own = [], marginal = [];
  const constant = new Float64Array(N), z = new Float64Array(D);
  const pairs = Math.ceil(D / 2), stride = even(2 * pairs), noise = new Float64Array(2 * pairs);
  for (let n = 0; n < N; n++) for (let j = 0; j < D; j++) constant[n] -= logSigma[n * D + j] + LOG_2PI / 2;
  for (let s = 0; s < S; s++) {
    const n = s % N;
    for (let i = 0; i < pairs; i++) {  // Box and Muller's normals of two evenly spread numbers
      const radius = Math.sqrt(-2 * Math.log((0.5 + s * stride[2 * i]) % 1 || 1e-9));
      const angle = 2 * Math.PI * (0.5 + s * stride[2 * i + 1]);
      noise[2 * i] = radius * Math.cos(angle); noise[2 * i + 1] = radius * Math.sin(angle);
    }
    let logOwn = constant[n], logMarginal = 0, sum = 0;
    for (let j = 0, k = n * D; j < D; j++, k++) {
      z[j] = mean[k] + noise[j] / inverse[k];
      logOwn -= 0.5 * noise[j] * noise[j];
      logMarginal += logAt(curves[j], z[j]);
    }
    for (let m = 0, k = 0; m < N; m++, k = m * D) {
      let log = constant[m] - logOwn;
      for (let j = 0; j < D && log > -40; j++) { const u = (z[j] - mean[k + j]) * inverse[k + j]; log -= 0.5 * u * u; }
      if (log > -40) sum += Math.exp(log);
    }
    joint.push(Math.log(sum / N) + logOwn); own.push(logOwn); marginal.push(logMarginal);
  }
  return controlled(joint, [own, marginal], [knownOwn, knownMarginals]);
}

// the mean of `values`, less what two controls of known means explain of its error, by regression
function controlled(values, controls, known) {
  const average = a => a.reduce((x, y) => x + y, 0) / a.length, middle = average(values);
  const means = controls.map(average);
  const product = (a, ma, b, mb) => { let sum = 0; for (let i = 0; i < a.length; i++) sum += (a[i] - ma) * (b[i] - mb); return sum; };
  const [[a, b], [u, v]] = [controls, means], ridge = 1e-9 * values.length;
  const aa = product(a, u, a, u) + ridge, bb = product(b, v, b, v) + ridge, ab = product(a, u, b, v);
  const ay = product(a, u, values, middle), by = product(b, v, values, middle), det = aa * bb - ab * ab;
  const slopes = [(ay * bb - by * ab) / det, (by * aa - ay * ab) / det];
  return middle - slopes[0] * (u - known[0]) - slopes[1] * (v - known[1]);
}

// strides of a sequence that fills the unit cube evenly: powers of 1/φ, where φ^(D+1) = φ + 1
function even(D) {
  let phi = 1.5;
  for (let i = 0; i < 60; i++) phi = (1 + phi) ** (1 / (D + 1));
  return Array.from({length: D}, (_, j) => phi ** -(j + 1));
}
