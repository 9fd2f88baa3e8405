// Draws what a view shows. Every text becomes a text node: nothing here makes HTML of a string.

const SIGNS = { good: "✓", bad: "✗", quiet: "–", strong: "•", plain: "" };
const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "g", "path", "rect", "circle", "line", "polyline", "polygon", "text", "title", "desc"]);
const SVG_NAMES = /^(?:d|x|y|x1|x2|y1|y2|cx|cy|r|rx|ry|dx|dy|width|height|viewBox|points|transform|class|role|aria-label|text-anchor|dominant-baseline|fill|stroke|stroke-width|stroke-dasharray|opacity|preserveAspectRatio|font-size|font-weight|font-family)$/;

const SHORT = { "Export and prove": "Export", "Package and try": "Package" };
const LONG_CELL = 24;

const LOST = { text: "This panel's kernel was restarted or has ended. Run `%load_ext nbmlops` and `%nbmlops` again.", tone: "bad" };

// A character that would turn round what stands beside it is seen itself.
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const SPOKEN = new Set(["aria-label", "title", "placeholder", "alt"]);
const show = (text) => (typeof text === "string" ? text.replace(TURNING, "\ufffd") : text);

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (["onclick", "onchange", "oninput", "onkeydown"].includes(name)) {
      element.addEventListener(name.slice(2), value);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, SPOKEN.has(name) ? show(value) : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined).map(show));
  return element;
}

function makeShape(shape) {
  if (typeof shape === "string") return document.createTextNode(show(shape));
  if (!SVG_TAGS.has(shape.tag)) return document.createTextNode("");
  const element = document.createElementNS(SVG, shape.tag);
  for (const [name, value] of Object.entries(shape.attributes || {})) {
    if (SVG_NAMES.test(name) && !/url\(|javascript:/i.test(value)) element.setAttribute(name, show(value));
  }
  element.append(...(shape.inside || []).map(makeShape));
  return element;
}

function reckonAgo(stamp) {
  const seconds = (Date.now() - Date.parse(stamp)) / 1000;
  if (!Number.isFinite(seconds) || seconds < -60) return null;
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86400);
  return days === 1 ? "yesterday" : days < 31 ? `${days} days ago` : null;
}

function findInLab(part) {
  let told;
  try {
    told = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  } catch {
    return null;
  }
  const root = String(told.serverRoot || "").replace(/^~(?=\/|$)/, part.home).replace(/\/$/, "");
  if (!root || !part.path.startsWith(`${root}/`)) return null;
  const path = part.path.slice(root.length + 1);
  return { path, href: `${told.baseUrl || "/"}lab/tree/${path.split("/").map(encodeURIComponent).join("/")}` };
}

