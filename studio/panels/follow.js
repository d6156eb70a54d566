// What follows a scrubber of the page: it hears the frame at which that stands, in the same refresh of the screen.

const LOOK = 250; // ms between two looks for the scrubber, which may come late or be drawn anew

class Follower {
  constructor(hear) {
    this.moves = new MutationObserver(() => hear(this.frame));
    this.timer = setInterval(() => this.key && this.find(this.key), LOOK);
    this.hear = hear;
  }

  get frame() {
    return Number(this.root?.dataset.frame ?? 0);
  }

  /** The scrubber by the key that Python gave it. */
  find(key) {
    this.key = key;
    const { players } = globalThis[Symbol.for("whisker.scrubber")] ?? {};
    const root = players?.get(key)?.root;
    if (!root || root === this.root) return;
    this.root = root;
    this.moves.disconnect();
    this.moves.observe(root, { attributes: true, attributeFilter: ["data-frame", "data-frames"] });
    this.hear(this.frame);
  }

  release() {
    clearInterval(this.timer);
    this.moves.disconnect();
  }
}

/** What is drawn at the frame of a scrubber. A kind of it has `parts`, each with its sheets, and can build, layOut, paint. */
class Following {
  sheets = new Sheets();
  frame = 0;

  constructor(root) {
    this.root = root;
    this.sizes = new ResizeObserver(() => this.layOut());
    this.sizes.observe(root);
    this.follower = new Follower((frame) => this.show(frame));
  }

  /** Take its room at once, and show the pictures when they are decoded; until then what is there stays. */
  async update(data) {
    this.data = data;
    this.build();
    this.layOut();
    this.follower.find(data.follow);
    const { parts } = this;
    await this.sheets.load(parts);
    if (this.data !== data) return; // newer data have come meanwhile
    this.sheets.prune(parts);
    this.ready = data;
    this.paint();
    this.root.dataset.ready = parts.length;
  }

  show(frame) {
    this.frame = frame;
    this.paint();
  }

  destroy() {
    this.follower.release();
    this.sizes.disconnect();
  }
}
