// A picture, as large as the screen; arrows for the others of the conversation, Escape to leave.

export function view(link) {
  const links = [...document.querySelectorAll("#scroll a[data-view]")];
  let at = links.indexOf(link);
  const dialog = document.createElement("dialog");
  dialog.className = "viewer";
  const picture = document.createElement("img");
  const words = document.createElement("p");
  dialog.append(picture, words);

  const show = () => {
    const small = links[at].querySelector("img");
    picture.src = links[at].href;
    picture.alt = small.alt;
    words.textContent = small.alt;
  };
  dialog.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => (dialog.remove(), link.focus()));
  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, j: 1, k: -1 }[event.key];
    if (!by) return;
    at = (at + by + links.length) % links.length;
    show();
  });
  show();
  document.body.append(dialog);
  dialog.showModal();
}
