// The crop tool: a square on a photo, under one hand. Everything happens here; where the hand rests Python hears of it.

const SETTLE = 250; // ms of rest after a key or the wheel before Python hears about it
const TALL = 420; // px that a photo may be high on the page
const BESIDE = 146; // px that the preview takes beside the photo
const SLIP = 4; // px that a hand may slip in a click before it draws a box
const CLOSER = 1.08; // a key's press, and three quarters of a wheel's notch

const boxes = new Map(); // key -> {given, box, told}: outlives the elements, which may be drawn anew

export default (call) => mount(call, ".crop", Crop);

class Crop {
  sheets = new Sheets();
  hands = new Map(); // fingers that are down, by their number

  constructor(root, key) {
    Object.assign(this, { root, key });
    [this.field, this.image, this.frame, this.preview, this.label] =
      root.querySelectorAll(".field, img, .box, .preview, .label");
    this.abort = new AbortController();
    this.listen(this.abort.signal);
    this.resizes = new ResizeObserver(() => this.layOut());
    this.resizes.observe(root);
  }

  listen(signal) {
    const { field } = this;
    const on = (kind, hear, more = {}) => field.addEventListener(kind, hear.bind(this), { signal, ...more });
    on("pointerdown", this.down);
    on("pointermove", this.move);
    on("lostpointercapture", this.up);
    on("dblclick", this.centre);
    on("wheel", this.wheel, { passive: false });
    on("keydown", this.pressed);
    on("keyup", () => this.rest(SETTLE));
    on("blur", () => this.rest(0));
  }

  // ---- what Python sends

  async update(data) {
    const other = data.sheets[0].id !== this.data?.sheets[0].id;
    this.data = data;
    this.field.setAttribute("aria-label", `${data.name}: arrow keys move it, + and − make it smaller and larger`);
    this.field.setAttribute("aria-valuemin", data.smallest);
    this.field.setAttribute("aria-valuemax", Math.min(data.width, data.height));
    const given = JSON.stringify([data.sheets[0].id, data.box]);
    const known = boxes.get(this.key);
    if (!known || (known.given !== given && known.told !== given)) {
      const [left, top, side] = data.box;
      boxes.set(this.key, { given, box: { left, top, side }, told: given });
    } else known.given = given;
    if (other) this.image.src = data.sheets[0].uri;
    this.layOut();
    await this.sheets.load([data]);
    if (this.abort.signal.aborted || data !== this.data) return;
    this.sheets.prune([data]);
    this.ready = true;
    this.paint();
    this.rest(SETTLE); // what was not heard, because the tool was closed too soon
  }

  /** As large as there is room for; a small picture at whole multiples of its pixels. */
  layOut() {
    const wide = this.root.clientWidth;
    if (!wide || !this.data) return; // on a hidden tab
    const { width, height } = this.data;
    const room = wide >= 3 * BESIDE ? wide - BESIDE : wide; // beside the preview, or above it
    const fits = Math.min(room / width, TALL / height);
    this.times = fits >= 2 ? Math.floor(fits) : Math.min(fits, 1);
    this.image.classList.toggle("pixels", this.times > 1);
    this.root.style.setProperty("--wide", `${width * this.times}px`);
    this.root.style.setProperty("--high", `${height * this.times}px`);
    this.paint();
  }

  // ---- the box, in pixels of the photo

  get box() {
    return boxes.get(this.key).box;
  }

  /** The box as Python hears of it, in whole pixels. */
  get whole() {
    const { width, height } = this.data;
    const side = Math.round(this.box.side);
    return [Math.min(Math.round(this.box.left), width - side), Math.min(Math.round(this.box.top), height - side), side];
  }

  /** Put the box there, or as near as the photo allows. */
  put(left, top, side) {
    const { width, height, smallest } = this.data;
    side = Math.min(Math.max(side, smallest), width, height);
    const within = (at, most) => Math.min(Math.max(at, 0), most - side);
    boxes.get(this.key).box = { left: within(left, width), top: within(top, height), side };
    this.pending ??= requestAnimationFrame(() => this.paint());
  }

  /** Make the box so many times as large around its middle. */
  grow(times) {
    const { left, top, side } = this.box;
    const { width, height, smallest } = this.data;
    const wanted = Math.min(Math.max(side * times, smallest), width, height);
    this.put(left + (side - wanted) / 2, top + (side - wanted) / 2, wanted);
  }

  /** Span the box from a corner that stays to the hand; `signs` say on which side of the corner it lies. */
  span([x, y], [toX, toY], signs) {
    const { width, height, smallest } = this.data;
    const [right, down] = signs ?? [Math.sign(toX - x) || 1, Math.sign(toY - y) || 1];
    const room = Math.min(right > 0 ? width - x : x, down > 0 ? height - y : y);
    const side = Math.min(Math.max((toX - x) * right, (toY - y) * down, smallest), Math.max(room, smallest));
    this.put(right > 0 ? x : x - side, down > 0 ? y : y - side, side);
  }

  // ---- the hand

  at({ clientX, clientY }) {
    const { left, top } = this.field.getBoundingClientRect();
    return [(clientX - left) / this.times, (clientY - top) / this.times];
  }

