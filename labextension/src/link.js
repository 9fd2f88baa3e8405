// A link: one notebook's way to its kernel. It is what the panel's own drawing code calls a model.

const TARGET = 'nbmlops';
const PROTOCOL = 1;
const PAUSE = 300;
const GONE = ['restarting', 'autorestarting', 'terminating', 'dead'];

export class Link {
  // `changed` is called whenever there is something else to show.
  constructor(panel, changed) {
    this.panel = panel;
    this.changed = changed;
    this.wanted = false;
    this.screen = null;
    this.context = panel.sessionContext;
    this.heardKernel = () => this.restart();
    this.heardStatus = (_, status) => this.followStatus(status);
    this.context.kernelChanged.connect(this.heardKernel);
    this.context.statusChanged.connect(this.heardStatus);
    this.reset();
  }

  // 'absent' (no kernel, or not yet), 'foreign' (not Python), 'unloaded', 'stranger' (another edition), 'joined'.
  reset() {
    clearTimeout(this.timer);
    this.state = 'absent';
    this.comm = this.asked = this.drawing = this.shown = null;
    this.object = '';
    this.cells = {};
    this.prints = {};
    this.recording = false;
    this.listeners = new Set();
  }

  dispose() {
    this.context.kernelChanged.disconnect(this.heardKernel);
    this.context.statusChanged.disconnect(this.heardStatus);
    this.leave();
    this.changed = () => {};
  }

  leave() {
    const comm = this.comm;
    this.reset();
    if (!comm || comm.isDisposed) return;
    comm.onClose = comm.onMsg = () => {};
    try {
      comm.close();
    } catch {
      comm.dispose(); // the kernel is gone, and its comms with it
    }
  }

  restart() {
    this.leave();
    this.changed();
    this.join();
  }

  followStatus(status) {
    if (GONE.includes(status)) {
      this.leave();
      this.changed();
    } else if (status === 'idle' && this.state === 'absent') {
      this.join();
    }
  }

  want() {
    this.wanted = true;
    this.join();
  }

  // Ask the kernel whether it knows the magic, which runs nothing, and open a comm where it does.
  async join() {
    const kernel = this.context.session?.kernel;
    if (!kernel || !this.wanted || this.comm || this.asked === kernel) return;
    this.asked = kernel;
    try {
      const { language_info: language } = await kernel.info;
      let state = 'foreign';
      if (language?.name === 'python') {
        const { content } = await kernel.requestComplete({ code: '%nbmlops', cursor_pos: 8 });
        state = content.matches?.includes('%nbmlops') ? 'joined' : 'unloaded';
      }
      if (this.asked !== kernel || this.context.session?.kernel !== kernel) return;
      if (state === 'joined') this.open(kernel);
      else this.setState(state);
    } catch {
      // A kernel that goes away answers nothing; the one after it is asked when it is idle.
    } finally {
      if (this.asked === kernel) this.asked = null;
    }
  }

  open(kernel) {
    const comm = kernel.createComm(TARGET);
    this.comm = comm;
    comm.onMsg = (message) => this.receive(message.content.data);
    comm.onClose = () => {
      if (this.comm === comm) {
        this.reset();
        this.setState('unloaded');
      }
    };
    comm.open({ protocol: PROTOCOL });
  }

  receive(data) {
    if (data.kind === 'hello') {
      if (data.protocol !== PROTOCOL) this.setState('stranger');
      else this.drawing = { esm: data.esm, css: data.css };
    } else if (data.kind === 'show' && this.drawing) {
      const { shown, object, cells, prints, recording } = data;
      Object.assign(this, { shown, object, cells, prints, recording });
      this.setState('joined');
      this.listeners.forEach((listener) => listener());
      if (this.screen) this.openScreen(this.screen);
    }
  }

  setState(state) {
    this.state = state;
    this.changed();
  }

  // Look again when cells have run; many in a row are one.
  lookSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.state === 'joined' ? this.send({ act: 'follow' }) : this.join()), PAUSE);
  }

  // Open a screen, at once or when the kernel has answered.
  openScreen(screen) {
    this.screen = this.state === 'joined' ? null : screen;
    this.send({ act: 'open', value: { screen } });
  }

  // What the panel calls a model.
  get(name) {
    return this[name];
  }

  on(_, listener) {
    this.listeners.add(listener);
  }

  off(_, listener) {
    this.listeners.delete(listener);
  }

  send(content) {
    if (this.state === 'joined' && !this.comm.isDisposed) this.comm.send(content);
  }
}
