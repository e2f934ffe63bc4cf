// p(x|z), pixel by pixel: grey worlds take Bernoulli pixels, colour worlds Gaussian ones of a fixed deviation.
// The reconstruction term is counted from its floor, a perfect picture: 0 nats, whatever the likelihood.

const softplus = h => h > 0 ? h + Math.log1p(Math.exp(-h)) : Math.log1p(Math.exp(h));
const entropyOf = x => (x > 0 ? -x * Math.log(x) : 0) + (x < 1 ? -(1 - x) * Math.log(1 - x) : 0);

export const toPixels = (out, sigma) => sigma ? out : out.map(h => 1 / (1 + Math.exp(-h)));
export const fromPixels = (pixels, sigma) => sigma ? pixels : pixels.map(p => {
  const q = Math.min(Math.max(p, 0.002), 0.998);
  return Math.log(q / (1 - q));
});

// -log p(x|z) in nats per image above that of a perfect picture, and its gradient at the decoder's output
export function reconstruction(out, images, sigma, rows) {
  const grad = new Float64Array(out.length);
  let sum = 0;
  for (let i = 0; i < out.length; i++) {
    const x = images[i], h = out[i];
    if (sigma) {
      const r = (h - x) / sigma;
      sum += 0.5 * r * r;
      grad[i] = r / sigma / rows;
    } else {
      sum += softplus(h) - x * h - entropyOf(x);
      grad[i] = (1 / (1 + Math.exp(-h)) - x) / rows;
    }
  }
  return {value: sum / rows, grad};
}
