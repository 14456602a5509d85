import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { NotANumber, readNumber } from "../../static/js/shared/typed.js";

const { read, refused } = JSON.parse(readFileSync(new URL("../typed.json", import.meta.url)));

for (const [text, double] of read)
  test(`“${text}” is read to the bit`, () => {
    assert.ok(Object.is(readNumber(text), Buffer.from(double, "hex").readDoubleBE()));
  });

for (const [text, code, named] of refused)
  test(`“${text}” is asked back`, () => {
    assert.throws(
      () => readNumber(text),
      (error) => {
        assert.ok(error instanceof NotANumber);
        assert.deepEqual([error.code, error.named], [code, named]);
        return true;
      },
    );
  });
