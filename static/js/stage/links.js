// What joins cells on the stage: what pays the pinned cell, its way on, the routes to the winners.

import { times } from "../shared/figures.js";
import { cone, isLarge } from "../state/picture.js";

/** @import {Spot} from "./measure.js" */
/** @import {Link} from "./overlay.js" */
/** @import {Moves} from "../state/picture.js" */
/** @import {Stage} from "./stage.js" */

/** Curves of one cell above which only the largest are drawn, and then how many. */
const MAX_CURVES = 30;
const LARGEST = 12;

export class Links {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
  }

  /**
   * What pays the pinned cell, and whom it pays, down to the input.
   * @param {HTMLElement[]} receipt the rows of its receipt
   * @param {HTMLElement[]} onward those of where its gradient goes
   * @returns {{payers: Link[], payees: Link[]}}
   */
  of(receipt, onward) {
    const { pinned } = this.stage;
    const payers = largest(receipt.flatMap((row) => this.#payer(row)));
    const payees = largest(onward.flatMap((row) => this.#payee(row)));
    for (const [moves, some] of this.#trail() ?? [])
      if (moves.target !== pinned?.key && moves.source !== pinned?.key)
        for (const i of some) payees.push(this.move(moves, i));
    return { payers, payees };
  }

  /**
   * @param {Moves} moves
   * @param {number} i
   * @returns {Link}
   */
  move(moves, i) {
    const { cells } = this.stage;
    return {
      from: /** @type {Spot} */ (cells.spot({ key: moves.source, at: moves.sources[i] })),
      to: /** @type {Spot} */ (cells.spot({ key: moves.target, at: moves.targets[i] })),
      product: moves.products[i],
      routed: this.#isRouting(moves.source),
    };
  }

  /** What concerns the pinned cell, where only that is shown. */
  cone() {
    const { following, picture, pinned } = this.stage;
    return following && pinned ? cone(picture, pinned) : null;
  }

  /** The routes from pooled cells to their winners, as far as gradients have gone them. */
  routes() {
    const { current, picture, pinned } = this.stage;
    const only = this.cone();
    const trail = this.#trail();
    // A large network's routes hide it, so they are drawn for the pinned cell alone.
    const cared = isLarge(picture) && pinned ? cone(picture, pinned) : null;
    return this.#routing().flatMap(({ layer, gradients_from }) => {
      const way = picture.moves[String(layer)];
      if (!way || current.gradients_from > gradients_from) return [];
      const concerned = isLarge(picture) ? (cared?.get(way) ?? new Set()) : only?.get(way);
      return way.factors.flatMap((factor, i) =>
        factor === 0 || (concerned && !concerned.has(i))
          ? []
          : [{ ...this.move(way, i), aside: trail !== null && !trail.get(way)?.has(i) }],
      );
    });
  }

  /** What concerns the pinned cell, as far as it can be drawn. */
  #trail() {
    const { picture, pinned } = this.stage;
    return pinned && !isLarge(picture) ? cone(picture, pinned) : this.cone();
  }

  /** The steps of the layers that send each gradient to one cell of its window. */
  #routing() {
    return this.stage.picture.steps.filter(({ phase }) => phase === "route");
  }

  /** @param {string} key of a layer */
  #isRouting(key) {
    return this.#routing().some(({ layer }) => String(layer) === key);
  }

  /**
   * @param {HTMLElement} row of the receipt
   * @returns {Link[]} none where either cell is not drawn
   */
  #payer(row) {
    const [pinned, other] = this.#ends(row);
    if (!pinned || !other) return [];
    const { key = "" } = row.dataset;
    const [upstream, factor, product] = [...row.querySelectorAll("[data-number]")].map((cell) =>
      Number(cell.getAttribute("data-number")),
    );
    const text = key === "head" ? undefined : times(upstream, factor);
    return [{ from: other, to: pinned, product, text, routed: this.#isRouting(key) }];
  }

  /**
   * @param {HTMLElement} row of where the gradient goes
   * @returns {Link[]} none where nothing goes there
   */
  #payee(row) {
    const [pinned, other] = this.#ends(row);
    const part = row.querySelector("[data-part]")?.getAttribute("data-part");
    const product = Number(part);
    if (!pinned || !other || !product) return [];
    const routed = this.#isRouting(this.stage.pinned?.key ?? "");
    return [{ from: pinned, to: other, product, routed }];
  }

  /** @param {HTMLElement} row */
  #ends({ dataset: { key = "", index = "" } }) {
    const { cells, pinned } = this.stage;
    const place = cells.place(key, index);
    const [here, there] = [pinned, place].map((each) => (each ? cells.spot(each) : undefined));
    return here === there ? [] : [here, there];
  }
}

/**
 * Of so many links that their curves would hide the picture, as many as the waterfall names.
 * @param {Link[]} links
 */
function largest(links) {
  if (links.length <= MAX_CURVES) return links;
  const sizes = links.map(({ product }) => Math.abs(product)).toSorted((a, b) => b - a);
  return links.filter(({ product }) => Math.abs(product) >= sizes[LARGEST - 1]);
}
