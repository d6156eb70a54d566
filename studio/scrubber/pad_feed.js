// News for a pad that is already on the page. This element shows nothing itself.

export default function ({ data }) {
  const { fed, pads } = (globalThis[Symbol.for("whisker.pad")] ??= { fed: new Map(), pads: new Map() });
  const name = `${data.key} ${data.part}`;
  fed.set(name, data); // for a pad that is drawn later, or drawn again
  pads.get(data.key)?.hear(data);
  return () => {
    if (fed.get(name) === data) fed.delete(name);
  };
}
