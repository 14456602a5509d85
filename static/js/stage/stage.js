// The stage, a view of the state: the spine above, one scene below, and the gridcells over both.

import { forgetColours } from "../shared/colours.js";
import { byId } from "../shared/page.js";
import { hiding, shownStep, stepsOf, subjectOf } from "../state/page.js";
import { Captions } from "./captions.js";
import { Cells } from "./cells.js";
import { landed, moment } from "./motion.js";
import { pairOf } from "./pair.js";
import { Renderer } from "./renderer.js";
import { compose } from "./scenes.js";
import { outline } from "./spine/outline.js";
import { SPINE } from "./spine/sizes.js";
import { spine } from "./spine.js";

/**
 * @import {State} from "../state/page.js"
 * @import {Store} from "../state/store.js"
 * @import {Composition, Options} from "./scenes.js"
 * @import {Spine} from "./spine.js"
 */

const SVG = "http://www.w3.org/2000/svg";
/** Pixels under the tab that the step's sentence takes at least, by scale; around its lines; and the
 * size from which the scene grows. */
const CAPTION = { wide: 62, middle: 58, tall: 62, phone: 68 };
const AROUND = { wide: 22, middle: 18, tall: 22, phone: 10 };
const DESIGN = { width: 1068, height: 470 };
const LARGEST = 2.2;
/** From the playhead to its ring, while the slider has the focus, in pixels. */
const AROUND_HEAD = 2;
/** The height of the fields that open another channel, in pixels. */
const CHOOSERS = 36;

export class Stage {
  /**
   * @param {HTMLElement} root
   * @param {Store<State>} store
   * @param {{words: Record<string, string>, zeros: Record<string, [string, string]>}} data
   */
  constructor(root, store, data) {
    this.root = root;
    this.store = store;
    this.words = data.words;
    this.cells = new Cells(root, data.words, data.zeros, store.state.picture);
    this.frame = /** @type {HTMLElement} */ (root.closest(".frame"));
    this.panel = new Renderer(group(this.frame.querySelector(".backdrop")));
    const picture = root.querySelector(".picture");
    this.miniatures = new Renderer(group(picture, "spine"));
    this.sceneGroup = group(picture, "scene");
    this.scene = new Renderer(this.sceneGroup);
    /** @type {Composition} */
    this.composition = { cells: [], shapes: [], terms: [], duration: 0 };
    /** @type {Spine|null} */
    this.spine = null;
    this.scale = 1;
    this.isStill = true;
    /** The sizes in which the page was drawn. */
    this.drawnIn = "";
    this.origin = { x: 0, y: 0 };
    this.captions = new Captions(/** @type {HTMLElement} */ (root.querySelector(".caption")));
    /** Called when another composition is shown. */
    this.composed = () => {};
    root.classList.add("drawn");
    this.frame.classList.add("composed");
    store.watch(
      ["picture", "before", "step", "view", "part", "pinned", "reading", "wholePass", "question",
        "guess", "playing", "look"],
      (_, changed) => this.#compose(changed),
    ); // biome-ignore format: a list
    store.watch(["progress"], ({ progress }) => {
      // Cells can be edited while nothing moves, and then show it.
      if ((progress === undefined) === this.isStill) this.#move();
      else this.#compose(new Set());
    });
    this.#compose(new Set(["picture"]));
  }

  /** @returns {Options} */
  get options() {
    const { playing, progress, reading } = this.store.state;
    const scale = scaleNow();
    const editing = !playing && progress === undefined;
    return { scale, reading: this.reading ?? reading, editing, words: this.words };
  }

  /** The forward pass shows only values. */
  get reading() {
    const { phase } = shownStep(this.store.state);
    return phase === "forward" || phase === "input" ? "values" : undefined;
  }

  /** The moment of the motion in milliseconds; undefined: the end. */
  get now() {
    const { progress } = this.store.state;
    return progress === undefined ? undefined : progress * this.composition.duration;
  }

  /** How many of the subject's terms have arrived; undefined: all. */
  get arrived() {
    const { terms } = this.composition;
    const count = landed(terms, this.now);
    return count < terms.length ? count : undefined;
  }

  /**
   * The data of a step's scene.
   * @param {Partial<State>} [other] parts of the state that differ from the present state
   */
  pair(other = {}) {
    const state = { ...this.store.state, ...other };
    const { before, guess, picture, pinned, step } = state;
    return pairOf({
      picture,
      before,
      step: stepsOf(state)[step],
      shown: shownStep(state),
      pinned,
      subject: subjectOf(state),
      hides: hiding(state),
      guess: guess?.guess ?? "",
    });
  }

  /** The sizes that the drawing follows. */
  get sizes() {
    const { frame, root } = this;
    return [root.clientWidth, root.clientHeight, frame.clientHeight, innerWidth].join();
  }

