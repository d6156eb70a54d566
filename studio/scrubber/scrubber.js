// The scrubber: one place in a row of frames, moved by hand or by playing, shown in every pane and plot at once.

const GAP = 2; // px between pictures
const THUMB = 64; // px, the largest side of a thumbnail
const ZOOM = 8;
const SETTLE = 200; // ms of rest before Python hears about it

const places = new Map(); // key -> {identity, wanted, playing}: outlives the elements, which a re-render may replace
const mounted = new WeakMap(); // parent element -> Scrubber
const { fed, players } = (globalThis[Symbol.for("whisker.scrubber")] ??= { fed: new Map(), players: new Map() });

/** Called again for the same element when Python sends other data, and, with the same data, when the theme changes. */
export default function ({ data, parentElement, setStateValue }) {
  let scrubber = mounted.get(parentElement);
  if (scrubber?.key !== data.key || !parentElement.contains(scrubber.root)) {
    scrubber?.destroy();
    scrubber = new Scrubber(parentElement.querySelector(".scrubber"), data.key);
    mounted.set(parentElement, scrubber);
    players.set(data.key, scrubber);
    scrubber.update(fed.get(data.key) ?? data);
  } else if (data !== scrubber.given) {
    fed.delete(data.key);
    scrubber.update(data);
  }
  scrubber.given = data;
  scrubber.send = setStateValue;
  return () => {
    scrubber.destroy();
    mounted.delete(parentElement);
    if (players.get(data.key) === scrubber) players.delete(data.key);
  };
}

class Scrubber {
  sheets = new Sheets();
  cursors = [];
  count = 0; // frames that can be shown
  turn = 0;

  constructor(root, key) {
    this.root = root;
    this.key = key;
    for (const name of ["stage", "label", "rail", "track", "ticks", "strip", "back", "play", "forward", "zoom"]) {
      this[`${name}Box`] = root.querySelector(`.${name}`);
    }
    this.abort = new AbortController();
    this.listen(this.abort.signal);
  }

  // ---- what Python sends

  async update(data) {
    const look = JSON.stringify([data.panes.map(({ sheets, ...rest }) => rest), data.scale]);
    if (look !== this.look) this.build(data, look); // the stage takes its size before a picture is there
    this.link(data.plots);
    const turn = ++this.turn;
    await this.sheets.load(data.panes);
    if (turn !== this.turn || this.abort.signal.aborted) return; // newer frames have come meanwhile
    this.adopt(data);
  }

  adopt(data) {
    this.sheets.prune(data.panes);
    this.data = data;
    this.count = data.labels.length;
    if (places.get(this.key)?.identity !== data.identity) {
      places.set(this.key, { identity: data.identity, wanted: null, playing: false });
      this.reported = null;
    }
    this.place = places.get(this.key);
    this.rest = Math.min(data.start ?? this.count - 1, this.count - 1);
    this.root.dataset.frames = this.count;
    this.railBox.setAttribute("aria-label", data.name);
    this.railBox.setAttribute("aria-valuemax", this.count - 1);
    for (const button of [this.backBox, this.playBox, this.forwardBox]) button.disabled = this.count < 2;
    this.measure();
    if (this.place.playing) this.play();
    this.paint();
  }

  build({ panes, scale }, look) {
    this.look = look;
    const template = this.root.querySelector("template.pane");
    this.views = panes.map((pane) => {
      const figure = template.content.firstElementChild.cloneNode(true);
      const [title, tip] = figure.querySelectorAll(".title, .tip");
      title.textContent = pane.title;
      tip.textContent = pane.help;
      if (pane.help) title.tabIndex = 0;
      const button = figure.querySelector(".picture");
      const canvas = figure.querySelector("canvas");
      const context = sized(canvas, pane);
      button.onclick = () => this.enlarge(this.views.findIndex((view) => view.canvas === canvas));
      fillLegend(figure.querySelector(".legend"), pane.legend);
      return { figure, button, canvas, context, width: pane.width, height: pane.height };
    });
    this.scale = scale;
    this.stageBox.replaceChildren(...this.views.map(({ figure }) => figure));
    this.layOut();
  }

