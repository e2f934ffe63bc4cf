// The traversal explorer: move a latent and see the image; move a factor and see which latents answer.

import { latentBars } from "./bars.js";
import { decode, openDecoder } from "./decoder.js";
import { caption, fixed, make, put, sliders, subscript } from "./dom.js";
import { picture } from "./picture.js";
import { modelOf, openStarts, sweep } from "./starts.js";

// To the sliders' step; the code itself stays exact, since sliders only move it.
const toStep = value => Math.floor(value * 10 + 0.5) / 10;

// Codes and images of where the sliders stand: from the page, or from the kernel's last answer.
async function openSource(model) {
  const facts = model.get("facts"), isStart = each => each.trait === "start";
  const sizes = facts.sliders.filter(isStart).map(each => each.high + 1);
  const starts = await openStarts(facts.starts, sizes);
  const decoders = await Promise.all(model.get("weights").map(async reference => {
    const weights = await modelOf(model, reference);
    return weights && openDecoder(weights.get("facts"));
  }));
  const answer = s => model.get("answer").sides[s];
  const base = s => {
    const code = starts ? starts.code(s, model.get("start")) : Float64Array.from(answer(s).code);
    const draw = facts.draws[model.get("sample") - 1] ?? [];
    facts.sides[s].order.forEach((j, r) => { code[j] = draw[r] ?? code[j]; });
    return code;
  };
  const rest = () => {
    const code = base(0);
    return facts.sides[0].order.map(j => toStep(code[j]));
  };
  return {
    sizes, rest, knowsCodes: starts !== null,
    encoded: s => starts ? starts.code(s, model.get("start")) : answer(s).code,
    code(s) { // every model moves by the same distance from its own code
      const code = base(s), latents = model.get("latents"), from = rest(), order = facts.sides[s].order;
      latents.forEach((value, r) => { if (r < order.length) code[order[r]] += value - from[r]; });
      return code;
    },
    spans(s, factor) {
      if (!starts) return answer(s).spans;
      const codes = sweep(model.get("start"), factor, sizes[factor]).map(place => starts.code(s, place));
      return codes[0].map((_, j) => Math.max(...codes.map(z => z[j])) - Math.min(...codes.map(z => z[j])));
    },
    showStart: (shown, words) => starts ? shown.show(starts.image(model.get("start")), words)
      : shown.showBytes(model.get("answer").image, words),
    showDecoded: (shown, s, name, code, words) => decoders[s] ? shown.show(decode(decoders[s], code), words)
      : shown.showBytes(answer(s)[name], words),
  };
}

// One model's pictures and bars, under its name where there are several.
function sideOf(side, count, shape, factors) {
  const [small, large] = { 1: [140, 256], 2: [120, 200] }[count] ?? [110, 190];
  const reconstruction = picture(shape, small, "reconstruction");
  const decoded = picture(shape, large, "decoded from the sliders");
  const bars = count < 3 ? latentBars(side, factors.length > 0) : null;
  const row = make("div", { class: "dvlab-row" }, reconstruction.root, decoded.root, ...bars ? [bars.root] : []);
  const root = make("div", {}, ...count > 1 ? [make("strong", {}, side.name)] : [], row);
  return { root, reconstruction, decoded, bars };
}

function controls(model, source, alone) {
  const { sliders: described, sides, first } = model.get("facts");
  const active = Math.max(...sides.map(side => side.active));
  const [start, latents] = ["start", "latents"].map(trait => described.filter(each => each.trait === trait));
  // a new image, or a new draw: the sliders go where its code is
  const from = values => {
    model.set({ sample: 0, ...values });
    put(model, { latents: source.rest() });
  };
  const places = sliders(model, start, from), moves = sliders(model, latents), inactive = latents.length - active;
  const button = (words, title, onclick) => make("button", { type: "button", title, onclick }, words);
  const draws = model.get("facts").draws.length;
  const left = make("div", {}, make("strong", {}, "start image"), ...source.knowsCodes || !alone ? places.roots : [],
    button("Reset", "back to the first image, and to the encoder's answer", () => from({ start: first.slice() })),
    button("Surprise me", "draw a code from the prior", () => from({ sample: model.get("sample") % draws + 1 })));
  const right = make("div", {}, make("strong", {}, "latents"), ...moves.roots.slice(0, active));
  if (inactive > 0) right.append(make("details", {}, make("summary", {},
    `${inactive} inactive latent${inactive > 1 ? "s" : ""}: they know < 0.05 nats about the image`), ...moves.roots.slice(active)));
  return { root: make("div", { class: "dvlab-row" }, left, right), show() { places.show(); moves.show(); } };
}

export async function explorer(model, alone) {
  const facts = model.get("facts"), { sides, factors, shape } = facts, several = sides.length > 1, words = caption();
  const source = await openSource(model), knobs = controls(model, source, alone);
  const original = picture(shape, several && sides.length > 2 ? 110 : 140, "image");
  const views = sides.map(side => sideOf(side, sides.length, shape, factors));
  const described = facts.sliders.filter(each => each.trait === "start");
  let moving = 0, last = model.get("start");
  const image = () => described.map((each, k) => each.options.length
    ? `${each.label} ${each.options[last[k]]}` : `number ${last[k]}`).join(", ");
  return {
    children: [make("div", { class: "dvlab-row" }, original.root, ...views.map(view => view.root)), knobs.root, words],
    draw() {
      const start = model.get("start"), moved = start.findIndex((index, k) => index !== last[k]);
      if (moved >= 0) [moving, last] = [moved, start];
      knobs.show();
      source.showStart(original, `The image: ${image()}`);
      const named = s => several ? `${sides[s].name}: ` : "", answers = [], images = [];
      views.forEach((view, s) => {
        const code = source.code(s), { order, active, name } = sides[s];
        const at = order.slice(0, active).map(j => `z${subscript(j)} = ${fixed(code[j], 1)}`).join(", ");
        source.showDecoded(view.reconstruction, s, "reconstruction", source.encoded(s), `${name}: reconstruction of the image`);
        source.showDecoded(view.decoded, s, "decoded", code, `${name}: image decoded from ${at}`);
        images.push(`${named(s)}decoded from ${at}`);
        if (view.bars && factors.length) answers.push(named(s) + view.bars.show(source.spans(s, moving), factors[moving]));
      });
      if (model.get("sample")) images.push("this began as a sample of the prior, not as the image on the left");
      if (!several) images[0] = images[0].replace("decoded", "Decoded");
      words.textContent = [`Image: ${image()}`, ...answers, ...images].join(". ") + ".";
    },
  };
}
