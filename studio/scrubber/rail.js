// The rail: track, ticks and film strip on one axis, frame i at (i + ½) / total of the width.

const THUMB = 64; // px, the largest side of a thumbnail
const CLOSEST = 5; // px between two ticks

class Rail {
  slots = [];

  constructor(box) {
    this.box = box;
    [this.ticks, this.strip] = box.querySelectorAll(".ticks, .strip");
  }

  /** Fit ticks and thumbnails to the width; `count` frames of `total` are here. */
  layOut(sheets, data, count) {
    const wide = this.box.clientWidth;
    if (!wide) return; // on a hidden tab
    this.total = data.total;
    const every = Math.ceil((data.ticks.length * CLOSEST) / wide);
    this.ticks.replaceChildren(...data.ticks.filter((_, i) => i % every === 0).map((at) => {
      const tick = document.createElement("i");
      tick.style.left = `${((at + 0.5) / this.total) * 100}%`;
      return tick;
    }));
    const pane = data.panes[data.strip];
    this.strip.hidden = !pane;
    this.slots = pane ? this.thumbs(sheets, data, pane, wide, count) : [];
    this.strip.replaceChildren(...this.slots);
  }

  /** As many thumbnails as fit, the first and the last frame among them, each within its stretch of the axis. */
  thumbs(sheets, { total, columns }, pane, wide, count) {
    const most = Math.max(pane.width, pane.height);
    const zoom = most <= THUMB ? Math.floor(THUMB / most) : 1 / Math.ceil(most / THUMB);
    const slots = Math.min(total, Math.max(1, Math.floor(wide / (pane.width * zoom + GAP))));
    this.strip.style.height = `${pane.height * zoom + 2 * GAP}px`;
    return Array.from({ length: slots }, (_, slot) => {
      const thumb = document.createElement("canvas");
      const context = sized(thumb, pane.width, pane.height);
      thumb.style.width = `${pane.width * zoom}px`;
      const frame = slots > 1 ? Math.round((slot * (total - 1)) / (slots - 1)) : total - 1;
      if (frame < count) sheets.draw(context, pane, frame, columns);
      else thumb.className = "to-come";
      return thumb;
    });
  }

  /** Say and mark where the slider stands. */
  mark(frame, label) {
    this.box.setAttribute("aria-valuenow", frame);
    this.box.setAttribute("aria-valuetext", label);
    const here = Math.floor(((frame + 0.5) / this.total) * this.slots.length);
    this.slots.forEach((thumb, slot) => thumb.classList.toggle("here", slot === here));
  }

  frameAt(clientX) {
    const { left, width } = this.box.getBoundingClientRect();
    return Math.floor(((clientX - left) / width) * this.total);
  }
}
