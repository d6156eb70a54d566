// Rows: beside each picture its whole path, on the axis of the rail. A hand on any of them moves all.

const NARROW = 520; // px: below it a path goes under its picture

class Path {
  constructor(box, hear) {
    this.box = box;
    this.canvas = box.querySelector("canvas");
    const at = ({ clientX }) => {
      const { left, width } = this.canvas.getBoundingClientRect();
      return (clientX - left) / width;
    };
    box.onpointerdown = (event) => {
      if (event.button) return;
      box.setPointerCapture(event.pointerId);
      this.dragging = true;
      hear(at(event), "move");
      event.preventDefault();
    };
    box.onpointermove = (event) => this.dragging && hear(at(event), "move");
    box.onlostpointercapture = () => {
      this.dragging = false;
      hear(0, "end");
    };
  }

  /** As many whole pictures as fit into `wide`, the first and the last among them. */
  layOut(wide, { width, height }) {
    this.slots = Math.max(2, Math.floor(wide / width));
    const fits = Math.min(width, Math.floor(wide / this.slots));
    sized(this.canvas, this.slots * width, height);
    this.canvas.style.width = `${this.slots * fits}px`;
    this.box.style.width = `${this.slots * fits}px`;
  }

  draw(sheets, pane, { total, columns }, count) {
    const context = this.canvas.getContext("2d", { alpha: false });
    const { width, height } = pane;
    for (let slot = 0; slot < this.slots; slot++) {
      const frame = Math.round((slot * (total - 1)) / (this.slots - 1));
      if (frame < count) sheets.draw(context, pane, frame, columns, [slot * width, 0, width, height]);
    }
  }
}
