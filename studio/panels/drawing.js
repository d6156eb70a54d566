// The network: a thumbnail per block, a band per skip, both of the frame at which a scrubber stands.

const SIZES = [[600, 64], [0, 48]]; // from this width on, px of a node, if it fits
const LABEL = 18; // px under a node
const ARC = 15; // px from one skip to the next, above a row
const BAND = 12; // px of a skip that carries everything

export default (call) => mount(call, ".network", Network);

class Network extends Following {
  constructor(root) {
    super(root);
    this.svg = root.querySelector("svg");
    this.box = root.querySelector(".nodes");
  }

  get parts() {
    return this.data.nodes;
  }

  /** Make the nodes and bands anew, unless the network is the same. */
  build() {
    const { nodes, edges, rows } = this.data;
    const look = JSON.stringify([nodes.map(({ sheets, ...rest }) => rest), edges, rows]);
    if (look !== this.look) {
      this.look = look;
      this.views = nodes.map((node) => this.node(node));
      this.box.replaceChildren(...this.views.map(({ button }) => button));
      this.flow = draw("path", "flow");
      this.bands = edges.map(() => ({ path: draw("path", "skip"), text: draw("text", "share") }));
      this.names = rows.map((name) => Object.assign(draw("text", "row"), { textContent: name }));
      const texts = this.bands.map(({ text }) => text);
      this.svg.replaceChildren(this.flow, ...this.bands.map(({ path }) => path), ...texts, ...this.names);
    }
    this.choose(this.data.selected);
  }

  node({ name, help, width, height }) {
    const button = document.createElement("button");
    const canvas = document.createElement("canvas");
    const label = document.createElement("span");
    Object.assign(button, { type: "button", title: help });
    Object.assign(canvas, { width, height });
    Object.assign(label, { className: "label", textContent: name });
    button.dataset.name = name;
    button.setAttribute("aria-label", `${name}, ${help}`);
    button.append(canvas, label);
    button.onclick = () => {
      this.choose(name);
      this.send("node", name);
    };
    return { button, context: canvas.getContext("2d", { alpha: false }) };
  }

  choose(name) {
    const { nodes, edges } = this.data;
    nodes.forEach((node, i) => this.views[i].button.setAttribute("aria-pressed", String(node.name === name)));
    edges.forEach(({ start, end }, i) => {
      const chosen = [nodes[start].name, nodes[end].name].includes(name);
      this.bands[i].path.classList.toggle("chosen", chosen);
    });
  }

  // ---- where everything stands

  layOut() {
    const wide = this.root.clientWidth;
    if (!wide || !this.data) return; // on a hidden tab
    const { nodes, edges, rows } = this.data;
    const inRow = (row, side) => nodes.filter((node) => node.row === row && node.side === side).length;
    const most = (side) => Math.max(...rows.map((_, row) => inRow(row, side)));
    const gap = 24;
    const fits = Math.floor((wide - gap) / (most("left") + most("right"))) - 6;
    const size = Math.min(SIZES.find(([from]) => wide >= from)[1], fits);
    const pitch = size + Math.max(6, Math.min(16, Math.floor((wide / (most("left") + most("right")) - size) / 4)));
    const last = rows.length - 1;
    const spare = wide - (most("left") + most("right") + Math.max(...rows.map((_, r) => inRow(r, "middle")))) * pitch;
    const inline = spare >= gap; // the middle fits between the two paths
    const shift = inline ? Math.min(pitch / 2, (spare - gap) / 2 / Math.max(1, last)) : 0;
    let top = 0;
    const tops = rows.map((_, row) => {
      const ranks = edges.filter(({ end }) => nodes[end].row === row).map(({ rank }) => rank);
      top += (ranks.length ? (Math.max(...ranks) + 1) * ARC + 8 : 12);
      const at = top;
      top += size + LABEL;
      return at;
    });
    const below = top + 10;
    const count = {};
    this.places = nodes.map(({ row, side }) => {
      const i = (count[row + side] = (count[row + side] ?? -1) + 1);
      const n = inRow(row, side);
      if (side === "left") return { x: row * shift + i * pitch, y: tops[row] };
      if (side === "right") return { x: wide - row * shift - (n - i) * pitch + pitch - size, y: tops[row] };
      return { x: (wide - n * pitch + pitch - size) / 2 + i * pitch, y: inline ? tops[row] : below };
    });
    this.size = size;
    this.root.style.height = `${inline ? top + 4 : below + size + LABEL + 4}px`;
    this.views.forEach(({ button }, i) => {
      const { x, y } = this.places[i];
      Object.assign(button.style, { left: `${x}px`, top: `${y}px`, width: `${size}px` });
    });
    this.names.forEach((text, row) => {
      const ends = nodes.map((node, i) => [node, i]).filter(([node]) => node.row === row && node.side === "left");
      const { x, y } = this.places[ends.at(-1)?.[1] ?? 0];
      place(text, x + size + 6, y + size - 6);
    });
    this.lines();
    this.paint();
  }

  /** The way of the data as one thin line, and each skip as an arc over its row. */
  lines() {
    const { size, data: { edges } } = this;
    const steps = this.places.slice(1).map((to, i) => {
      const from = this.places[i];
      if (Math.abs(from.y - to.y) < 1) return `M${from.x + size} ${from.y + size / 2}H${to.x}`;
      const [a, b] = to.y > from.y ? [from.y + size, to.y] : [from.y, to.y + size];
      return `M${from.x + size / 2} ${a}L${to.x + size / 2} ${b}`;
    });
    this.flow.setAttribute("d", steps.join(""));
    edges.forEach(({ start, end, rank }, i) => {
      const [from, to] = [this.places[start], this.places[end]];
      const [x1, x2] = [from.x + size / 2, to.x + size / 2];
      const y = from.y - 10 - rank * ARC;
      const r = Math.min(10, from.y - y);
      const { path, text } = this.bands[i];
      path.setAttribute("d", `M${x1} ${from.y}V${y + r}Q${x1} ${y} ${x1 + r} ${y}H${x2 - r}Q${x2} ${y} ${x2} ${y + r}V${to.y}`);
      place(text, (x1 + x2) / 2 - 44 * rank, y); // side by side, or each would cover the next
    });
  }

  // ---- what is shown

  paint() {
    const { ready } = this;
    if (!ready || ready.nodes.length !== this.views.length) return;
    const frame = Math.min(this.frame, Math.max(0, ready.shares.length - 1));
    this.root.dataset.frame = frame;
    this.views.forEach(({ context }, i) => this.sheets.draw(context, ready.nodes[i], frame, ready.columns));
    this.bands.forEach(({ path, text }, i) => {
      const share = ready.shares[frame][i];
      path.style.strokeWidth = `${Math.max(0.75, BAND * share)}px`;
      text.textContent = `${Math.round(100 * share)} %`;
    });
  }
}

function draw(kind, name) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", kind);
  element.setAttribute("class", name);
  return element;
}

function place(element, x, y) {
  element.setAttribute("x", x);
  element.setAttribute("y", y);
}