class Panel {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.id = `nbmlops-${Math.random().toString(36).slice(2, 8)}`;
    this.waiting = null;
    this.folds = new Map();
    this.typed = new Map();
    this.drawn = this.screen = "";
    root.classList.add("nbmlops-panel");
    root.tabIndex = -1;
    // Lab has shortcuts of its own for keys that are typed here.
    root.addEventListener("keydown", (event) => event.stopPropagation());
    this.status = make("div", { class: "nbmlops-status", role: "status", "aria-live": "polite" });
    this.head = make("div", { class: "nbmlops-head" });
    this.tabs = make("div", { class: "nbmlops-tabs", role: "tablist", "aria-label": "Screens" });
    this.tabs.addEventListener("scroll", () => this.fadeTabs());
    this.body = make("div", { class: "nbmlops-body", role: "tabpanel", id: `${this.id}-body`, tabindex: "0" });
    const arrow = makeShape({ tag: "svg", attributes: { class: "nbmlops-icon", viewBox: "0 0 16 16", width: 14, height: 14 }, inside: [{ tag: "path", attributes: { d: "M13 3v4H9M12.6 6.6A5 5 0 1 0 13 9.5", fill: "none", stroke: "currentColor", "stroke-width": 1.6 } }] });
    const refresh = make("button", { type: "button", class: "nbmlops-button nbmlops-refresh", "data-key": "refresh", "aria-label": "Refresh", title: "Refresh: show what is in the store now", onclick: () => this.send("refresh") }, arrow);
    root.append(this.head, make("div", { class: "nbmlops-bar" }, this.tabs, refresh), this.status, this.body);
    this.heard = () => this.draw();
    model.on("change:shown", this.heard);
    this.clock = setInterval(() => this.tellTimes(), 30000);
    this.sizes = new ResizeObserver(() => { this.letScroll(); this.fadeTabs(); });
    this.sizes.observe(root);
    this.draw();
    this.tell("enter");
  }

  close() {
    this.model.off("change:shown", this.heard);
    clearTimeout(this.waiting);
    clearInterval(this.clock);
    this.sizes.disconnect();
    this.tell("leave");
  }

  tell(act) {
    try {
      this.model.send({ act, value: {} });
    } catch {
      // The kernel is gone; what is clicked next says so.
    }
  }

  send(act, value = {}) {
    clearTimeout(this.waiting);
    this.asked = true;
    try {
      this.model.send({ act, value });
    } catch {
      this.setStatus(LOST, false);
      return;
    }
    this.waiting = setTimeout(() => this.wait(), 400);
  }

  wait() {
    const kernel = this.model.widget_manager?.kernel;
    const idle = kernel && kernel.status === "idle";
    // A kernel that has nothing to do and does not answer was restarted: this panel is not its own.
    this.patience = idle ? (this.patience || 0) + 1 : 0;
    if (this.patience > 5 || (kernel && kernel.status === "dead")) {
      this.setStatus(LOST, false);
      return;
    }
    this.setStatus({ text: "queued: the kernel is busy", tone: "quiet" }, true);
    this.waiting = setTimeout(() => this.wait(), 1000);
  }

  setStatus(line, working) {
    this.status.replaceChildren();
    this.status.className = `nbmlops-status nbmlops-says-${line.text ? line.tone : "nothing"}`;
    const sign = SIGNS[line.tone] || "";
    if (working) this.status.append(this.drawProgress(line.text || ""));
    if (line.text) this.status.append(make("span", { class: `nbmlops-said nbmlops-tone-${line.tone}` }, sign && !working ? `${sign} ` : "", line.text));
  }

  // "statement 3 of 12" is a quarter; of anything else only that it goes on is known.
  drawProgress(text) {
    const [, done, all] = /(\d+) of (\d+)/.exec(text) || [];
    const share = Number(all) > 0 ? Math.min(1, Number(done) / Number(all)) : null;
    const bar = make("span");
    if (share !== null) bar.style.width = `${Math.round(100 * share)}%`;
    return make("span", {
      class: `nbmlops-progress ${share === null ? "nbmlops-unknown" : ""}`, role: "progressbar", "aria-label": "progress", "aria-valuemin": "0",
      "aria-valuemax": "100", "aria-valuenow": share === null ? null : String(Math.round(100 * share)),
    }, bar);
  }

  draw() {
    clearTimeout(this.waiting);
    this.patience = 0;
    const shown = this.model.get("shown");
    const screen = (shown.tabs.find((tab) => tab.open) || {}).name;
    const text = JSON.stringify(shown.parts);
    const kept = this.keepFocus();
    this.head.replaceChildren(...shown.summary.map((line) => this.drawPart(line)));
    for (const line of this.head.children) line.title = line.textContent;
    this.drawTabs(shown.tabs);
    this.setStatus(shown.status, shown.working);
    if (shown.working) {
      this.status.append(make("button", { class: "nbmlops-button", type: "button", "data-key": "stop", title: "Stop where it next says how far it is; nothing half-done is left", onclick: () => this.send("stop") }, "Stop"));
    }
    this.forgetSent(shown);
    // What only says how far it is leaves alone what is read and typed meanwhile.
    if (this.asked || text !== this.drawn) this.drawBody(shown, screen);
    this.asked = false;
    this.drawn = text;
    this.restoreFocus(kept);
  }

  drawBody(shown, screen) {
    const same = screen === this.screen;
    const scrolled = same ? this.keepScroll() : [];
    const opened = this.nameOpened();
    this.screen = screen;
    this.counter = 0;
    this.seen = new Map();
    this.body.replaceChildren(...shown.parts.map((part) => this.drawPart(part)));
    this.restoreScroll(scrolled);
    this.tellTimes();
    this.letScroll();
    if (same && this.nameOpened() !== opened) this.body.querySelector(".nbmlops-opened")?.scrollIntoView({ block: "nearest" });
  }

  // Where the row of tabs goes on, it fades.
  fadeTabs() {
    const { scrollLeft, clientWidth, scrollWidth } = this.tabs;
    this.tabs.classList.toggle("nbmlops-more-left", scrollLeft > 1);
    this.tabs.classList.toggle("nbmlops-more-right", scrollLeft + clientWidth < scrollWidth - 1);
  }

  // Only what has something to scroll is a stop on the way of the Tab key.
  letScroll() {
    for (const place of this.body.querySelectorAll(".nbmlops-scroll")) {
      if (place.scrollWidth > place.clientWidth || place.scrollHeight > place.clientHeight) place.tabIndex = 0;
      else if (place !== document.activeElement) place.removeAttribute("tabindex");
    }
  }

  nameOpened() {
    return this.body.querySelector(".nbmlops-opened [data-key]")?.dataset.key || "";
  }

  keepScroll() {
    return [this.body, ...this.body.querySelectorAll(".nbmlops-scroll")].map((e) => [e.scrollTop, e.scrollLeft]);
  }

  restoreScroll(scrolled) {
    const places = [this.body, ...this.body.querySelectorAll(".nbmlops-scroll")];
    scrolled.forEach(([top, left], at) => { if (places[at]) [places[at].scrollTop, places[at].scrollLeft] = [top, left]; });
  }

  tellTimes() {
    for (const element of this.body.querySelectorAll("time")) {
      const ago = reckonAgo(element.dateTime);
      element.textContent = ago || element.title;
    }
  }

  // Say the how-manieth of a name this is on the screen: two sections may be called alike.
  place(name) {
    const count = this.seen?.get(name) || 0;
    this.seen?.set(name, count + 1);
    return `${this.screen} ${name} ${count}`;
  }

  // What was sent and refused stays where it was typed; what was done with is forgotten.
  forgetSent(shown) {
    if (shown.working || shown.status.tone === "bad") return;
    for (const [key, entry] of this.typed) if (entry.sent) this.typed.delete(key);
  }

  keepFocus() {
    const active = this.root.getRootNode().activeElement;
    if (!active || !this.root.contains(active)) return null;
    const kept = { key: active.dataset ? active.dataset.key : null, value: active.value, element: active };
    if (active.type === "text" || active.type === "search") kept.range = [active.selectionStart, active.selectionEnd];
    return kept;
  }

  restoreFocus(kept) {
    if (!kept || (kept.element.isConnected && !this.root.querySelector("[data-key='confirm']"))) return;
    const confirm = this.root.querySelector("[data-key='confirm']");
    const same = kept.key && [...this.root.querySelectorAll("[data-key]")].find((e) => e.dataset.key === kept.key);
    const target = confirm || same || this.body;
    target.focus({ preventScroll: target !== confirm });
    if (target === same && kept.range && target.setSelectionRange) {
      if (kept.value !== undefined) target.value = kept.value;
      target.setSelectionRange(...kept.range);
    }
  }

  drawTabs(tabs) {
    const move = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      // From where the focus is: keys may come faster than answers.
      const at = [...this.tabs.children].indexOf(event.currentTarget);
      const to = event.key === "Home" ? 0 : event.key === "End" ? tabs.length - 1 : step ? (at + step + tabs.length) % tabs.length : null;
      if (to === null) return;
      event.preventDefault();
      event.stopPropagation();
      this.tabs.children[to].focus();
      this.send("open", { screen: tabs[to].name });
    };
    this.tabs.replaceChildren(
      ...tabs.map((tab) =>
        make("button", {
          type: "button",
          role: "tab",
          class: "nbmlops-tab",
          id: `${this.id}-tab-${tab.name}`,
          "data-key": `tab ${tab.name}`,
          "aria-selected": tab.open ? "true" : "false",
          "aria-controls": `${this.id}-body`,
          tabindex: tab.open ? "0" : "-1",
          "aria-label": SHORT[tab.title] ? tab.title : null,
          title: SHORT[tab.title] ? tab.title : null,
          onclick: () => this.send("open", { screen: tab.name }),
          onkeydown: move,
        }, ...(SHORT[tab.title] ? [SHORT[tab.title], make("span", { class: "nbmlops-rest" }, tab.title.slice(SHORT[tab.title].length))] : [tab.title])),
      ),
    );
    const open = tabs.find((tab) => tab.open);
    const chosen = this.tabs.querySelector("[aria-selected='true']");
    if (chosen) this.tabs.scrollLeft = chosen.offsetLeft - (this.tabs.clientWidth - chosen.offsetWidth) / 2;
    this.fadeTabs();
    this.body.setAttribute("aria-labelledby", open ? `${this.id}-tab-${open.name}` : "");
  }

  drawPart(part) {
    const draw = this[`draw_${part.kind}`];
    return draw ? draw.call(this, part) : make("div", {}, String(part.text ?? ""));
  }

  draw_line(part) {
    const sign = part.tone === "good" || part.tone === "bad" ? `${SIGNS[part.tone]} ` : "";
    return make("div", { class: `nbmlops-line nbmlops-tone-${part.tone}` }, sign, part.text);
  }

  draw_badge(part) {
    const sign = SIGNS[part.tone];
    return make("span", { class: `nbmlops-badge nbmlops-tone-${part.tone}` }, sign ? `${sign} ` : "", part.text);
  }

  draw_moment(part) {
    return make("time", { datetime: part.stamp, title: part.text }, part.text);
  }

  draw_bars(part) {
    const high = Math.max(1, ...part.counts);
    return makeShape({
      tag: "svg",
      attributes: { class: "nbmlops-bars", role: "img", "aria-label": `counts: ${part.counts.join(", ")}`, width: 6 * part.counts.length, height: 18 },
      inside: part.counts.map((count, at) => {
        const tall = count ? Math.max(1, (18 * count) / high) : 0;
        return { tag: "rect", attributes: { x: 6 * at, y: 18 - tall, width: 5, height: tall } };
      }),
    });
  }

  draw_picture(part) {
    const drawn = make("div", { class: "nbmlops-scroll", tabindex: "0", role: "group", "aria-label": part.caption }, makeShape(part.shape));
    const table = part.table ? make("details", { class: "nbmlops-numbers" }, make("summary", {}, "in numbers"), this.draw_table(part.table)) : null;
    const figure = make("figure", { class: "nbmlops-picture" }, part.folded ? null : make("figcaption", {}, part.caption), drawn, table);
    if (!part.folded) return figure;
    const place = this.place(`picture ${part.caption}`);
    const details = make("details", { class: "nbmlops-section", open: Boolean(this.folds.get(place)) },
      make("summary", { "data-key": place, onclick: () => this.folds.set(place, !details.open) }, make("span", {}, part.caption)), figure);
    return details;
  }

  draw_spark(part) {
    const points = part.points.map((value, at) => [at, value]).filter(([, value]) => typeof value === "number");
    if (points.length < 2) return make("span", {}, part.text);
    const values = points.map(([, value]) => value);
    const low = Math.min(...values), high = Math.max(...values), last = part.points.length - 1;
    const place = ([at, value]) => `${(1 + (58 * at) / last).toFixed(1)},${(15 - (high > low ? (14 * (value - low)) / (high - low) : 7)).toFixed(1)}`;
    const end = place(points[points.length - 1]).split(",");
    const curve = makeShape({
      tag: "svg",
      attributes: { class: "nbmlops-spark", role: "img", "aria-label": `${points.length} values from ${values[0]} to ${values[values.length - 1]}`, width: 62, height: 16 },
      inside: [
        { tag: "polyline", attributes: { points: points.map(place).join(" ") } },
        { tag: "circle", attributes: { cx: end[0], cy: end[1], r: 2 } },
      ],
    });
    return make("span", { class: "nbmlops-sparked" }, curve, part.text);
  }

  draw_image(part) {
    if (!/^[A-Za-z0-9+/=]*$/.test(part.content)) return make("div", {}, part.caption);
    return make("figure", { class: "nbmlops-picture" },
      make("img", { src: `data:image/png;base64,${part.content}`, alt: part.caption }), make("figcaption", {}, part.caption));
  }

  draw_link(part) {
    const where = findInLab(part);
    if (where === null) return make("div", { class: "nbmlops-line" }, `${part.text}: `, make("code", {}, part.path));
    // Lab opens it in its own dock; anything else that knows the address, in a page of its own.
    return make("div", { class: "nbmlops-line" }, make("a", {
      class: "nbmlops-link", href: where.href, target: "_blank", rel: "noopener", "data-key": `link ${part.path}`,
      "data-commandlinker-command": "docmanager:open", "data-commandlinker-args": JSON.stringify({ path: where.path }),
    }, part.text), make("span", { class: "nbmlops-tone-quiet" }, `  ${part.path}`));
  }

  drawCell(cell) {
    return typeof cell === "string" ? cell : this.drawPart(cell);
  }

  draw_table(part) {
    if (!part.rows.length) return this.drawEmpty(part.empty);
    const side = (index) => (part.right.includes(index) ? "nbmlops-right" : "");
    const named = part.headings.some(Boolean);
    const wide = part.headings.length > 2;
    const keyed = part.headings.length === 2 && !part.headings[1];
    const look = `nbmlops-table ${wide ? "nbmlops-wide" : ""} ${keyed ? "nbmlops-keyed" : ""}`;
    return make("div", { class: "nbmlops-scroll", tabindex: "0", role: "group", "aria-label": part.headings.filter(Boolean).join(", ") || "table" },
      make("table", { class: look, role: "table" },
        named ? make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, part.headings.map((text, i) => make(text ? "th" : "td", { scope: text ? "col" : null, role: text ? "columnheader" : "cell", class: side(i) }, text)))) : null,
        make("tbody", { role: "rowgroup" }, part.rows.map((row) => make("tr", { role: "row" }, row.map((cell, i) => make("td", { role: "cell", class: side(i), "data-label": i ? part.headings[i] : null }, this.drawCell(cell))))))));
  }

  drawEmpty(text) {
    return make("div", { class: "nbmlops-empty" }, text);
  }

  draw_listing(part) {
    return make("div", { class: "nbmlops-listing" }, part.marks.map((mark) => {
      const sign = !mark.kept ? "○" : mark.assumed ? "?" : "●";
      const said = !mark.kept ? "not needed" : mark.assumed ? "kept to be safe" : "needed";
      return make("div", { class: `nbmlops-mark ${mark.kept ? "" : "nbmlops-dropped"}` },
        make("span", { class: "nbmlops-sign", role: "img", "aria-label": said, title: said }, sign),
        make("span", { class: "nbmlops-cellno", title: `cell ${mark.place}` }, `[${mark.place}]`),
        make("div", { class: "nbmlops-source" }, make("pre", {}, mark.source), mark.notes.map((note) => make("div", { class: "nbmlops-note" }, note))));
    }));
  }

  draw_code(part) {
    const copy = make("button", {
      type: "button", class: "nbmlops-button nbmlops-copy", "data-key": `copy ${part.text}`, title: "Copy to the clipboard",
      onclick: () => { navigator.clipboard?.writeText(part.text).then(() => { copy.textContent = "Copied"; setTimeout(() => { copy.textContent = "Copy"; }, 1500); }, () => {}); },
    }, "Copy");
    return make("div", { class: "nbmlops-code" }, make("pre", {}, part.text), copy);
  }

  draw_button(part) {
    return make("button", {
      type: "button",
      class: `nbmlops-button nbmlops-look-${part.look}`,
      title: part.hint || null,
      disabled: !part.enabled,
      "data-key": `${part.act} ${JSON.stringify(part.value)}`,
      onclick: () => this.send(part.act, part.value),
    }, part.text);
  }

  // Return a labelled input, what reads it, and its place, under which what was typed and not sent is kept.
  drawInput(part, changed) {
    const id = `${this.id}-${part.name}-${this.counter++}`;
    const key = `field ${part.name}`;
    const place = this.place(key);
    const held = this.typed.get(place);
    const value = held && held.base === part.value ? held.value : part.value;
    const keep = (now) => this.typed.set(place, { base: part.value, value: now, sent: false });
    if (part.entry === "check") {
      const box = make("input", { type: "checkbox", id, "data-key": key, onchange: () => { keep(box.checked); changed(box.checked, true); } });
      box.checked = Boolean(value);
      return [make("label", { class: "nbmlops-field nbmlops-check" }, box, make("span", {}, part.label)), () => box.checked, place];
    }
    let input;
    let list = null;
    if (part.entry === "choice") {
      input = make("select", { id, "data-key": key, onchange: () => { keep(input.value); changed(input.value, true); } },
        part.options.map((option) => make("option", { value: option, selected: option === value }, option)));
      if (!part.options.length) input.disabled = true;
    } else {
      list = part.options.length ? make("datalist", { id: `${id}-list` }, part.options.map((option) => make("option", { value: option }))) : null;
      input = make("input", {
        type: part.entry === "text" ? "text" : part.entry, step: part.entry === "number" ? "any" : null, id, list: list && list.id, "data-key": key, placeholder: part.hint || null, title: part.hint || null,
        autocomplete: "off", spellcheck: "false", dir: "auto",
        oninput: () => keep(input.value),
        onchange: () => changed(input.value, true),
        onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); changed(input.value, false); } },
      });
      input.value = value ?? "";
    }
    return [make("label", { class: "nbmlops-field" }, make("span", {}, part.label), input, list), () => input.value, place];
  }

  markSent(places) {
    for (const place of places) if (this.typed.has(place)) this.typed.get(place).sent = true;
  }

  draw_field(part) {
    let sent = part.value;
    const [element, , place] = this.drawInput(part, (value) => {
      if (part.act && value !== sent) { sent = value; this.typed.delete(place); this.send(part.act, { [part.name]: value }); }
    });
    return element;
  }

  draw_form(part) {
    const readers = {};
    const places = [];
    const submit = () => {
      const value = { ...part.submit.value, ...Object.fromEntries(Object.entries(readers).map(([n, r]) => [n, r()])) };
      this.markSent(places);
      this.send(part.submit.act, value);
    };
    const fields = part.fields.map((field) => {
      const [element, read, place] = this.drawInput(field, (_, changed) => { if (!changed) submit(); });
      readers[field.name] = read;
      places.push(place);
      return element;
    });
    const button = this.draw_button(part.submit);
    const clean = button.cloneNode(true);
    clean.addEventListener("click", submit);
    return make("div", { class: "nbmlops-row nbmlops-form", role: "group" }, fields, clean);
  }

  draw_row(part) {
    return make("div", { class: "nbmlops-row" }, part.parts.map((inner) => this.drawPart(inner)));
  }

  draw_section(part) {
    const place = this.place(`section ${part.title}`);
    const held = this.folds.get(place);
    const open = held && held.folded === part.folded ? held.open : !part.folded;
    const summary = make("summary", { "data-key": place, onclick: () => this.folds.set(place, { folded: part.folded, open: !details.open }) }, make("span", {}, part.title));
    const details = make("details", { class: "nbmlops-section", open }, summary, make("div", { class: "nbmlops-inside" }, part.parts.map((inner) => this.drawPart(inner))));
    return details;
  }

  draw_confirm(part) {
    const readers = {};
    const fields = (part.fields || []).map((field) => {
      const [element, read] = this.drawInput(field, () => {});
      readers[field.name] = read;
      return element;
    });
    const typed = () => Object.fromEntries(Object.entries(readers).map(([name, read]) => [name, read()]));
    const yes = make("button", {
      type: "button", class: "nbmlops-button nbmlops-look-danger", "data-key": "yes",
      // A script can call click(); only a person's own click is trusted.
      onclick: (event) => { if (event.isTrusted) this.send("confirm", { ...typed(), word: part.word }); },
    }, part.yes);
    const no = make("button", { type: "button", class: "nbmlops-button", "data-key": "confirm", onclick: () => this.send("cancel") }, "Cancel");
    return make("div", { class: "nbmlops-confirm", role: "alertdialog", "aria-label": part.text }, make("div", { class: "nbmlops-tone-strong" }, part.text),
      fields.length ? make("div", { class: "nbmlops-row" }, fields) : null, make("div", { class: "nbmlops-row" }, no, yes));
  }

  draw_grid(part) {
    if (!part.rows.length) return this.drawEmpty(part.empty);
    const look = (column) => `${column.right ? "nbmlops-right" : ""} ${column.place ? `nbmlops-at-${column.place}` : "nbmlops-at-none"}`;
    const heads = part.columns.map((column) => {
      const sorted = column.sort && column.sort === part.sorted_by;
      if (!column.sort || !part.sort_act) return make("th", { scope: "col", role: "columnheader", class: `${look(column)} nbmlops-fixed` }, column.title);
      const button = make("button", { type: "button", class: "nbmlops-sort", "data-key": `sort ${column.sort}`, title: `Sort by ${column.title}`, onclick: () => this.send(part.sort_act, { by: column.sort }) },
        make("span", { class: "nbmlops-cut" }, column.title), make("span", { "aria-hidden": "true", class: "nbmlops-arrow" }, sorted ? (part.descending ? "▾" : "▴") : ""));
      return make("th", { scope: "col", role: "columnheader", class: look(column), "aria-sort": sorted ? (part.descending ? "descending" : "ascending") : null }, button);
    });
    if (part.choose_act) heads.unshift(make("td", { role: "cell", class: "nbmlops-pick" }));
    const rows = part.rows.map((row) => this.drawGridRow(part, row, look));
    return make("div", { class: `nbmlops-scroll ${part.short ? "nbmlops-short" : ""}`, tabindex: "0", role: "group", "aria-label": part.label },
      make("table", { class: "nbmlops-table nbmlops-grid", role: "table", "aria-label": part.label },
        make("thead", { role: "rowgroup" }, make("tr", { role: "row" }, heads)), make("tbody", { role: "rowgroup" }, rows)));
  }

  drawGridRow(part, row, look) {
    const cells = row.cells.map((cell, i) => {
      const drawn = this.drawCell(cell);
      const inside = i === 0 && part.open_act
        ? make("button", { type: "button", class: "nbmlops-open", "data-key": `row ${row.key}`, "aria-expanded": row.opened ? "true" : "false", onclick: () => this.send(part.open_act, { key: row.key }) }, drawn)
        : drawn;
      const text = typeof cell === "string" ? cell : "";
      const tone = cell.kind === "badge" ? `nbmlops-is-${cell.tone}` : "";
      return make("td", { role: "cell", class: `${look(part.columns[i])} ${tone}`, title: text.length > LONG_CELL ? text : null }, inside);
    });
    if (part.choose_act) {
      const box = make("input", { type: "checkbox", "aria-label": `compare ${row.key}`, title: "Tick two to six, then Compare", "data-key": `choose ${row.key}`, onchange: () => this.send(part.choose_act, { key: row.key }) });
      box.checked = row.chosen;
      cells.unshift(make("td", { role: "cell", class: "nbmlops-pick" }, box));
    }
    return make("tr", { role: "row", class: row.opened ? "nbmlops-opened" : "" }, cells);
  }
}

function render({ model, el }) {
  const panel = new Panel(model, el);
  return () => panel.close();
}

export default { render };
