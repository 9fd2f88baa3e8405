// The sidebar: the panel of the current notebook's kernel, or what is missing for it.

import { Widget } from '@lumino/widgets';

const TOLD = {
  absent: 'Waiting for the kernel…',
  foreign: 'nbmlops records Python notebooks; this one has another kernel.',
  stranger: 'The kernel has another edition of nbmlops than JupyterLab. Install the same version in both.',
  unloaded: 'nbmlops does not record this notebook yet.',
};
const NOTHING = 'Open a notebook to see its runs and models.';

// The drawing code comes from the kernel, so that it is always of one edition with what it draws.
const drawings = new Map();

function loadDrawing(esm) {
  if (!drawings.has(esm)) {
    const url = URL.createObjectURL(new Blob([esm], { type: 'text/javascript' }));
    drawings.set(esm, import(/* webpackIgnore: true */ url).finally(() => URL.revokeObjectURL(url)));
  }
  return drawings.get(esm);
}

export class Sidebar extends Widget {
  // `actions` are { load, openInCell }, `seen` is called when the sidebar is shown or hidden.
  constructor(actions, seen) {
    super();
    this.id = 'nbmlops-sidebar';
    this.addClass('nbmlops-sidebar');
    this.title.caption = 'nbmlops';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'nbmlops');
    this.actions = actions;
    this.seen = seen;
    this.turn = 0;
    this.drawn = this.close = null;
    this.style = document.createElement('style');
    this.head = document.createElement('div');
    this.head.className = 'nbmlops-sidebar-head';
    this.body = document.createElement('div');
    this.body.className = 'nbmlops-sidebar-body';
    this.node.append(this.style, this.head, this.body);
    this.showLink(null);
  }

  onAfterShow() {
    this.seen(true);
  }

  onAfterHide() {
    this.seen(false);
  }

  // Show a link, or that there is none.
  showLink(link) {
    const key = link?.state === 'joined' && link.comm ? link.comm.commId : `${link?.panel.id} ${link?.state}`;
    if (key === this.drawn) return;
    this.drawn = key;
    this.clear();
    if (link?.state === 'joined') this.showPanel(link);
    else this.say(link ? TOLD[link.state] : NOTHING, link?.state === 'unloaded' ? this.makeButton('Run %load_ext nbmlops in a first cell', this.actions.load) : null);
  }

  clear() {
    this.turn += 1;
    this.close?.();
    this.close = null;
    this.head.replaceChildren();
    this.body.replaceChildren();
    this.body.className = 'nbmlops-sidebar-body';
  }

  say(text, button) {
    const told = document.createElement('p');
    told.className = 'nbmlops-sidebar-told';
    told.setAttribute('role', 'status');
    told.textContent = text;
    this.body.append(told, ...(button ? [button] : []));
  }

  makeButton(text, action) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'nbmlops-sidebar-button';
    button.textContent = text;
    button.addEventListener('click', action);
    return button;
  }

  async showPanel(link) {
    const turn = this.turn;
    const drawing = link.drawing;
    try {
      const loaded = await loadDrawing(drawing.esm);
      if (turn !== this.turn) return;
      this.style.textContent = drawing.css;
      const place = document.createElement('div');
      this.body.append(place);
      this.head.append(link.panel.context.path.split('/').pop(), this.makeButton('Open in a cell', this.actions.openInCell));
      this.close = loaded.default.render({ model: link, el: place });
    } catch (error) {
      if (turn === this.turn) this.say(`The panel could not be drawn: ${error.message}`);
    }
  }

  dispose() {
    if (this.isDisposed) return;
    this.clear();
    super.dispose();
  }
}
