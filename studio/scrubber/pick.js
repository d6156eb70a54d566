// The picked pixel: one place, marked in every pane, moved by a click or, on a focused picture, by the arrow keys.

const picks = new Map(); // key -> {given, pixel, told}: outlives the elements, which may be drawn anew

class Pick {
  constructor(key) {
    this.key = key;
    this.fresh = true;
  }

  /** What Python gives counts when it is new; otherwise the hand's last word does. */
  adopt({ pick, panes }) {
    this.on = Boolean(pick);
    if (!pick) return;
    [this.cell, { width: this.width, height: this.height }] = [pick.cell, panes[0]];
    const given = JSON.stringify(pick.pixel);
    let place = picks.get(this.key);
    if (place?.given !== given) picks.set(this.key, (place = { given, pixel: pick.pixel, told: given }));
    else if (this.fresh) place.told = given; // drawn anew: Python may have forgotten
    this.fresh = false;
    this.place = place;
    if (this.pixel) this.set(...this.pixel);
  }

  get pixel() {
    return this.place?.pixel ?? null;
  }

  set(row, column) {
    const within = (value, size) => Math.min(Math.max(value, 0), size - 1);
    this.place.pixel = [within(row, this.height), within(column, this.width)];
  }

  /** Take the pixel of the first pane that lies where this canvas was clicked. */
  point(canvas, { clientX, clientY }) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    this.set(Math.floor(((clientY - top) / height) * this.height), Math.floor(((clientX - left) / width) * this.width));
  }

  /** Go one cell in the direction of an arrow key; false for any other key. */
  step(key) {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
    if (!way) return false;
    const [row, column] = this.pixel ?? [this.height >> 1, this.width >> 1];
    this.set(row + way[0] * this.cell, column + way[1] * this.cell);
    return true;
  }

  /** Lay a mark over the cell of the pixel, in shares of the picture. */
  mark(element) {
    element.hidden = !this.on || !this.pixel;
    if (element.hidden) return;
    const [row, column] = this.pixel.map((at) => Math.floor(at / this.cell) * this.cell);
    Object.assign(element.style, {
      top: `${(100 * row) / this.height}%`, height: `${(100 * this.cell) / this.height}%`,
      left: `${(100 * column) / this.width}%`, width: `${(100 * this.cell) / this.width}%`,
    });
  }

  /** What Python does not know yet: the pixel and what Python had given when it was picked; null if it knows. */
  news() {
    if (!this.on || !this.pixel) return null;
    const told = JSON.stringify(this.pixel);
    if (told === this.place.told) return null;
    this.place.told = told;
    return [...this.pixel, this.place.given];
  }
}
