// A cursor in a Plotly chart of the page: our own line laid over the chart, so that moving it asks Plotly for nothing.

class Cursor {
  /** `key` names the chart, `x[i]` is frame i on its axis; `scrub(frame, phase)` hears a hand that drags on the chart. */
  constructor({ key, x }, colour, scrub) {
    Object.assign(this, { x, colour, scrub, frame: 0, fit: this.fit.bind(this) });
    this.selector = `.st-key-${key.trim().replace(/[^a-zA-Z0-9_-]/g, "-")} .js-plotly-plot`;
    this.line = document.createElement("div");
    this.line.className = "scrubber-cursor";
    this.line.setAttribute("aria-hidden", "true");
    Object.assign(this.line.style, {
      position: "absolute", left: "-1px", width: "2px", pointerEvents: "none", zIndex: "2", display: "none",
      boxShadow: "0 0 0 1px rgb(128 128 128 / 40%)", // seen on a heat map of its own colour too
    });
  }

  /** Attach to the chart, which may come late, be drawn anew, or go. Cheap when nothing has changed. */
  find() {
    const chart = document.querySelector(this.selector);
    if (!chart?._fullLayout?.xaxis || !chart.on) return;
    if (chart !== this.chart) {
      this.release();
      this.listen(chart);
    }
    if (this.line.parentNode !== chart) chart.append(this.line);
    this.fit();
  }

  listen(chart) {
    this.chart = chart;
    chart.style.position = "relative";
    chart.on("plotly_afterplot", this.fit); // after a resize, a zoom, a change of theme
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    const move = (event) => this.scrub(this.nearest(event.clientX), "move");
    chart.addEventListener("pointerdown", (event) => {
      if (event.button || chart._fullLayout.dragmode !== false || !this.inside(event)) return;
      chart.setPointerCapture(event.pointerId);
      this.dragging = true;
      move(event);
    }, { signal });
    chart.addEventListener("pointermove", (event) => this.dragging && move(event), { signal });
    const end = () => {
      if (this.dragging) this.scrub(null, "end");
      this.dragging = false;
    };
    chart.addEventListener("lostpointercapture", end, { signal });
    if (chart._fullLayout.dragmode === false) chart.style.touchAction = "pan-y";
  }

  /** Take the height of the plot area and the colour of the theme, then stand where the frame is. */
  fit() {
    const area = this.chart._fullLayout._size;
    this.line.style.top = `${area.t}px`;
    this.line.style.height = `${area.h}px`;
    this.line.style.background = this.colour();
    this.move(this.frame);
  }

  move(frame) {
    this.frame = frame;
    const axis = this.chart?._fullLayout?.xaxis;
    if (!axis) return;
    const along = axis.l2p(axis.d2l(this.x[frame]));
    this.line.style.display = along >= 0 && along <= axis._length ? "block" : "none";
    this.line.style.transform = `translateX(${axis._offset + along}px)`;
  }

  /** The frame whose position is nearest to a place on the screen. */
  nearest(clientX) {
    const axis = this.chart._fullLayout.xaxis;
    const at = clientX - this.chart.getBoundingClientRect().left - axis._offset;
    const away = (x) => Math.abs(axis.l2p(axis.d2l(x)) - at);
    return this.x.reduce((best, x, i) => (away(x) < away(this.x[best]) ? i : best), 0);
  }

  inside(event) {
    const { left, top } = this.chart.getBoundingClientRect();
    const { l, t, w, h } = this.chart._fullLayout._size;
    const [x, y] = [event.clientX - left - l, event.clientY - top - t];
    return x >= 0 && x <= w && y >= 0 && y <= h;
  }

  release() {
    this.chart?.removeListener?.("plotly_afterplot", this.fit);
    this.listeners?.abort();
    this.line.remove();
    this.chart = null;
  }
}
