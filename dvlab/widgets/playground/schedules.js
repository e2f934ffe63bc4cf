// β while a model trains: a number that the slider sets, and how it is come to.

export const SCHEDULES = {
  constant: "constant", cooling: "cooling: from hot down to β", warmup: "warm-up: from 0 up to β",
};

// β at a step, when the slider stands at `target`; `hot` is above every latent's price, `steps` how long it takes
export function betaAt(schedule, step, target, hot, steps) {
  const share = Math.min(1, step / steps);
  if (schedule === "cooling" && hot > target) return hot * (target / hot) ** share;  // by the same factor every step
  if (schedule === "warmup") return target * share;
  return target;
}
