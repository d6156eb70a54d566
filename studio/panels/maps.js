// Pictures in step with a scrubber; in a grid of cells, a click or the arrow keys pick one.

export default (call) => mount(call, ".maps", Maps);

class Maps extends Following {
  get parts() {
    return this.data.panes;
  }

  build() {
    const { panes, selected } = this.data;
    this.cell = selected;
    const look = JSON.stringify(panes.map(({ sheets, ...rest }) => rest));
    if (look === this.look) return;
    this.look = look;
    this.views = panes.map((pane) => this.view(pane));
    this.root.replaceChildren(...this.views.map(({ figure }) => figure));
  }

  view({ title, width, height, cells, legend }) {
    const figure = document.createElement("figure");
    const name = document.createElement("figcaption");
    const frame = document.createElement("div");
    const canvas = document.createElement("canvas");
    name.textContent = title;
    Object.assign(canvas, { width, height });
    frame.className = "frame";
    frame.append(canvas);
    figure.append(name, frame);
    const view = { figure, canvas, frame, context: canvas.getContext("2d", { alpha: false }) };
    if (cells) this.pickable(view, cells);
    if (legend) figure.append(bar(legend));
    return view;
  }

  pickable(view, { columns, count }) {
    const { frame, canvas } = view;
    view.mark = document.createElement("div");
    view.mark.className = "mark";
    frame.append(view.mark);
    frame.classList.add("pickable");
    Object.assign(frame, { tabIndex: 0 });
    frame.setAttribute("role", "slider");
    frame.setAttribute("aria-label", "Channel");
    frame.setAttribute("aria-valuemin", 0);
    frame.setAttribute("aria-valuemax", count - 1);
    const rows = Math.ceil(count / columns);
    frame.onclick = ({ clientX, clientY }) => {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      const column = Math.floor(((clientX - left) / width) * columns);
      const row = Math.floor(((clientY - top) / height) * rows);
      this.pick(row * columns + column, count);
    };
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    frame.onkeydown = (event) => {
      if (!(event.key in steps)) return;
      event.preventDefault();
      this.pick(this.cell + steps[event.key], count);
    };
  }

  pick(cell, count) {
    if (cell < 0 || cell >= count) return;
    this.cell = cell;
    this.layOut();
    clearTimeout(this.telling); // while a key is held, only where it rests
    this.telling = setTimeout(() => this.send("cell", cell), 150);
  }

  /** Whole multiples of the pixels where there is room; the pictures wrap where there is not. */
  layOut() {
    const wide = this.root.clientWidth;
    if (!wide || !this.data) return; // on a hidden tab
    this.data.panes.forEach(({ width, height, room, cells }, i) => {
      const times = Math.min(room, wide) / width;
      const scale = times >= 1 ? Math.floor(times) : times;
      const { canvas, mark, frame } = this.views[i];
      Object.assign(canvas.style, { width: `${width * scale}px`, height: `${height * scale}px` });
      if (!mark) return;
      const { columns, pitch } = cells;
      Object.assign(mark.style, {
        left: `${(this.cell % columns) * pitch * scale}px`,
        top: `${Math.floor(this.cell / columns) * pitch * scale}px`,
        width: `${(pitch - 1) * scale}px`,
        height: `${(pitch - 1) * scale}px`,
      });
      frame.setAttribute("aria-valuenow", this.cell);
    });
  }

  paint() {
    const { ready } = this;
    if (!ready || ready.panes.length !== this.views.length) return;
    const frame = Math.min(this.frame, ready.count - 1);
    this.root.dataset.frame = frame;
    this.views.forEach(({ context }, i) => this.sheets.draw(context, ready.panes[i], frame, ready.columns));
  }

  destroy() {
    super.destroy();
    clearTimeout(this.telling);
  }
}

/** A colour bar with numbers at both ends and in the middle. */
function bar({ colours, numbers, unit }) {
  const box = document.createElement("div");
  const strip = document.createElement("div");
  const line = document.createElement("div");
  box.className = "legend";
  strip.className = "colours";
  line.className = "numbers";
  strip.style.background = `linear-gradient(to right, ${colours.join(", ")})`;
  numbers.forEach((number, i) => {
    const text = document.createElement("span");
    text.textContent = i === 2 ? `${number} ${unit}` : number;
    line.append(text);
  });
  box.append(strip, line);
  return box;
}
