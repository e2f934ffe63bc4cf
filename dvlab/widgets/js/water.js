// β as the level of water over the eigenvalues of a linear VAE.

import { COLOURS, chart, decades, label, legend } from "./chart.js";
import { caption, fixed, make, sliders } from "./dom.js";

// R_i = ½ ln(λ_i / D_i) with D_i = min(βσ², λ_i), in nats.
export function rates(eigenvalues, noise, beta) {
  return eigenvalues.map(value => 0.5 * Math.log(value / Math.min(beta * noise, value)));
}

const DASHES = ["", "8 4", "8 3 2 3", "2 3"];

export function waterFilling(model) {
  const facts = model.get("facts"), { eigenvalues, noise } = facts, words = caption();
  const controls = sliders(model, facts.sliders), { low, high } = facts.sliders[0];
  const left = levels(facts, 10 ** low * noise / 1.5, Math.max(...eigenvalues) * 3);
  const right = curves(facts, low, high);
  return {
    children: [...controls.roots, make("div", { class: "dvlab-row" }, left.root, right.root), words],
    draw() {
      const beta = 10 ** model.get("log_beta"), level = beta * noise, now = rates(eigenvalues, noise, beta);
      controls.show();
      left.show(level, now);
      right.show(beta);
      const on = now.filter(rate => rate > 0).length, all = now.reduce((a, b) => a + b, 0);
      words.textContent = `β = ${short(beta)}: water level βσ² = ${short(level)}; ${on} of ${now.length} latents are on; `
        + `KL ${fixed(all, 2)} nats (${now.map(rate => fixed(rate, 2)).join(", ")}).`;
    },
  };
}

const short = value => String(Number(value.toPrecision(3)));

function levels({ eigenvalues, names }, floor, ceiling) {
  const n = eigenvalues.length;
  const plane = chart({ width: 350, height: 240, x: [0, n], y: [floor, ceiling], log: "y", left: 56, bottom: 28,
    title: "water level βσ²: what stands out is carried", ylabel: "variance (log axis)",
    xticks: names.map((name, i) => [i + 0.5, name]), yticks: decades([floor, ceiling]),
    describes: "Bars of the eigenvalues, and the water over them" });
  eigenvalues.forEach((value, i) => plane.add("rect", { x: plane.x(i + 0.2), width: plane.x(0.6), y: plane.y(value),
    height: 240 - plane.y(value), fill: COLOURS[4] }));
  const water = plane.add("rect", { x: 0, width: 350, fill: COLOURS[5], "fill-opacity": 0.6 });
  const surface = plane.add("path", { stroke: COLOURS[0], "stroke-width": 2 });
  const numbers = eigenvalues.map((value, i) => plane.marks.appendChild(
    label("", { x: plane.x(i + 0.5), y: plane.y(value) - 4, "text-anchor": "middle" })));
  return { root: plane.root, show(level, now) {
    const y = Math.min(Math.max(plane.y(level), 0), 240);
    water.setAttribute("y", y);
    water.setAttribute("height", 240 - y);
    surface.setAttribute("d", `M0 ${y}H350`);
    numbers.forEach((number, i) => { number.textContent = now[i] > 0 ? `${fixed(now[i], 2)} nats` : "off"; });
  } };
}

function curves({ eigenvalues, noise, names }, low, high) {
  const betas = Array.from({ length: 200 }, (_, i) => 10 ** (low + (high - low) * i / 199));
  const all = betas.map(beta => rates(eigenvalues, noise, beta)), sums = all.map(now => now.reduce((a, b) => a + b, 0));
  const x = [betas[0], betas[199]], y = [0, 1.05 * sums[0]];
  const plane = chart({ width: 350, height: 240, x, y, log: "x", xlabel: "β", bottom: 44,
    ylabel: "rate: KL of each latent (nats)", xticks: decades(x),
    describes: "The KL of each latent and of all over β" });
  const looks = names.map((_, i) => ({ stroke: COLOURS[i % 6], "stroke-dasharray": DASHES[i % 4] }));
  looks.forEach((look, j) => plane.add("path", { ...look, fill: "none", "stroke-width": 2,
    d: plane.path(betas.map((beta, i) => [beta, all[i][j]])) }));
  plane.add("path", { stroke: "currentColor", fill: "none", d: plane.path(betas.map((beta, i) => [beta, sums[i]])) });
  const line = plane.add("path", { stroke: COLOURS[0], "stroke-width": 2 });
  legend(plane.plane, [...names.map((name, i) => [name, looks[i]]), ["all", { stroke: "currentColor", "stroke-width": 1 }]],
    210, 14);
  return { root: plane.root, show: beta => line.setAttribute("d", `M${plane.x(beta)} 0V240`) };
}
