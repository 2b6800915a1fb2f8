// <tc-table name="…" [whole]>: the tools of a table. Without scripts the table is what it is; with them columns can be
// chosen and rows narrowed, keys move between rows, and a whole listing can be sorted and searched.
const ENOUGH = 8; // rows from which on a search helps

customElements.define("tc-table", class extends HTMLElement {
  connectedCallback() {
    this.table = this.querySelector("table");
    if (!this.table || this.tools) return;
    this.heads = [...this.table.tHead.rows[0].cells];
    this.body = this.table.tBodies[0];
    this.kept = read(this.getAttribute("name"));
    this.tools = make("div", { className: "tc-tools" });
    if (this.hasAttribute("whole") && this.body.rows.length >= ENOUGH) this.tools.append(...this.search());
    const order = this.order();
    if (order) this.tools.append(order);
    this.tools.append(this.choice());
    const link = this.querySelector(".tc-export");
    if (link) this.tools.append(link);
    this.prepend(this.tools);
    if (this.hasAttribute("whole")) this.heads.forEach((head, place) => this.sortable(head, place));
    this.show();
    this.rove();
  }

  // columns and density
  choice() {
    const menu = make("details", { className: "tc-choice" });
    const list = make("div", { role: "group", ariaLabel: this.dataset.columns });
    this.heads.slice(1).forEach((head, index) => {
      const box = make("input", { type: "checkbox", checked: !this.hidden_(head, index + 1) });
      box.addEventListener("change", () => this.keep({ columns: { ...this.kept.columns, [this.key(index + 1)]: box.checked } }));
      list.append(labelled(box, head.textContent.trim()));
    });
    const dense = make("input", { type: "checkbox", checked: Boolean(this.kept.dense) });
    dense.addEventListener("change", () => this.keep({ dense: dense.checked }));
    list.append(make("hr", {}), labelled(dense, this.dataset.dense));
    menu.append(make("summary", { textContent: this.dataset.columns }), list);
    menu.addEventListener("keydown", event => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.firstChild.focus();
    });
    document.addEventListener("click", event => { if (!menu.contains(event.target)) menu.open = false; });
    return menu;
  }

  // Columns are known by their sort key or their place: titles change with the language.
  key(place) { return this.heads[place].dataset.key || String(place); }

  hidden_(head, place) {
    const chosen = this.kept.columns?.[this.key(place)];
    return chosen === undefined ? head.hasAttribute("data-aside") : !chosen;
  }

  keep(changed) {
    this.kept = { ...this.kept, ...changed };
    write(this.getAttribute("name"), this.kept);
    this.show();
  }

  show() {
    this.table.toggleAttribute("data-dense", Boolean(this.kept.dense));
    this.heads.forEach((head, place) => {
      const hidden = place > 0 && this.hidden_(head, place);
      head.hidden = hidden;
      for (const row of this.body.rows) row.cells[place].hidden = hidden;
    });
  }

  // order
  sortable(head, place) {
    const button = make("button", { type: "button", className: "tc-sort", textContent: head.textContent.trim() });
    button.addEventListener("click", () => this.sort(place, head.ariaSort !== "ascending"));
    head.replaceChildren(button);
  }

  sort(place, up) {
    const order = new Intl.Collator(document.documentElement.lang, { numeric: true });
    const rows = [...this.body.rows].map(row => [value(row.cells[place]), row]);
    rows.sort(([a], [b]) => compare(a, b, order) * (a === null || b === null || up ? 1 : -1));
    this.body.append(...rows.map(([, row]) => row));
    this.heads.forEach((head, at) => { head.ariaSort = at === place ? (up ? "ascending" : "descending") : null; });
    this.rove();
  }

  // On a phone rows are cards without heads, so there the order is chosen from a list.
  order() {
    const whole = this.hasAttribute("whole");
    const heads = this.heads.map((head, place) => [head, place]).filter(([head]) => whole || head.dataset.key);
    if (!heads.length) return null;
    const select = make("select", { className: "tc-order", ariaLabel: this.dataset.order });
    select.append(new Option(this.dataset.order, ""));
    for (const [head, place] of heads) {
      const title = head.textContent.trim();
      for (const [mark, up] of [["↑", true], ["↓", false]]) {
        const now = !whole && head.ariaSort === (up ? "ascending" : "descending");
        select.append(new Option(`${title} ${mark}`, `${up ? "" : "-"}${head.dataset.key || place}`, now, now));
      }
    }
    select.addEventListener("change", () => {
      const key = select.value.replace("-", "");
      if (whole && key) this.sort(Number(key), select.value === key);
      else if (key) location.search = changed({ sort: select.value, page: null });
    });
    return select;
  }

  // search
  search() {
    const box = make("input", { type: "search", className: "tc-input", placeholder: this.dataset.search, ariaLabel: this.dataset.search });
    const found = make("small", { role: "status" });
    box.addEventListener("input", () => {
      const words = fold(box.value).split(/\s+/).filter(Boolean);
      let count = 0;
      for (const row of this.body.rows) {
        const text = fold(row.textContent);
        row.hidden = !words.every(word => text.includes(word));
        if (!row.hidden) count += 1;
      }
      found.textContent = words.length ? this.dataset.found.replace("{n}", count).replace("{all}", this.body.rows.length) : "";
      this.rove();
    });
    return [box, found];
  }

  // keys: one row is in the tab order, arrows move it
  rove() {
    const rows = [...this.body.rows];
    for (const row of rows) row.tabIndex = -1;
    const first = rows.find(row => !row.hidden);
    if (first) first.tabIndex = 0;
    if (this.roving) return;
    this.roving = true;
    this.body.addEventListener("keydown", event => this.press(event));
    this.body.addEventListener("focusin", event => {
      for (const row of this.body.rows) row.tabIndex = row.contains(event.target) ? 0 : -1;
    });
  }

  press(event) {
    const row = event.target.closest("tr");
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, select, textarea")) return;
    if (event.key === "Enter" && event.target === row) {
      row.querySelector("a[href]")?.click();
      return;
    }
    const rows = [...this.body.rows].filter(each => !each.hidden);
    const at = rows.indexOf(row);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    rows[Math.max(0, Math.min(to, rows.length - 1))].focus();
  }
});

function value(cell) {
  const time = cell.querySelector("time");
  if (time) return time.dateTime;
  const text = cell.textContent.trim();
  if (!text || text === "—") return null;
  const number = Number.parseFloat(text.replaceAll(",", ""));
  return cell.dataset.kind === "number" && !Number.isNaN(number) ? number : text;
}

// What is missing stands last in either order.
function compare(a, b, order) {
  if (a === null || b === null) return (a === null) - (b === null);
  return typeof a === "number" && typeof b === "number" ? a - b : order.compare(a, b);
}

function fold(text) { return text.normalize("NFKC").toLowerCase(); }

function changed(values) {
  const asked = new URLSearchParams(location.search);
  for (const [name, given] of Object.entries(values)) given === null ? asked.delete(name) : asked.set(name, given);
  return asked.toString();
}

function make(tag, values) { return Object.assign(document.createElement(tag), values); }

function labelled(box, text) {
  const label = make("label", {});
  label.append(box, text);
  return label;
}

// Storage may be closed to pages; then choices last as long as the page.
function read(name) {
  try { return JSON.parse(localStorage.getItem(`tc-table:${name}`)) || {}; } catch { return {}; }
}

function write(name, kept) {
  try { localStorage.setItem(`tc-table:${name}`, JSON.stringify(kept)); } catch { /* see above */ }
}
