// Exports the picture: as SVG, as an image, or as a video.

import { byId } from "../shared/page.js";
import { fill } from "../shared/texts.js";
import { shownStep, stepsOf } from "../state/page.js";
import { draw } from "./drawing.js";
import { fileName, save } from "./files.js";
import { format, moment, plan, record } from "./film.js";
import { asSvg, paint, scaleFor } from "./shapes.js";

/** @import {Drawing} from "./shapes.js" */
/** @import {State} from "../state/page.js" */
/** @import {Store} from "../state/store.js" */
/** @import {Stage} from "../stage/stage.js" */
/** @import {Transport} from "../stage/transport.js" */

/** Pixels of the image per pixel of the page, and the most in all, because browsers have limits. */
const SHARPNESS = 2;
const MAX_IMAGE = 16_000_000;
/** A video has fewer pixels: all of them are encoded thirty times a second. */
const MAX_FRAME = 1_300_000;
/** The controls that change the picture; they are disabled while it is filmed. */
const WAITING = ".bar, .frame, .drawer";

/**
 * @param {Transport} transport
 * @param {Stage} stage
 * @param {Store<State>} store
 * @param {() => Promise<void>} told done once each step's sentence fits the picture
 * @param {{lesson: string, words: Record<string, any>}} page
 */
export function captureButtons(transport, stage, store, told, { lesson, words }) {
  const { player } = transport;
  /** @param {string[]} captions all captions, to reserve room for the longest */
  const drawing = (captions) => {
    const { label, sentence } = shownStep(store.state);
    const question = byId("question").textContent ?? "";
    const told = store.state.question?.scene ?? sentence;
    return draw(stage, { question, sentence: told, title: `${question} ${label}`, captions });
  };
  const sentence = () => byId("caption").textContent ?? "";
  /** @param {string} kind */
  const named = (kind) =>
    fileName(lesson, `${store.state.step} ${shownStep(store.state).label}`, kind);

  byId("take-svg").addEventListener("click", () => {
    const svg = asSvg(drawing([sentence()]));
    save(new Blob([svg], { type: "image/svg+xml" }), named("svg"));
  });

  byId("take-png").addEventListener("click", () => {
    const name = named("png");
    // Without enough memory, a canvas has no context or makes no image; some privacy settings refuse.
    const made = (/** @type {Blob|null} */ image) => {
      byId("png-message").textContent = image ? "" : words.png_unable;
      if (image) save(image, name);
    };
    try {
      canvasFor(drawing([sentence()]), SHARPNESS, MAX_IMAGE, 1).toBlob(made, "image/png");
    } catch {
      made(null);
    }
  });

  const button = /** @type {HTMLButtonElement} */ (byId("take-video"));
  const cancel = byId("film-cancel");
  const progress = /** @type {HTMLProgressElement} */ (byId("film-progress"));
  const shots = () => {
    const lasting = stepsOf(store.state).map((_, step) => player.lasting(step));
    return plan(lasting, player.speed, player.reduced.matches);
  };
  let isNear = false;
  // Its length needs the scenes of all steps: they are composed while somebody is near the button.
  const foresee = () => {
    if (!isNear) return;
    byId("film-hint").textContent = fill(words.film_hint, { n: seconds(lengthOf(shots())) });
  };
  new IntersectionObserver(
    ([{ isIntersecting }]) => {
      isNear = isIntersecting;
      foresee();
    },
    { rootMargin: "50%" },
  ).observe(button);
  // This listener runs after the one that makes the change.
  byId("options").addEventListener("change", foresee);

  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    const type = format();
    say(type ? "" : words.film_unable);
    if (!type) return;
    player.pause();
    const filmed = { grids: store.state.picture.grids, shots: shots() };
    const length = lengthOf(filmed.shots);
    const called = new AbortController();
    const off = () => called.abort();
    const release = hold(off);
    cancel.addEventListener("click", off);
    progress.max = length;
    shown(true);
    await told();
    const captions = stepsOf(store.state).map((each) => each.sentence);
    const canvas = canvasFor(drawing(captions), SHARPNESS, MAX_FRAME, 2);
    const context = contextOf(canvas);
    let step = -1;
    try {
      const film = await record(
        canvas,
        type,
        length,
        (time) => {
          // The answer to an edit came late: the numbers differ from those at the start.
          if (store.state.picture.grids !== filmed.grids) return off();
          const now = moment(filmed.shots, time);
          if (now.step !== step) {
            step = now.step;
            store.set({ step, view: null, question: null, progress: now.progress });
          } else store.set({ progress: now.progress });
          paint(context, drawing(captions));
          progress.value = time;
          byId("film-step").textContent = fill(words.film_step, {
            step: String(step),
            steps: String(stepsOf(store.state).length - 1),
            label: shownStep(store.state).label,
            n: seconds(length - time),
          });
        },
        called.signal,
      );
      if (film)
        save(film, fileName(lesson, words.film_name, type.includes("mp4") ? "mp4" : "webm"));
      say(film ? words.film_saved : words.film_cancelled);
    } catch {
      say(words.film_unable);
    }
    cancel.removeEventListener("click", off);
    const back = document.activeElement === cancel;
    shown(false);
    release();
    store.set({ step: player.step, progress: player.progress });
    if (back) button.focus();
  });

  /** @param {boolean} filming */
  function shown(filming) {
    byId("film").hidden = !filming;
    button.setAttribute("aria-disabled", String(filming));
    if (filming) cancel.focus();
  }
}

/**
 * Blocks changes of the picture until the returned function is called.
 * @param {() => void} off called when Escape is pressed
 */
function hold(off) {
  const waiting = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(WAITING));
  for (const each of waiting) each.inert = true;
  /** @param {KeyboardEvent} event */
  const keys = (event) => {
    // Block the page's keys, which change the picture, but not the browser's own, such as Tab.
    event.stopPropagation();
    if (event.key === "Escape") off();
  };
  window.addEventListener("keydown", keys, { capture: true });
  return () => {
    for (const each of waiting) each.inert = false;
    window.removeEventListener("keydown", keys, { capture: true });
  };
}

/**
 * A canvas with a drawing on it.
 * @param {Drawing} drawing
 * @param {number} wish pixels of the canvas per pixel of the drawing
 * @param {number} most the most pixels in all
 * @param {number} multiple both sides are a multiple of it: videos need even sides
 */
function canvasFor(drawing, wish, most, multiple) {
  const canvas = document.createElement("canvas");
  const scale = scaleFor(drawing, wish, most);
  const whole = (/** @type {number} */ side) => Math.floor((side * scale) / multiple) * multiple;
  [canvas.width, canvas.height] = [whole(drawing.width), whole(drawing.height)];
  paint(contextOf(canvas), drawing);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
}

/** @param {{to: number}[]} shots */
const lengthOf = (shots) => shots[shots.length - 1].to;

/** @param {number} milliseconds */
const seconds = (milliseconds) => Math.ceil(milliseconds / 1000);

/** @param {string} message */
function say(message) {
  byId("film-message").textContent = message;
}
