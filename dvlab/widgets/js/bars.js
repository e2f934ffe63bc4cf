// Of each active latent: its KL, and how far it moves when one factor goes through its values.

import { COLOURS, chart, label } from "./chart.js";
import { make, subscript } from "./dom.js";

export function latentBars({ order, active, kl, reach }, withFactor) {
  const latents = order.slice(0, Math.min(active, 12)), n = latents.length, height = Math.max(60, 18 * n);
  const plane = (high, xlabel, yticks, left, colour, describes) => {
    const made = chart({ width: 110, height, x: [0, high], y: [0, n], xlabel, yticks, left, title: " ", describes });
    return { ...made, bars: latents.map((_, i) => made.add("rect", { fill: colour, x: 0, y: (i + 0.1) * height / n,
      height: 0.8 * height / n, width: 0 })) };
  };
  const names = latents.map((j, i) => [n - i - 0.5, `z${subscript(j)}`]);
  const left = plane(1.05 * Math.max(...latents.map(j => kl[j]), 0.01), "KL (nats)", names, 34, COLOURS[0],
    "Bars of KL by latent");
  left.bars.forEach((bar, i) => bar.setAttribute("width", left.x(Math.max(kl[latents[i]], 0))));
  if (!withFactor) return { root: left.root, show: () => "" };
  const right = plane(reach, "moves (units of z)", [], 12, COLOURS[1], "Bars of how far each latent moves");
  const title = right.plane.appendChild(label("", { x: 55, y: -10, "text-anchor": "middle" }));
  return {
    root: make("div", { class: "dvlab-bars" }, left.root, right.root),
    // Puts the bars at `spans`, one a latent of the model; returns which latent moves most, in words.
    show(spans, factor) {
      right.bars.forEach((bar, i) => bar.setAttribute("width", right.x(Math.min(spans[latents[i]], reach))));
      title.textContent = `with ${factor}`;
      const best = latents.reduce((a, b) => spans[b] > spans[a] ? b : a);
      const words = `As ${factor} runs through its values, z${subscript(best)} moves most, by ${spans[best].toFixed(1)}`;
      right.root.setAttribute("aria-label", `Bars of how far each latent moves. ${words}.`);
      return words;
    },
  };
}
