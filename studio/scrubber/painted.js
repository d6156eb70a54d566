// A painted mask, as studio/services/painted.py has it: 32 × 32 cells, 1 for the second cat, and how soft its edges are.

const SIDE = 32;
const DIGITS = SIDE / 4;

class Painted {
  constructor(cells = new Uint8Array(SIDE * SIDE), soft = 1) {
    Object.assign(this, { cells, soft });
  }

  /** From the text of an address, which Python has checked. */
  static read(text) {
    const [soft, rows] = text.split("~");
    const painted = new Painted(new Uint8Array(SIDE * SIDE), Number(soft));
    let y = 0;
    for (const part of rows.split("-")) {
      const [row, number = "1"] = part.split("*");
      for (let i = 0; i < Number(number); i++, y++) {
        for (let x = 0; x < SIDE; x++) {
          painted.cells[y * SIDE + x] = (parseInt(row[x >> 2], 16) >> (3 - (x & 3))) & 1;
        }
      }
    }
    return painted;
  }

  toString() {
    const rows = [];
    for (let y = 0; y < SIDE; y++) {
      let row = "";
      for (let x = 0; x < SIDE; x += 4) {
        const [p, q, r, s] = this.cells.subarray(y * SIDE + x, y * SIDE + x + 4);
        row += (8 * p + 4 * q + 2 * r + s).toString(16);
      }
      if (rows.at(-1)?.row === row) rows.at(-1).number++;
      else rows.push({ row, number: 1 });
    }
    return `${this.soft}~${rows.map(({ row, number }) => (number > 1 ? `${row}*${number}` : row)).join("-")}`;
  }

  /** How much of the picture is the second cat's, from 0 to 1. */
  get share() {
    return this.cells.reduce((sum, cell) => sum + cell, 0) / SIDE ** 2;
  }

  /** The mask of a picture, row by row, from 0 to 1: each pixel as its cell, then twice the mean over a square. */
  mask(width, height) {
    let mask = new Float32Array(width * height);
    const at = (i, size) => Math.floor(((2 * i + 1) * SIDE) / (2 * size));
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) mask[y * width + x] = this.cells[at(y, height) * SIDE + at(x, width)];
    }
    const reach = Math.floor((this.soft * width) / 64 + 0.5);
    for (const across of reach ? [false, true, false, true] : []) mask = mean(mask, width, height, reach, across);
    return mask;
  }
}

/** The mean over 2 · reach + 1 pixels of a row or a column; beyond the edge the outermost pixel goes on. */
function mean(from, width, height, reach, across) {
  const to = new Float32Array(from.length);
  const [length, step] = across ? [width, 1] : [height, width];
  for (let line = 0; line < from.length / length; line++) {
    const first = across ? line * width : line;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let k = i - reach; k <= i + reach; k++) sum += from[first + Math.min(Math.max(k, 0), length - 1) * step];
      to[first + i * step] = sum / (2 * reach + 1);
    }
  }
  return to;
}
