// Random numbers from a seed: the same page, seed and clicks give the same run.

export function randomFrom(seed) {
  let state = (seed >>> 0) * 2654435761 + 1013904223 | 0;
  const uniform = () => {  // mulberry32: 32 bits of state, a period of 2^32
    state = state + 0x6D2B79F5 | 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  };
  let spare = null;
  const normal = () => {  // Box and Muller: two at a time
    if (spare !== null) { const kept = spare; spare = null; return kept; }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform())), angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  for (let i = 0; i < 8; i++) uniform();
  return {uniform, normal, order: n => shuffled(n, uniform)};
}

function shuffled(n, uniform) {
  const order = Int32Array.from({length: n}, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
