// What travels in one step: which products, in which order, and how far each has come. No DOM here.

import { figure, times } from "../shared/figures.js";
import { ease, staggered } from "./geometry.js";

/** @import {Moves, Picture, Place, Step} from "../state/picture.js" */

export class Journey {
  /**
   * @param {Picture} picture
   * @param {Step} step
   * @param {boolean} byCell whether cells are reached one after the other
   */
  constructor(picture, step, byCell) {
    this.step = step;
    this.byCell = byCell;
    this.moves = movesOf(picture, step);
    /** @type {Map<number, number[]>} the moves to each target */
    this.byTarget = new Map();
    /** @type {number[]} which of the terms of its target each move is */
    this.order = [];
    this.moves?.targets.forEach((target, i) => {
      const terms = this.byTarget.get(target) ?? [];
      this.order[i] = terms.length;
      terms.push(i);
      this.byTarget.set(target, terms);
    });
    this.targets = [...this.byTarget.keys()];
    /** Which in order each target is. */
    this.turns = new Map(this.targets.map((target, turn) => [target, turn]));
    /** On the way forward, what is revealed. */
    this.revealed =
      step.phase === "forward"
        ? (picture.grids.find(({ key }) => key === String(step.layer)) ?? null)
        : null;
  }

  /** Into how many parts the step falls, one cell each. */
  get parts() {
    return this.revealed?.value.length ?? (this.targets.length || 1);
  }

  /**
   * The cell that a part reaches.
   * @param {number} part
   * @returns {Place}
   */
  part(part) {
    if (this.revealed) return { key: this.revealed.key, at: this.revealed.first + part };
    return { key: this.moves?.target ?? "", at: this.targets[part] };
  }

  /**
   * What travels to the cell that a part reaches.
   * @param {number} part
   */
  terms(part) {
    const { moves } = this;
    const terms = moves ? (this.byTarget.get(this.targets[part]) ?? []) : [];
    return terms.map((i) => ({
      upstream: moves?.upstream[i] ?? 0,
      factor: moves?.factors[i] ?? 0,
    }));
  }

  /**
   * Whose turn it is.
   * @param {number} progress of the step, 0 to 1
   */
  turn(progress) {
    return Math.max(0, Math.ceil(progress * this.parts - 1e-9) - 1);
  }

  /**
   * Where on its curve a product is, 0 to 1: between two steps it rests halfway.
   * @param {number} i
   * @param {number} progress of the step
   */
  along(i, progress) {
    const target = this.moves?.targets[i] ?? -1;
    const turn = this.turns.get(target) ?? 0;
    const own = this.byCell
      ? Math.min(1, Math.max(0, progress * this.targets.length - turn))
      : progress;
    if (this.step.phase === "multiply") return ease(own) / 2;
    const terms = this.byTarget.get(target)?.length ?? 1;
    const local = ease(staggered(own, this.order[i], terms));
    return this.step.phase === "add" ? 0.5 + local / 2 : local;
  }

  /**
   * How many of the products of a target have arrived.
   * @param {number} target
   * @param {number} progress
   */
  arrived(target, progress) {
    return (this.byTarget.get(target) ?? []).filter((i) => this.along(i, progress) >= 1).length;
  }

  /**
   * What is written on a product: what it is of, or how much that is.
   * @param {number} i
   */
  label(i) {
    const { upstream = [], factors = [], products = [] } = this.moves ?? {};
    return this.step.phase === "multiply" ? times(upstream[i], factors[i]) : figure(products[i]);
  }

  /**
   * The target whose products are labelled: the one whose turn it is, else the pinned one, else
   * the one that the step's sentence tells of; −1 where it has too many.
   * @param {Place|null} pinned
   * @param {number} turn
   * @param {number} most labels
   */
  labelled(pinned, turn, most) {
    const isTarget = (/** @type {Place|null} */ place) => place?.key === this.moves?.target;
    const chosen = [pinned, this.step.example].find(isTarget)?.at ?? -1;
    const target = this.byCell ? this.targets[turn] : chosen;
    return (this.byTarget.get(target)?.length ?? 0) <= most ? target : -1;
  }
}

/**
 * @param {Picture} picture
 * @param {Step} step
 * @returns {Moves|null}
 */
function movesOf(picture, { phase, layer }) {
  if (phase === "arrive") return arrivals(picture);
  const still = layer === null || phase === "parameters" || phase === "forward";
  return still ? null : (picture.moves[String(layer)] ?? null);
}

/**
 * What arrives from the head, as moves.
 * @param {Picture} picture
 * @returns {Moves|null}
 */
function arrivals({ grids }) {
  const head = grids.at(-1);
  const outputs = grids.at(-2);
  if (!head || !outputs) return null;
  const at = head.gradient.map((_, i) => i);
  return {
    source: "head",
    target: outputs.key,
    sources: at,
    targets: at,
    upstream: head.gradient,
    factors: at.map(() => 1),
    products: head.gradient,
    running: head.gradient,
  };
}
