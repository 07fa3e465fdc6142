// @ts-check
/* Print, and a PNG made here from the exported SVG (a link with data-png), at twice its size. */

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  if (target.closest?.("[data-print]")) { print(); return; }
  const link = /** @type {HTMLAnchorElement | null} */ (target.closest?.("a[data-png]"));
  if (!link) return;
  event.preventDefault();
  savePng(link).catch(() => { location.href = link.href; });
});
reveal();
document.addEventListener("htmx:load", reveal);

function reveal() {
  for (const one of document.querySelectorAll("a[data-png][hidden], [data-print][hidden]")) one.removeAttribute("hidden");
  /** @type {HTMLElement | null} */ (document.querySelector("[data-print][autofocus]"))?.focus();
}

/** @param {HTMLAnchorElement} link */
async function savePng(link) {
  const answer = await fetch(link.href);
  if (!answer.ok) throw new Error(String(answer.status));
  const drawing = new Blob([await answer.text()], { type: "image/svg+xml" });
  const source = URL.createObjectURL(drawing);
  try {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth * 2;
    canvas.height = image.naturalHeight * 2;
    const paper = canvas.getContext("2d");
    if (!paper) throw new Error("no canvas");
    paper.scale(2, 2);
    paper.drawImage(image, 0, 0);
    const made = /** @type {Blob | null} */ (await new Promise((done) => { canvas.toBlob(done, "image/png"); }));
    if (!made) throw new Error("no picture");
    const save = document.createElement("a");
    save.href = URL.createObjectURL(made);
    save.download = link.dataset.png || "heartline.png";
    save.click();
    setTimeout(() => URL.revokeObjectURL(save.href), 10_000);
  } finally {
    URL.revokeObjectURL(source);
  }
}
