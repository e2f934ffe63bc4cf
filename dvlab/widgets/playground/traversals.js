// A walk along every latent, and a slider for each: what does the decoder draw when this number alone is changed?

import { LATENT } from "./colours.js";
import { paint, tile } from "./pictures.js";
import { latentName } from "./tables.js";

export class Traversals {
  constructor(place, big, onHand) { Object.assign(this, {place, big, onHand}); }

  reset(world, latents, across) {
    this.colour = world.colour;
    this.hand = Array(latents).fill(0);
    this.rows = Array.from({length: latents}, (_, j) => this.row(j, across));
    this.place.replaceChildren(...this.rows.map(row => row.element));
  }

  row(j, across) {
    const element = document.createElement("div"), strip = document.createElement("div");
    const slider = document.createElement("input"), value = document.createElement("output"), tiles = Array.from({length: across}, () => tile());
    element.className = "walk"; strip.className = "strip";
    element.innerHTML = `<label for="hand${j}"><i style="background:${LATENT[j]}"></i>${latentName(j)}</label>`;
    Object.assign(slider, {type: "range", id: `hand${j}`, min: -3, max: 3, step: 0.1, value: 0});
    slider.setAttribute("aria-label", `latent z${j + 1}, by hand`);
    slider.addEventListener("input", () => { this.hand[j] = +slider.value; this.onHand(this.hand); });
    strip.append(...tiles);
    element.append(strip, slider, value);
    return {element, tiles, slider, value};
  }

  centre() {
    this.hand.fill(0);
    for (const {slider} of this.rows) slider.value = 0;
    this.onHand(this.hand);
  }

  update(images, base) {
    this.rows.forEach(({tiles, value}, j) => {
      tiles.forEach((canvas, i) => paint(canvas, images[j * tiles.length + i], this.colour));
      const text = base[j].toFixed(1).replace("-0.0", "0.0");
      if (value.textContent !== text) value.textContent = text;
    });
    paint(this.big, images.at(-1), this.colour);
  }
}