  // ---- sizes

  /** All panes in a row, or in two, or one under another: the first way that shows at least ¾ of the wanted scale. */
  layOut() {
    const wide = this.root.clientWidth;
    if (!wide || !this.views) return;
    const n = this.views.length;
    const side = Math.max(...this.views.map(({ width }) => width));
    const fits = (columns) => Math.min(this.scale, Math.floor((wide - GAP * columns) / columns / side));
    const columns = [n, Math.ceil(n / 2)].find((c) => fits(c) >= 0.75 * this.scale) ?? 1;
    const cell = Math.max(1, fits(columns)) * side;
    this.stageBox.style.gridTemplateColumns = `repeat(${columns}, minmax(0, ${cell}px))`;
    for (const { canvas, width } of this.views) canvas.style.width = `${Math.max(1, Math.floor(cell / width)) * width}px`;
    if (this.data) this.measure();
  }

  /** Fit ticks and thumbnails to the width of the track. */
  measure() {
    const { total, ticks, strip, panes, columns } = this.data;
    const wide = this.railBox.clientWidth;
    if (!wide) return;
    const every = Math.ceil(ticks.length / (wide / 5)); // never closer than 5 px
    this.ticksBox.replaceChildren(...ticks.filter((_, i) => i % every === 0).map((at) => {
      const tick = document.createElement("i");
      tick.style.left = `${((at + 0.5) / total) * 100}%`;
      return tick;
    }));
    this.stripBox.hidden = strip === null;
    if (strip === null) return;
    const pane = panes[strip];
    const most = Math.max(pane.width, pane.height);
    const zoom = most <= THUMB ? Math.floor(THUMB / most) : 1 / Math.ceil(most / THUMB);
    const slots = Math.min(total, Math.max(1, Math.floor(wide / (pane.width * zoom + GAP))));
    this.stripBox.style.height = `${pane.height * zoom + 2 * GAP}px`;
    this.slots = Array.from({ length: slots }, (_, slot) => {
      const thumb = document.createElement("canvas");
      const context = sized(thumb, pane);
      thumb.style.width = `${pane.width * zoom}px`;
      const frame = slots > 1 ? Math.round((slot * (total - 1)) / (slots - 1)) : total - 1;
      if (frame < this.count) this.sheets.draw(context, pane, frame, columns);
      else thumb.className = "to-come";
      return thumb;
    });
    this.stripBox.replaceChildren(...this.slots);
    this.mark();
  }

  // ---- the place

  /** The frame shown; `wanted` null means at rest: the last frame, whatever arrives, or the start Python chose. */
  get frame() {
    return Math.min(this.place.wanted ?? this.rest, this.count - 1);
  }

  go(frame) {
    if (!this.count) return;
    const wanted = Math.min(Math.max(frame, 0), this.count - 1);
    this.place.wanted = wanted === this.rest ? null : wanted;
    this.pending ??= requestAnimationFrame(() => this.paint());
  }

  /** Show the current frame everywhere. All of it happens between two refreshes of the screen. */
  paint() {
    this.pending = null;
    const { panes, labels, columns, total } = this.data;
    const frame = this.frame;
    const label = labels[frame];
    this.root.dataset.frame = frame;
    this.root.style.setProperty("--at", (frame + 0.5) / total);
    this.labelBox.textContent = label;
    this.railBox.setAttribute("aria-valuenow", frame);
    this.railBox.setAttribute("aria-valuetext", label);
    this.views.forEach(({ context, button }, i) => {
      this.sheets.draw(context, panes[i], frame, columns);
      button.setAttribute("aria-label", `${panes[i].title}, ${label}. Enlarge`);
    });
    if (this.zoomed != null) this.paintZoom();
    this.mark();
    for (const cursor of this.cursors) cursor.move(frame);
  }

