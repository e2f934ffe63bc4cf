// A picture of few pixels, shown large.

import { make } from "./dom.js";

// `width` in CSS pixels; `show` takes floats in [0, 1], (channels, height, width) flat.
export function picture([channels, height, width], shown, words = "") {
  const canvas = make("canvas", { width, height, role: "img", style: `width: ${shown}px` });
  const context = canvas.getContext("2d"), data = context.createImageData(width, height), size = height * width;
  const root = make("figure", {}, canvas, ...words ? [make("figcaption", {}, words)] : []);
  const put = (pixel, describes) => {
    for (let p = 0; p < size; p++) {
      for (let c = 0; c < 3; c++) data.data[4 * p + c] = pixel(p, channels === 3 ? c : 0);
      data.data[4 * p + 3] = 255;
    }
    context.putImageData(data, 0, 0);
    canvas.setAttribute("aria-label", describes);
  };
  return {
    root,
    show: (image, describes) => put((p, c) => 255 * image[p + c * size], describes),
    // the kernel's pixels: bytes, channels last
    showBytes: (view, describes) => put((p, c) => view.getUint8(channels * p + c), describes),
  };
}
