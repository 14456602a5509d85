// Plotly is large, and the page works without it. To evaluate it takes most of a second, in which no
// click is answered: so it comes in a pause, once the reader has not touched the page for a while.

/** Milliseconds from the page's opening, and from the last touch, key or move of the pointer. */
const OPENED = 3000;
const PAUSE = 1200;
const INPUT = ["pointerdown", "pointermove", "keydown", "wheel"];

/** @param {() => void} then once it is there */
export function plotlyInPeace(then) {
  /** @type {number|undefined} */
  let timer;
  const listening = new AbortController();
  const wait = () => {
    clearTimeout(timer);
    const pause = Math.max(PAUSE, OPENED - performance.now());
    timer = setTimeout(load, pause);
  };
  let place = "";
  /** @param {Event} event */
  const touched = (event) => {
    if (event instanceof PointerEvent && event.type === "pointermove") {
      // Browsers also report a move where the page moves under a pointer at rest.
      const now = `${event.clientX} ${event.clientY}`;
      if (now === place) return;
      place = now;
    }
    wait();
  };
  const load = () => {
    listening.abort();
    const script = document.createElement("script");
    script.src = document.body.dataset.plotly ?? "";
    script.addEventListener("load", then);
    document.head.append(script);
  };
  for (const type of INPUT)
    addEventListener(type, touched, { capture: true, passive: true, signal: listening.signal });
  wait();
}
