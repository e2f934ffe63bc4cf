// The cloud of codes: every image's posterior mean in the plane of two latents, coloured by a factor.

import { css, prepared, themed, viridis } from "./colours.js";

export class Cloud {
  constructor(canvas) {
    this.canvas = canvas;
    this.reach = 3;
  }

  reset(world, latents) {
    Object.assign(this, {world, latents, target: null, shown: null, reach: 3});
    this.shades = world.sizes.map(size => Array.from({length: size}, (_, l) => css(viridis(size > 1 ? 0.95 * l / (size - 1) : 0))));
  }

  moveTo(mean) { this.target = mean; this.shown ??= mean.slice(); this.moving = true; }

  // a part of the way to where the codes are now; the whole way where motion is unwanted
  draw(across, up, factor, share) {
    if (!this.target) return;
    const scene = [across, up, factor].join();
    if (!this.moving && scene === this.scene) return;  // nothing has changed
    this.scene = scene;
    const {context, width, height} = prepared(this.canvas), {shown, target, latents: D} = this;
    let far = 0, way = 0;
    for (let k = 0; k < shown.length; k++) {
      way = Math.max(way, Math.abs(target[k] - shown[k]));
      shown[k] += (target[k] - shown[k]) * share;
    }
    this.moving = way > 1e-3;
    for (let k = 0; k < shown.length; k += D) far = Math.max(far, Math.abs(shown[k + across]), Math.abs(shown[k + up]));
    this.reach += (Math.max(2.5, 1.1 * far) - this.reach) * share;
    const unit = Math.min(width, height) / 2 / this.reach, x = v => width / 2 + unit * v, y = v => height / 2 - unit * v;
    context.strokeStyle = themed("line"); context.lineWidth = 1;
    context.beginPath();
    context.moveTo(0, height / 2); context.lineTo(width, height / 2); context.moveTo(width / 2, 0); context.lineTo(width / 2, height);
    context.stroke();
    for (const radius of [1, 2]) { context.beginPath(); context.arc(width / 2, height / 2, unit * radius, 0, 7); context.stroke(); }
    const shades = this.shades[factor], levels = this.world.levels[factor];
    context.strokeStyle = themed("panel"); context.lineWidth = 0.8;
    for (let n = 0; n < levels.length; n++) {
      context.fillStyle = shades[levels[n]];
      context.beginPath(); context.arc(x(shown[n * D + across]), y(shown[n * D + up]), 4, 0, 7); context.fill(); context.stroke();
    }
    context.fillStyle = themed("text"); context.font = "600 13px system-ui, sans-serif";
    context.textAlign = "right"; context.textBaseline = "alphabetic"; context.fillText(name(across) + " →", width - 4, height / 2 - 6);
    context.textAlign = "left"; context.fillText("↑ " + name(up), width / 2 + 6, 14);
  }
}

const name = j => "z" + "₁₂₃₄₅₆"[j];
