// What can be said of a panel's looks without a picture: the named parts and where they are, colours, and faults.
(root, kept) => {
  const LEFT_OUT = new Set(["row", "rowgroup", "cell", "tabpanel", "tablist", "group"]);
  const PARTS = "[role], button, input, select, summary, a[href], .nbmlops-head, .nbmlops-badge";
  const FILLED = "button, input, select, summary, a[href], th, td, pre, time, .nbmlops-badge, .nbmlops-line, .nbmlops-status";
  const LOOKS = {
    panel: ".nbmlops-panel", "line on top": ".nbmlops-head", status: ".nbmlops-status:has(> *)",
    "chosen tab": ".nbmlops-tab[aria-selected='true']", "other tab": ".nbmlops-tab[aria-selected='false']",
    "main button": ".nbmlops-look-main:not(:disabled)", "plain button": ".nbmlops-look-plain:not(:disabled)",
    "danger button": ".nbmlops-look-danger:not(:disabled)", "button that waits": ".nbmlops-button:disabled",
    "good badge": ".nbmlops-badge.nbmlops-tone-good", "bad badge": ".nbmlops-badge.nbmlops-tone-bad",
    "quiet badge": ".nbmlops-badge.nbmlops-tone-quiet", "good line": ".nbmlops-line.nbmlops-tone-good",
    "bad line": ".nbmlops-line.nbmlops-tone-bad", "quiet line": ".nbmlops-line.nbmlops-tone-quiet",
    field: "input[type='text'], input[type='search'], select", "column heading": ".nbmlops-table th",
    section: ".nbmlops-section > summary", link: ".nbmlops-link", "name in a table": ".nbmlops-open",
    "opened row": "tr.nbmlops-opened td", "needed statement": ".nbmlops-mark:not(.nbmlops-dropped)",
    "statement not needed": ".nbmlops-mark.nbmlops-dropped",
  };
  const panel = root.matches(".nbmlops-panel") ? root : root.querySelector(".nbmlops-panel");
  const frame = root.getBoundingClientRect();
  const shows = (element) => element.checkVisibility() && element.getBoundingClientRect().width > 0;
  const find = (selector) => [...root.querySelectorAll(selector)].filter(shows);
  const box = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return { left: left - frame.left, top: top - frame.top, right: right - frame.left, bottom: bottom - frame.top };
  };

  // Times, sizes, counts, ids and folders are others each time.
  const plain = (text) => kept.reduce((t, word) => t.replaceAll(word, "…"), text)
    .replace(/\s+/g, " ").trim().replace(/\b(?=[0-9a-f-]*\d)[0-9a-f-]{8,}\b/g, "0").replace(/\d[\d.,:]*( (?:ms|s|min|h|kB|MB|GB)\b)?/g, "0")
    .slice(0, 60);
  const role = (element) => element.getAttribute("role") || { A: "link", SUMMARY: "heading", SELECT: "choice", INPUT: element.type }[element.tagName]
    || (element.matches(".nbmlops-badge") ? "badge" : element.matches(".nbmlops-head") ? "line on top" : element.tagName.toLowerCase());
  const name = (element) => element.matches(".nbmlops-head") ? ""
    : plain(element.getAttribute("aria-label") || element.labels?.[0]?.querySelector("span")?.textContent
      || (["table", "region"].includes(role(element)) ? "" : element.textContent));

  // As it is seen: a colour that lets others through, over the panel's own.
  const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const ground = getComputedStyle(panel).backgroundColor;
  const see = (colour) => {
    context.clearRect(0, 0, 1, 1);
    for (const layer of ["#fff", ground, colour]) {
      context.fillStyle = layer;
      context.fillRect(0, 0, 1, 1);
    }
    return `#${[...context.getImageData(0, 0, 1, 1).data].slice(0, 3).map((v) => v.toString(16).padStart(2, "0")).join("")}`;
  };
  const looks = {};
  for (const [look, selector] of Object.entries(LOOKS)) {
    const element = look === "panel" ? panel : find(selector)[0];
    if (!element) continue;
    const style = getComputedStyle(element);
    const edge = ["Left", "Bottom"].map((side) => (style[`border${side}Width`] === "0px" ? "none" : see(style[`border${side}Color`])));
    looks[look] = [see(style.color), see(style.backgroundColor), ...edge];
  }

  const parts = find(PARTS).filter((element) => !LEFT_OUT.has(role(element))).map((element) => {
    const { left, top, right, bottom } = box(element);
    return [role(element), name(element), ...[left, top, right - left, bottom - top].map(Math.round)];
  });

  // Of a part that is scrolled away only what is seen counts.
  const seen = (element) => {
    const cut = box(element);
    for (let outer = element.parentElement; outer && outer !== root.parentElement; outer = outer.parentElement) {
      if (getComputedStyle(outer).overflow === "visible") continue;
      const edge = box(outer);
      cut.left = Math.max(cut.left, edge.left); cut.right = Math.min(cut.right, edge.right);
      cut.top = Math.max(cut.top, edge.top); cut.bottom = Math.min(cut.bottom, edge.bottom);
    }
    return cut;
  };
  const call = (element) => `${role(element)} '${plain(element.textContent)}'`;
  const filled = find(FILLED).map((element) => ({ element, at: seen(element) })).filter(({ at }) => at.right - at.left > 2 && at.bottom - at.top > 2);
  const faults = [];
  const pinned = (one, other) => one.closest("thead") && one.closest("table") === other.closest("table") && one.closest(".nbmlops-short");
  filled.forEach(({ element, at }, index) => {
    if (at.left < -1 || at.right > frame.width + 1) faults.push(`${call(element)} goes beyond the panel`);
    const style = getComputedStyle(element);
    if (element.matches("button, th, .nbmlops-badge") && style.overflowX === "visible" && style.display !== "inline" && element.scrollWidth > element.clientWidth + 1) {
      faults.push(`${call(element)} is too narrow for its text`);
    }
    for (const { element: other, at: there } of filled.slice(index + 1)) {
      if (element.contains(other) || other.contains(element) || pinned(element, other) || pinned(other, element)) continue;
      const across = Math.min(at.right, there.right) - Math.max(at.left, there.left);
      const down = Math.min(at.bottom, there.bottom) - Math.max(at.top, there.top);
      if (across > 2 && down > 2) faults.push(`${call(element)} and ${call(other)} lie upon each other`);
    }
  });
  for (const place of [root, panel, panel.querySelector(".nbmlops-body")]) {
    if (place.scrollWidth > place.clientWidth + 1) faults.push(`${place.className || "the side"} scrolls sideways`);
  }
  const { fontWeight, fontSize, fontFamily } = getComputedStyle(panel);
  context.font = `${fontWeight} ${fontSize} ${fontFamily}`;
  const font = Math.round(context.measureText("The quick brown fox jumps over the lazy dog 0123456789").width);
  return { font, size: [frame.width, frame.height].map(Math.round), parts, looks, faults, busy: Boolean(panel.querySelector(".nbmlops-progress")) };
}