  /** The size of the scene, in pixels of the page and of the design. */
  get room() {
    const { scale } = this.options;
    const told = this.captions.high + AROUND[scale];
    const top = SPINE[scale].high + Math.max(CAPTION[scale], told);
    const wide = this.root.clientWidth;
    const { pair } = shownStep(this.store.state);
    const keys = Object.values(pair ?? {});
    const { grids } = this.store.state.picture;
    const chooses = grids.some(({ key, planes }) => planes > 1 && keys.includes(key));
    const high = this.root.clientHeight - top - (chooses ? CHOOSERS : 0);
    const grow =
      scale === "wide"
        ? Math.max(1, Math.min(LARGEST, wide / DESIGN.width, high / DESIGN.height))
        : 1;
    return { x: 0, y: top, wide, high, grow };
  }

  /**
   * Milliseconds of a step's motion at the usual speed.
   * @param {number} step
   */
  lasting(step) {
    const { wide, high, grow } = this.room;
    const box = { x: 0, y: 0, w: wide / grow, h: high / grow };
    const other = { step, view: null, question: null };
    // Use the reading of that step, not of the present one: the forward pass shows only values.
    const { phase } = stepsOf(this.store.state)[step];
    const isForward = phase === "forward" || phase === "input";
    const reading = isForward ? "values" : this.store.state.reading;
    return compose(this.pair(other), box, { ...this.options, reading }).duration;
  }

  /** @param {Set<keyof State>} changed */
  #compose(changed) {
    const { state } = this.store;
    const { before, picture, pinned, question, step } = state;
    if (changed.has("picture")) this.cells.find(picture);
    if (changed.has("look")) {
      forgetColours();
      this.scene.forget();
      this.miniatures.forget();
      this.captions.forget();
    }
    const steps = stepsOf(state);
    const shown = shownStep(state);
    const { options } = this;
    this.isStill = state.progress === undefined;
    this.root.dataset.scene = shown.pair?.target ?? "done";
    // All sizes are read before anything is written: each reading after it would lay the page out.
    const isSaidAnew = changed.has("picture") || changed.has("look") || changed.has("wholePass");
    if (isSaidAnew && this.root.clientWidth) this.captions.measure(steps, picture.layout);
    const { room } = this;
    this.drawnIn = this.sizes;
    const { clientWidth: width, clientHeight: height } = this.frame;
    this.cells.describe(picture, steps[step], before, hiding(state));
    this.cells.select(pinned);
    if (!room.wide) return;

    const pair = this.pair();
    const { high } = SPINE[options.scale];
    this.spine = spine(
      {
        views: pair.all,
        steps,
        step,
        shown,
        pinned: pair.subject ?? pinned,
        isQuestion: question !== null,
        way: pair.way,
      },
      width,
      { scale: options.scale, reading: options.reading, layers: this.words.some_layers },
    );
    this.scale = room.grow;
    this.origin = { x: room.x, y: room.y };
    const box = { x: 0, y: 0, w: room.wide / room.grow, h: room.high / room.grow };
    this.composition = compose(pair, box, options);
    this.cells.lay(this.spine.cells, this.composition.cells, this.scale, this.origin);
    this.miniatures.draw(this.spine.shapes);
    this.sceneGroup.setAttribute("transform", `translate(${room.x} ${room.y}) scale(${room.grow})`);
    const panel = { x: 0.5, y: high, w: width - 1, h: height - high - 1 };
    const radius = options.scale === "phone" ? 0 : 14;
    const d = outline(this.spine.tab, panel, 1, Math.max(10, radius));
    this.panel.draw([
      { kind: "path", d, fill: "panel", stroke: "hair", width: 1.2, part: "panel" },
    ]);
    const { playhead } = this.spine;
    const scrubber = byId("scrubber");
    const { x = 0, y = 0, r = 0 } = playhead ?? {};
    const side = r + AROUND_HEAD;
    scrubber.style.cssText = `left:${x - side}px;top:${y - side}px;width:${2 * side}px;height:${2 * side}px`;
    this.#move();
    this.composed();
  }

  #move() {
    this.scene.draw(moment(this.composition.shapes, this.now));
  }
}

/** @returns {"wide"|"middle"|"tall"|"phone"} */
export function scaleNow() {
  const { innerWidth: width } = window;
  return width >= 1200 ? "wide" : width >= 1000 ? "middle" : width >= 700 ? "tall" : "phone";
}

/**
 * @param {Element|null|undefined} svg
 * @param {string} [name]
 */
function group(svg, name = "") {
  const node = document.createElementNS(SVG, "g");
  if (name) node.setAttribute("class", name);
  svg?.append(node);
  return node;
}
