// Follows a scrubber of the page: hears the frame at which it stands, in the same refresh of the screen.

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
