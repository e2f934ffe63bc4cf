// The page: controls and stories on one side, the worker on the other, and what is drawn in between.

import { readAddress, writeAddress } from "./address.js";
import { Controls, find } from "./controls.js";
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
});

function start(settings) {
  stopTour();
  controls.show({...settings});
  controls.showRunning(false);
  views.forget();
  send("start", {settings: controls.settings});
  note();
}

function run(on) {
  if (on) views.straighten();
  controls.showRunning(on);
  send("run", {on});
}

function pause() { if (controls.running) run(false); }

// the address follows the controls, so that it can be sent
function note() {
  history.replaceState(null, "", writeAddress(controls.settings) + (book.open ? `&story=${book.open}` : ""));
}

worker.onmessage = ({data: {type, ...content}}) => {
  if (type === "world") views.reset(content.world, controls.settings.latents);
  else { views.frame(content); controls.showLoss(content.beta); tour(content); }
};
worker.onerror = event => { find("status").textContent = `The training stopped: ${event.message}`; };

// ------------------------------------------------------------ a story's scene, and β's way up and down again

let touring = null;
const TOUR = {from: 850, top: 40, up: 1.012, down: 0.993};

const book = new Storybook(JSON.parse(find("lectures").textContent), story => {
  start({...story.scene, speed: 0});
  run(true);
  touring = story.tour ? "waits" : null;
});

function stopTour() { touring = null; }

function tour({step, measured: full}) {
  if (!touring || !full) return;
  const {settings} = controls;
  if (touring === "waits") touring = step >= TOUR.from ? "rises" : "waits";
  if (touring === "waits") return;
  if (settings.beta >= TOUR.top) touring = "falls";
  const beta = settings.beta * (touring === "rises" ? 1.12 : 0.93);
  settings.beta = Number(beta.toPrecision(3));
  controls.show();
  send("set", {changes: {beta: settings.beta}});
  if (touring === "falls" && settings.beta <= 1) stopTour();
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
  start(settings);
  if (ignored.length) find("status").textContent = `Not understood in the address, and left out: ${ignored.join(", ")}.`;
  if (on) run(true);
}

window.addEventListener("hashchange", begin);
window.playground = {
  read: () => ({...views.read(), frames_per_second: frames.length > 1 ? 1000 * (frames.length - 1) / (frames.at(-1) - frames[0]) : 0}),
  gradients, measured,
};
begin();
requestAnimationFrame(animate);