  mark() {
    const here = Math.floor(((this.frame + 0.5) / this.data.total) * this.slots?.length);
    this.slots?.forEach((thumb, slot) => thumb.classList.toggle("here", slot === here));
  }

  /** Tell Python where the hand came to rest, if it asked, once nothing moves and nothing is outstanding. */
  settle() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const { report, total, identity } = this.data;
      if (!report || this.count < total || this.dragging || this.held || this.place.playing) return;
      if (this.frame === (this.reported ?? this.rest)) return;
      this.reported = this.frame;
      this.send("frame", [this.frame, identity]);
    }, SETTLE);
  }

  // ---- playing

  play() {
    if (!this.place.playing && this.frame === this.data.total - 1) this.go(0);
    this.place.playing = true;
    this.reflectPlaying();
    cancelAnimationFrame(this.ticking);
    let last = performance.now();
    const tick = (now) => {
      const due = Math.floor(((now - last) * this.data.fps) / 1000);
      if (due > 0) {
        last += (due * 1000) / this.data.fps;
        if (this.frame < this.count - 1) this.go(this.frame + due);
        else if (this.count === this.data.total) return this.pause(); // else wait for the next frame
      }
      this.ticking = requestAnimationFrame(tick);
    };
    this.ticking = requestAnimationFrame(tick);
  }

  pause() {
    cancelAnimationFrame(this.ticking);
    this.place.playing = false;
    this.reflectPlaying();
    this.settle();
  }

  reflectPlaying() {
    const { playing } = this.place;
    this.root.toggleAttribute("data-playing", playing);
    this.playBox.setAttribute("aria-label", playing ? "Pause" : "Play");
  }

  toggle() {
    if (this.place.playing) this.pause();
    else if (this.count > 1) this.play();
  }

  /** A move by hand: it stops the playing. */
  step(frame) {
    if (this.place.playing) this.pause();
    this.go(frame);
    this.settle();
  }

  // ---- the hand

  listen(signal) {
    const on = (target, type, hear, options) => target.addEventListener(type, hear, { signal, ...options });
    const ready = (act) => (event) => this.count && act(event);
    on(this.backBox, "click", ready(() => this.step(this.frame - 1)));
    on(this.forwardBox, "click", ready(() => this.step(this.frame + 1)));
    on(this.playBox, "click", ready(() => this.toggle()));
    on(this.railBox, "pointerdown", ready((event) => this.grab(event)));
    on(this.railBox, "pointermove", (event) => this.dragging && this.step(this.frameAt(event.clientX)));
    on(this.railBox, "lostpointercapture", () => this.letGo());
    on(this.railBox, "wheel", ready((event) => this.wheel(event)), { passive: false });
    on(this.root, "keydown", ready((event) => this.press(event)));
    on(this.root, "keyup", () => this.release());
    on(this.root, "focusout", () => this.release());
    on(this.zoomBox, "click", (event) => event.target === this.zoomBox && this.zoomBox.close());
    on(this.zoomBox, "close", () => (this.zoomed = null));
    on(this.zoomBox.querySelector(".close"), "click", () => this.zoomBox.close());
    this.resizes = new ResizeObserver(() => this.layOut());
    this.resizes.observe(this.root);
    this.charts = new MutationObserver(() => (this.finding ??= requestAnimationFrame(() => this.findCharts())));
    this.charts.observe(document.body, { childList: true, subtree: true });
  }

  grab(event) {
    if (event.button) return;
    this.railBox.setPointerCapture(event.pointerId);
    this.dragging = true;
    this.step(this.frameAt(event.clientX));
  }

  letGo() {
    this.dragging = false;
    this.settle();
  }

  frameAt(clientX) {
    const { left, width } = this.railBox.getBoundingClientRect();
    return Math.floor(((clientX - left) / width) * this.data.total);
  }

  /** One notch of a wheel, or 40 px on a touch pad, is one frame. */
  wheel(event) {
    event.preventDefault();
    this.rolled = (this.rolled ?? 0) + event.deltaY + event.deltaX;
    if (Math.abs(this.rolled) < 40 && event.deltaMode === WheelEvent.DOM_DELTA_PIXEL) return;
    this.step(this.frame + Math.sign(this.rolled));
    this.rolled = 0;
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const jump = Math.max(1, Math.round(this.count / 10));
    const to = {
      ArrowLeft: this.frame - 1, ArrowDown: this.frame - 1, ArrowRight: this.frame + 1, ArrowUp: this.frame + 1,
      PageDown: this.frame - jump, PageUp: this.frame + jump, Home: 0, End: this.count - 1,
    }[event.key];
    if (to !== undefined) {
      this.held = true;
      this.step(to);
    } else if (event.key === " " && !event.target.closest("button")) this.toggle();
    else return;
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
  }

  release() {
    if (this.held) this.settle();
    this.held = false;
  }

  // ---- one picture, large

  enlarge(pane) {
    if (!this.count) return;
    this.zoomed = pane;
    const { width, height } = this.views[pane];
    const canvas = this.zoomBox.querySelector("canvas");
    this.zoomContext = sized(canvas, this.views[pane]);
    const fits = Math.floor(Math.min((innerWidth - 48) / width, (innerHeight - 160) / height));
    canvas.style.width = `${Math.max(1, Math.min(ZOOM, fits)) * width}px`;
    this.paintZoom();
    this.zoomBox.showModal();
  }

  paintZoom() {
    const { panes, labels, columns, caption } = this.data;
    const pane = panes[this.zoomed];
    this.sheets.draw(this.zoomContext, pane, this.frame, columns);
    this.zoomContext.canvas.setAttribute("aria-label", `${pane.title}, ${labels[this.frame]}`);
    this.zoomBox.querySelector("strong").textContent = pane.title;
    this.zoomBox.querySelector(".caption").textContent = [labels[this.frame], caption].filter(Boolean).join("\n");
  }

  // ---- the plots of the page

  link(plots) {
    const wanted = JSON.stringify(plots);
    if (wanted !== this.linked) {
      this.linked = wanted;
      for (const cursor of this.cursors) cursor.release();
      const colour = () => getComputedStyle(this.root).getPropertyValue("--ginger");
      this.cursors = plots.map((plot) => new Cursor(plot, colour, (frame, phase) => this.hearPlot(frame, phase)));
    }
    this.findCharts();
  }

  findCharts() {
    this.finding = null;
    if (this.abort.signal.aborted) return;
    for (const cursor of this.cursors) {
      if (this.count) cursor.frame = this.frame;
      cursor.find();
    }
  }

  hearPlot(frame, phase) {
    if (!this.count) return;
    this.dragging = phase === "move";
    if (this.dragging) this.step(frame);
    else this.settle();
  }

  destroy() {
    this.abort.abort();
    this.resizes.disconnect();
    this.charts.disconnect();
    clearTimeout(this.timer);
    for (const request of [this.pending, this.ticking, this.finding]) cancelAnimationFrame(request);
    for (const cursor of this.cursors) cursor.release();
    this.sheets.prune([]);
  }
}

/** Give a canvas the pixels of a frame and the mid-grey of a stage without picture. */
function sized(canvas, { width, height }) {
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { alpha: false });
  context.fillStyle = "#808080";
  context.fillRect(0, 0, width, height);
  return context;
}

function fillLegend(box, legend) {
  box.hidden = !legend;
  if (!legend) return;
  const [colours, numbers] = box.children;
  colours.style.background = `linear-gradient(to right, ${legend.colours.join(", ")})`;
  numbers.replaceChildren(...legend.numbers.map((number, i) => {
    const text = document.createElement("span");
    text.textContent = i === 2 && legend.unit ? `${number} ${legend.unit}` : number;
    return text;
  }));
}
