// All that is seen of a run, kept up to date: cheap things with every frame, measured things with every look.

import { Bells } from "./bells.js";
import { History, drawCurves } from "./charts.js";
import { Cloud } from "./cloud.js";
import { LATENT, themed } from "./colours.js";
import { find } from "./controls.js";
import { Pairs } from "./pictures.js";
import { entropy } from "./quadrature.js";
import { PARTS_SHOWN, billTable, heatTable, latentName, nats } from "./tables.js";
import { Traversals } from "./traversals.js";

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const subscript = j => `z${"₁₂₃₄₅₆"[j]}`;

export class Views {
  // does: {hand(z), turn(degrees)}
  constructor(does) {
    this.bells = new Bells(find("bells"), find("before"), find("after"));
    this.pairs = new Pairs(find("pairs"), i => { this.bells.pick(i); if (this.last) this.bells.update(this.last); });
    this.cloud = new Cloud(find("cloud"));
    this.walks = new Traversals(find("walks"), find("big"), does.hand);
    find("centre").addEventListener("click", () => this.walks.centre());
    find("turn").addEventListener("input", e => {
      find("turn-value").textContent = `${e.target.value}°`;
      does.turn(Number(e.target.value));
    });
    for (const id of ["across", "up"]) find(id).addEventListener("change", () => { this.chosen = true; });
    const again = () => { this.stale = this.bells.stale = this.cloud.moving = true; };
    window.addEventListener("resize", again);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    this.forget();
  }

  // the run that ends here stays as a dashed line beside the next one, if it was long enough to be worth it
  forget() {
    const {steps, rows} = this.history ?? {steps: []};
    if (steps.at(-1) >= 50) this.before = {steps, values: rows.map(row => row.mig)};
    Object.assign(this, {history: new History(), betas: new History(), last: null, latest: null, world: null, stale: true});
    this.straighten();
  }

  straighten() { find("turn").value = 0; find("turn-value").textContent = "0°"; }

  reset(world, latents) {
    Object.assign(this, {world, latents, chosen: false});
    this.entropies = world.sizes.map((size, k) => entropy(world.levels[k], size));
    this.pairs.reset(world, world.order);
    this.bells.reset(world, latents);
    this.cloud.reset(world, latents);
    this.walks.reset(world, latents, world.across);
    const names = Array.from({length: latents}, (_, j) => new Option(subscript(j), j));
    find("across").replaceChildren(...names);
    find("up").replaceChildren(...names.map(option => option.cloneNode(true)));
    find("up").value = Math.min(1, latents - 1);
    const factor = find("factor").value;
    find("factor").replaceChildren(...world.names.map((name, k) => new Option(name, k)));
    if (factor && factor < world.names.length) find("factor").value = factor;
    find("turn").disabled = latents < 2;
    const {count, sizes, names: factors} = world;
    find("world-says").textContent = `${count} pictures: ${factors.map((name, k) => `${sizes[k]} levels of ${name}`).join(", ")}.`;
    find("latent-key").innerHTML = Array.from({length: latents}, (_, j) => `<span><i style="background:${LATENT[j]}"></i>${latentName(j)}</span>`).join("");
  }

  frame(content) {
    if (!this.world) return;
    this.last = content;
    this.pairs.update(content.pictures);
    this.bells.update(content);
    this.cloud.moveTo(content.mean);
    this.walks.update(content.traversal, content.base);
    find("steps").textContent = content.step.toLocaleString("en");
    find("seconds").textContent = content.seconds.toFixed(1);
    find("beta-now").textContent = content.beta.toPrecision(2).replace(/\.0$/, "");
    if (content.measured) this.look(content.measured, content);
  }

  look(measured, {step, beta}) {
    this.latest = measured;
    if (Number(find("turn").value) === 0) this.history.add(step, {...measured, beta});
    heatTable(find("heat"), measured.heat, this.world.names, this.entropies);
    billTable(find("bill"), measured);
    find("mig").textContent = measured.mig.toFixed(2);
    const degrees = find("turn").value;  // the slider is far from the panels, on a phone above all
    if (degrees !== "0") find("turn-value").textContent = `${degrees}°: MIG ${measured.mig.toFixed(2)}, TC ${nats(measured.total_correlation)}`;
    if (!this.chosen && measured.kl_per_latent && step > 0) this.follow(measured.kl_per_latent);
    this.say(measured);
    this.stale = true;
  }

