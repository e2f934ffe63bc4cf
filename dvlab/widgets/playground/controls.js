// The controls: selects, sliders and buttons, and what happens when they move.

import { DEFAULTS } from "./address.js";
import { OBJECTIVES, weightsOf } from "./objectives.js";
import { SCHEDULES } from "./schedules.js";
import { WORLDS } from "./worlds.js";

export const find = id => document.getElementById(id);

const LOG_LOW = Math.log(0.1), LOG_HIGH = Math.log(1000);  // four decades; 1, 10 and 100 are places of the slider
const toSlider = value => value <= 0 ? 0 : Math.round(1000 * Math.max(0, (Math.log(value) - LOG_LOW) / (LOG_HIGH - LOG_LOW)));
const fromSlider = place => place <= 0 ? 0 : round(Math.exp(LOG_LOW + place / 1000 * (LOG_HIGH - LOG_LOW)));
const round = v => Number(v.toPrecision(3));
export const SPEEDS = [[0, "as fast as it goes"], [60, "60 steps a second"], [20, "20 steps a second"], [5, "5 steps a second"]];
const RESTARTS = ["world", "latents", "seed"];  // the others act while it trains

function options(select, entries) {
  select.replaceChildren(...entries.map(([value, name]) => new Option(name, value)));
}

export class Controls {
  // does: {change(changes), restart(), run(on), step()}
  constructor(does) {
    this.settings = {...DEFAULTS};
    options(find("world"), Object.entries(WORLDS).map(([id, {name}]) => [id, name]));
    options(find("objective"), Object.entries(OBJECTIVES).map(([id, {name}]) => [id, name]));
    options(find("schedule"), Object.entries(SCHEDULES).map(([id, {name}]) => [id, name]));
    options(find("latents"), [1, 2, 3, 4, 5, 6].map(n => [n, n]));
    options(find("speed"), SPEEDS);
    const change = (name, value) => {
      this.settings[name] = value;
      this.show();
      if (RESTARTS.includes(name)) does.restart(); else does.change({[name]: value});
    };
    for (const name of ["world", "objective", "schedule"]) find(name).addEventListener("change", e => change(name, e.target.value));
    for (const name of ["latents", "speed"]) find(name).addEventListener("change", e => change(name, Number(e.target.value)));
    find("seed").addEventListener("change", e => {
      const value = Math.floor(Number(e.target.value));
      change("seed", value >= 0 && value <= 1e9 ? value : DEFAULTS.seed);
    });
    for (const name of ["beta", "tc"]) find(name).addEventListener("input", e => change(name, fromSlider(Number(e.target.value))));
    find("run").addEventListener("click", () => does.run(!this.running));
    find("step").addEventListener("click", () => does.step());
    find("reset").addEventListener("click", () => does.restart());
    find("link").addEventListener("click", () => does.link());
  }

  // put all controls where the settings are
  show(settings = this.settings) {
    this.settings = settings;
    for (const name of ["world", "objective", "schedule", "latents", "seed"]) find(name).value = settings[name];
    const speeds = SPEEDS.map(([value]) => value);
    find("speed").value = speeds.includes(settings.speed) ? settings.speed : 0;
    const {noisy, beta, tc} = OBJECTIVES[settings.objective];
    for (const [name, used] of [["beta", noisy && beta === undefined], ["tc", Boolean(tc)]]) {
      const slider = find(name), value = name === "beta" && beta !== undefined ? beta : settings[name];
      if (fromSlider(Number(slider.value)) !== value) slider.value = toSlider(value);  // not while it is being moved
      slider.disabled = !used;
      slider.setAttribute("aria-valuetext", String(value));
      find(`${name}-value`).textContent = used || beta !== undefined && name === "beta" ? String(value) : "not used";
    }
    find("schedule").disabled = !noisy;
    find("objective-says").textContent = OBJECTIVES[settings.objective].says;
    find("schedule-says").textContent = noisy ? SCHEDULES[settings.schedule].says : "";
  }

  showRunning(running) {
    this.running = running;
    find("run").textContent = running ? "❚❚ Pause" : "▶ Train";
    find("run").setAttribute("aria-pressed", String(running));
  }

  // what is being minimised now, in words and numbers
  showLoss(betaNow) {
    const {noisy, beta, extra} = weightsOf(this.settings.objective, betaNow, this.settings.tc);
    const number = v => String(round(v));
    let text = "reconstruction";
    if (noisy) text += ` + ${number(beta)} · KL`;
    if (extra > 0) text += ` + ${number(extra)} · TC`;
    if (find("loss").textContent !== text) find("loss").textContent = text;
  }
}
