// The extension: a sidebar, a button in the toolbar, commands, and marks at cells. What it knows, it asks the kernel.

import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { LabIcon } from '@jupyterlab/ui-components';

import { loadExtension, openInCell, toggleRecording, writeExport } from './actions.js';
import { CellMarks } from './cellmarks.js';
import { Link } from './link.js';
import { offerSaved } from './saved.js';
import { Sidebar } from './sidebar.js';

const PLUGIN = 'nbmlops:plugin';
const icon = new LabIcon({
  name: 'nbmlops:icon',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16"><g class="jp-icon3" fill="#616161">' +
    '<circle cx="3.5" cy="3.5" r="2"/><circle cx="3.5" cy="12.5" r="2"/><circle cx="12" cy="8" r="2.6"/>' +
    '<path d="M4.9 4.1 10 6.9l-.6 1.1-5.1-2.8zM4.9 11.9 10 9.1 9.4 8l-5.1 2.8z"/></g></svg>',
});

class Extension {
  constructor(app, tracker, settings) {
    this.app = app;
    this.tracker = tracker;
    this.settings = settings;
    this.known = new Map();
    this.sidebar = new Sidebar({ load: () => loadExtension(this.panel), openInCell: () => openInCell(this.panel) }, () => this.follow());
    this.sidebar.title.icon = icon;
    tracker.widgetAdded.connect((_, panel) => this.meet(panel));
    tracker.forEach((panel) => this.meet(panel));
    tracker.currentChanged.connect(() => this.follow());
    NotebookActions.executed.connect((_, { notebook }) => this.hearRun(notebook));
    settings?.changed.connect(() => this.repaint());
    app.shell.add(this.sidebar, 'left', { rank: 850 });
    window.addEventListener('pagehide', () => this.known.forEach(({ link }) => link.leave()));
  }

  get panel() {
    return this.tracker.currentWidget;
  }

  get current() {
    return this.known.get(this.panel)?.link ?? null;
  }

  get marksShown() {
    return this.settings?.composite.markCells ?? true;
  }

  meet(panel) {
    offerSaved(panel.content.rendermime);
    const marks = new CellMarks(panel);
    const link = new Link(panel, () => this.refresh(panel));
    this.known.set(panel, { link, marks });
    panel.disposed.connect(() => {
      this.known.delete(panel);
      marks.dispose();
      link.dispose();
    });
    this.follow();
  }

  // The notebook in front is asked once the sidebar is seen: who never opens it costs its kernel nothing.
  follow() {
    if (!this.sidebar.isVisible) return;
    this.current?.want();
    this.sidebar.showLink(this.current);
  }

  refresh(panel) {
    if (panel === this.panel && this.sidebar.isVisible) this.sidebar.showLink(this.current);
    const { link, marks } = this.known.get(panel) ?? {};
    marks?.show(this.marksShown ? link : null);
    this.app.commands.notifyCommandChanged();
  }

  repaint() {
    for (const { link, marks } of this.known.values()) marks.show(this.marksShown ? link : null);
    this.app.commands.notifyCommandChanged('nbmlops:mark-cells');
  }

  hearRun(notebook) {
    for (const [panel, { link }] of this.known) if (panel.content === notebook && link.wanted) link.lookSoon();
  }

  toggle() {
    if (this.sidebar.isVisible) this.app.shell.collapseLeft();
    else this.app.shell.activateById(this.sidebar.id);
  }

  open(screen) {
    this.app.shell.activateById(this.sidebar.id);
    this.current?.openScreen(screen);
  }

  async toggleRecording() {
    const link = this.current;
    await toggleRecording(this.panel, link.recording);
    link.send({ act: 'follow' });
  }
}

function addCommands(app, palette, extension) {
  const has = () => extension.panel !== null;
  const joined = () => extension.current?.state === 'joined';
  const commands = {
    'toggle-panel': { label: 'Show or Hide the nbmlops Panel', caption: 'nbmlops', icon, isToggled: () => extension.sidebar.isVisible, execute: () => extension.toggle() },
    'show-runs': { label: 'Show Runs', isEnabled: has, execute: () => extension.open('runs') },
    'show-lineage': { label: 'Show What an Object Needs', isEnabled: has, execute: () => extension.open('lineage') },
    'open-in-cell': { label: 'Open the Panel in a New Cell', isEnabled: has, execute: () => openInCell(extension.panel) },
    export: { label: 'Write the Export of an Object into a New Cell…', isEnabled: has, execute: () => writeExport(extension.panel, extension.current?.object ?? '') },
    load: { label: 'Record This Notebook', isEnabled: has, execute: () => loadExtension(extension.panel) },
    'toggle-recording': { label: () => (extension.current?.recording === false && joined() ? 'Resume Recording' : 'Pause Recording'), isEnabled: joined, execute: () => extension.toggleRecording() },
    'mark-cells': {
      label: 'Mark Cells That an Object Needs',
      isEnabled: () => Boolean(extension.settings),
      isToggled: () => extension.marksShown,
      execute: () => extension.settings.set('markCells', !extension.marksShown),
    },
  };
  for (const [name, options] of Object.entries(commands)) {
    app.commands.addCommand(`nbmlops:${name}`, { ...options, describedBy: { args: { type: 'object', properties: {} } } });
    palette?.addItem({ command: `nbmlops:${name}`, category: 'nbmlops' });
  }
}

const plugin = {
  id: PLUGIN,
  description: 'Shows the panel of nbmlops, and marks the cells that an object needs.',
  autoStart: true,
  requires: [INotebookTracker],
  optional: [ICommandPalette, ILayoutRestorer, ISettingRegistry],
  activate: async (app, tracker, palette, restorer, registry) => {
    const settings = registry ? await registry.load(PLUGIN).catch(() => null) : null;
    const extension = new Extension(app, tracker, settings);
    addCommands(app, palette, extension);
    restorer?.add(extension.sidebar, extension.sidebar.id);
  },
};

export default plugin;
