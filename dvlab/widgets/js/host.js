// A page without a kernel: the models of a stored notebook, and every widget of it alive.

import { render } from "./widget.js";

// What a widget needs of anywidget's model; nobody listens to what is saved.
export class Model {
  constructor(state, manager) {
    this.state = state;
    this.widget_manager = manager;
    this.listeners = [];
  }
  get(name) { return this.state[name]; }
  set(values, value) {
    const given = typeof values === "string" ? { [values]: value } : values;
    const changed = Object.keys(given).filter(name => given[name] !== this.state[name]);
    Object.assign(this.state, given);
    if (changed.length) this.emit([...changed.map(name => `change:${name}`), "change"]);
  }
  on(name, call) { this.listeners.push({ name, call }); }
  off(name, call) { this.listeners = this.listeners.filter(each => each.name !== name || each.call !== call); }
  emit(names) {
    for (const name of names) {
      this.listeners.filter(each => each.name === name).forEach(each => each.call());
    }
  }
  save_changes() {}
  send() {}
}

// Models by id, out of a notebook's stored widget state; binary buffers come as base64.
export function models(stored) {
  const made = new Map(), manager = { get_model: async id => made.get(id) };
  for (const [id, { state, buffers = [] }] of Object.entries(stored.state)) {
    for (const { path, data } of buffers) {
      const holder = path.slice(0, -1).reduce((inside, key) => inside[key], state);
      holder[path.at(-1)] = new DataView(Uint8Array.from(atob(data), c => c.charCodeAt(0)).buffer);
    }
    made.set(id, new Model(state, manager));
  }
  return made;
}

// Every `.dvlab-live` comes alive; where that fails, the picture inside it stays.
export async function start() {
  const all = new Map();
  for (const each of document.querySelectorAll("script.dvlab-state")) {
    models(JSON.parse(each.textContent)).forEach((model, id) => all.set(id, model));
  }
  for (const place of document.querySelectorAll(".dvlab-live")) {
    const model = all.get(place.dataset.model);
    if (!model || model.get("facts").needs_kernel) continue;
    const el = document.createElement("div");
    await render({ model, el, alone: true });
    place.replaceChildren(el);
  }
}
