// The stage: the picture at a step, what is pinned, and what moves.

import { forgetColours } from "../shared/colours.js";
import { figure, times } from "../shared/figures.js";
import { isLarge, joined, known } from "../state/picture.js";
import { Cells } from "./cells.js";
import { Heatmaps } from "./heatmaps.js";
import { Journey } from "./journey.js";
import { Links } from "./links.js";
import { forgetPlaces } from "./measure.js";
import { Overlay } from "./overlay.js";
import { Sliding } from "./sliding.js";

/** @import {Moves, Picture, Place, Step} from "../state/picture.js" */

const MAX_LABELS = 12;

export class Stage {
  /**
   * @param {HTMLElement} scene
   * @param {Picture} picture
   * @param {Record<string, string>} words
   * @param {Record<string, [string, string]>} zeros
   */
  constructor(scene, picture, words, zeros) {
    this.cells = new Cells(scene, words, zeros, picture);
    this.heatmaps = new Heatmaps(scene);
    this.overlay = new Overlay(scene);
    this.sliding = new Sliding(scene);
    this.links = new Links(this);
    this.picture = picture;
    /** @type {Picture|null} */
    this.before = null;
    this.reading = "both";
    /** Whether the forward pass is played too. */
    this.wholePass = false;
    this.step = picture.steps.length - 1;
    /** The step whose colours are shown: while one is played, the one before it. */
    this.settled = this.step;
    /** @type {Place|null} */
    this.pinned = null;
    /** @type {Place|null} the cell that the inspector tells of: the pinned one, or one pointed at */
    this.told = null;
    /** Whether only what concerns the pinned cell is drawn and moved. */
    this.following = false;
    /** Whether cells are played one after the other. */
    this.byCell = false;
    /** Whether the step has begun and is not done. */
    this.isMoving = false;
    /** By cell: the part of the step that is labelled. */
    this.turn = 0;
    /** What travels in the current step. */
    this.journey = new Journey(picture, this.steps[this.step], false);
    /** Whether the cells that moves go to are large enough to count in. */
    this.hasFigures = true;
    /** Called with how many products have reached the cell that the inspector tells of. */
    this.onArrival = (/** @type {number|undefined} */ _arrived) => {};
  }

  /** @returns {Step[]} */
  get steps() {
    const { forward, steps } = this.picture;
    return this.wholePass ? [...forward, ...steps] : steps;
  }

  /** How many steps come before the backward pass. */
  get ahead() {
    return this.wholePass ? this.picture.forward.length : 0;
  }

  /** What is shown: on the way forward there are only values. */
  get shown() {
    return ["input", "forward"].includes(this.current.phase) ? "values" : this.reading;
  }

  /** @returns {Step} */
  get current() {
    return this.steps[this.step];
  }

  /**
   * A new picture of the same network, after an edit.
   * @param {Picture} picture
   * @param {Picture|null} before to show the old numbers beside the new
   */
  replace(picture, before) {
    this.picture = picture;
    this.before = before;
    this.cells.find(picture);
    this.settle(this.step);
  }

  /**
   * Shows values, gradients or both.
   * @param {string} reading
   */
  read(reading) {
    this.reading = reading;
    document.body.dataset.reading = this.shown;
    this.heatmaps.draw(this.picture, this.steps[this.settled], this.shown);
  }

  /**
   * A step begins: its figures are known, but they appear as they arrive.
   * @param {number} step
   */
  enter(step) {
    this.step = step;
    this.isMoving = true;
    this.cells.mark("told", []);
    this.overlay.tag([]);
    this.cells.paint(this.picture, this.current, this.before);
    this.#prepare();
  }

