// Asks visitors of a site of yours, in a corner, once. It loads nothing but the survey, and that only when somebody
// presses "Answer". On the visitor's device it keeps one mark: that this survey was offered.
(() => {
  "use strict";
  const me = document.currentScript;
  const token = (me && me.dataset.survey) || "";
  if (!/^[\w-]{24}$/.test(token)) return;
  const said = me.dataset;
  const base = new URL(me.src).origin;
  const mark = `heartline-offered-${token}`;

  const offered = () => {
    try {
      return localStorage.getItem(mark) !== null;
    } catch {
      return false;
    }
  };
  const remember = () => {
    try {
      localStorage.setItem(mark, "1");
    } catch {
      // A browser that keeps nothing is asked again; that is its choice.
    }
  };

  const SHEET = `
    :host { all: initial; }
    section { position: fixed; z-index: 2147483000; inset: auto 16px 16px auto; width: min(380px, calc(100vw - 32px));
      box-sizing: border-box; padding: 16px; border: 1px solid #867d8c; border-radius: 10px; background: #fff; color: #1d1822;
      box-shadow: 0 2px 6px rgb(33 24 38 / .14), 0 12px 32px rgb(33 24 38 / .16);
      font: 16px/1.5 system-ui, sans-serif; }
    p { margin: 0 0 12px; font-weight: 600; }
    button { min-height: 40px; margin: 0 8px 0 0; padding: 6px 16px; border: 1px solid #867d8c; border-radius: 6px;
      background: #fff; color: inherit; font: inherit; cursor: pointer; }
    button.main { background: #1d1822; color: #fff; border-color: #1d1822; }
    button:focus-visible { outline: 3px solid #1257d6; outline-offset: 2px; }
    iframe { display: block; width: 100%; height: min(560px, 70vh); margin-top: 12px; border: 0; }
    @media (prefers-color-scheme: dark) {
      section { background: #17131b; color: #f3eff6; border-color: #8a8192; }
      button { background: #17131b; }
      button.main { background: #f3eff6; color: #17131b; border-color: #f3eff6; }
    }`;

  const address = () => {
    const to = new URL(`/s/${token}`, base);
    for (const [name, value] of Object.entries(said)) {
      if (name.startsWith("field")) to.searchParams.set(name.slice(5).toLowerCase(), value);
    }
    if (said.lang) to.searchParams.set("lang", said.lang);
    return to.href;
  };

  const make = (kind, words, act, name) => {
    const made = document.createElement(kind);
    if (words) made.textContent = words;
    if (act) made.addEventListener("click", act);
    if (name) made.className = name;
    return made;
  };

  const offer = () => {
    if (offered()) return;
    const host = document.createElement("div");
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(SHEET);
    root.adoptedStyleSheets = [sheet];
    const card = make("section");
    const words = said.words || "How are we doing?";
    card.setAttribute("aria-label", words);
    const close = () => {
      remember();
      host.remove();
    };
    const open = () => {
      remember();
      const frame = make("iframe");
      frame.src = address();
      frame.title = words;
      frame.referrerPolicy = "no-referrer";
      card.replaceChildren(make("button", said.close || "Close", close), frame);
      frame.focus();
    };
    card.append(make("p", words), make("button", said.answer || "Answer", open, "main"));
    card.append(make("button", said.later || "Not now", close));
    card.addEventListener("keydown", (event) => event.key === "Escape" && close());
    root.append(card);
    document.body.append(host);
  };

  const share = Number(said.share ?? 100);
  if (offered() || Math.random() * 100 >= share) return;
  setTimeout(offer, 1000 * Number(said.after ?? 5));
})();
