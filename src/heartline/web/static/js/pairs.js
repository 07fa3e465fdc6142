// @ts-check
/* The queue of possible duplicates by keyboard: J and K walk, Enter and X decide. The buttons do the same without it. */

const queue = /** @type {HTMLElement | null} */ (document.querySelector("[data-pairs]"));
const cards = /** @type {HTMLElement[]} */ ([...(queue?.querySelectorAll("[data-pair]") ?? [])]);

/** @param {number} place */
function walk(place) {
  const card = cards[Math.max(0, Math.min(cards.length - 1, place))];
  card?.focus();
  card?.scrollIntoView({ block: "nearest" });
}

if (queue && cards.length) {
  const asked = Number(queue.dataset.pairs ?? "1") - 1;
  if (asked > 0 || new URLSearchParams(location.search).has("at")) walk(asked);
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input, textarea, select, dialog *")) return;
    const here = cards.findIndex((card) => card.contains(document.activeElement));
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "j" || key === "k") {
      event.preventDefault();
      walk(key === "j" ? here + 1 : here < 0 ? 0 : here - 1);
    } else if (here >= 0 && document.activeElement === cards[here]) {
      const act = /** @type {HTMLButtonElement | null} */ (cards[here].querySelector(`button[data-key="${CSS.escape(key)}"]`));
      if (!act) return;
      event.preventDefault();
      act.form?.requestSubmit(act);
    }
  });
}
