// The pad: a grid of pictures under one finger. Whatever is dragged over is here already; where the hand comes to rest,
// Python draws the picture of exactly that place.

const SETTLE = 200; // ms of rest before Python hears about it
const THUMB = 32; // px of a picture on the map, on the canvas; the page scales it
const GAP = 8;

const hands = new Map(); // key -> {given, at, told}: outlives the elements, which may be drawn anew
const mounted = new WeakMap();
const { fed, pads } = (globalThis[Symbol.for("whisker.pad")] ??= { fed: new Map(), pads: new Map() });

/** Called again for the same element when Python sends other data, and, with the same data, when the theme changes. */
export default function ({ data, parentElement, setStateValue }) {
  let pad = mounted.get(parentElement);
  if (pad?.key !== data.key || !parentElement.contains(pad.root)) {
    pad?.destroy();
    pad = new Pad(parentElement.querySelector(".pad"), data.key);
    mounted.set(parentElement, pad);
    pads.set(data.key, pad);
    pad.show(data);
    for (const part of ["frames", "hand"]) if (fed.has(`${data.key} ${part}`)) pad.hear(fed.get(`${data.key} ${part}`));
  } else if (data !== pad.given) {
    fed.delete(`${data.key} frames`);
    pad.show(data);
  }
  pad.given = data;
  pad.send = setStateValue;
  return () => {
    pad.destroy();
    mounted.delete(parentElement);
    if (pads.get(data.key) === pad) pads.delete(data.key);
  };
}

class Pad {
  sheets = new Sheets();
  turns = { frames: 0, hand: 0 };

  constructor(root, key) {
    Object.assign(this, { root, key });
    [this.field, this.map, this.marks, this.hand, this.picture, this.label] =
      root.querySelectorAll(".field, .map, .marks, .hand, .picture, .label");
    this.abort = new AbortController();
    this.listen(this.abort.signal);
    this.resizes = new ResizeObserver(() => this.layOut());
    this.resizes.observe(root);
  }