  /**
   * @param {number} _step
   * @param {number} progress from 0 to 1
   */
  frame(_step, progress) {
    const { journey } = this;
    const { moves } = journey;
    // The pinned cell's labels make way only for its own products.
    this.overlay.quiet(!this.#isKnown(this.pinned) || moves?.target === this.pinned?.key);
    if (journey.revealed) return this.#slide(progress);
    if (!moves) return;
    if (this.byCell) this.#take(journey.turn(progress));
    this.overlay.move((i) => journey.along(i, progress));
    if (this.current.phase === "multiply") return;
    for (const [target, terms] of journey.byTarget) {
      const arrived = journey.arrived(target, progress);
      const sum = arrived ? moves.running[terms[arrived - 1]] : undefined;
      if (this.hasFigures) this.cells.count({ key: moves.target, at: target }, sum);
      if (this.told?.key === moves.target && this.told.at === target)
        this.onArrival(arrived < terms.length ? arrived : undefined);
    }
  }

  /**
   * The forward pass of a layer: its windows slide, and each shows its output.
   * @param {number} progress
   */
  #slide(progress) {
    const grid = this.journey.revealed;
    if (!grid) return;
    const moves = this.picture.moves[grid.key];
    const now = this.journey.turn(progress);
    this.cells.byKey.get(grid.key)?.cells.forEach((cell, at) => {
      this.cells.reveal(cell, at <= now ? grid.value[at] : undefined);
    });
    const read = (moves?.sources ?? []).flatMap((source, i) =>
      source === grid.first + now
        ? [{ key: moves?.target ?? "", at: moves?.targets[i] ?? -1 }]
        : [],
    );
    this.cells.mark(
      "near",
      [...read, { key: grid.key, at: grid.first + now }].map((each) => this.cells.at(each)),
    );
  }

  /**
   * Into how many parts a step falls, one cell each.
   * @param {number} step
   */
  parts(step) {
    return new Journey(this.picture, this.steps[step], this.byCell).parts;
  }

  /**
   * A step is done.
   * @param {number} step
   */
  settle(step) {
    this.step = this.settled = step;
    this.isMoving = false;
    // Plotly measures: before anything else is written, it has nothing to wait for.
    this.read(this.reading);
    this.cells.paint(this.picture, this.current, this.before);
    this.#dim();
    this.hover(null);
    const waiting = this.current.phase === "multiply";
    if (!waiting) this.overlay.stop();
    const arrived = this.#isKnown(this.pinned);
    this.overlay.quiet(waiting || !arrived);
    this.overlay.pend(!arrived);
    this.overlay.routes(this.links.routes());
    this.tellOf(this.told);
  }

  /**
   * The inspector tells of a cell, whose gradient the picture may not have reached.
   * @param {Place|null} place
   */
  tellOf(place) {
    this.told = place;
    this.onArrival(this.#isKnown(place) ? undefined : 0);
  }

  /**
   * Brings the grids that the step is about into sight; those that it reaches have precedence.
   * @param {ScrollBehavior} behavior
   */
  follow(behavior) {
    const { moves, revealed } = this.journey;
    const { layer } = this.current;
    const keys = moves ? [moves.source, moves.target] : [revealed?.key ?? String(layer)];
    for (const key of keys)
      this.cells.byKey
        .get(key)
        ?.holder.scrollIntoView({ block: "nearest", inline: "nearest", behavior });
  }

  /** @param {Place|null} place */
  #isKnown(place) {
    const grid = this.picture.grids.find(({ key }) => key === place?.key);
    return !grid || known(grid, this.current).gradient;
  }

