// β while a model trains: a number that the slider sets, and how it is come to.

export const SCHEDULES = {
  constant: {name: "constant", says: "β stands where the slider is, from the first step on."},
  cooling: {name: "cooling", says: "Counted from step 0: β starts so high that every latent is off, and falls to the slider in 700 steps. After that, Reset shows it."},
  warmup: {name: "warm-up", says: "Counted from step 0: information is free at first; β rises to the slider in 700 steps. After that, Reset shows it."},
};

// β at a step, when the slider stands at `target`; `hot` is above every latent's critical value, `steps` how long it takes
export function betaAt(schedule, step, target, hot, steps) {
  const share = Math.min(1, step / steps);
  if (schedule === "cooling" && hot > target) return hot * (target / hot) ** share;  // by the same factor every step
  if (schedule === "warmup") return target * share;
  return target;
}
