// The world of sprites, drawn as dvlab/worlds/sprites.py does.

const REACH = 13.7; // no sprite goes further from its centre, at scale 1, in pixels of a 64 × 64 image

// The image (size × size, flat) of a place: an index for every factor that varies.
export function drawSprite({ shapes, values, varies, size, enlarge, antialias }, place) {
  const left = place.slice(), index = varies.map(each => each ? left.shift() : 0);
  const unit = size / 64, scale = values[0][index[1]] * enlarge * unit, turn = values[1][index[2]];
  const x = (16 + 32 * values[2][index[3]]) * unit, y = (16 + 32 * values[3][index[4]]) * unit;
  const side = Math.min(size, 2 * Math.ceil(REACH * Math.max(...values[0]) * enlarge * unit) + 2);
  const first = at => Math.min(Math.max(Math.round(at - side / 2), 0), size - side);
  const cos = Math.cos(turn) / scale, sin = Math.sin(turn) / scale;
  const image = new Float64Array(size * size), shape = shapes[index[0]];
  for (let row = first(y); row < first(y) + side; row++) {
    for (let column = first(x); column < first(x) + side; column++) {
      const dx = column + 0.5 - x, dy = row + 0.5 - y;
      const [u, v] = [cos * dx - sin * dy, sin * dx + cos * dy];
      image[row * size + column] = antialias ? Math.min(Math.max(0.5 - DISTANCES[shape](u, v) * scale, 0), 1)
        : Number(INSIDE[shape](u, v));
    }
  }
  return image;
}

// Which points lie in a sprite at scale 1, in pixels of a 64 × 64 image.
const INSIDE = {
  square: (u, v) => Math.max(Math.abs(u), Math.abs(v)) <= 9.6,
  ellipse: (u, v) => (u / 12.767) ** 2 + (v / 7.209) ** 2 <= 1,
  heart(u, v) {
    const c2 = 1 - Math.abs(u / 9.595) ** (2 / 3), y = (v + 1.4365) / (-19.2 / 29);
    return c2 >= 0 && Math.abs(y - (4 - 2 * c2 - 8 * c2 * c2)) <= Math.sqrt(c2) * (19 - 8 * c2);
  },
};

// Signed distances (negative inside), for soft edges.
const DISTANCES = {
  square: (u, v) => Math.max(Math.abs(u), Math.abs(v)) - 9.62,
  ellipse(u, v) {
    const [a, b] = [12.78, 7.206], uu = u * u, vv = v * v + 1e-12;
    const k0 = Math.sqrt(uu / a ** 2 + vv / b ** 2), k1 = Math.sqrt(uu / a ** 4 + vv / b ** 4);
    return k0 * (k0 - 1) / k1;
  },
  heart(u, v) {
    const { squeeze, x, y, radius, tip, nx, ny, notch, ex, ey } = HEART, w = Math.abs(u) * squeeze;
    const line = w * nx + v * ny - tip * ny, top = w * ey - v * ex + notch * ex;
    return Math.min(Math.hypot(w - x, v - y) - radius, Math.max(line, top));
  },
};

// Two discs and the wedge that touches them, squeezed sideways: a disc's centre is (±x, y), the wedge's tip (0, tip).
const HEART = (() => {
  const [squeeze, x, y, radius, tip] = [1.1, 5.27, -4, 5.35, 8.8];
  const angle = Math.atan2(x, tip - y) + Math.asin(radius / Math.hypot(x, tip - y));
  const nx = Math.cos(angle), ny = Math.sin(angle), notch = y - Math.sqrt(radius ** 2 - x ** 2);
  const ex = x + radius * nx, ey = y + radius * ny - notch, long = Math.hypot(ex, ey);
  return { squeeze, x, y, radius, tip, nx, ny, notch, ex: ex / long, ey: ey / long };
})();
