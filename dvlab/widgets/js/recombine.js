// Take one latent from here and another from there, and see the image of the mixed code.

import { decode, openDecoder } from "./decoder.js";
import { caption, make, put, sliders } from "./dom.js";
import { picture } from "./picture.js";
import { modelOf, openStarts } from "./starts.js";

export async function recombine(model) {
  const facts = model.get("facts"), words = caption();
  const [first, second] = ["first", "second"].map(trait => facts.sliders.filter(each => each.trait === trait));
  const starts = await openStarts(facts.starts, first.map(each => each.high + 1));
  const weights = await modelOf(model, model.get("weights")), decoder = weights && await openDecoder(weights.get("facts"));
  const pictures = [140, 256, 140].map((width, i) =>
    picture(facts.shape, width, ["image", "decoded from the mixed code", "image"][i]));
  const places = [first, second].map(each => sliders(model, each)), switches = latentSwitches(model, facts);
  const column = (i, name, roots) => make("div", {}, make("strong", {}, name), pictures[i].root, ...roots);
  const describe = (described, at) => described.map((each, k) => `${each.label} ${each.options[at[k]]}`).join(", ");
  return {
    children: [make("div", { class: "dvlab-row dvlab-narrow" }, column(0, "first", places[0].roots),
      column(1, "mixed", switches.roots), column(2, "second", places[1].roots)), words],
    draw() {
      const [a, b, take] = ["first", "second", "take"].map(trait => model.get(trait));
      [...places, switches].forEach(each => each.show());
      const [one, other] = [describe(first, a), describe(second, b)];
      const taken = facts.names.filter((_, i) => take.includes(facts.latents[i])).join(", ") || "nothing";
      words.textContent = `First: ${one}. Second: ${other}. From the second: ${taken}; the rest from the first.`;
      const said = [one, words.textContent, other];
      if (facts.needs_kernel) {
        return ["first", "mixed", "second"].forEach((name, i) => pictures[i].showBytes(model.get("answer")[name], said[i]));
      }
      const code = starts.code(0, a), from = starts.code(0, b);
      take.forEach(j => { code[j] = from[j]; });
      [starts.image(a), decode(decoder, code), starts.image(b)].forEach((image, i) => pictures[i].show(image, said[i]));
    },
  };
}

function latentSwitches(model, { latents, names }) {
  const boxes = latents.map(j => make("input", { type: "checkbox", onchange: () => {
    const take = model.get("take");
    put(model, { take: take.includes(j) ? take.filter(each => each !== j) : [...take, j] });
  } }));
  return {
    roots: boxes.map((box, i) => make("label", { style: "display: block" }, box, `${names[i]} from the second`)),
    show: () => boxes.forEach((box, i) => { box.checked = model.get("take").includes(latents[i]); }),
  };
}
