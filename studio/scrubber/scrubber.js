// The scrubber: one place in a row of frames, moved by hand or by playing, shown in every pane and plot at once.

const SETTLE = 200; // ms of rest before Python hears about it

const places = new Map(); // key -> {identity, wanted, playing, told}: outlives the elements, which may be drawn anew
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
    const part = (name) => root.querySelector(name);
    this.buttons = { back: part(".back"), play: part(".play"), forward: part(".forward") };
    this.label = part(".label");
    this.abort = new AbortController();
    this.pick = new Pick(key);
    const scrub = (share, phase) => this.hearPlot(Math.floor(share * (this.data?.total ?? 1)), phase);
    this.stage = new Stage(part(".stage"), part("template.pane"), (...press) => this.pressed(...press), scrub);
    this.zoom = new Zoom(part(".zoom"), this.abort.signal);
    this.rail = new Rail(part(".rail"));
    this.listen(this.abort.signal);
  }

  // ---- what Python sends

  async update(data) {
    this.root.classList.toggle("still", data.total === 1); // nothing to play
    this.root.classList.toggle("tall", data.rows);
    this.stage.build(data); // it takes its size before a picture is there
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
    this.place = this.recall(data.identity);
    this.pick.adopt(data);
    this.root.classList.toggle("picking", this.pick.on);
    this.rest = Math.min(data.start ?? this.count - 1, this.count - 1);
    this.root.dataset.frames = this.count;
    this.rail.box.setAttribute("aria-label", data.name);
    this.rail.box.setAttribute("aria-valuemax", this.count - 1);
    for (const button of Object.values(this.buttons)) button.disabled = this.count < 2;
    this.rail.layOut(this.sheets, data, this.count);
    this.stage.paths(this.sheets, data, this.count);
    if (this.place.playing) this.play();
    this.paint();
    this.settle();
  }

  /** The place among these frames: where they were left, or, for another chain, what Python still believes of it. */
  recall(identity) {
    let place = places.get(this.key);
    if (place && !this.place) place.told = null; // drawn anew: Python may have forgotten
    if (place?.identity !== identity) {
      const told = place?.told;
      place = { identity, wanted: told?.identity === identity ? told.frame : null, playing: false, told };
      places.set(this.key, place);
    }
    return place;
  }

  layOut() {
    this.stage.layOut();
    if (!this.data) return;
    this.rail.layOut(this.sheets, this.data, this.count);
    this.stage.paths(this.sheets, this.data, this.count);
    this.rail.mark(this.frame, this.data.labels[this.frame]);
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
    const { data, frame } = this;
    const label = data.labels[frame];
    this.root.dataset.frame = frame;
    this.root.style.setProperty("--at", (frame + 0.5) / data.total);
    this.label.textContent = label;
    this.rail.mark(frame, label);
    this.stage.paint(this.sheets, data, frame, this.pick);
    this.zoom.paint(this.sheets, data, frame, this.pick);
    for (const cursor of this.cursors) cursor.move(frame);
  }

  /** Tell Python where the hand came to rest, if it asked, once nothing moves and nothing is outstanding. */
  settle(after = SETTLE) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const { data: { report, total, identity }, frame, place } = this;
      if (this.count < total || this.dragging || this.held || place.playing) return;
      const pixel = this.pick.news();
      if (pixel) this.send("pixel", pixel);
      const believed = place.told?.identity === identity ? place.told.frame : this.rest;
      if (!report || frame === believed) return;
      place.told = { frame, identity };
      this.send("frame", [frame, identity]);
    }, after);
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
    this.buttons.play.setAttribute("aria-label", playing ? "Pause" : "Play");
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
    on(this.buttons.back, "click", ready(() => this.step(this.frame - 1)));
    on(this.buttons.forward, "click", ready(() => this.step(this.frame + 1)));
    on(this.buttons.play, "click", ready(() => this.toggle()));
    on(this.zoom.canvas, "click", (event) => this.pick.on && this.pointed(this.zoom.canvas, event));
    on(this.rail.box, "pointerdown", ready((event) => this.grab(event)));
    on(this.rail.box, "pointermove", (event) => this.dragging && this.step(this.rail.frameAt(event.clientX)));
    on(this.rail.box, "lostpointercapture", () => this.letGo());
    on(this.rail.box, "wheel", ready((event) => this.wheel(event)), { passive: false });
    on(this.root, "keydown", ready((event) => this.press(event)));
    on(this.root, "keyup", () => this.release());
    on(this.root, "focusout", () => this.release());
    this.resizes = new ResizeObserver(() => this.layOut());
    this.resizes.observe(this.root);
    this.charts = new MutationObserver(() => (this.finding ??= requestAnimationFrame(() => this.findCharts())));
    this.charts.observe(document.body, { childList: true, subtree: true });
  }

  grab(event) {
    if (event.button) return;
    this.rail.box.setPointerCapture(event.pointerId);
    this.dragging = true;
    this.step(this.rail.frameAt(event.clientX));
  }

  letGo() {
    this.dragging = false;
    this.settle();
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
    if (this.pick.on && event.target.closest(".picture") && this.pick.step(event.key)) {
      this.held = true;
      this.paint();
      this.settle();
      event.preventDefault();
      event.stopPropagation();
      return;
    }
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

  /** A picture was clicked: pick a pixel of it, or show it large; so does its small button, which gives no `canvas`. */
  pressed(pane, canvas, event) {
    if (!this.count) return;
    if (!this.pick.on || !canvas || event.shiftKey || !event.detail) return this.enlarge(pane); // no detail: a key
    this.pointed(canvas, event);
  }

  pointed(canvas, event) {
    this.pick.point(canvas, event);
    this.paint();
    this.settle(0);
  }

  enlarge(pane) {
    if (!this.count) return;
    this.zoom.open(pane, this.data.panes[pane]);
    this.paint();
  }

  // ---- the plots of the page, and the paths of rows

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
