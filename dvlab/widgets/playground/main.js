// The page: controls and stories on one side, the worker on the other, and what is drawn in between.

import { readAddress, writeAddress } from "./address.js";
import { Controls, find } from "./controls.js";
import { STORIES } from "./stories.js";
import { Storybook } from "./storybook.js";
import { gradients, measured } from "./trial.js";
import { Views } from "./views.js";

const worker = new Worker(URL.createObjectURL(new Blob([find("worker").textContent], {type: "text/javascript"})));
const send = (type, content = {}) => worker.postMessage({type, ...content});
const views = new Views({hand: z => send("hand", {z}), turn: degrees => { pause(); send("turn", {degrees}); }});

const controls = new Controls({
  change(changes) { stopTour(); send("set", {changes}); note(); },
  restart() { const on = controls.running; start(controls.settings); if (on) run(true); },
  run,
  step() { pause(); send("step", {count: 1}); },
  async link() {
    const address = location.href.split("#")[0] + writeAddress(controls.settings) + "&run=1";
    try {
      await navigator.clipboard.writeText(address);
      say("Copied: the address that sets this scene and starts.");
    } catch { say(`The address that sets this scene and starts: ${address}`); }
  },
});

function start(settings) {
  stopTour();
  controls.show({...settings});
  controls.showRunning(false);
  views.forget();
  say("");
  send("start", {settings: controls.settings});
  note();
}

function run(on) {
  if (on) views.straighten();
  controls.showRunning(on);
  send("run", {on});
}

function say(text) { find("status").textContent = text; }

function pause() { if (controls.running) run(false); }

// the address follows the controls, so that it can be sent
function note() {
  history.replaceState(null, "", writeAddress(controls.settings) + (book.open ? `&story=${book.open}` : ""));
}

worker.onmessage = ({data: {type, ...content}}) => {
  if (type === "world") views.reset(content.world, controls.settings.latents);
  else { views.frame(content); controls.showLoss(content.beta); tour(content); }
};
worker.onerror = event => { say(`The training stopped: ${event.message}`); };

// ------------------------------------------------------------ a story's scene, and β's way up and down again

// steps: until the latents are on; of the way up from the scene's β to the top; of the way down again
const TOUR = {waits: 900, up: 1200, top: 25, down: 1300};
let touring = null;  // the β it begins and ends with, or null

const book = new Storybook(JSON.parse(find("lectures").textContent), story => {
  start({...story.scene, speed: 0});
  run(true);
  touring = story.tour ? story.scene.beta : null;
});

function stopTour() { touring = null; }

function tour({step}) {
  if (touring === null || step < TOUR.waits) return;
  const {waits, up, top, down} = TOUR, way = step - waits, share = way < up ? way / up : Math.max(0, 1 - (way - up) / down);
  controls.show({...controls.settings, beta: Number((touring * (top / touring) ** share).toPrecision(3))});
  send("set", {changes: {beta: controls.settings.beta}});
  if (way > up + down) stopTour();
}

// ------------------------------------------------------------ beginning

let frames = [];

function animate(time) {
  frames.push(time);
  while (frames[0] < time - 2000) frames.shift();
  views.draw();
  requestAnimationFrame(animate);
}

function begin() {
  const {settings, run: on, story, ignored} = readAddress(location.hash);
  book.show(story);
  find("help").open = !location.hash;
  start(settings);
  if (ignored.length) say(`Not understood in the address, and left out: ${ignored.join(", ")}.`);
  if (on) run(true);
}

window.addEventListener("hashchange", begin);
window.playground = {
  read: () => ({...views.read(), frames_per_second: frames.length > 1 ? 1000 * (frames.length - 1) / (frames.at(-1) - frames[0]) : 0}),
  gradients, measured, stories: STORIES,
};
begin();
requestAnimationFrame(animate);
