// The navigation can be narrow; this browser remembers.

const NAME = "kikite.folded";

export function start() {
  document.body.toggleAttribute("data-folded", localStorage.getItem(NAME) === "yes");
  document.addEventListener("click", ({ target }) => {
    if (!target.closest?.("[data-fold]")) return;
    const folded = document.body.toggleAttribute("data-folded");
    localStorage.setItem(NAME, folded ? "yes" : "no");
  });
}
