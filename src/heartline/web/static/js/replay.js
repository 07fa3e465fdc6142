// @ts-check
/* A run by keyboard: with a moment's number in focus the arrow keys go from moment to moment. It is a list without it. */

const replay = /** @type {HTMLElement | null} */ (document.querySelector("[data-replay]"));

replay?.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const numbers = /** @type {HTMLElement[]} */ ([...replay.querySelectorAll(".moment-no")]);
  const here = numbers.findIndex((one) => one === document.activeElement);
  if (here < 0) return;
  const ways = { ArrowDown: here + 1, ArrowRight: here + 1, ArrowUp: here - 1, ArrowLeft: here - 1, Home: 0, End: numbers.length - 1 };
  if (!(event.key in ways)) return;
  event.preventDefault();
  const next = numbers[Math.max(0, Math.min(numbers.length - 1, ways[/** @type {keyof typeof ways} */ (event.key)]))];
  next.focus({ preventScroll: true });
  next.closest(".moment")?.scrollIntoView({ block: "nearest" });
});
