// Keeps the page fresh: new posts come in by themselves at the top, and wait behind a button while somebody reads or
// writes further down, so that nothing jumps.

const feed = document.getElementById("feed");
const fresh = document.getElementById("fresh");
const languages = navigator.languages;
const exact = new Intl.DateTimeFormat(languages, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(languages, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(languages, { day: "numeric", month: "short" });

function age(at) {
  const seconds = Math.max(0, (Date.now() - at) / 1000);
  if (seconds < 60) return "now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 43200 ? clock.format(at) : day.format(at);
}

function tellTimes() {
  for (const time of document.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    time.textContent = age(at);
    time.title = exact.format(at);
  }
}

const keys = (root) => new Set([...root.querySelectorAll("[data-id]")].map((post) => post.dataset.id));
const isBusy = () => window.scrollY > 160 || feed.querySelector("details[open]") || feed.contains(document.activeElement);

let waiting = null;

function show(part) {
  const known = keys(feed);
  feed.replaceChildren(...part.childNodes);
  for (const post of feed.querySelectorAll("[data-id]")) {
    if (!known.has(post.dataset.id)) post.classList.add("new");
  }
  waiting = null;
  fresh.hidden = true;
  tellTimes();
}

async function refresh() {
  const answer = await fetch(location.href, { headers: { "X-Part": "feed" } });
  if (!answer.ok) return;
  const part = new DOMParser().parseFromString(await answer.text(), "text/html").body;
  if (!isBusy()) return show(part);
  const known = keys(feed);
  const count = [...keys(part)].filter((key) => !known.has(key)).length;
  if (!count) return;
  waiting = part;
  fresh.textContent = count === 1 ? "1 new post" : `${count} new posts`;
  fresh.hidden = false;
}

fresh.addEventListener("click", () => {
  if (waiting) show(waiting);
  window.scrollTo({ top: 0 });
});

// The stream comes back by itself; what was missed meanwhile is fetched when it does.
function follow() {
  const live = new EventSource("/live");
  live.addEventListener("message", refresh);
  live.addEventListener("open", refresh);
  addEventListener("pagehide", () => live.close());
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
}

// Whom one writes as is remembered for the next time.
document.addEventListener("submit", (event) => {
  const who = event.target.elements.as;
  if (who) localStorage.setItem("as", who.value);
});
document.addEventListener("focusin", (event) => {
  const who = event.target.form?.elements.as;
  if (who && !who.value) who.value = localStorage.getItem("as") ?? "";
});

if ("live" in feed.dataset) follow();
tellTimes();
setInterval(tellTimes, 20_000);
