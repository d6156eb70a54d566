// Mounting: one object draws in an element of the page, and stays while Streamlit calls the component again.

const mounted = new WeakMap(); // parent element -> what draws in it

/**
 * Have an object of `Kind` draw in the element `selector` what Python sent. Streamlit calls again for the same element
 * when Python sends other data, and, with the same data, when the theme changes.
 */
function mount({ data, parentElement, setStateValue }, selector, Kind) {
  const root = parentElement.querySelector(selector);
  let made = mounted.get(parentElement);
  if (made?.root !== root || made.key !== data.key) {
    made?.destroy();
    made = new Kind(root, data.key);
    mounted.set(parentElement, made);
  }
  made.send = setStateValue;
  if (data !== made.given) made.update(data);
  made.given = data;
  return () => {
    made.destroy();
    mounted.delete(parentElement);
  };
}