  listen(signal) {
    const { field } = this;
    field.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      field.setPointerCapture(event.pointerId);
      field.focus({ preventScroll: true });
      this.dragging = true;
      this.point(event);
      event.preventDefault();
    }, { signal });
    field.addEventListener("pointermove", (event) => this.dragging && this.point(event), { signal });
    field.addEventListener("lostpointercapture", () => this.rest(), { signal });
    field.addEventListener("keydown", (event) => this.pressed(event), { signal });
    for (const kind of ["keyup", "blur"]) field.addEventListener(kind, () => this.rest(), { signal });
  }

  // ---- what Python sends

  /** More of the same, told by an element of its own: frames as they come, or a place with its picture. */
  hear(part) {
    if (part.part === "hand") this.place(part);
    else if (part.identity === this.coming?.identity) this.show({ ...this.coming, ...part });
  }

  /** Take pictures over once they are decoded; until then what is there stays. */
  async show(data) {
    const turn = ++this.turns.frames;
    this.coming = data;
    this.build(data); // it takes its size before a picture is there
    await this.sheets.load([data]);
    if (turn !== this.turns.frames || this.abort.signal.aborted) return;
    if (data.identity !== this.data?.identity) this.clear(data);
    this.data = data;
    this.there = new Map(data.order.map((cell, i) => [cell, i]));
    this.prune();
    this.paintMap();
    this.paint();
  }

  async place({ at, exact }) {
    const turn = ++this.turns.hand;
    this.comingExact = exact;
    this.adopt(at);
    if (exact) await this.sheets.load([exact]);
    if (turn !== this.turns.hand || this.abort.signal.aborted) return;
    this.exact = exact;
    this.prune();
    this.paint();
  }

  prune() {
    this.sheets.prune([this.data, this.coming, this.exact, this.comingExact].filter(Boolean));
  }

  /** What Python gives counts when it is new; otherwise the hand's last word does. */
  adopt(at) {
    const given = JSON.stringify(at);
    const place = hands.get(this.key);
    if (!place || (place.given !== given && place.told !== given)) hands.set(this.key, { given, at, told: given });
    else Object.assign(place, { given, told: given });
    this.paint();
  }

  build({ width, height, rows, columns, marks, name }) {
    const look = JSON.stringify([width, height, rows, columns, marks, name]);
    if (look === this.look) return;
    this.look = look;
    this.root.style.setProperty("--ratio", rows / columns);
    if (!this.data) Object.assign(this.picture, { width, height });
    this.field.setAttribute("aria-label", name);
    this.field.setAttribute("aria-valuemax", rows * columns - 1);
    this.marks.replaceChildren(...marks.map(([column, row, text]) => {
      const mark = document.createElement("span");
      mark.textContent = text;
      const [left, top] = [(column + 0.5) / columns, (row + 0.5) / rows].map((share) => `${100 * share}%`);
      const back = [column / (columns - 1), row / (rows - 1)].map((share) => `${-100 * share}%`); // within the field
      Object.assign(mark.style, { left, top, transform: `translate(${back.join(",")})` });
      return mark;
    }));
    this.layOut();
  }

  /** Begin an empty map; the large picture stays until the next one is painted. */
  clear({ width, height, rows, columns }) {
    if (this.picture.width !== width || this.picture.height !== height) Object.assign(this.picture, { width, height });
    Object.assign(this.map, { width: columns * THUMB, height: rows * THUMB });
    const context = this.map.getContext("2d", { alpha: false });
    context.fillStyle = "#808080";
    context.fillRect(0, 0, this.map.width, this.map.height);
  }

  /** Whole multiples of a pixel, two squares beside each other if that leaves at least half of the wanted scale. */
  layOut() {
    const wide = this.root.clientWidth;
    if (!wide || !this.coming) return; // on a hidden tab
    const { width, scale } = this.coming;
    const fits = (room) => Math.max(1, Math.min(scale, Math.floor(room / width)));
    const beside = fits((wide - GAP) / 2);
    const times = beside >= scale / 2 ? beside : fits(wide);
    this.root.style.setProperty("--side", `${times * width}px`);
    this.paint();
  }

  // ---- the hand

  /** The place of the hand in the units of the axes, to two decimals. */
  get at() {
    return hands.get(this.key)?.at ?? [this.data.x[0], this.data.y[0]];
  }

  /** The same in columns and rows of the grid. */
  get cell() {
    const { x, y, columns, rows } = this.data;
    const along = (value, [low, high], n) => Math.min(Math.max(((value - low) / (high - low)) * (n - 1), 0), n - 1);
    return [along(this.at[0], x, columns), along(this.at[1], y, rows)];
  }

  go(column, row) {
    const { x, y, columns, rows } = this.data;
    const value = (at, [low, high], n) => {
      const share = Math.min(Math.max(at, 0), n - 1) / (n - 1);
      return Math.round((low + share * (high - low)) * 100) / 100;
    };
    const place = hands.get(this.key) ?? { given: null, told: null };
    hands.set(this.key, { ...place, at: [value(column, x, columns), value(row, y, rows)] });
    this.pending ??= requestAnimationFrame(() => this.paint());
  }

  point({ clientX, clientY }) {
    if (!this.data) return;
    const { left, top, width, height } = this.field.getBoundingClientRect();
    const { columns, rows } = this.data;
    this.go(((clientX - left) / width) * columns - 0.5, ((clientY - top) / height) * rows - 0.5);
  }

  /** Arrow keys go from picture to picture, with Shift a quarter of that; Home goes to the middle. */
  pressed(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    if (!this.data || event.ctrlKey || event.metaKey || event.altKey || (!way && event.key !== "Home")) return;
    const step = event.shiftKey ? 0.25 : 1;
    const [column, row] = this.cell;
    if (way) this.go(column + way[0] * step, row + way[1] * step);
    else this.go((this.data.columns - 1) / 2, (this.data.rows - 1) / 2);
    this.dragging = true;
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
  }

  /** Tell Python where the hand rests, once. */
  rest() {
    this.dragging = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const place = hands.get(this.key);
      if (this.dragging || !place) return;
      const told = JSON.stringify(place.at);
      if (told === place.told) return;
      place.told = told;
      this.send("at", place.at);
    }, SETTLE);
  }

  // ---- what is shown

  /** The nearest picture that is here, by its number; null while there is none. */
  nearest() {
    const [column, row] = this.cell.map(Math.round);
    const exact = this.there?.get(row * this.data.columns + column);
    if (exact !== undefined) return exact;
    let [best, least] = [null, Infinity];
    for (const [cell, i] of this.there ?? []) {
      const away = Math.hypot((cell % this.data.columns) - column, Math.floor(cell / this.data.columns) - row);
      if (away < least) [best, least] = [i, away];
    }
    return best;
  }

  paint() {
    this.pending = null;
    if (!this.data) return;
    const { data, at } = this;
    const [column, row] = this.cell;
    const nearest = Math.round(row) * data.columns + Math.round(column);
    const exact = this.exact?.identity === data.identity && JSON.stringify(this.exact.at) === JSON.stringify(at);
    const context = this.picture.getContext("2d", { alpha: false });
    const shown = exact ? null : this.nearest();
    if (exact) this.sheets.draw(context, this.exact, 0, data.perRow);
    else if (shown !== null) this.sheets.draw(context, data, shown, data.perRow);
    const text = exact ? this.exact.label : `${data.labels[nearest]} · the nearest of ${data.rows * data.columns}`;
    this.label.textContent = text;
    this.picture.setAttribute("aria-label", text);
    this.field.setAttribute("aria-valuenow", nearest);
    this.field.setAttribute("aria-valuetext", text);
    Object.assign(this.hand.style, {
      left: `${((column + 0.5) / data.columns) * 100}%`, top: `${((row + 0.5) / data.rows) * 100}%`,
    });
    Object.assign(this.root.dataset, { x: at[0], y: at[1], exact, frames: this.there?.size ?? 0 });
  }

  /** Lay all pictures on the map in their order; one of the coarse grid, which comes first, fills the room around it. */
  paintMap() {
    const { data } = this;
    const context = this.map.getContext("2d", { alpha: false });
    data.order.forEach((cell, i) => {
      const [column, row] = [cell % data.columns, Math.floor(cell / data.columns)];
      const side = column % data.coarse || row % data.coarse ? 1 : data.coarse;
      const from = (at) => (at - (side - 1) / 2) * THUMB;
      this.sheets.draw(context, data, i, data.perRow, [from(column), from(row), side * THUMB, side * THUMB]);
    });
  }

  destroy() {
    this.abort.abort();
    this.resizes.disconnect();
    clearTimeout(this.timer);
    cancelAnimationFrame(this.pending);
    this.sheets.prune([]);
  }
}
