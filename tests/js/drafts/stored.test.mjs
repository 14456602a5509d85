import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  Changed,
  draftIn,
  MOST,
  NoRoom,
  read,
  Stored,
  VERSION,
} from "../../../static/js/drafts/stored.js";

// Each version that was ever written; a file of an old version is never changed.
const KEPT = JSON.parse(readFileSync(new URL("../../drafts.json", import.meta.url), "utf8"));

class Room {
  constructor(most = Number.POSITIVE_INFINITY) {
    this.items = new Map([["theme", "dark"]]);
    this.most = most;
  }
  get length() {
    return this.items.size;
  }
  key(at) {
    return [...this.items.keys()][at] ?? null;
  }
  getItem(key) {
    return this.items.get(key) ?? null;
  }
  setItem(key, text) {
    if (text.length > this.most) throw new Error("QuotaExceededError");
    this.items.set(key, text);
  }
  removeItem(key) {
    this.items.delete(key);
  }
}

/** A browser's drafts as one of its tabs sees them. */
function tab(room, names) {
  let at = 0;
  const now = () => new Date(Date.UTC(2026, 0, 1, 0, at++)).toISOString();
  let n = 0;
  return new Stored(
    () => room,
    () => `${names}${n++}`,
    now,
  );
}

const DRAFT = { name: "Mine", network: { input: [0.1, 5e-324] }, sketch: null };

test("a draft is found again as it was stored", () => {
  const room = new Room();
  const drafts = tab(room, "a");
  const { id } = drafts.add(DRAFT);
  const { name, network } = drafts.find(id);
  assert.deepEqual({ name, network }, { name: "Mine", network: DRAFT.network });
  assert.deepEqual(drafts.all().unread, []);
  assert.equal(room.getItem("theme"), "dark");
});

test("the newest draft comes first", () => {
  const drafts = tab(new Room(), "a");
  const first = drafts.add({ ...DRAFT, name: "first" });
  drafts.add({ ...DRAFT, name: "second" });
  assert.deepEqual(
    drafts.all().drafts.map(({ name }) => name),
    ["second", "first"],
  );
  drafts.change(first.id, first.revision, { network: { input: [2] } });
  assert.deepEqual(
    drafts.all().drafts.map(({ name }) => name),
    ["first", "second"],
  );
});

test("a draft of every version that was ever written is read", () => {
  assert.ok(KEPT[VERSION], "the present version has a kept draft");
  for (const [version, { text, ...kept }] of Object.entries(KEPT)) {
    assert.equal(JSON.parse(text).version, Number(version));
    const { name, saved, network, sketch } = read("x", text);
    assert.deepEqual({ name, saved, network }, kept);
    assert.equal(sketch.boxes.length, 2);
  }
});

test("what is written now reads as the kept draft of this version does", () => {
  const room = new Room();
  const { id } = tab(room, "a").add(DRAFT);
  const written = Object.keys(JSON.parse(room.getItem(`draft:${id}`)));
  assert.deepEqual(written, Object.keys(JSON.parse(KEPT[VERSION].text)));
});

for (const text of [
  "",
  "{",
  "null",
  "3",
  "{}",
  '{"version":2,"name":"of tomorrow"}',
  '{"version":1}',
  '{"version":1,"name":"a","saved":"yesterday","revision":"b","network":{}}',
  '{"version":1,"name":"a","saved":"2026-11-25T22:10:00.000Z","revision":"b","network":null}',
])
  test(`what cannot be read is listed apart and kept: ${text}`, () => {
    const room = new Room();
    room.setItem("draft:x", text);
    const drafts = tab(room, "a");
    drafts.add(DRAFT);
    assert.deepEqual(drafts.all().unread, [{ key: "draft:x", text }]);
    assert.equal(drafts.all().drafts.length, 1);
    assert.equal(room.getItem("draft:x"), text);
  });

test("a drawing that cannot be drawn is left out, and the draft is read", () => {
  const { text } = KEPT[1];
  for (const sketch of [3, {}, { boxes: [null] }, { width: 1, height: 1, boxes: [{ x: "1" }] }]) {
    const damaged = JSON.stringify({ ...JSON.parse(text), sketch });
    assert.equal(read("x", damaged).sketch, null);
    assert.equal(read("x", damaged).name, "Mine");
  }
});

test("two tabs do not overwrite each other: the later one is told, and nothing is stored", () => {
  const room = new Room();
  const [one, other] = [tab(room, "a"), tab(room, "b")];
  const read = one.add(DRAFT);
  const newer = other.change(read.id, read.revision, { network: { input: [7] } });
  assert.throws(
    () => one.change(read.id, read.revision, { network: { input: [8] } }),
    (error) => error instanceof Changed && error.draft.revision === newer.revision,
  );
  assert.deepEqual(one.find(read.id).network, { input: [7] });
  // When asked to, it replaces it all the same.
  one.change(read.id, null, { network: { input: [8] } });
  assert.deepEqual(other.find(read.id).network, { input: [8] });
});

test("what was deleted elsewhere meanwhile is stored as a new draft", () => {
  const room = new Room();
  const drafts = tab(room, "a");
  const { id, revision } = drafts.add(DRAFT);
  tab(room, "b").remove(id);
  drafts.change(id, revision, DRAFT);
  assert.equal(drafts.all().drafts.length, 1);
});

test("a deleted draft is brought back as it was", () => {
  const room = new Room();
  const drafts = tab(room, "a");
  const draft = drafts.add(DRAFT);
  const text = drafts.remove(draft.id);
  assert.equal(drafts.find(draft.id), undefined);
  drafts.restore(draft.id, text);
  assert.deepEqual(drafts.find(draft.id), draft);
});

test("there are so many drafts at most, and one of them can still be changed", () => {
  const drafts = tab(new Room(), "a");
  const made = Array.from({ length: MOST }, () => drafts.add(DRAFT));
  assert.throws(
    () => drafts.add(DRAFT),
    (error) => error instanceof NoRoom && error.code === "many",
  );
  drafts.change(made[0].id, made[0].revision, { name: "another" });
  assert.equal(drafts.find(made[0].id).name, "another");
});

test("where the browser has no room or no storage, that is said and nothing is lost", () => {
  const room = new Room(400);
  const drafts = tab(room, "a");
  const { id, revision } = drafts.add(DRAFT);
  const large = { network: { input: Array(999).fill(1) } };
  assert.throws(
    () => drafts.change(id, revision, large),
    (error) => error instanceof NoRoom && error.code === "full",
  );
  assert.deepEqual(drafts.find(id).network, DRAFT.network);
  const none = new Stored(() => {
    throw new Error("SecurityError");
  });
  assert.deepEqual(none.all(), { drafts: [], unread: [] });
  assert.throws(
    () => none.add(DRAFT),
    (error) => error instanceof NoRoom && error.code === "none",
  );
});

test("an address names a draft by its id, and nothing else", () => {
  assert.equal(draftIn("#draft=1a2b"), "1a2b");
  for (const hash of ["", "#", "#draft=", "#draft=<b>", "#1.2.3.4", "#step=3"])
    assert.equal(draftIn(hash), undefined);
});
