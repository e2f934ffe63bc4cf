// Elements, sliders and words: what every widget is made of.

export function make(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

export function draw(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function furnish(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

// A number with so many digits behind the point; a zero is never below zero.
export function fixed(value, digits) {
  return value.toFixed(digits).replace(/^-(?=[0.]+$)/, "");
}

export function subscript(number) {
  return String(number).replace(/\d/g, digit => "₀₁₂₃₄₅₆₇₈₉"[digit]);
}

// Change positions, which shows them in every view at once, and tell the kernel, if there is one.
export function put(model, values) {
  model.set(values);
  model.save_changes();
}

// A slider as Python describes it: {trait, at, label, low, high, step, digits, options}. `moved(value)` is called for
// a move by hand; `show(value)` puts it somewhere, and stretches it where the value lies beyond its ends.
export function slider(described, moved) {
  const { label, low, high, step, digits, options } = described;
  const input = make("input", { type: "range", min: low, max: high, step, "aria-label": label });
  const reads = make("span", { class: "dvlab-reads", "aria-hidden": "true" });
  input.addEventListener("input", () => moved(Number(input.value)));
  return {
    root: make("label", { class: "dvlab-slider" }, make("span", {}, label), input, reads),
    show(value) {
      if (value < input.min) input.min = value;
      if (value > input.max) input.max = value;
      input.value = value;
      reads.textContent = options.length ? options[value] : fixed(value, digits);
      input.setAttribute("aria-valuetext", reads.textContent);
    },
  };
}

// The sliders that Python describes, each bound to its trait, or to one entry of it; `moved` may change what follows.
export function sliders(model, described, moved = values => put(model, values)) {
  const made = described.map(each => slider(each, value => {
    if (each.at === null) return moved({ [each.trait]: value });
    const values = model.get(each.trait).slice();
    values[each.at] = value;
    return moved({ [each.trait]: values });
  }));
  return {
    roots: made.map(each => each.root),
    show: () => described.forEach((each, i) => {
      const value = model.get(each.trait);
      made[i].show(each.at === null ? value : value[each.at]);
    }),
  };
}

export function caption() {
  return make("div", { class: "dvlab-caption", role: "status", "aria-live": "polite" });
}

// A notebook has keys of its own, and would take the arrows from a slider.
export function keepKeys(root) {
  root.dataset.lmSuppressShortcuts = "true";
  root.addEventListener("keydown", event => {
    if (!["Escape", "Tab"].includes(event.key) && !event.ctrlKey && !event.metaKey) event.stopPropagation();
  });
}
