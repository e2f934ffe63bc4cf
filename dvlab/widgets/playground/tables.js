// What is measured, as tables that can be read aloud: the heat map of mutual information, and the bill in nats.

import { LATENT, css, ink, viridis } from "./colours.js";

export const latentName = j => `z<sub>${j + 1}</sub>`;
export const nats = v => v === null || v === undefined ? "–" : (Math.abs(v) < 0.005 ? 0 : v).toFixed(2);

// rows: latents; columns: factors; a cell is I(z_j; g_k) in nats, coloured by its share of H(g_k)
export function heatTable(table, heat, names, entropies) {
  const head = names.map((name, k) => `<th scope="col">${name}<small>${entropies[k].toFixed(2)} at most</small></th>`).join("");
  const rows = heat.map((row, j) => {
    const cells = row.map((value, k) => {
      const colour = viridis(value / entropies[k]);
      return `<td style="background:${css(colour)};color:${ink(colour)}">${nats(value)}</td>`;
    });
    return `<tr><th scope="row"><i style="background:${LATENT[j]}"></i>${latentName(j)}</th>${cells.join("")}</tr>`;
  });
  table.tHead.innerHTML = `<tr><th scope="col">latent</th>${head}</tr>`;
  table.tBodies[0].innerHTML = rows.join("");
}

export const PARTS_SHOWN = [
  ["mutual_information", "mutual information, MI", "what the latents together know about the image", "#0072B2"],
  ["total_correlation", "total correlation, TC", "what the latents say twice", "#D55E00"],
  ["dimension_wise", "dimension-wise KL", "how far each latent's values, over all images, are from a bell curve", "#009E73"],
];

export function billTable(table, measured) {
  const {reconstruction, kl} = measured;
  const parts = PARTS_SHOWN.map(([key, name, says, colour]) => {
    const share = measured[key] === null || !(kl > 0) ? 0 : Math.min(100, Math.max(0, 100 * measured[key] / Math.max(kl, 0.5)));
    return `<tr class="part"><th scope="row"><i style="background:${colour}"></i>${name}<small>${says}</small>`
      + `<span class="bar" aria-hidden="true"><b style="width:${share}%;background:${colour}"></b></span></th><td>${nats(measured[key])}</td></tr>`;
  });
  table.tBodies[0].innerHTML = `<tr><th scope="row">reconstruction<small>how far the pictures that come back are from the originals; 0 is perfect</small></th>`
    + `<td>${nats(reconstruction)}</td></tr><tr><th scope="row">KL<small>the size of the code; the sum of the three parts</small></th><td>${nats(kl)}</td></tr>${parts.join("")}`;
}
