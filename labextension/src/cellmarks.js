// Marks at cells: what the chosen object needs, and what was edited after it ran. A sign and a line, not colour alone.

import { printSource } from './prints.js';

const PAUSE = 150;
const SIGNS = { needed: '●', assumed: '?', unneeded: '○', edited: '✎' };

function word(state, object) {
  if (state.need === 'unneeded') return `not needed by ${object}`;
  const sure = state.need === 'needed' ? 'needed' : 'kept to be safe';
  const part = state.kept < state.total ? `, ${state.kept} of ${state.total} statements` : '';
  return `${sure} by ${object}${part}${state.earlier ? ', as it was when it ran before' : ''}`;
}

export class CellMarks {
  constructor(panel) {
    this.panel = panel;
    this.link = null;
    this.heard = () => this.paintSoon();
    panel.content.modelContentChanged.connect(this.heard);
  }

  dispose() {
    clearTimeout(this.timer);
    this.panel.content.modelContentChanged.disconnect(this.heard);
  }

  paintSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.paint(), PAUSE);
  }

  // Show how the cells stand in a link, or nothing.
  show(link) {
    this.link = link;
    this.paint();
  }

  paint() {
    if (this.panel.isDisposed) return;
    for (const cell of this.panel.content.widgets) {
      const id = cell.model.id;
      const state = this.link?.cells[id];
      const print = this.link?.prints[id];
      const edited = print !== undefined && cell.model.type === 'code' && print !== printSource(cell.model.sharedModel.getSource());
      const said = [];
      if (state) said.push([state.need, word(state, this.link.object)]);
      if (edited) said.push(['edited', 'edited after it ran']);
      this.mark(cell.node, said);
    }
  }

  mark(node, said) {
    const wanted = JSON.stringify(said);
    const old = node.querySelector(':scope > .nbmlops-cell-mark');
    if ((old?.dataset.said ?? '[]') === wanted) return;
    old?.remove();
    for (const name of Object.keys(SIGNS)) node.classList.toggle(`nbmlops-cell-${name}`, said.some(([each]) => each === name));
    if (!said.length) return;
    const made = document.createElement('div');
    made.className = 'nbmlops-cell-mark';
    made.dataset.said = wanted;
    for (const [name, text] of said) {
      const sign = document.createElement('span');
      sign.className = `nbmlops-cell-sign nbmlops-cell-sign-${name}`;
      sign.setAttribute('role', 'img');
      sign.setAttribute('aria-label', text);
      sign.title = text;
      sign.textContent = SIGNS[name];
      made.append(sign);
    }
    node.append(made);
  }
}
