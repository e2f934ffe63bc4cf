// The page's state in its address: playground.html#world=ellipse&objective=beta-tcvae&schedule=cooling&seed=3&run=1

import { OBJECTIVES } from "./objectives.js";
import { SCHEDULES } from "./schedules.js";
import { WORLDS } from "./worlds.js";

export const DEFAULTS = {world: "ellipse", objective: "beta-tcvae", schedule: "cooling", beta: 1, tc: 6, latents: 4, seed: 1, speed: 0};

const oneOf = names => text => Object.hasOwn(names, text) ? text : undefined;
const number = (low, high, whole) => text => {
  const value = Number(text);
  return text !== "" && value >= low && value <= high && (!whole || Number.isInteger(value)) ? value : undefined;
};
const READERS = {
  world: oneOf(WORLDS), objective: oneOf(OBJECTIVES), schedule: oneOf(SCHEDULES), beta: number(0, 1000), tc: number(0, 1000),
  latents: number(1, 6, true), seed: number(0, 1e9, true), speed: number(0, 1000, true),
};

// -> {settings, run, story, ignored}; what can't be read keeps its default and is named in `ignored`
export function readAddress(hash) {
  const settings = {...DEFAULTS}, ignored = [], given = new URLSearchParams(hash.replace(/^#/, ""));
  for (const [name, text] of given) {
    if (name === "run" || name === "story") continue;
    const value = Object.hasOwn(READERS, name) ? READERS[name](text) : undefined;
    if (value === undefined) ignored.push(`${name}=${text}`); else settings[name] = value;
  }
  return {settings, run: given.get("run") === "1", story: Number(given.get("story")) || 0, ignored};
}

export function writeAddress(settings) {
  const needed = Object.entries(settings).filter(([name, value]) => name !== "speed" || value !== DEFAULTS.speed);
  return "#" + new URLSearchParams(needed.map(([name, value]) => [name, String(value)]));
}
