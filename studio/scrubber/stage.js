// The stage: one canvas a pane, laid out to fit, its size known before a picture is there. And one picture, large.

const GAP = 2; // px between pictures
const ZOOM = 8;
const TITLE = 28; // px above a picture
const RAIL = 170; // px that the bar and the strip take below the pictures

class Stage {
  /** `hear` is told which picture was pressed, `scrub` where on a path a hand is, as a share of it. */
  constructor(box, template, hear, scrub) {
    Object.assign(this, { box, template, hear, scrub, views: [] });
  }

  /** Make the panes anew, grey, unless they look as before; the numbers of a colour bar may change in place. */
  build({ panes, scale, pick, rows }) {
    const look = JSON.stringify([panes.map(({ sheets, legend, ...rest }) => [rest, !legend]), scale, !pick, rows]);
    if (look !== this.look) {
      Object.assign(this, { look, scale, rows });
      this.views = panes.map((pane, i) => this.view(pane, i, pick));
      this.box.classList.toggle("rows", rows);
      this.box.replaceChildren(...this.views.map(({ figure }) => figure));
      this.layOut();
    }
    this.views.forEach(({ figure }, i) => fillLegend(figure.querySelector(".legend"), panes[i].legend));
  }

  view({ title, help, width, height }, index, pick) {
    const figure = this.template.content.firstElementChild.cloneNode(true);
    const [name, tip] = figure.querySelectorAll(".title, .tip");
    name.textContent = title;
    tip.textContent = help;
    if (help) name.tabIndex = 0;
    const [enlarge, button, canvas, mark] = figure.querySelectorAll(".enlarge, .picture, canvas, .pixel");
    button.onclick = (event) => this.hear(index, canvas, event);
    enlarge.onclick = () => this.hear(index);
    enlarge.hidden = !pick;
    enlarge.setAttribute("aria-label", `Enlarge ${title}`);
    const context = sized(canvas, width, height);
    const place = figure.querySelector(".path");
    place.hidden = !this.rows;
    const path = this.rows ? new Path(place, this.scrub) : null;
    return { figure, button, canvas, mark, context, width, height, path };
  }

  /**
   * All panes in a row, or in two, or one under another: the first way that shows at least ¾ of the wanted scale. They
   * are no larger than lets a low window show all of them and the bar at once.
   */
  layOut() {
    const wide = this.box.clientWidth;
    if (!wide || !this.views.length) return; // on a hidden tab
    if (this.rows) return this.layOutRows(wide);
    const n = this.views.length;
    const side = Math.max(...this.views.map(({ width }) => width));
    const fits = (columns) => Math.min(this.scale, Math.floor((wide - GAP * columns) / columns / side));
    const columns = [n, Math.ceil(n / 2)].find((c) => fits(c) >= 0.75 * this.scale) ?? 1;
    const high = Math.max(...this.views.map(({ height }) => height));
    const tall = Math.floor(((innerHeight - RAIL) / Math.ceil(n / columns) - TITLE) / high);
    const cell = Math.max(1, Math.min(fits(columns), columns > 1 ? tall : Infinity)) * side;
    this.box.style.gridTemplateColumns = `repeat(${columns}, minmax(0, ${cell}px))`;
    for (const { canvas, width } of this.views) canvas.style.width = `${Math.floor(cell / width) * width}px`;
  }

  /** One picture under another, and to the right of each its path; all pictures equally large. */
  layOutRows(wide) {
    const side = Math.max(...this.views.map(({ width }) => width));
    const large = Math.max(1, Math.min(this.scale, Math.floor((wide * 0.4) / side))) * side;
    const left = wide < NARROW ? wide - 2 * GAP : wide - large - 4 * GAP;
    this.box.style.gridTemplateColumns = "";
    this.box.style.setProperty("--large", `${large}px`);
    for (const { canvas, path, width, height } of this.views) {
      canvas.style.width = `${Math.floor(large / width) * width}px`;
      path.layOut(left, { width, height });
    }
  }

  /** Draw the paths of rows anew: more frames have come, or their room has changed. */
  paths(sheets, data, count) {
    if (this.rows) this.views.forEach(({ path }, i) => path.slots && path.draw(sheets, data.panes[i], data, count));
  }

  paint(sheets, { panes, labels, columns }, frame, pick) {
    const act = pick.on ? `${pick.pixel ? `Row ${pick.pixel[0]}, column ${pick.pixel[1]}` : "No pixel"}; arrows move` : "Enlarge";
    this.views.forEach(({ context, button, mark }, i) => {
      sheets.draw(context, panes[i], frame, columns);
      button.setAttribute("aria-label", `${panes[i].title}, ${labels[frame]}. ${act}`);
      pick.mark(mark);
    });
  }
}

class Zoom {
  constructor(dialog, signal) {
    this.dialog = dialog;
    [this.title, this.canvas, this.mark, this.caption] = dialog.querySelectorAll("strong, canvas, .pixel, .caption");
    const close = () => dialog.close();
    dialog.querySelector(".close").addEventListener("click", close, { signal });
    dialog.addEventListener("click", ({ target }) => target === dialog && close(), { signal }); // beside the picture
  }

  open(index, { width, height }) {
    this.index = index;
    this.context = sized(this.canvas, width, height);
    const fits = Math.floor(Math.min((innerWidth - 48) / width, (innerHeight - 160) / height));
    this.canvas.style.width = `${Math.max(1, Math.min(ZOOM, fits)) * width}px`;
    this.dialog.showModal();
  }

  paint(sheets, { panes, labels, columns, caption }, frame, pick) {
    if (!this.dialog.open) return;
    const pane = panes[this.index];
    pick.mark(this.mark);
    sheets.draw(this.context, pane, frame, columns);
    this.title.textContent = pane.title;
    this.canvas.setAttribute("aria-label", `${pane.title}, ${labels[frame]}`);
    this.caption.textContent = [labels[frame], caption].filter(Boolean).join("\n");
  }
}

/** Give a canvas the pixels of a frame and the mid-grey of a stage without picture. */
function sized(canvas, width, height) {
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
  const texts = [...legend.numbers.slice(0, 2), `${legend.numbers[2]} ${legend.unit}`];
  colours.style.background = `linear-gradient(to right, ${legend.colours.join(", ")})`;
  numbers.replaceChildren(...texts.map((text) => {
    const number = document.createElement("span");
    number.textContent = text;
    return number;
  }));
}
