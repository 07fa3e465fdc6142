// @ts-check
/* Charts can be read without this. It adds: points that step with the arrow keys, words that follow the hand, and the
   line that draws itself once, on first view. */

class Steps extends HTMLElement {
  connectedCallback() {
    /** @type {HTMLElement | undefined} */
    this.tip = undefined;
    this.addEventListener("pointerover", (event) => this.tell(stepOf(event)));
    this.addEventListener("pointerleave", () => this.hush());
    this.addEventListener("focusin", (event) => this.tell(stepOf(event)));
    this.addEventListener("focusout", () => this.hush());
    this.addEventListener("keydown", (event) => this.walk(event));
    for (const drawing of this.querySelectorAll("svg")) {
      const steps = [...drawing.querySelectorAll(".step")];
      steps.forEach((step, place) => step.setAttribute("tabindex", place === steps.length - 1 ? "0" : "-1"));
      for (const step of steps) step.querySelector("title")?.remove();
    }
    this.arrive();
  }

  /** @param {KeyboardEvent} event */
  walk(event) {
    if (event.key === "Escape") { this.hush(); return; }
    const step = stepOf(event);
    const forth = event.key === "ArrowRight" || event.key === "ArrowDown";
    const back = event.key === "ArrowLeft" || event.key === "ArrowUp";
    if (!step || !(forth || back || event.key === "Home" || event.key === "End")) return;
    event.preventDefault();
    const steps = /** @type {SVGElement[]} */ ([...(step.closest("svg")?.querySelectorAll(".step") ?? [])]);
    let place = steps.indexOf(step) + (forth ? 1 : -1);
    if (event.key === "Home") place = 0;
    if (event.key === "End") place = steps.length - 1;
    const next = steps[Math.max(0, Math.min(steps.length - 1, place))];
    step.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  }

  /** @param {SVGElement | null} step */
  tell(step) {
    if (!step) { this.hush(); return; }
    const dot = step.querySelector(".pt") ?? step;
    const at = dot.getBoundingClientRect();
    const frame = this.getBoundingClientRect();
    if (!this.tip) {
      this.tip = document.createElement("div");
      this.tip.className = "chart-tip";
      this.tip.setAttribute("aria-hidden", "true");
      this.append(this.tip);
    }
    this.tip.hidden = false;
    this.tip.textContent = step.getAttribute("aria-label") ?? "";
    const width = this.tip.offsetWidth;
    const height = this.tip.offsetHeight;
    const middle = at.left + at.width / 2 - frame.left;
    const above = at.top - frame.top - height - 10;
    this.tip.style.left = `${Math.max(0, Math.min(frame.width - width, middle - width / 2))}px`;
    this.tip.style.top = `${above > 0 ? above : at.bottom - frame.top + 10}px`;
  }

  hush() {
    if (this.tip) this.tip.hidden = true;
  }

  /* Once per reader and line, never again, not at all under reduced motion. */
  arrive() {
    const name = `drawn:${location.pathname}:${this.localName}`;
    if (this.localName !== "heart-line" || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    try {
      if (localStorage.getItem(name)) return;
    } catch {
      return;
    }
    const watch = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watch.disconnect();
      localStorage.setItem(name, "1");
      this.classList.add("arriving");
      setTimeout(() => this.classList.remove("arriving"), 1200);
    }, { threshold: 0.3 });
    watch.observe(this);
  }
}

/** @param {Event} event */
function stepOf(event) {
  return /** @type {SVGElement | null} */ (/** @type {Element} */ (event.target).closest(".step"));
}

customElements.define("heart-line", class extends Steps {});
customElements.define("trend-line", class extends Steps {});
