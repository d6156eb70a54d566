// Sprite sheets in the browser: each is decoded once, kept as a bitmap under its digest, and copied frame by frame.

class Sheets {
  bitmaps = new Map();

  /** Decode what is not here yet. Afterwards every frame of `panes` can be drawn without waiting. */
  async load(panes) {
    const missing = panes.flatMap((pane) => pane.sheets).filter(({ id }) => !this.bitmaps.has(id));
    await Promise.all(missing.map(async ({ id, uri }) => this.bitmaps.set(id, await decode(uri))));
  }

  /** Forget the sheets that `panes` no longer use. */
  prune(panes) {
    const used = new Set(panes.flatMap((pane) => pane.sheets.map(({ id }) => id)));
    for (const [id, bitmap] of this.bitmaps) {
      if (used.has(id)) continue;
      bitmap.close();
      this.bitmaps.delete(id);
    }
  }

  /** Copy frame `index` of `pane` onto a canvas that has the size of a frame, or onto a part of a larger one. */
  draw(context, pane, index, columns, to = [0, 0, pane.width, pane.height]) {
    const { width, height } = pane;
    const cell = index % columns ** 2;
    const bitmap = this.bitmaps.get(pane.sheets[Math.floor(index / columns ** 2)].id);
    const x = (cell % columns) * width;
    const y = Math.floor(cell / columns) * height;
    context.drawImage(bitmap, x, y, width, height, ...to);
  }
}

async function decode(uri) {
  const image = new Image();
  image.src = uri;
  await image.decode();
  return createImageBitmap(image, { colorSpaceConversion: "none" });
}
