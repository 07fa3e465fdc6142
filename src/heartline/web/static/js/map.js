// @ts-check
/* From cell to cell of a journey map with the arrow keys: down a stage, along a lane. Tab goes through all as ever. */

for (const map of document.querySelectorAll("table.map")) {
  map.addEventListener("keydown", (event) => walk(/** @type {HTMLTableElement} */ (map), /** @type {KeyboardEvent} */ (event)));
}

/**
 * @param {HTMLTableElement} map
 * @param {KeyboardEvent} event
 */
function walk(map, event) {
  const here = /** @type {Element} */ (event.target).closest("a");
  // The line of feeling walks its points itself.
  if (!here || here.closest("heart-line") || event.altKey || event.ctrlKey || event.metaKey) return;
  const lanes = [...map.rows].map(linksOf).filter((links) => links.length > 0);
  const lane = lanes.findIndex((links) => links.includes(here));
  if (lane < 0) return;
  const place = lanes[lane].indexOf(here);
  const next = {
    ArrowRight: () => lanes[lane][place + 1],
    ArrowLeft: () => lanes[lane][place - 1],
    ArrowDown: () => nearest(lanes[lane + 1], here),
    ArrowUp: () => nearest(lanes[lane - 1], here),
  }[event.key]?.();
  if (!next) return;
  event.preventDefault();
  /** @type {HTMLElement} */ (next).focus();
}

/** @param {HTMLTableRowElement} row */
function linksOf(row) {
  return [...row.querySelectorAll("a[href]")];
}

/**
 * The link of a lane that stands nearest below or above another; of several in one cell the first.
 * @param {Element[] | undefined} links
 * @param {Element} here
 */
function nearest(links, here) {
  const middle = middleOf(here);
  let best;
  let least = Infinity;
  for (const link of links ?? []) {
    const gap = Math.abs(middleOf(link) - middle);
    if (gap < least - 1) [best, least] = [link, gap];
  }
  return best;
}

/** @param {Element} link */
function middleOf(link) {
  const box = (link.closest("svg") ? link : link.closest("td, th") ?? link).getBoundingClientRect();
  return box.left + box.width / 2;
}
