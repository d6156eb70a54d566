// The stage: one canvas a pane, laid out to fit, its size known before a picture is there. And one picture, large.

const GAP = 2; // px between pictures
const ZOOM = 8;

class Stage {
  constructor(box, template, hear) {
    Object.assign(this, { box, template, hear, views: [] });
  }

  /** Make the panes anew, grey, unless they look as before; the numbers of a colour bar may change in place. */
  build({ panes, scale, pick }) {
    const look = JSON.stringify([panes.map(({ sheets, legend, ...rest }) => [rest, !legend]), scale, !pick]);
    if (look !== this.look) {
      Object.assign(this, { look, scale, views: panes.map((pane, i) => this.view(pane, i, pick)) });
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
    return { figure, button, canvas, mark, context: sized(canvas, width, height), width };
  }

  /** All panes in a row, or in two, or one under another: the first way that shows at least ¾ of the wanted scale. */
  layOut() {
    const wide = this.box.clientWidth;
    if (!wide || !this.views.length) return; // on a hidden tab
    const n = this.views.length;
    const side = Math.max(...this.views.map(({ width }) => width));
    const fits = (columns) => Math.min(this.scale, Math.floor((wide - GAP * columns) / columns / side));
    const columns = [n, Math.ceil(n / 2)].find((c) => fits(c) >= 0.75 * this.scale) ?? 1;
    const cell = Math.max(1, fits(columns)) * side;
    this.box.style.gridTemplateColumns = `repeat(${columns}, minmax(0, ${cell}px))`;
    for (const { canvas, width } of this.views) canvas.style.width = `${Math.floor(cell / width) * width}px`;
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
