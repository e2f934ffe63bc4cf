// One picture's way: the picture, its bell curve on every latent beside the prior's, and the picture that comes back.

import { LATENT, prepared, themed } from "./colours.js";
import { paint } from "./pictures.js";

const TALLEST = 8;  // of a bell curve, as a multiple of the prior's; narrower ones are cut off

export class Bells {
  constructor(canvas, before, after) { Object.assign(this, {canvas, before, after, chosen: 0}); }

  reset(world, latents) {
    Object.assign(this, {world, latents, chosen: 0});
    this.pick(0);
  }

  // the picture shown is the i-th of those in the row of pictures
  pick(i) {
    this.chosen = i;
    const {world} = this, n = world.order[i];
    paint(this.before, world.images.subarray(n * world.pixels, (n + 1) * world.pixels), world.colour);
  }

  update({mean, logSigma, pictures}) {
    const {latents: D, world} = this, n = world.order[this.chosen];
    this.curves = Array.from({length: D}, (_, j) => ({mean: mean[n * D + j], sigma: logSigma ? Math.exp(logSigma[n * D + j]) : 0}));
    paint(this.after, pictures[this.chosen], world.colour);
    this.stale = true;
  }

  draw() {
    if (!this.curves || !this.stale) return;
    this.stale = false;
    const {context, width, height} = prepared(this.canvas), rows = this.curves.length, tall = height / rows;
    const reach = Math.max(3.2, ...this.curves.map(({mean}) => Math.abs(mean) + 0.5)), x = v => 26 + (width - 30) * (v + reach) / (2 * reach);
    context.font = "600 13px system-ui, sans-serif";
    this.curves.forEach(({mean, sigma}, j) => {
      const ground = (j + 1) * tall - 4, unit = (tall - 8) / Math.sqrt(TALLEST);
      const outline = (m, s) => {
        context.beginPath();
        for (let v = -reach; v <= reach + 1e-9; v += reach / 160) {
          context.lineTo(x(v), ground - unit * Math.min(Math.exp(-0.5 * ((v - m) / s) ** 2) / s, TALLEST) ** 0.5);
        }
      };
      outline(0, 1);
      context.strokeStyle = themed("quiet"); context.lineWidth = 1; context.setLineDash([4, 3]); context.stroke(); context.setLineDash([]);
      if (sigma > 0) {
        outline(mean, Math.max(sigma, reach / 160));
        context.fillStyle = LATENT[j]; context.globalAlpha = 0.35; context.fill(); context.globalAlpha = 1;
        context.strokeStyle = LATENT[j]; context.lineWidth = 2; context.stroke();
      } else { context.fillStyle = LATENT[j]; context.fillRect(x(mean) - 1.5, ground - tall + 8, 3, tall - 8); }
      context.fillStyle = themed("text");
      context.fillText(`z${"₁₂₃₄₅₆"[j]}`, 2, ground - 2);
    });
  }
}
