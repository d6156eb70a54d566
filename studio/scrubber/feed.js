// More frames for a scrubber that is already on the page. This element shows nothing itself.

export default function ({ data }) {
  const { fed, players } = (globalThis[Symbol.for("whisker.scrubber")] ??= { fed: new Map(), players: new Map() });
  fed.set(data.key, data); // for a scrubber that is drawn later, or drawn again
  players.get(data.key)?.update(data);
  return () => {
    if (fed.get(data.key) === data) fed.delete(data.key);
  };
}