  #prepare() {
    this.journey = new Journey(this.picture, this.current, this.byCell);
    this.#send(0);
  }

  /**
   * By cell: whose turn it is.
   * @param {number} turn
   */
  #take(turn) {
    this.cells.mark("near", [this.cells.at(this.journey.part(turn))]);
    if (turn !== this.turn) this.#send(turn);
  }

  /** @param {number} turn */
  #send(turn) {
    this.turn = turn;
    const { moves } = this.journey;
    if (!moves) return this.overlay.stop();
    this.hasFigures = this.cells.hasFigures(moves.target);
    // Of a large network's moves, those of 0 and labels would only hide the others.
    const only = isLarge(this.picture);
    const labelled = only ? -1 : this.journey.labelled(this.pinned, turn, MAX_LABELS);
    const concerned = this.links.cone()?.get(moves);
    this.overlay.send(
      moves.products.map((product, i) => ({
        ...this.links.move(moves, i),
        text: moves.targets[i] === labelled && product ? this.journey.label(i) : undefined,
        hidden: (only && product === 0) || (concerned && !concerned.has(i)),
      })),
    );
    const { pinned } = this;
    this.overlay.stepBack(labelled >= 0 && moves.target === pinned?.key && labelled !== pinned.at);
  }

  /** While a pool routes, the cells that lost step back. */
  #dim() {
    const { phase, layer } = this.current;
    const moves = phase === "route" ? this.picture.moves[String(layer)] : null;
    const losers = moves
      ? moves.products.map((_, i) => i).filter((i) => moves.factors[i] === 0)
      : [];
    this.cells.mark(
      "dim",
      losers.map((i) => this.cells.at({ key: moves?.target ?? "", at: moves?.targets[i] ?? -1 })),
    );
  }

  /** Shows what the step's sentence tells of; of a weight, also what it met. */
  exemplify() {
    if (this.isMoving) return;
    const { example, meeting, phase } = this.current;
    if (phase === "multiply") {
      this.#prepare();
      this.overlay.move(() => 0.5);
    }
    const told = phase === "forward" ? [] : [example, meeting?.output, meeting?.input];
    const cells = told.map((place) => (place ? this.cells.at(place) : undefined));
    this.cells.mark("told", cells);
    const [weight] = cells;
    if (!weight || !meeting) return this.overlay.tag([]);
    const product = times(meeting.upstream, meeting.factor);
    this.overlay.tag([{ cell: weight, text: meeting.is_all ? product : `${product} + …` }], true);
  }

  /**
   * Pins a cell and draws what it is joined to.
   * @param {Place|null} place
   */
  pin(place) {
    if (this.pinned) this.cells.at(this.pinned)?.setAttribute("aria-selected", "false");
    this.pinned = place;
    if (place) this.cells.at(place)?.setAttribute("aria-selected", "true");
    else this.connect([], []);
  }

  /**
   * Draws the curves between the pinned cell and what the inspector's rows name.
   * @param {HTMLElement[]} receipt
   * @param {HTMLElement[]} onward
   */
  connect(receipt, onward) {
    const { payers, payees } = this.links.of(receipt, onward);
    this.overlay.connect(payers, payees);
    const weights = receipt.map(({ dataset }) =>
      this.#named(dataset.weightKey ?? "", dataset.weightIndex ?? ""),
    );
    const pinned = this.pinned && this.cells.at(this.pinned);
    const ends = [...payers, ...payees].flatMap(({ from, to }) => [from, to]);
    this.cells.mark(
      "joined",
      [...ends, ...weights].flatMap((cell) =>
        cell instanceof Element && cell !== pinned ? [cell] : [],
      ),
    );
    this.overlay.routes(this.links.routes());
    this.overlay.quiet(!this.#isKnown(this.pinned) || this.current.phase === "multiply");
  }

  /**
   * The cells that a row of the inspector names: one, or all those of a path.
   * @param {HTMLElement} row
   * @returns {(HTMLElement|undefined)[]}
   */
  named(row) {
    const { key, index, cells } = row.dataset;
    if (!cells) return [this.#named(key ?? "", index ?? "")];
    return JSON.parse(cells).map((/** @type {any} */ { layer, index, parameter }) =>
      this.#named(parameter ? `${layer}.${parameter}` : String(layer), index.join(",")),
    );
  }

  /**
   * @param {string} key
   * @param {string} index
   * @returns {HTMLElement|undefined}
   */
  #named(key, index) {
    const place = this.cells.place(key, index);
    return place && this.cells.at(place);
  }

  /**
   * Marks what a cell is joined to while it is pointed at.
   * @param {Place|null} place
   */
  hover(place) {
    this.outline(place);
    const isPinned = place && place.key === this.pinned?.key && place.at === this.pinned.at;
    const links = place && !isPinned ? joined(this.picture, place) : [];
    const cells = links.map((each) => this.cells.at(each));
    this.cells.mark("near", cells);
    if (!links.length) return this.exemplify();
    this.overlay.tag(
      links.flatMap(({ factor }, i) => {
        const cell = cells[i];
        return cell && factor !== null ? [{ cell, text: `×${figure(factor)}` }] : [];
      }),
    );
  }

  /**
   * Outlines the windows that a cell has to do with.
   * @param {Place|null} place
   */
  outline(place) {
    this.sliding.outline(this.picture, place);
  }

  /**
   * Everything anew: the theme or the size changed.
   * @param {number|undefined} progress of the step, if it is not done
   */
  refresh(progress) {
    forgetPlaces();
    forgetColours();
    this.heatmaps.measure();
    this.sliding.draw(this.picture);
    if (progress === undefined) return this.settle(this.step);
    this.read(this.reading);
    this.enter(this.step);
    this.frame(this.step, progress);
  }
}
