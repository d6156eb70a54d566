// Asks for another run of the fragment that it stands in, once, a little later. It shows nothing itself.

export default function ({ data, setTriggerValue }) {
  const waiting = setTimeout(() => setTriggerValue("tick", data.at), data.ms);
  return () => clearTimeout(waiting);
}
