// log q(z) and log q(z_j) of a minibatch, q(z) = mean of all q(z|n), by stratified weights: the own posterior 1/N,
// each other (N - 1) / (N (B - 1)). Where the batch is the whole world this is exact.

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

// total correlation E log q(z) - Σ_j E log q(z_j), nats, with its gradients; z, mean, logSigma (B, D)
export function totalCorrelation(z, mean, logSigma, B, D, N) {
  const own = -Math.log(N), other = B > 1 ? Math.log((N - 1) / (N * (B - 1))) : 0;
  const u = new Float64Array(B * D), logq = new Float64Array(B * D), joint = new Float64Array(B);
  const inverse = logSigma.map(s => Math.exp(-s));
  const gradZ = new Float64Array(B * D), gradMean = new Float64Array(B * D), gradLogSigma = new Float64Array(B * D);
  let value = 0;
  for (let i = 0; i < B; i++) {  // sample i against every posterior m
    for (let m = 0; m < B; m++) {
      const weight = m === i ? own : other;
      let sum = weight;
      for (let j = 0; j < D; j++) {
        const k = m * D + j, v = (z[i * D + j] - mean[k]) * inverse[k];
        const lq = -0.5 * v * v - logSigma[k] - HALF_LOG_2PI;
        u[k] = v; logq[k] = lq + weight; sum += lq;
      }
      joint[m] = sum;
    }
    value += toShares(joint, 0, 1, B);
    for (let j = 0; j < D; j++) value -= toShares(logq, j, D, B);
    for (let m = 0; m < B; m++) {
      for (let j = 0; j < D; j++) {  // d log q(z_ij|m): its share of the joint, less its share of the marginal
        const k = m * D + j, g = (joint[m] - logq[k]) / B;
        gradZ[i * D + j] -= g * u[k] * inverse[k];
        gradMean[k] += g * u[k] * inverse[k];
        gradLogSigma[k] += g * (u[k] * u[k] - 1);
      }
    }
  }
  return {value: value / B, gradZ, gradMean, gradLogSigma};
}

// log Σ exp over the entries from, from + stride, ...; each entry becomes its share of the sum
export function toShares(a, from, stride, count) {
  let top = -Infinity, total = 0;
  for (let m = 0, k = from; m < count; m++, k += stride) if (a[k] > top) top = a[k];
  for (let m = 0, k = from; m < count; m++, k += stride) total += a[k] = a[k] - top < -80 ? 0 : Math.exp(a[k] - top);
  for (let m = 0, k = from; m < count; m++, k += stride) a[k] /= total;
  return top + Math.log(total);
}
