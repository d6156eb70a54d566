// The brush: paint which of two cats owns which region. The collage is drawn here; Python hears of it once, at rest.

const SETTLE = 400; // ms of rest before Python hears about it
const MOST = 50; // strokes that can be taken back
const THUMB = 44; // px of a region's picture
const DIM = 0.3; // what is left of the brightness outside a region that is pointed at

const hands = new Map(); // key -> {given, told, text, history, owner, size}: outlives the elements

export default (call) => mount(call, ".brush", Brush);

class Brush {
  sheets = new Sheets();
  turn = 0;
  cursor = [SIDE / 2, SIDE / 2]; // in cells

  constructor(root, key) {
    Object.assign(this, { root, key });
    if (!hands.has(key)) hands.set(key, { given: null, told: null, text: "", history: [], owner: "b", size: 4 });
    this.hand = hands.get(key);
    const found = ["board", "collage", "border", "tip", "size", "soft", "label", "tools"];
    for (const name of found) this[name] = root.querySelector(`.${name}`);
    this.sides = Object.fromEntries([...root.querySelectorAll(".side")].map((side) => [side.dataset.side, side]));
    this.abort = new AbortController();
    this.listen(this.abort.signal);
    this.resizes = new ResizeObserver(() => this.layOut());
    this.resizes.observe(root);
  }

  listen(signal) {
    const { board, collage } = this;
    collage.addEventListener("pointerdown", (event) => this.down(event), { signal });
    collage.addEventListener("pointermove", (event) => this.move(event), { signal });
    collage.addEventListener("lostpointercapture", () => this.lift(), { signal });
    collage.addEventListener("keydown", (event) => this.pressed(event), { signal });
    for (const kind of ["keyup", "blur"]) collage.addEventListener(kind, () => this.rest(), { signal });
    board.addEventListener("pointerleave", () => (this.tip.hidden = true), { signal });
    this.size.addEventListener("input", () => this.choose({ size: Number(this.size.value) }), { signal });
    this.soft.addEventListener("input", () => this.soften(Number(this.soft.value)), { signal });
    this.tools.addEventListener("click", ({ target }) => {
      const { owner, act } = target.closest("button")?.dataset ?? {};
      if (owner) this.choose({ owner });
      if (act) this.act(act);
    }, { signal });
    this.root.querySelector(".owners").addEventListener("keydown", (event) => {
      if (!event.key.startsWith("Arrow")) return;
      this.choose({ owner: this.hand.owner === "a" ? "b" : "a" });
      this.root.querySelector("[aria-checked=true]").focus();
      event.preventDefault();
      event.stopPropagation();
    }, { signal });
  }

  // ---- what Python sends

  /** Take pictures, regions and mask over once the pictures are decoded; until then what is there stays. */
  async update(data) {
    const turn = ++this.turn;
    this.coming = data;
    this.layOut(); // it takes its room before a picture is there
    await this.sheets.load([data]);
    if (turn !== this.turn || this.abort.signal.aborted) return;
    this.data = data;
    this.sheets.prune([data]);
    this.parents = ["a", "b"].map((side, i) => this.parent(side, i));
    const { width, height } = data;
    for (const canvas of [this.collage]) Object.assign(canvas, { width, height });
    this.pixels = new ImageData(width, height);
    this.chips();
    this.adopt(data.mask);
    this.layOut();
    this.paint();
    this.root.dataset.ready = true;
  }

  /** The pixels of one cat, on the page too. */
  parent(side, i) {
    const { data } = this;
    const canvas = this.sides[side].querySelector(".parent");
    Object.assign(canvas, { width: data.width, height: data.height });
    const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    this.sheets.draw(context, data, i, data.perRow);
    canvas.setAttribute("aria-label", `Cat ${side.toUpperCase()}, ${data.titles[i]}`);
    this.sides[side].querySelector(".title").textContent = `${side.toUpperCase()}: ${data.titles[i]}`;
    return context.getImageData(0, 0, data.width, data.height).data;
  }

