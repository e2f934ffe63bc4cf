// The one door of all widgets, for a notebook (anywidget calls `render`) and for a page without a kernel alike.

import { keepKeys, make } from "./dom.js";
import { explorer } from "./explorer.js";
import { frames } from "./frames.js";
import { posteriors } from "./posteriors.js";
import { recombine } from "./recombine.js";
import { migRotation, rotateCodes } from "./rotations.js";
import { STYLE } from "./style.js";
import { waterFilling } from "./water.js";

const KINDS = { explorer, frames, migRotation, posteriors, recombine, rotateCodes, waterFilling };

// Show the widget of `model` in `el`, `alone` where no kernel ever answers. A kind gives its elements, and draws where
// the model's positions stand.
export async function render({ model, el, alone = false }) {
  const view = await KINDS[model.get("kind")](model, alone);
  const root = make("div", { class: "dvlab" }, make("style", {}, STYLE), ...view.children);
  keepKeys(root);
  view.draw();
  model.on("change", view.draw);
  el.append(root);
  return () => model.off("change", view.draw);
}
