// One latent's aggregate posterior q(z_j), a mixture of N Gaussians on a line: on a grid, whole and for each level.

const ROOT_2PI = Math.sqrt(2 * Math.PI), REACH = 8, MOST_POINTS = 16384;
export const xlogx = p => p > 0 ? p * Math.log(p) : 0;

// mean, sigma (N); levels: an array (N) for each factor, of `sizes` levels. The grid's step is half the least sigma:
// the trapezoid rule is then exact to about 1e-8. A sigma too small for the grid is raised to two steps.
export function latentDensity(mean, sigma, levels, sizes) {
  const N = mean.length;
  let low = Infinity, high = -Infinity, least = Infinity;
  for (let n = 0; n < N; n++) {
    low = Math.min(low, mean[n] - REACH * sigma[n]);
    high = Math.max(high, mean[n] + REACH * sigma[n]);
    least = Math.min(least, sigma[n]);
  }
  const step = Math.max(least / 2, (high - low) / MOST_POINTS), points = Math.ceil((high - low) / step) + 1;
  const density = new Float64Array(points), given = sizes.map(size => new Float64Array(size * points));
  for (let n = 0; n < N; n++) {
    const s = Math.max(sigma[n], 2 * step), scale = 1 / (s * ROOT_2PI);
    const first = Math.max(0, Math.ceil((mean[n] - REACH * s - low) / step));
    const last = Math.min(points - 1, Math.floor((mean[n] + REACH * s - low) / step));
    for (let g = first; g <= last; g++) {
      const u = (low + g * step - mean[n]) / s, p = scale * Math.exp(-0.5 * u * u);
      density[g] += p / N;
      for (let k = 0; k < sizes.length; k++) given[k][levels[k][n] * points + g] += p;
    }
  }
  return {low, step, points, density, given};
}

// E log q(z_j) = ∫ q ln q, nats
export function meanLog({density, step}) {
  let sum = 0;
  for (const p of density) sum += xlogx(p);
  return sum * step;
}

// I(z_j; g_k) = Σ_g p(g) ∫ q(z_j|g) ln [q(z_j|g) / q(z_j)] dz_j, nats
export function information({density, given, points, step}, k, levels, size) {
  const counts = new Float64Array(size), N = levels.length;
  for (const level of levels) counts[level]++;
  let sum = 0;
  for (let l = 0; l < size; l++) {
    for (let g = 0; g < points; g++) {
      const p = given[k][l * points + g];
      if (p > 0 && density[g] > 0) sum += p / N * Math.log(p / counts[l] / density[g]);
    }
  }
  return Math.max(0, sum * step);
}

// H(g), nats
export function entropy(levels, size) {
  const counts = new Float64Array(size);
  for (const level of levels) counts[level]++;
  return -counts.reduce((sum, c) => sum + xlogx(c / levels.length), 0);
}

// log q(z_j) between the points of the grid: a cubic through the four nearest
export function logAt({density, low, step, points}, z) {
  const place = Math.min(Math.max((z - low) / step, 1), points - 2.001), g = Math.floor(place), t = place - g;
  const [a, b, c, d] = [-1, 0, 1, 2].map(i => Math.log(Math.max(density[Math.min(g + i, points - 1)], 1e-300)));
  return -a * t * (t - 1) * (t - 2) / 6 + b * (t + 1) * (t - 1) * (t - 2) / 2
    - c * (t + 1) * t * (t - 2) / 2 + d * (t + 1) * t * (t - 1) / 6;
}
