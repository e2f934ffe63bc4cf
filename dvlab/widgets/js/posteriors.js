// Posteriors in two dimensions and their aggregate: what sharpness, correlation and offset do to the parts of the KL.

import { COLOURS, chart, label, legend } from "./chart.js";
import { caption, fixed, make, sliders } from "./dom.js";

// Mutual information, total correlation, dimension-wise KL in nats of posteriors N(μ, σ² I) whose aggregate is
// N((offset, 0), [[1, ρ], [ρ, 1]]): the limit of many images.
export function gaussianTerms(sigma, correlation, offset) {
  const logDet = Math.log(1 - correlation ** 2);
  return [0.5 * logDet - 2 * Math.log(sigma), Math.abs(0.5 * logDet), offset ** 2 / 2];
}

// The lower triangle of the Cholesky factor of [[a, b], [b, a]].
function cholesky(a, b) {
  const first = Math.sqrt(a);
  return [first, b / first, Math.sqrt(a - (b / first) ** 2)];
}

const CIRCLE = Array.from({ length: 49 }, (_, i) => [Math.cos(i * Math.PI / 24), Math.sin(i * Math.PI / 24)]);

export function posteriors(model) {
  const facts = model.get("facts"), words = caption(), controls = sliders(model, facts.sliders);
  const left = chart({ width: 370, height: 339, x: [-4.2, 4.2], y: [-3.1, 4.6], xlabel: "z₁", ylabel: "z₂", bottom: 44,
    xticks: [-4, -2, 0, 2, 4].map(v => [v, String(v)]), yticks: [-2, 0, 2, 4].map(v => [v, String(v)]),
    describes: "A cloud of posteriors, their aggregate, and the prior" });
  const ellipse = (x, y, [a, b, c], radius) =>
    left.path(CIRCLE.map(([u, v]) => [x + radius * a * u, y + radius * (b * u + c * v)])) + "Z";
  left.add("path", { fill: "#bbb", "fill-opacity": 0.35, d: ellipse(0, 0, [1, 0, 1], 2) });
  const rings = left.add("path", { fill: "none", stroke: COLOURS[0], "stroke-width": 0.9, "stroke-opacity": 0.8 });
  const aggregate = left.add("path", { fill: "none", stroke: COLOURS[1], "stroke-width": 2.5 });
  legend(left.plane, [["prior p(z), 2σ", { stroke: "#bbb", "stroke-width": 8, "stroke-opacity": 0.35 }],
    ["posteriors q(z|n), 1σ", { stroke: COLOURS[0] }], ["aggregate q(z), 2σ", { stroke: COLOURS[1] }]], 8, 10);
  const right = bars();
  return {
    children: [...controls.roots, make("div", { class: "dvlab-row" }, left.root, right.root), words],
    draw() {
      const sigma = 1 / model.get("sharpness"), rho = model.get("correlation"), offset = model.get("offset");
      const [a, b, c] = cholesky(1 - sigma ** 2, rho); // of the means: Cov μ = C - σ² I
      controls.show();
      rings.setAttribute("d", facts.points.map(
        ([u, v]) => ellipse(a * u + offset, b * u + c * v, [1, 0, 1], sigma)).join(""));
      aggregate.setAttribute("d", ellipse(offset, 0, cholesky(1, rho), 2));
      const terms = gaussianTerms(sigma, rho, offset), [mi, tc, dw, sum] =
        [...terms, terms[0] + terms[1] + terms[2]].map(term => fixed(term, 2));
      right.show(terms);
      const count = facts.points.length;
      words.textContent = `σ = ${fixed(sigma, 2)}, ρ = ${fixed(rho, 2)}, offset ${fixed(offset, 1)}: mutual information `
        + `${mi} + total correlation ${tc} + dimension-wise KL ${dw} = KL ${sum} nats per image, in the limit of many `
        + `images, spread like the ${count} drawn; of so few, a code can tell no more than ln ${count} = `
        + `${fixed(Math.log(count), 2)} nats.`;
    },
  };
}

function bars() {
  const names = ["mutual\ninformation", "total\ncorrelation", "dimension-\nwise KL"];
  const plane = chart({ width: 300, height: 300, x: [0, 7.2], y: [0, 3], left: 84, xlabel: "nats per image", bottom: 44,
    title: "KL(q(z|n) ‖ p(z)), averaged, in three parts:\nthe limit of many images",
    xticks: [0, 1, 2, 3, 4, 5, 6, 7], yticks: names.map((name, i) => [2.5 - i, name]),
    describes: "Three bars: mutual information, total correlation, dimension-wise KL" });
  const made = names.map((_, i) => [
    plane.add("rect", { x: 0, y: 100 * i + 10, height: 80, fill: COLOURS[i] }),
    plane.marks.appendChild(label("", { y: 100 * i + 54 })),
  ]);
  return { root: plane.root, show: terms => made.forEach(([bar, number], i) => {
    bar.setAttribute("width", Math.max(0, plane.x(terms[i])));
    number.setAttribute("x", plane.x(terms[i]) + 4);
    number.textContent = fixed(terms[i], 2);
  }) };
}
