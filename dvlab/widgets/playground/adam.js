// Adam (Kingma and Ba, 2015) over the layers of a network.

export class Adam {
  constructor(layers, rate = 2e-3) {
    this.rate = rate;
    this.steps = 0;
    this.pairs = layers.flatMap(layer => [[layer.weight, layer.gradWeight], [layer.bias, layer.gradBias]])
      .map(([value, grad]) => ({value, grad, first: new Float64Array(value.length), second: new Float64Array(value.length)}));
  }

  step() {
    const a = 0.9, b = 0.999, t = ++this.steps;
    const rate = this.rate * Math.sqrt(1 - b ** t) / (1 - a ** t), tiny = 1e-8 * Math.sqrt(1 - b ** t);
    for (const {value, grad, first, second} of this.pairs) {
      for (let i = 0; i < value.length; i++) {
        const g = grad[i];
        const m = first[i] = a * first[i] + (1 - a) * g;
        const v = second[i] = b * second[i] + (1 - b) * g * g;
        value[i] -= rate * m / (Math.sqrt(v) + tiny);
      }
    }
  }
}