  // in words: who knows each factor, and which latents are on, telling at least .05 nats about the picture
  say({heat, kl_per_latent: kl, dimension_wise_per_latent: wise}) {
    const percent = (value, k) => `${Math.round(100 * value / this.entropies[k])} %`;
    find("mig-says").innerHTML = this.world.names.map((name, k) => {
      const [[best, j], second] = heat.map((row, i) => [row[k], i]).sort((a, b) => b[0] - a[0]);
      if (best < 0.02) return `No latent knows <b>${name}</b>.`;
      return `<b>${name}</b>: ${latentName(j)} knows ${percent(best, k)}${second ? `, ${latentName(second[1])} ${percent(second[0], k)}` : ""}.`;
    }).join("<br>") + (this.before ? `<br>Dashed: the run before, MIG ${this.before.values.at(-1).toFixed(2)} in the end.` : "");
    const on = kl ? kl.filter((value, j) => value - wise[j] >= 0.05).length : this.latents;
    find("on-says").textContent = kl ? `${on} of ${this.latents} latents ${on === 1 ? "is" : "are"} on.` : "Without noise a code tells everything: the KL is not finite.";
  }

  // the cloud shows the two latents of the largest KL, until somebody chooses
  follow(kl) {
    const order = [...kl.keys()].sort((a, b) => kl[b] - kl[a]), [a, b = a] = order.slice(0, 2).sort();
    if (order.length > 1 && kl[order[1]] < 0.05) return;
    find("across").value = a; find("up").value = b;
  }

  draw() {
    if (!this.world || !this.last) return;
    this.cloud.draw(Number(find("across").value), Number(find("up").value), Number(find("factor").value), still() ? 1 : 0.25);
    this.bells.draw();
    if (!this.stale) return;
    this.stale = false;
    const {steps} = this.history, of = pick => this.history.of(pick);
    drawCurves(find("mig-curve"), steps, [
      ...this.before ? [{...this.before, colour: themed("quiet"), width: 1.5, dashed: true}] : [],
      {values: of(row => row.mig), colour: themed("accent"), width: 2.5},
    ], {top: 1, fixed: true});
    const perLatent = Array.from({length: this.latents}, (_, j) => ({values: of(row => row.kl_per_latent?.[j] ?? null), colour: LATENT[j]}));
    drawCurves(find("kl-curve"), steps, perLatent, {top: 1});
    drawCurves(find("beta-curve"), steps, [{values: of(row => row.beta), colour: themed("text"), width: 1.5}], {top: 30, log: true, low: 0.1});
    const parts = PARTS_SHOWN.map(([key, , , colour]) => ({values: of(row => row[key]), colour}));
    drawCurves(find("parts-curve"), steps, parts, {top: 1});
    this.describe();
  }

  describe() {
    const {mig, kl_per_latent: kl, heat} = this.latest ?? {};
    if (!heat) return;
    const best = this.world.names.map((name, k) => {
      const order = heat.map((row, j) => [row[k], j]).sort((a, b) => b[0] - a[0])[0];
      return `${name} is known best by z${order[1] + 1}`;
    });
    find("cloud").setAttribute("aria-label", `Codes of all pictures; ${best.join(", ")}`);
    find("mig-curve").setAttribute("aria-label", `MIG over the steps, now ${mig.toFixed(2)}`);
    find("kl-curve").setAttribute("aria-label", `KL of each latent over the steps, now ${kl ? kl.map(nats).join(", ") : "not defined"} nats`);
  }

  read() {
    const {step = 0, seconds = 0, beta = null, degrees = 0} = this.last ?? {}, m = this.latest ?? {};
    const {mig = null, mig_per_factor = null, reconstruction = null, kl = null, mutual_information = null, total_correlation = null,
      dimension_wise = null, kl_per_latent = null, heat = null} = m;
    return {step, seconds, beta, degrees, mig, mig_per_factor, reconstruction, kl, mutual_information, total_correlation, dimension_wise, kl_per_latent, heat};
  }
}
