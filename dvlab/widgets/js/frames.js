// A slider over pictures that were made beforehand. All stand in the page, and one is shown.

import { caption, make, sliders } from "./dom.js";

export async function frames(model) {
  const facts = model.get("facts"), words = caption(), controls = sliders(model, facts.sliders);
  const urls = facts.images.map(bytes => URL.createObjectURL(new Blob([bytes], { type: "image/png" })));
  const images = urls.map((src, i) => make("img", { src, alt: facts.captions[i], width: facts.width,
    style: facts.smooth ? "" : "image-rendering: pixelated" }));
  await Promise.all(images.map(image => image.decode()));
  urls.forEach(url => URL.revokeObjectURL(url));
  return {
    children: [...controls.roots, ...images, words],
    draw() {
      const index = model.get("index");
      controls.show();
      images.forEach((image, i) => { image.style.display = i === index ? "block" : "none"; });
      words.textContent = facts.captions[index];
    },
  };
}
