// What the pages do by themselves: nothing here is needed to read them.

// A link to what is folded away opens it.
function reveal() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  const folded = target.querySelector(":scope > details.star");
  if (folded) folded.open = true;
  target.scrollIntoView();
}

// What scrolls sideways can be reached, and scrolled, with the keyboard.
function tabStops() {
  for (const box of document.querySelectorAll(".scrolls, .bd-article pre, .pst-scrollable-table-container, dt.sig")) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

// The picture that moves stands still for whoever asks, or has asked the system.
function pausing() {
  const moving = document.querySelector(".moving");
  if (!moving) return;
  const button = moving.querySelector(".pause");
  const set = (still) => {
    moving.classList.toggle("still", still);
    button.textContent = still ? "Play" : "Pause";
  };
  set(matchMedia("(prefers-reduced-motion: reduce)").matches);
  button.hidden = false;
  button.addEventListener("click", () => set(!moving.classList.contains("still")));
}

let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const one of opened) one.open = true;
});
addEventListener("afterprint", () => opened.forEach((one) => (one.open = false)));
addEventListener("hashchange", reveal);
addEventListener("resize", tabStops);
document.addEventListener("toggle", tabStops, true);
addEventListener("load", () => { tabStops(); reveal(); });
pausing();
