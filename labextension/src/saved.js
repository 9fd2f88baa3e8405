// Saved: what a panel that was saved with its notebook shows while no kernel draws it.

const PANEL = 'application/vnd.nbmlops.panel+json';
const VIEW = 'application/vnd.jupyter.widget-view+json';
const PAGE = 'text/html';
// A panel whose kernel lives is drawn sooner, and nothing flickers.
const PATIENCE_MS = 500;

// Let a notebook draw the panels that it was saved with; other widgets are not touched.
export function offerSaved(rendermime) {
  rendermime.addFactory({ safe: false, mimeTypes: [PANEL], createRenderer: () => makeRenderer(rendermime) }, -20);
}

// The manager of widgets looks for its own renderers among the outputs: this is one of them, and only its words are replaced.
function makeRenderer(rendermime) {
  if (!rendermime.getFactory(VIEW)) return rendermime.createRenderer(PAGE);
  const live = rendermime.createRenderer(VIEW);
  const drawLive = live.renderModel.bind(live);
  let saved = null;
  live.renderModel = async (model) => {
    saved?.dispose();
    saved = PAGE in model.data ? new Saved(live.node, rendermime.createRenderer(PAGE), model) : null;
    if (VIEW in model.data) await drawLive(model);
    else await saved?.show();
  };
  live.disposed.connect(() => saved?.dispose());
  return live;
}

class Saved {
  constructor(node, page, model) {
    this.node = node;
    this.page = page;
    this.model = model;
    this.shown = false;
    this.observer = new MutationObserver(() => this.look());
    this.observer.observe(node, { childList: true });
    this.timer = setTimeout(() => this.show(), PATIENCE_MS);
  }

  // A widget is an element; that it is awaited, or that there is none, is told by text alone.
  look() {
    const { firstElementChild } = this.node;
    if (this.page.isDisposed) return;
    if (firstElementChild && firstElementChild !== this.page.node) this.dispose();
    else if (!firstElementChild && this.shown) this.put();
  }

  async show() {
    clearTimeout(this.timer);
    const { data, metadata } = this.model;
    await this.page.renderModel({ data, metadata, trusted: false, setData: () => undefined });
    this.shown = !this.page.isDisposed;
    this.look();
  }

  put() {
    this.node.replaceChildren(this.page.node);
  }

  dispose() {
    clearTimeout(this.timer);
    this.observer.disconnect();
    this.page.node.remove();
    this.page.dispose();
  }
}
