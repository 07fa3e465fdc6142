// @ts-check
/* The shell's small comforts: menus that close, themes without a reload, copy, drop, dialogs,
   and Ctrl-Enter that sends a form from a field of several lines. All work without it. */

for (const menu of document.querySelectorAll("details[data-menu]")) {
  menu.addEventListener("keydown", (event) => {
    if (/** @type {KeyboardEvent} */ (event).key !== "Escape" || !menu.hasAttribute("open")) return;
    menu.removeAttribute("open");
    /** @type {HTMLElement | null} */ (menu.querySelector("summary"))?.focus();
  });
}
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.removeAttribute("open");
  }
});

for (const form of document.querySelectorAll("form[data-themes]")) {
  form.addEventListener("submit", (event) => {
    const chosen = /** @type {HTMLButtonElement | null} */ (/** @type {SubmitEvent} */ (event).submitter);
    if (!chosen) return;
    event.preventDefault();
    if (chosen.value === "system") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.dataset.theme = chosen.value;
    document.cookie = `theme=${chosen.value}; Path=/; Max-Age=31536000; SameSite=Lax`;
    for (const button of form.querySelectorAll("button[name=theme]")) {
      button.setAttribute("aria-pressed", String(button === chosen));
    }
  });
}

/** @param {ParentNode} root */
function enhance(root) {
  if (navigator.clipboard) {
    for (const button of root.querySelectorAll("button[data-copy][hidden]")) button.removeAttribute("hidden");
  }
  for (const details of root.querySelectorAll("details[data-dialog]:not([data-ready])")) openAsDialog(details);
}

document.addEventListener("click", async (event) => {
  const button = /** @type {Element} */ (event.target).closest?.("button[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.getAttribute("data-copy") ?? "");
  const words = button.querySelector("span");
  if (!words) return;
  const before = words.textContent;
  words.textContent = button.getAttribute("data-copied") ?? before;
  setTimeout(() => { words.textContent = before; }, 1600);
});

/** @param {Element} details */
function openAsDialog(details) {
  const body = /** @type {HTMLElement | null} */ (details.querySelector(".dialog-body"));
  const summary = details.querySelector("summary");
  if (!body || !summary) return;
  details.setAttribute("data-ready", "");
  const dialog = document.createElement("dialog");
  dialog.className = "sheet";
  dialog.setAttribute("aria-labelledby", body.getAttribute("aria-labelledby") ?? "");
  details.after(dialog);
  summary.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.append(body);
    dialog.showModal();
  });
  dialog.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target === dialog || target.closest("[data-close]")) dialog.close();
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const area = /** @type {Element} */ (event.target).closest("textarea");
  const form = area?.closest("form");
  if (!form) return;
  event.preventDefault();
  // As Enter does in a field of one line: by the form's first button.
  form.requestSubmit(/** @type {HTMLElement | null} */ (form.querySelector("button:not([type=button])")));
});

for (const drop of document.querySelectorAll("[data-drop]")) {
  const input = /** @type {HTMLInputElement | null} */ (drop.querySelector("input[type=file]"));
  const name = drop.querySelector(".drop-name");
  if (!input) continue;
  const tell = () => { if (name) name.textContent = input.files?.[0]?.name ?? ""; };
  input.addEventListener("change", tell);
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const files = /** @type {DragEvent} */ (event).dataTransfer?.files;
    if (files?.length) { input.files = files; tell(); }
  });
}

document.addEventListener("htmx:load", (event) => enhance(/** @type {Element} */ (event.target)));
enhance(document);

/* A list of cases by keyboard: j and k go down and up, Enter opens, as links do. */
const rows = document.querySelector("[data-rows]");
if (rows) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.key !== "j" && event.key !== "k")) return;
    if (/** @type {Element} */ (event.target).closest("input, textarea, select, dialog")) return;
    const links = /** @type {HTMLElement[]} */ ([...rows.querySelectorAll(".strong")]);
    const here = links.findIndex((one) => one === document.activeElement);
    const next = links[event.key === "j" ? Math.min(links.length - 1, here + 1) : Math.max(0, here - 1)];
    event.preventDefault();
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  });
}
