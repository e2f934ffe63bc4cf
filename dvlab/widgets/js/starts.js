// The images that a widget can start from, and their codes, as starts.py tells them.

import { unpack } from "./packing.js";
import { drawSprite } from "./sprites.js";

// {image(place), code(side, place)}; null where the kernel has to be asked.
export async function openStarts(facts, sizes) {
  if (!facts) return null;
  const codes = await Promise.all(facts.codes.map(each => unpack(each, Int32Array)));
  const number = place => place.reduce((at, index, k) => at * sizes[k] + index, 0); // the last factor runs fastest
  const count = sizes.reduce((a, b) => a * b, 1);
  const images = facts.images && await unpack(facts.images, Uint8Array);
  return {
    image(place) {
      if (facts.sprites) return drawSprite(facts.sprites, place);
      const size = images.length / count, at = number(place) * size;
      return Float64Array.from(images.subarray(at, at + size), value => value / 255);
    },
    code(side, place) {
      const latents = codes[side].length / count, at = number(place) * latents;
      return Float64Array.from(codes[side].subarray(at, at + latents), value => value * facts.step);
    },
  };
}

// `place` with factor k at 12 of its values, or at all where they are fewer.
export function sweep(place, k, size) {
  const count = Math.min(size, 12);
  return Array.from({ length: count }, (_, i) => place.map((index, at) =>
    at === k ? Math.round(i * (size - 1) / (count - 1)) : index));
}

export async function modelOf(model, reference) {
  return reference ? model.widget_manager.get_model(reference.replace("IPY_MODEL_", "")) : null;
}
