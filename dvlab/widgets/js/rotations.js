// A code of two factors, rotated by a slider: a table of what each latent knows, or the curve of MIG over the angle.

import { COLOURS, chart, label, legend, viridis } from "./chart.js";
import { caption, fixed, make, sliders } from "./dom.js";

const rotated = (facts, angle) => {
  const c = Math.cos(angle * Math.PI / 180), s = Math.sin(angle * Math.PI / 180);
  return facts.factors.map(([a, b], i) => [c * a - s * b + facts.noise[i][0], s * a + c * b + facts.noise[i][1]]);
};

// A cloud of codes coloured by factor k; `move(angle)` rotates it.
function cloud(facts, k, title, [xlabel, ylabel]) {
  const plane = chart({ width: 225, height: 225, x: [-2.6, 2.6], y: [-2.6, 2.6], title, xlabel, ylabel,
    describes: `Points of the code, ${title}` });
  const levels = [...new Set(facts.factors.map(g => g[k]))].sort((a, b) => a - b);
  const paths = levels.map((_, i) => plane.add("path", { stroke: viridis(i / (levels.length - 1)),
    "stroke-width": 4, "stroke-linecap": "round", fill: "none" }));
  return { root: plane.root, move(points) {
    levels.forEach((level, i) => paths[i].setAttribute("d",
      plane.dots(points.filter((_, n) => facts.factors[n][k] === level))));
  } };
}

export function rotateCodes(model) {
  const facts = model.get("facts"), [a, b] = facts.names, words = caption(), controls = sliders(model, facts.sliders);
  const clouds = [a, b].map((name, k) => cloud(facts, k, `coloured by ${name}`, ["first latent", "second latent"]));
  const heat = heatMap(facts);
  return {
    children: [...controls.roots, make("div", { class: "dvlab-row" }, ...clouds.map(each => each.root), heat.root), words],
    draw() {
      const angle = model.get("angle"), table = facts.information[angle], points = rotated(facts, angle);
      controls.show();
      clouds.forEach(each => each.move(points));
      heat.show(table);
      words.textContent = `Rotated by ${angle}°: the first latent knows ${fixed(table[0][0], 2)} nats about ${a} and `
        + `${fixed(table[0][1], 2)} about ${b}, the second ${fixed(table[1][0], 2)} about ${a} and `
        + `${fixed(table[1][1], 2)} about ${b}. Both together always know `
        + `${fixed(facts.information[0][0][0], 2)} nats about each.`;
    },
  };
}

// Two latents down, two factors across; the number in each field, in nats.
function heatMap(facts) {
  const plane = chart({ width: 190, height: 190, x: [0, 2], y: [0, 2], left: 62, title: "mutual information (nats)",
    xticks: facts.names.map((name, k) => [k + 0.5, name]), yticks: [[1.5, "first\nlatent"], [0.5, "second\nlatent"]],
    describes: "A table of mutual information, two latents by two factors" });
  const fields = [0, 1].map(j => [0, 1].map(k => [
    plane.add("rect", { x: 95 * k, y: 95 * j, width: 95, height: 95 }),
    plane.marks.appendChild(label("", { x: 95 * k + 47, y: 95 * j + 53, "text-anchor": "middle", "font-size": 17 })),
  ]));
  return { root: plane.root, show: table => fields.forEach((row, j) => row.forEach(([field, number], k) => {
    const share = table[j][k] / Math.log(facts.levels);
    field.setAttribute("fill", viridis(share));
    number.textContent = fixed(table[j][k], 2);
    number.style.fill = share > 0.6 ? "black" : "white";
  })) };
}

export function migRotation(model) {
  const facts = model.get("facts"), words = caption(), controls = sliders(model, facts.sliders);
  const left = cloud(facts, 0, `coloured by ${facts.name}`, ["z₀", "z₁"]);
  const right = chart({ width: 440, height: 225, x: [0, 90], y: [-0.03, 1.08], xlabel: "rotation (degrees)",
    ylabel: "share of H(g)", xticks: [0, 15, 30, 45, 60, 75, 90], yticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
    describes: "Three curves over the rotation: I(g; all z), the best I(g; z_j) and MIG, as shares of H(g)" });
  const curves = [facts.joint, facts.best, facts.mig];
  const looks = ["", "8 4", "8 3 2 3"].map((dash, i) => ({ stroke: COLOURS[i], "stroke-dasharray": dash }));
  curves.forEach((curve, i) => right.add("path",
    { ...looks[i], fill: "none", "stroke-width": 2, d: right.path(curve.map((value, at) => [at, value])) }));
  legend(right.plane, ["I(g; all z)", "best I(g; zⱼ)", "MIG"].map((name, i) => [name, looks[i]]), 170, 40);
  const line = right.add("path", { stroke: "currentColor" });
  const marks = curves.map((_, i) => right.add("circle", { r: 4, fill: COLOURS[i] }));
  return {
    children: [...controls.roots, make("div", { class: "dvlab-row" }, left.root, right.root), words],
    draw() {
      const angle = model.get("angle");
      controls.show();
      left.move(rotated(facts, angle));
      line.setAttribute("d", `M${right.x(angle)} ${right.y(-0.03)}V${right.y(1.08)}`);
      marks.forEach((mark, i) => {
        mark.setAttribute("cx", right.x(angle));
        mark.setAttribute("cy", right.y(curves[i][angle]));
      });
      const [joint, best, mig] = curves.map(curve => fixed(curve[angle], 2));
      words.textContent = `Rotated by ${angle}°: I(g; all z) is ${joint} of H(g), the best I(g; z_j) ${best}, MIG ${mig}.`;
    },
  };
}
