// Colours that the colour-blind tell apart: Okabe and Ito's for latents, viridis for amounts and levels.

export const LATENT = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

const VIRIDIS = ["440154", "472d7b", "3b528b", "2c728e", "21918c", "28ae80", "5ec962", "addc30", "fde725"]
  .map(hex => [0, 2, 4].map(i => parseInt(hex.slice(i, i + 2), 16)));

// t in [0, 1] -> [red, green, blue]
export function viridis(t) {
  const place = Math.min(Math.max(t, 0), 1) * (VIRIDIS.length - 1), i = Math.min(Math.floor(place), VIRIDIS.length - 2);
  return VIRIDIS[i].map((low, c) => Math.round(low + (VIRIDIS[i + 1][c] - low) * (place - i)));
}

export const css = rgb => `rgb(${rgb.join(",")})`;

// black or white, whichever is easier to read on it
export function ink(rgb) {
  const [r, g, b] = rgb.map(v => { const s = v / 255; return s <= 0.03928 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff";
}

// what the style sheet calls --name now, light or dark
export const themed = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// a canvas ready to draw on in CSS pixels, however dense the screen is
export function prepared(canvas) {
  const {clientWidth: width, clientHeight: height} = canvas, dense = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * dense)) canvas.width = Math.round(width * dense);
  if (canvas.height !== Math.round(height * dense)) canvas.height = Math.round(height * dense);
  const context = canvas.getContext("2d");
  context.setTransform(dense, 0, 0, dense, 0, 0);
  context.clearRect(0, 0, width, height);
  return {context, width, height};
}
