// The same model with two of its latents turned by an angle: prior and pictures stay the same, the axes don't.

// codes (rows, D), turned by `angle` in the plane of the latents pair[0] and pair[1]
export function turned(z, D, [a, b], angle) {
  const out = z.slice(), c = Math.cos(angle), s = Math.sin(angle);
  for (let k = 0; k < z.length; k += D) {
    out[k + a] = c * z[k + a] - s * z[k + b];
    out[k + b] = s * z[k + a] + c * z[k + b];
  }
  return out;
}

// The turned posterior is no longer independent in its latents; of those that are, this is the one nearest to it:
// precisions 1/σ² are the diagonal of the turned precision matrix.
export function turnedSigma(logSigma, D, [a, b], angle) {
  const out = logSigma.slice(), c = Math.cos(angle) ** 2, s = Math.sin(angle) ** 2;
  for (let k = 0; k < out.length; k += D) {
    const p = Math.exp(-2 * logSigma[k + a]), q = Math.exp(-2 * logSigma[k + b]);
    out[k + a] = -0.5 * Math.log(c * p + s * q);
    out[k + b] = -0.5 * Math.log(s * p + c * q);
  }
  return out;
}
