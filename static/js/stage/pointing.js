// Actions of the pointer and of keys on the stage: pin a cell, go to a step, open a layer.

import { byId } from "../shared/page.js";
import { explaining, placeAt, shownStep } from "../state/page.js";
import { isLarge } from "../state/picture.js";
import { focusCell, rove } from "./keyboard.js";
import { SPINE } from "./spine/sizes.js";
import { scaleNow } from "./stage.js";

/**
 * @import {State} from "../state/page.js"
 * @import {Store} from "../state/store.js"
 * @import {Place} from "../state/picture.js"
 * @import {Player} from "./player.js"
 * @import {Stage} from "./stage.js"
 */

/** Milliseconds. */
const HOVER = 140;
/** Pointers this many pixels from a stop select it. */
const NEAR = 30;

/**
 * The parts of the state that pinning a cell changes: the scene of its layer is shown, and an open
 * question ends.
 * @param {State} state
 * @param {Place} place
 * @returns {Partial<State>}
 */
export function pinning(state, place) {
  const { pair, phase } = shownStep(state);
  const isParameter = place.key.includes(".");
  // In the drawing of a large network, cells are too small to be told apart: their layer opens.
  const inScene = pair
    ? (!isParameter || phase === "parameters") && Object.values(pair).includes(place.key)
    : !isLarge(state.picture);
  const step = explaining(state, place.key);
  const open = { pinned: { ...place }, hovered: null, question: null };
  // The scene of the question stays.
  if (state.question) {
    const view = isParameter || !inScene ? step : explaining(state, state.question.key);
    return { ...open, view, progress: undefined };
  }
  return inScene || step < 0 ? open : { ...open, view: step, part: null, progress: undefined };
}

/**
 * @param {Stage} stage
 * @param {Store<State>} store
 * @param {Player} player
 */
export function listenToPointer(stage, store, player) {
  const { frame, root } = stage;
  /** @param {HTMLElement} cell */
  const pin = (cell) => {
    const place = stage.cells.places.get(cell);
    if (!place) return;
    player.finish();
    store.set(pinning(store.state, place));
  };
  root.addEventListener("click", (event) => {
    const cell = cellOf(event);
    if (!cell) return;
    focusCell(cell);
    pin(cell);
  });

  let hovering = 0;
  root.addEventListener("pointerover", (event) => {
    clearTimeout(hovering);
    const cell = cellOf(event);
    if (cell) stage.cells.tell(cell);
    const place = cell ? (stage.cells.places.get(cell) ?? null) : null;
    if (place && !store.state.pinned && !store.state.question)
      hovering = setTimeout(() => store.set({ hovered: place }), HOVER);
  });
  root.addEventListener("pointerleave", () => {
    clearTimeout(hovering);
    store.set({ hovered: null });
  });
  root.addEventListener("focusin", (event) => {
    const cell = cellOf(event);
    if (cell) stage.cells.tell(cell);
  });
  // This listener runs after the one for editing, in which Enter opens an editable cell.
  rove(root, pin);

  // On the rail, a stop selects a step and a miniature its layer; dragging goes from step to step. The
  // rail is as wide as the frame, so that it reaches beyond the stage.
  let isScrubbing = false;
  /** @param {PointerEvent} event */
  const at = (event) => {
    const box = frame.getBoundingClientRect();
    return { x: event.clientX - box.x, y: event.clientY - box.y };
  };
  /** @param {{x: number, y: number}} point */
  const stopAt = ({ x, y }) => {
    const stops = (stage.spine?.stops ?? []).map((stop) => ({
      ...stop,
      away: Math.hypot(stop.x - x, (stop.y - y) * 0.6),
    }));
    const [first] = stops.toSorted((a, b) => a.away - b.away);
    return first;
  };
  frame.addEventListener("pointerdown", (event) => {
    const point = at(event);
    if (cellOf(event) || event.button !== 0 || point.y > SPINE[scaleNow()].high) return;
    const stop = stopAt(point);
    if (!stop || stop.away > NEAR) return;
    event.preventDefault();
    isScrubbing = true;
    frame.setPointerCapture(event.pointerId);
    player.go(stop.step);
  });
  frame.addEventListener("pointermove", (event) => {
    if (!isScrubbing) return;
    const stop = stopAt(at(event));
    if (stop && stop.step !== player.step) player.go(stop.step);
  });
  for (const type of /** @type {const} */ (["pointerup", "pointercancel"]))
    frame.addEventListener(type, () => (isScrubbing = false));

  // A row of the inspector shows its cell.
  const panel = byId("inspector");
  /** @param {Event} event */
  const point = (event) => {
    const row = /** @type {HTMLElement|null} */ (
      /** @type {HTMLElement} */ (event.target).closest("tr[data-key], tr[data-cells]")
    );
    for (const cell of root.querySelectorAll(".pointed")) cell.classList.remove("pointed");
    for (const place of row ? placesOf(row) : []) stage.cells.at(place)?.classList.add("pointed");
  };
  /**
   * @param {HTMLElement} row
   * @returns {(Place|null)[]}
   */
  const placesOf = ({ dataset }) => {
    const { key = "", index = "", cells, weightKey, weightIndex = "", elsewhere } = dataset;
    const { picture } = store.state;
    if (elsewhere !== undefined) return []; // in another example
    if (!cells)
      return [
        placeAt(picture, key, index),
        weightKey ? placeAt(picture, weightKey, weightIndex) : null,
      ];
    const isHere = ({ example = picture.batch?.example }) => example === picture.batch?.example;
    return JSON.parse(cells)
      .filter(isHere)
      .map((/** @type {any} */ each) =>
        placeAt(
          picture,
          each.parameter ? `${each.layer}.${each.parameter}` : String(each.layer),
          each.index.join(","),
        ),
      );
  };
  for (const type of ["pointerover", "focusin"]) panel.addEventListener(type, point);
  for (const type of ["pointerleave", "focusout"])
    panel.addEventListener(type, () => {
      for (const cell of root.querySelectorAll(".pointed")) cell.classList.remove("pointed");
    });
  return pin;
}

/** @param {Event} event */
export function cellOf(event) {
  const target = /** @type {Element} */ (event.target);
  return /** @type {HTMLElement|null} */ (target.closest('[role="gridcell"]'));
}
