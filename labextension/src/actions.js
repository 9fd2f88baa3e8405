// What the buttons and the palette do in a notebook: they write a line into a cell, and run it where it only looks.

import { NotebookActions } from '@jupyterlab/notebook';

const LOAD = '%load_ext nbmlops';

function insertCell(notebook, index, source) {
  notebook.model.sharedModel.insertCell(index, { cell_type: 'code', source });
  notebook.activeCellIndex = index;
  notebook.deselectAll();
  return notebook.widgets[index];
}

function canChange(panel) {
  return Boolean(panel?.content.model) && !panel.content.model.readOnly;
}

// Run the notebook's own `%load_ext nbmlops`; where it has none, make it the first cell.
export async function loadExtension(panel) {
  if (!canChange(panel)) return;
  const notebook = panel.content;
  const own = notebook.widgets.find((cell) => cell.model.type === 'code' && cell.model.sharedModel.getSource().trim() === LOAD);
  await NotebookActions.runCells(notebook, [own ?? insertCell(notebook, 0, LOAD)], panel.sessionContext);
}

export async function openInCell(panel) {
  if (!canChange(panel)) return;
  const notebook = panel.content;
  const cell = insertCell(notebook, notebook.activeCellIndex + 1, '%nbmlops');
  await NotebookActions.runCells(notebook, [cell], panel.sessionContext);
  notebook.scrollToItem(notebook.activeCellIndex);
}

// An export writes files: its line is written, and a person runs it.
export function writeExport(panel, object) {
  if (!canChange(panel)) return;
  const name = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(object) ? object : 'model';
  insertCell(panel.content, panel.content.activeCellIndex + 1, `%nbmlops export ${name} pipelines/${name}`);
  panel.content.mode = 'edit';
}

export async function toggleRecording(panel, recording) {
  const kernel = panel?.sessionContext.session?.kernel;
  if (kernel) await kernel.requestExecute({ code: `%nbmlops ${recording ? 'disable' : 'enable'}`, silent: true, store_history: false }).done;
}