  /** What Python gives counts when it is new; otherwise the hand's last word does. */
  adopt(given) {
    const { hand } = this;
    if (hand.given !== given && hand.told !== given) Object.assign(hand, { text: given, history: [] });
    Object.assign(hand, { given, told: hand.given === given ? hand.told : given });
    this.painted = Painted.read(hand.text);
    this.root.dataset.given = Number(this.root.dataset.given) + 1;
    if (hand.text !== given) this.rest(); // Python has not heard of it yet
  }

  /** One button for each region of each cat: its picture, its name, and what happens when it is pointed at. */
  chips() {
    for (const [i, side] of ["a", "b"].entries()) {
      const place = this.sides[side].querySelector(".chips");
      place.setAttribute("aria-label", `Regions of cat ${side.toUpperCase()}`);
      place.replaceChildren(...this.data.regions[i].map((region) => {
        const chip = document.createElement("button");
        const { cells } = Painted.read(region.mask);
        chip.type = "button";
        chip.title = `${region.name}. A click gives it to the chosen cat.`;
        chip.setAttribute("aria-label", `Cat ${side.toUpperCase()}, ${region.name}`);
        chip.append(this.thumb(this.parents[i], cells));
        chip.onpointerenter = chip.onfocus = () => this.point({ cells, name: `cat ${side.toUpperCase()}, ${region.name}` });
        chip.onpointerleave = chip.onblur = () => this.point(null);
        chip.onclick = () => {
          this.pointed = null; // it lies there now: what was pointed at can be looked at
          this.give(cells);
        };
        return chip;
      }));
    }
  }

  /** A cat where a region is, dark elsewhere. */
  thumb(pixels, cells) {
    const { width, height } = this.data;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const picture = new ImageData(new Uint8ClampedArray(pixels), width, height);
    dim(picture, cells);
    canvas.getContext("2d").putImageData(picture, 0, 0);
    return canvas;
  }

  /** Whole multiples of a pixel: the collage beside the cats if that leaves half of the wanted scale, else above. */
  layOut() {
    const { coming, root } = this;
    const wide = root.clientWidth;
    if (!wide || !coming) return; // on a hidden tab
    const fits = (room) => Math.max(1, Math.min(coming.scale, Math.floor(room / coming.width)));
    const small = Math.max(1, Math.round(128 / coming.width)) * coming.width;
    const beside = fits(wide - 2 * small - 24);
    const narrow = beside < coming.scale / 2;
    const times = narrow ? fits(wide) : beside;
    root.classList.toggle("narrow", narrow);
    root.style.setProperty("--side", `${times * coming.width}px`);
    root.style.setProperty("--small", `${small}px`);
    this.times = times;
    if (this.data) this.paint();
  }

  // ---- the hand

  choose(what) {
    Object.assign(this.hand, what);
    this.paint();
  }

  /** Keep what is there, so that it can be taken back, before it changes. */
  begin() {
    this.hand.history = [...this.hand.history.slice(1 - MOST), this.hand.text];
  }

  change() {
    this.root.dataset.mask = this.hand.text = String(this.painted);
    this.pending ??= requestAnimationFrame(() => this.paint());
  }

  cellAt({ clientX, clientY }) {
    const { left, top, width, height } = this.collage.getBoundingClientRect();
    return [((clientX - left) / width) * SIDE, ((clientY - top) / height) * SIDE];
  }

  down(event) {
    if (event.button || !this.data) return;
    this.collage.setPointerCapture(event.pointerId);
    this.collage.focus({ preventScroll: true });
    this.root.dataset.painting = true;
    this.begin();
    this.last = this.cellAt(event);
    this.dab(this.last);
    this.change();
    this.hover(event);
    event.preventDefault();
  }

