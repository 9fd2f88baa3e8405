// Gives the panel what it needs of a widget's model, from the server instead of a kernel.
import panel from "./panel.mjs";

const page = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

class Model {
  constructor(shown) {
    this.shown = shown;
    this.heard = new Set();
    this.last = Promise.resolve();
  }

  get() { return this.shown; }
  on(_, call) { this.heard.add(call); }
  off(_, call) { this.heard.delete(call); }

  // One act after the other: an answer that comes late must not undo what came after it.
  send(message) { this.last = this.last.then(() => this.ask("act", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ page, ...message }) })); }

  async ask(place, options) {
    try {
      const answer = await fetch(place, { ...options, cache: "no-store" });
      if (answer.ok) this.shown = await answer.json();
      else this.say(await answer.text());
    } catch (_) {
      this.say("The page has ended: type `nbmlops ui` again.");
    }
    this.heard.forEach((call) => call());
  }

  say(text) { this.shown = { ...this.shown, status: { kind: "line", text, tone: "bad" } }; }
}

const empty = { summary: [], tabs: [], parts: [], status: { kind: "line", text: "", tone: "plain" }, working: false };
const model = new Model(empty);
await model.ask(`shown?page=${page}`, {});
const root = document.createElement("div");
document.getElementById("panel").append(root);
panel.render({ model, el: root });
document.addEventListener("visibilitychange", () => { if (!document.hidden) model.send({ act: "refresh", value: {} }); });
