// Images of a world on canvases.

import { SIDE } from "./worlds.js";

// an image (pixels, or three planes of them) -> a canvas of SIDE × SIDE, enlarged by the style sheet
export function paint(canvas, image, colour) {
  const n = SIDE * SIDE, context = canvas.getContext("2d"), data = context.createImageData(SIDE, SIDE);
  for (let p = 0; p < n; p++) {
    for (let c = 0; c < 3; c++) data.data[4 * p + c] = 255 * Math.min(Math.max(image[p + (colour ? c * n : 0)], 0), 1);
    data.data[4 * p + 3] = 255;
  }
  context.putImageData(data, 0, 0);
}

export function tile(label) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  canvas.className = "tile";
  if (label) { canvas.setAttribute("role", "img"); canvas.setAttribute("aria-label", label); } else canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

export class Pairs {
  constructor(place, onPick) { Object.assign(this, {place, onPick}); }

  pick(i) {
    [...this.place.children].forEach((pair, k) => pair.setAttribute("aria-pressed", String(k === i)));
    this.onPick(i);
  }

  // the images shown, above; below each its reconstruction, which `update` draws
  reset(world, order) {
    this.colour = world.colour;
    this.below = [];
    this.place.replaceChildren(...order.map((n, i) => {
      const pair = document.createElement("button"), above = tile(), below = tile();
      Object.assign(pair, {type: "button", className: "pair"});
      pair.setAttribute("aria-label", `follow picture ${i + 1}`);
      pair.setAttribute("aria-pressed", String(i === 0));
      pair.addEventListener("click", () => this.pick(i));
      paint(above, world.images.subarray(n * world.pixels, (n + 1) * world.pixels), world.colour);
      this.below.push(below);
      pair.append(above, below);
      return pair;
    }));
  }

  update(pictures) { pictures.forEach((image, i) => paint(this.below[i], image, this.colour)); }
}
