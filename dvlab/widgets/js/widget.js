// The one door of all widgets, for a notebook (anywidget calls `render`) and for a page without a kernel alike.

import { keepKeys, make } from "./dom.js";
import { frames } from "./frames.js";
import { posteriors } from "./posteriors.js";
import { migRotation, rotateCodes } from "./rotations.js";
import { STYLE } from "./style.js";
import { waterFilling } from "./water.js";

const KINDS = { frames, migRotation, posteriors, rotateCodes, waterFilling };

// Show the widget of `model` in `el`. A kind gives its elements, and draws where the model's positions stand.
export async function render({ model, el }) {
  const view = await KINDS[model.get("kind")](model);
  const root = make("div", { class: "dvlab" }, make("style", {}, STYLE), ...view.children);
  keepKeys(root);
  view.draw();
  model.on("change", view.draw);
  el.append(root);
  return () => model.off("change", view.draw);
}
