// Three elements, no dependency. Texts come from data attributes of <body>, so that they are translated with the page.
"use strict";

// <tc-copy value="…">: adds a button that copies the value.
customElements.define("tc-copy", class extends HTMLElement {
  connectedCallback() {
    if (this.querySelector(".tc-copy")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tc-copy";
    button.title = document.body.dataset.copy;
    button.setAttribute("aria-label", document.body.dataset.copy);
    button.addEventListener("click", () => this.copy(button));
    this.append(button);
  }

  async copy(button) {
    await write(this.getAttribute("value"));
    button.textContent = document.body.dataset.copied;
    setTimeout(() => { button.textContent = ""; }, 1500);
  }
});

// Browsers offer the clipboard only over HTTPS; nodes in a closed network are often reached without.
async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "tc-unseen";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

// <tc-live src="…" every="5">: replaces its content by what src answers, every so many seconds while the page is
// looked at. A fragment that holds [data-live-done] is the last one. While src does not answer, the old content stays,
// marked as old, and the next tries come at growing distances.
customElements.define("tc-live", class extends HTMLElement {
  connectedCallback() {
    this.failures = 0;
    this.seen = new Date();
    this.onShow = () => { if (!document.hidden) this.plan(0); };
    document.addEventListener("visibilitychange", this.onShow);
    this.plan(this.querySelector(".tc-loading") ? 0 : undefined);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.onShow);
    clearTimeout(this.timer);
  }

  plan(seconds = Number(this.getAttribute("every") || 5) * Math.min(2 ** this.failures, 16)) {
    clearTimeout(this.timer);
    if (!this.isConnected || this.querySelector("[data-live-done]")) return;
    this.timer = setTimeout(() => this.refresh(), seconds * 1000);
  }

  async refresh() {
    if (document.hidden) return;
    try {
      this.show(await fetched(this.getAttribute("src")));
      this.failures = 0;
    } catch {
      this.failures += 1;
      this.markStale();
    }
    this.plan();
  }

  show(html) {
    this.seen = new Date();
    this.removeAttribute("data-stale");
    this.querySelector(":scope > .tc-stale")?.remove();
    if (html === this.last) return;
    this.last = html;
    const focused = this.contains(document.activeElement) ? document.activeElement.id : "";
    this.innerHTML = html;
    // Scripts that arrive as text do not run by themselves; those of the kit define elements, once.
    for (const script of this.querySelectorAll("script[type=module][src]")) import(script.src);
    if (focused) document.getElementById(focused)?.focus();
  }

  markStale() {
    if (this.hasAttribute("data-stale")) return;
    this.setAttribute("data-stale", "");
    const note = document.createElement("p");
    note.className = "tc-stale";
    note.role = "status";
    note.textContent = document.body.dataset.stale.replace("{time}", this.seen.toLocaleTimeString());
    this.prepend(note);
  }
});

// <tc-draft>: sends what was typed into its form a moment after the last key, so that a closed window loses nothing.
customElements.define("tc-draft", class extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.keep(), 1000);
    });
    this.addEventListener("submit", () => clearTimeout(this.timer));
  }

  async keep() {
    const form = this.querySelector("form");
    const data = new FormData(form);
    data.set("go", "keep");
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(data), credentials: "same-origin" });
    const note = document.querySelector(".tc-kept");
    if (answer.status === 204 && note) note.textContent = `${note.dataset.kept} ${new Date().toLocaleTimeString()}`;
  }
});

// Without a network nothing on the page can be relied on to be new: say so for as long as it lasts.
function network() {
  document.querySelector(".tc-offline")?.remove();
  if (navigator.onLine) return;
  const note = document.createElement("p");
  note.className = "tc-offline";
  note.role = "status";
  note.textContent = document.body.dataset.offline;
  document.querySelector("main")?.before(note);
}
addEventListener("online", network);
addEventListener("offline", network);
network();

// After a refused form, what has to be put right comes first.
document.querySelector(".tc-errors")?.focus();

async function fetched(src) {
  const answer = await fetch(src, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  // A redirect leads to the sign-in page: never show that inside a panel.
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return answer.text();
}
