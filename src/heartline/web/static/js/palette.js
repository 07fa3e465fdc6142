// @ts-check
/* Ctrl-K: one box to go anywhere. The server finds; this moves the choice and opens it. */

const palette = /** @type {HTMLDialogElement | null} */ (document.getElementById("palette"));
const input = /** @type {HTMLInputElement | null} */ (document.getElementById("palette-q"));
const list = document.getElementById("palette-found");

/** @type {AbortController | undefined} */
let asking;
let timer = 0;
/** @type {string | undefined} What was asked for what the list shows. */
let shown;

function options() {
  return /** @type {HTMLElement[]} */ ([...(list?.querySelectorAll("[role=option]:not([aria-disabled])") ?? [])]);
}

/** @param {number} place */
function choose(place) {
  const all = options();
  all.forEach((option, index) => option.setAttribute("aria-selected", String(index === place)));
  const chosen = all[place];
  if (chosen) {
    input?.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  } else input?.removeAttribute("aria-activedescendant");
  input?.setAttribute("aria-expanded", String(all.length > 0));
}

function chosenPlace() {
  return options().findIndex((option) => option.getAttribute("aria-selected") === "true");
}

async function ask() {
  if (!palette || !input || !list) return;
  asking?.abort();
  asking = new AbortController();
  const url = new URL(palette.dataset.find ?? "/find", location.href);
  const asked = input.value;
  url.searchParams.set("q", asked);
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true" }, signal: asking.signal });
    if (!answer.ok) throw new Error(String(answer.status));
    list.innerHTML = await answer.text();
    shown = asked;
    choose(0);
  } catch (problem) {
    if (/** @type {Error} */ (problem).name === "AbortError") return;
    list.textContent = list.dataset.silent ?? "";
    list.className = "found found-none";
  }
}

function go() {
  if (shown === input?.value) options()[chosenPlace()]?.click();
}

function open() {
  if (!palette || !input || palette.open) return;
  palette.showModal();
  input.select();
  ask();
}

if (palette && input) {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (palette.open) palette.close();
      else open();
    }
  });
  for (const opener of document.querySelectorAll("[data-palette]")) {
    opener.addEventListener("click", (event) => { event.preventDefault(); open(); });
  }
  palette.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target === palette || target.closest("[data-close]")) palette.close();
  });
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  input.addEventListener("keydown", (event) => {
    const count = options().length;
    const place = chosenPlace();
    if (event.key === "ArrowDown") choose(count ? (place + 1) % count : -1);
    else if (event.key === "ArrowUp") choose(count ? (place - 1 + count) % count : -1);
    else if (event.key === "Enter" && shown !== input.value) {
      // Whoever types fast means what they typed, not what is still listed.
      clearTimeout(timer);
      ask().then(go);
    } else if (event.key === "Enter" && place >= 0) go();
    else return;
    event.preventDefault();
  });
}