  move(event) {
    if (!this.data) return;
    this.hover(event);
    if (!this.last) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) this.stroke(this.cellAt(each));
    this.change();
  }

  lift() {
    this.last = null;
    delete this.root.dataset.painting;
    this.forgetNothing();
    this.rest();
  }

  /** A stroke that changed nothing is none. */
  forgetNothing() {
    if (this.hand.history.at(-1) === this.hand.text) this.hand.history.pop();
    this.paint();
  }

  stroke([x, y]) {
    const [x0, y0] = this.last;
    const dabs = Math.ceil(2 * Math.hypot(x - x0, y - y0)) || 1;
    for (let i = 1; i <= dabs; i++) this.dab([x0 + ((x - x0) * i) / dabs, y0 + ((y - y0) * i) / dabs]);
    this.last = [x, y];
  }

  /** Give the cells under the brush, at least the one under its middle. */
  dab([x, y]) {
    const { cells } = this.painted;
    const radius = this.hand.size / 2;
    const value = this.hand.owner === "b" ? 1 : 0;
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        const under = Math.floor(x) === column && Math.floor(y) === row;
        if (under || Math.hypot(column + 0.5 - x, row + 0.5 - y) < radius - 1e-6) cells[row * SIDE + column] = value;
      }
    }
    this.cursor = [Math.min(Math.max(x, 0), SIDE - 0.01), Math.min(Math.max(y, 0), SIDE - 0.01)];
  }

  /** The mask with a whole region given to the chosen cat. */
  with(region) {
    const value = this.hand.owner === "b" ? 1 : 0;
    return new Painted(this.painted.cells.map((cell, i) => (region[i] ? value : cell)), this.painted.soft);
  }

  /** Give a whole region. */
  give(cells) {
    this.begin();
    this.painted = this.with(cells);
    this.change();
    this.forgetNothing();
    this.rest();
  }

  soften(soft) {
    if (soft === this.painted.soft) return;
    this.begin();
    this.painted.soft = soft;
    this.change();
    this.rest();
  }

  act(name) {
    if (!this.data) return;
    const { hand, painted } = this;
    if (name === "undo") {
      if (!hand.history.length) return;
      this.painted = Painted.read(hand.history.pop());
    } else {
      this.begin();
      if (name === "swap") painted.cells.forEach((cell, i) => (painted.cells[i] = 1 - cell));
      else painted.cells.fill(name === "fill" ? 1 : 0);
    }
    this.change();
    if (name !== "undo") this.forgetNothing();
    this.rest();
  }

  /** Arrow keys move the brush by a cell, with Shift they paint; space paints where it is. */
  pressed(event) {
    if (!this.data || event.altKey) return;
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const { hand } = this;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const way = ways[key];
    if (event.ctrlKey || event.metaKey) {
      if (key !== "z") return;
      this.act("undo");
    } else if (way) {
      const inside = (at) => Math.min(Math.max(Math.floor(at) + 0.5, 0.5), SIDE - 0.5);
      if (event.shiftKey) this.dabHere();
      this.cursor = [inside(this.cursor[0] + way[0]), inside(this.cursor[1] + way[1])];
      if (event.shiftKey) this.dabHere();
      this.aim(this.cursor);
    } else if (key === " " || key === "Enter") this.dabHere();
    else if (key === "a" || key === "b") this.choose({ owner: key });
    else if (key === "[" || key === "]") {
      this.choose({ size: Math.min(Math.max(hand.size + (key === "]" ? 1 : -1), 1), Number(this.size.max)) });
      this.aim(this.cursor);
    } else if (key === "z") this.act("undo");
    else if (key === "x") this.act("swap");
    else return;
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
  }

  dabHere() {
    this.begin();
    this.dab(this.cursor);
    this.change();
    this.forgetNothing();
  }

  /** Tell Python what is painted, once the hand rests. */
  rest() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const { hand } = this;
      if (this.last || hand.text === hand.told) return;
      hand.told = hand.text;
      this.send("mask", hand.text);
    }, SETTLE);
  }

  // ---- what is shown

  /** The ring of the brush, in cells. */
  aim([x, y]) {
    const side = this.root.style.getPropertyValue("--side");
    const wide = `calc(${side} * ${Math.max(this.hand.size, 1) / SIDE})`;
    this.tip.hidden = false;
    Object.assign(this.tip.style, {
      left: `${(100 * x) / SIDE}%`, top: `${(100 * y) / SIDE}%`, width: wide, height: wide,
    });
  }

  hover(event) {
    this.aim(this.cellAt(event));
  }

  /** Show a region as it would be if it were given away; everything else is dark. */
  point(region) {
    this.pointed = region;
    this.paint();
  }

  paint() {
    this.pending = null;
    if (!this.data || !this.painted) return;
    const { data, hand, painted, pixels, pointed } = this;
    const [a, b] = this.parents;
    const mask = (pointed ? this.with(pointed.cells) : painted).mask(data.width, data.height);
    for (let i = 0; i < mask.length; i++) {
      for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = (1 - mask[i]) * a[4 * i + c] + mask[i] * b[4 * i + c];
      pixels.data[4 * i + 3] = 255;
    }
    if (pointed) dim(pixels, pointed.cells);
    this.collage.getContext("2d", { alpha: false }).putImageData(pixels, 0, 0);
    this.line();
    const share = Math.round(100 * painted.share);
    const text = `A ${100 - share}%, B ${share}%`;
    this.label.textContent = pointed ? `${text} · ${pointed.name}` : `${text} · painting for ${hand.owner.toUpperCase()}`;
    this.collage.setAttribute("aria-label", `${data.name}. ${text}. Arrow keys move the brush, space paints.`);
    for (const button of this.root.querySelectorAll("[data-owner]")) {
      button.setAttribute("aria-checked", button.dataset.owner === hand.owner);
      button.tabIndex = button.dataset.owner === hand.owner ? 0 : -1;
    }
    Object.assign(this.size, { value: hand.size });
    Object.assign(this.soft, { value: painted.soft });
    this.size.nextElementSibling.textContent = `${hand.size} of ${SIDE}`;
    this.soft.nextElementSibling.textContent = painted.soft ? `${painted.soft}` : "cut";
    this.root.querySelector("[data-act=undo]").disabled = !hand.history.length;
    this.root.dataset.mask = hand.text;
  }

  /** The border of the regions: white on black, seen on any picture. */
  line() {
    const { border, painted: { cells } } = this;
    const side = SIDE * Math.max(1, Math.round((this.times * this.data.width) / SIDE)); // a screen pixel wide
    if (border.width !== side) Object.assign(border, { width: side, height: side });
    const context = border.getContext("2d");
    context.clearRect(0, 0, side, side);
    const path = new Path2D();
    const step = side / SIDE;
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const cell = cells[y * SIDE + x];
        if (x + 1 < SIDE && cell !== cells[y * SIDE + x + 1]) segment(path, [x + 1, y], [x + 1, y + 1], step);
        if (y + 1 < SIDE && cell !== cells[(y + 1) * SIDE + x]) segment(path, [x, y + 1], [x + 1, y + 1], step);
      }
    }
    for (const [style, width] of [["#000", 3], ["#fff", 1]]) {
      Object.assign(context, { strokeStyle: style, lineWidth: width, lineCap: "round" });
      context.stroke(path);
    }
  }

  destroy() {
    this.abort.abort();
    this.resizes.disconnect();
    clearTimeout(this.timer);
    cancelAnimationFrame(this.pending);
    this.sheets.prune([]);
  }
}

function segment(path, [x0, y0], [x1, y1], step) {
  path.moveTo(x0 * step, y0 * step);
  path.lineTo(x1 * step, y1 * step);
}

/** Take light and colour from what is outside some cells. */
function dim(picture, cells) {
  const { width, height, data } = picture;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor(((2 * y + 1) * SIDE) / (2 * height)) * SIDE + Math.floor(((2 * x + 1) * SIDE) / (2 * width));
      if (cells[cell]) continue;
      const i = 4 * (y * width + x);
      const grey = DIM * (0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2]);
      data.fill(grey, i, i + 3);
    }
  }
}
