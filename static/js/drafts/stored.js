// Drafts in the browser's storage: each in an item of its own, so that tabs do not overwrite each
// other's. It uses no DOM.

/**
 * @typedef {{x: number, y: number, width: number, height: number, layer: number}} Box
 * @typedef {{width: number, height: number, boxes: Box[]}} Sketch a small drawing of the network
 * @typedef {object} Draft
 * @property {string} id
 * @property {string} name
 * @property {string} saved when, as Date.toISOString writes it
 * @property {string} revision changes with each change of the draft
 * @property {any} network
 * @property {Sketch|null} sketch
 * @typedef {Pick<Storage, "length"|"key"|"getItem"|"setItem"|"removeItem">} Room
 */

/** The format of what is written. Older ones are still read: see ``readers``. */
export const VERSION = 1;
/** The most drafts. */
export const MOST = 50;
/** The most characters of a name. */
export const LONGEST = 80;
const PREFIX = "draft:";

/** Nothing more can be stored, and why. */
export class NoRoom extends Error {
  /** @param {"many"|"full"|"none"} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** The draft was changed elsewhere since it was read. */
export class Changed extends Error {
  /** @param {Draft} draft as it is now */
  constructor(draft) {
    super("changed");
    this.draft = draft;
  }
}

/** By version, what reads it; each stays for ever.
 * @type {Record<number, (stored: any) => Omit<Draft, "id">|null>} */
const readers = {
  1: ({ name, saved, revision, network, sketch }) => {
    const isDraft =
      [name, saved, revision].every((each) => typeof each === "string") &&
      !Number.isNaN(Date.parse(saved)) &&
      typeof network === "object" &&
      network !== null;
    return isDraft ? { name, saved, revision, network, sketch: drawable(sketch) } : null;
  },
};

/**
 * @param {any} sketch
 * @returns {Sketch|null} null: it cannot be drawn
 */
function drawable(sketch) {
  const boxes = sketch?.boxes;
  const numbers = Array.isArray(boxes)
    ? [sketch.width, sketch.height, ...boxes.flatMap((each) => Object.values(each ?? [null]))]
    : [null];
  return numbers.every(Number.isFinite) ? sketch : null;
}

/**
 * @param {string} id
 * @param {string} text as stored
 * @returns {Draft|null} null: this version of the tool cannot read it
 */
export function read(id, text) {
  try {
    const stored = JSON.parse(text);
    const draft = readers[stored.version]?.(stored) ?? null;
    return draft && { id, ...draft };
  } catch {
    return null;
  }
}

export class Stored {
  /**
   * @param {() => Room} room throws where the browser gives none
   * @param {() => string} unique a new name each time
   * @param {() => string} now
   */
  constructor(room, unique = randomName, now = () => new Date().toISOString()) {
    this.room = room;
    this.unique = unique;
    this.now = now;
  }

  /**
   * All drafts, the newest first, and what cannot be read, as it is stored.
   * @returns {{drafts: Draft[], unread: {key: string, text: string}[]}}
   */
  all() {
    /** @type {Draft[]} */
    const drafts = [];
    const unread = [];
    for (const key of this.#keys()) {
      const text = this.room().getItem(key) ?? "";
      const draft = read(key.slice(PREFIX.length), text);
      if (draft) drafts.push(draft);
      else unread.push({ key, text });
    }
    drafts.sort((a, b) => b.saved.localeCompare(a.saved) || a.name.localeCompare(b.name));
    return { drafts, unread };
  }

  /**
   * @param {string} id
   * @returns {Draft|undefined}
   */
  find(id) {
    return this.all().drafts.find((draft) => draft.id === id);
  }

  /**
   * Stores a new draft.
   * @param {Pick<Draft, "name"|"network"|"sketch">} draft
   * @throws {NoRoom}
   */
  add(draft) {
    if (this.#keys().length >= MOST) throw new NoRoom("many");
    return this.#write(this.unique(), draft);
  }

  /**
   * Stores a draft anew.
   * @param {string} id
   * @param {string|null} revision that is known here; null: whatever it is now
   * @param {Partial<Pick<Draft, "name"|"network"|"sketch">>} parts
   * @throws {NoRoom|Changed} nothing is stored
   */
  change(id, revision, parts) {
    const stored = this.find(id);
    if (!stored) {
      // It was deleted meanwhile: what was made of it is not lost.
      const { name = "", network = null, sketch = null } = parts;
      return this.add({ name, network, sketch });
    }
    if (revision !== null && stored.revision !== revision) throw new Changed(stored);
    return this.#write(id, { ...stored, ...parts });
  }

  /**
   * Deletes a draft.
   * @param {string} id
   * @returns {string} what ``restore`` brings back
   */
  remove(id) {
    const text = this.room().getItem(PREFIX + id) ?? "";
    this.room().removeItem(PREFIX + id);
    return text;
  }

  /**
   * @param {string} id
   * @param {string} text
   * @throws {NoRoom}
   */
  restore(id, text) {
    this.#put(id, text);
  }

  #keys() {
    /** @type {Room} */
    let room;
    try {
      room = this.room();
    } catch {
      return [];
    }
    const keys = Array.from({ length: room.length }, (_, i) => room.key(i) ?? "");
    return keys.filter((key) => key.startsWith(PREFIX));
  }

  /**
   * @param {string} id
   * @param {Pick<Draft, "name"|"network"|"sketch">} draft
   * @returns {Draft}
   */
  #write(id, { name, network, sketch }) {
    const parts = {
      name: name.trim().slice(0, LONGEST),
      saved: this.now(),
      revision: this.unique(),
      network,
      sketch,
    };
    this.#put(id, JSON.stringify({ version: VERSION, ...parts }));
    return { id, ...parts };
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  #put(id, text) {
    /** @type {Room} */
    let room;
    try {
      room = this.room();
    } catch {
      throw new NoRoom("none");
    }
    try {
      room.setItem(PREFIX + id, text);
    } catch {
      throw new NoRoom("full");
    }
  }
}

/** Crypto's UUIDs are for pages of https alone. */
function randomName() {
  const [a, b] = crypto.getRandomValues(new Uint32Array(2));
  return a.toString(36) + b.toString(36);
}

/** The drafts of this browser. */
export const inBrowser = () => new Stored(() => localStorage);

/**
 * The draft that an address names: «#draft=…».
 * @param {string} hash
 */
export const draftIn = (hash) => /^#draft=([0-9a-z]+)$/.exec(hash)?.[1];
