// The stories on the page: a row of buttons, and the one that is open.

import { find } from "./controls.js";
import { STORIES } from "./stories.js";

// lectures: the address where the lectures' pages lie, or null where there are none; setScene(story): does it
export class Storybook {
  constructor(lectures, setScene) {
    Object.assign(this, {lectures, setScene, open: 0});
    STORIES.forEach((story, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.innerHTML = `<b>${i + 1}</b> ${story.title}`;
      button.setAttribute("aria-expanded", "false");
      button.setAttribute("aria-controls", "story");
      button.addEventListener("click", () => this.show(this.open === i + 1 ? 0 : i + 1));
      find("story-buttons").append(button);
    });
  }

  show(number) {
    this.open = STORIES[number - 1] ? number : 0;
    [...find("story-buttons").children].forEach((button, i) => button.setAttribute("aria-expanded", String(i + 1 === this.open)));
    find("story").hidden = !this.open;
    if (!this.open) return;
    const story = STORIES[this.open - 1];
    find("story-says").textContent = story.says;
    find("story-asks").textContent = story.asks;
    find("story-seen").hidden = true;
    find("story-seen").open = false;
    find("story-reveal").textContent = "";
    find("story-answers").replaceChildren(...story.answers.map((answer, i) => this.answer(story, answer, i)));
    const scene = find("story-scene");
    scene.onclick = () => this.setScene(story);
    find("story-then").hidden = !story.then;
    find("story-then").textContent = story.then?.name ?? "";
    find("story-then").onclick = () => this.setScene({...story, scene: {...story.scene, ...story.then.scene}});
    const [page, section, name] = story.where, place = find("story-where");
    if (this.lectures === null) place.textContent = `More: ${name}.`;
    else place.innerHTML = `More: <a href="${this.lectures}${page}#${section}">${name}</a>`;
  }

  answer(story, text, i) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      [...find("story-answers").children].forEach(other => other.setAttribute("aria-pressed", String(other === button)));
      find("story-seen").hidden = false;  // closed: first look at the page
      find("story-reveal").textContent = (i === story.right ? "You predicted what we saw. " : "Not what we saw. ") + story.reveals;
    });
    return button;
  }
}