  down(event) {
    if (event.button || !this.data || this.hands.size === 2) return;
    this.field.setPointerCapture(event.pointerId);
    this.field.focus({ preventScroll: true });
    event.preventDefault();
    const at = this.at(event);
    this.hands.set(event.pointerId, at);
    const { left, top, side } = this.box;
    this.from = { at, left, top, side };
    if (this.hands.size === 2) {
      this.doing = "pinch";
      this.from.apart = this.apart();
    } else if (event.target.className === "corner") {
      const signs = [Number(event.target.dataset.x), Number(event.target.dataset.y)];
      this.doing = "span";
      this.from.corner = [signs[0] > 0 ? left : left + side, signs[1] > 0 ? top : top + side];
      this.from.signs = signs;
      this.from.slip = [0, 1].map((i) => this.from.corner[i] + signs[i] * side - at[i]); // a corner is held beside itself
    } else this.doing = event.target === this.frame ? "move" : "draw";
  }

  move(event) {
    if (!this.hands.has(event.pointerId)) return;
    const at = this.at(event);
    this.hands.set(event.pointerId, at);
    const { from } = this;
    const by = [at[0] - from.at[0], at[1] - from.at[1]];
    if (this.doing === "move") this.put(from.left + by[0], from.top + by[1], from.side);
    else if (this.doing === "span") this.span(from.corner, at.map((x, i) => x + from.slip[i]), from.signs);
    else if (this.doing === "pinch") {
      const side = from.side / Math.max(this.apart() / from.apart, 0.01); // fingers apart: closer, as in any photo
      this.put(from.left + (from.side - side) / 2, from.top + (from.side - side) / 2, side);
    } else if (this.doing === "draw" && (from.drawn || Math.hypot(...by) * this.times > SLIP)) {
      from.drawn = true;
      const { width, height } = this.data;
      const anchor = [Math.min(Math.max(from.at[0], 0), width), Math.min(Math.max(from.at[1], 0), height)];
      this.span(anchor, at);
    }
  }

  apart() {
    const [a, b] = [...this.hands.values()];
    return Math.max(Math.hypot(a[0] - b[0], a[1] - b[1]), 1);
  }

  up(event) {
    this.hands.delete(event.pointerId);
    this.doing = null; // of two fingers the second one must be lifted too
    if (!this.hands.size) this.rest(0);
  }

  /** Put the middle of the box where it is clicked twice. */
  centre(event) {
    if (!this.data) return;
    const [x, y] = this.at(event);
    this.put(x - this.box.side / 2, y - this.box.side / 2, this.box.side);
    this.rest(0);
  }

  wheel(event) {
    if (!this.data || event.ctrlKey) return;
    event.preventDefault();
    this.grow(Math.exp(Math.sign(event.deltaY) * Math.min(Math.abs(event.deltaY), 100) * 0.001));
    this.rest(SETTLE);
  }

  /** Arrow keys move by a sixteenth of the box, with Shift by a pixel; + and − zoom; Home is the largest square. */
  pressed(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[event.key];
    const zoom = { "+": 1 / CLOSER, "=": 1 / CLOSER, "-": CLOSER, _: CLOSER }[event.key];
    if (!this.data || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!way && !zoom && event.key !== "Home") return;
    const { left, top, side } = this.box;
    const step = event.shiftKey ? 1 : Math.max(1, side / 16);
    if (way) this.put(left + way[0] * step, top + way[1] * step, side);
    else if (zoom) this.grow(zoom);
    else {
      const { width, height } = this.data;
      const most = Math.min(width, height);
      this.put((width - most) / 2, (height - most) / 2, most);
    }
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
  }

  /** Tell Python where the hand rests, once: as soon as it is lifted, so that a button pressed next finds the box. */
  rest(settle) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.hands.size || !this.data) return;
      const known = boxes.get(this.key);
      const told = JSON.stringify([this.data.sheets[0].id, this.whole]);
      if (told === known.told) return;
      known.told = told;
      this.send("box", [...this.whole, Date.now()]); // the time: the same box may be said again
    }, settle);
  }

  // ---- what is shown

  paint() {
    this.pending = null;
    if (!this.data || !this.times) return;
    const { left, top, side } = this.box;
    const px = (length) => `${length * this.times}px`;
    Object.assign(this.frame.style, { left: px(left), top: px(top), width: px(side), height: px(side) });
    const [x, y, s] = this.whole;
    const text = `${s} × ${s} px\nof ${this.data.width} × ${this.data.height}\nfrom ${x}, ${y}`;
    this.label.textContent = text;
    this.field.setAttribute("aria-valuenow", s);
    this.field.setAttribute("aria-valuetext", text);
    this.preview.setAttribute("aria-label", `The square at ${this.preview.width} px`);
    Object.assign(this.root.dataset, { left: x, top: y, side: s, ready: Boolean(this.ready) });
    if (!this.ready) return;
    const context = this.preview.getContext("2d", { alpha: false });
    context.imageSmoothingQuality = "high";
    const bitmap = this.sheets.bitmaps.get(this.data.sheets[0].id);
    context.drawImage(bitmap, x, y, s, s, 0, 0, this.preview.width, this.preview.height);
  }

  destroy() {
    this.abort.abort();
    this.resizes.disconnect();
    clearTimeout(this.timer);
    cancelAnimationFrame(this.pending);
    this.sheets.prune([]);
  }
}
