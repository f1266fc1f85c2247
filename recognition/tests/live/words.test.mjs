// What is written of what is seen: letters held, doubled, slipped, lost. Times are milliseconds, 25 frames a second.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Draft, Speller } from "../../../static/js/live/words.js";

const FRAME = 40;
const HOLD = 700;

// A hand of palm size 1 at x that shows a letter; `shape` is where one of its landmarks is. Without a label there is none.
function seen(time, label, { confidence = 0.97, x = 3, shape = 0, runnersUp = [], ...more } = {}) {
  const hand = { centre: [x, 2], shape: [shape, 0], palm: 1 };
  return { time, top: label === null ? [] : [{ label, confidence }, ...runnersUp], ...(label !== null && hand), ...more };
}

// Plays spans of [milliseconds, label, options] and returns what was written. Options: those of `seen`, and `to`, where the hand
// goes meanwhile, `shapeTo`, what its landmark does, and `moved` at the end.
function write(spans, { holdMs = HOLD, frame = FRAME, speller = new Speller(holdMs) } = {}) {
  const written = [];
  let time = 0;
  let [x, shape] = [3, 0];
  for (const [lasts, label, { to = x, shapeTo = shape, moved = null, ...options } = {}] of spans) {
    const frames = Math.round(lasts / frame);
    const [from, shapeFrom] = [x, shape];
    for (let number = 1; number <= frames; number += 1) {
      time += frame;
      x = from + ((to - from) * number) / frames;
      shape = shapeFrom + ((shapeTo - shapeFrom) * number) / frames;
      const at = number === frames ? moved : null;
      const { committed } = speller.step(seen(time, label, { ...options, x, shape, moved: at }));
      if (committed) written.push(committed);
    }
  }
  return written.join("");
}

test("a letter is written once it was held, and once only", () => {
  assert.equal(write([[600, "A"]]), "");
  assert.equal(write([[800, "A"]]), "A");
  assert.equal(write([[60_000, "A"]]), "A");
});

for (const holdMs of [300, 700, 2000]) {
  test(`the time to hold is what was chosen: ${holdMs} ms`, () => {
    assert.equal(write([[holdMs - 2 * FRAME, "L"]], { holdMs }), "");
    assert.equal(write([[holdMs + 2 * FRAME, "L"]], { holdMs }), "L");
  });
}

test("letters follow each other without letting go", () => {
  assert.equal(write([[900, "H"], [900, "E"], [900, "Y"]]), "HEY");
});

test("what is passed on the way from letter to letter is not written", () => {
  assert.equal(write([[900, "C"], [120, "S"], [160, "X"], [200, "T"], [900, "A"], [240, "D"], [900, "T"]]), "CAT");
});

test("without a hand nothing is written", () => {
  assert.equal(write([[60_000, null]]), "");
  assert.equal(write([[60_000, "nothing"]]), "");
});

test("what is hardly believed is not written", () => {
  assert.equal(write([[5000, "Q", { confidence: 0.3 }]]), "");
});

test("what is half believed must be held longer", () => {
  assert.equal(write([[HOLD + 2 * FRAME, "Q", { confidence: 0.4 }]]), "");
  assert.equal(write([[HOLD * 1.2 + 2 * FRAME, "Q", { confidence: 0.4 }]]), "Q");
});

test("of two letters that take turns the one is written that was likelier in all", () => {
  const one = (label, confidence, other, rest) => [FRAME, label, { confidence, runnersUp: [{ label: other, confidence: rest }] }];
  const turns = Array.from({ length: 12 }, () => [one("N", 0.55, "M", 0.4), one("M", 0.8, "N", 0.2)]).flat();
  assert.equal(write(turns), "M");
});

test("a letter begins when the fingers have settled, not while they are on their way", () => {
  assert.equal(write([[600, "S", { shapeTo: 1.2 }], [600, "A"]]), "");
  assert.equal(write([[600, "S", { shapeTo: 1.2 }], [860, "A"]]), "A");
});

test("the time to hold counts from when a letter is first seen, also right after another", () => {
  assert.equal(write([[900, "H"], [HOLD + 2 * FRAME, "E"]]), "HE");
});

test("a flicker neither breaks a letter off nor writes another", () => {
  const flickering = Array.from({ length: 6 }, () => [[200, "A"], [40, "S"]]).flat();
  assert.equal(write(flickering), "A");
});

test("the same letter comes twice by a brief release", () => {
  assert.equal(write([[900, "L"], [300, null], [900, "L"]]), "LL");
  assert.equal(write([[900, "L"], [300, "nothing"], [900, "L"]]), "LL");
});

test("the same letter comes twice by a small slide", () => {
  assert.equal(write([[900, "L"], [280, "L", { to: 4.2 }], [900, "L"]]), "LL");
  assert.equal(write([[900, "L"], [280, "L", { to: 1.8 }], [900, "L"]]), "LL");
});

test("the same letter comes twice when the hand opens and closes in between", () => {
  const opens = [[120, "L", { shapeTo: 0.8 }], [80, "C"], [120, "L", { shapeTo: 0 }]];
  assert.equal(write([[900, "L"], ...opens, [900, "L"]]), "LL");
  const trembles = [[80, "L", { shapeTo: 0.1 }], [80, "L"], [80, "L", { shapeTo: 0 }]];
  assert.equal(write([[900, "L"], ...trembles, [900, "L"]]), "L");
});

test("a hand that drifts or trembles does not double its letter", () => {
  assert.equal(write([[900, "L"], [6000, "L", { to: 8 }]]), "L");
  const trembling = Array.from({ length: 100 }, (_, index) => [80, "L", { to: 3 + (index % 2) * 0.15 }]);
  assert.equal(write(trembling), "L");
});

test("a hand lost for one or two frames does not double its letter", () => {
  assert.equal(write([[900, "L"], [80, null], [900, "L"], [80, null], [900, "L"]]), "L");
});

test("slipping into a letter that looks alike and back does not double it", () => {
  assert.equal(write([[900, "M"], [400, "N"], [900, "M"]]), "M");
  assert.equal(write([[900, "M"], [900, "N"], [900, "M"]]), "MNM");
});

test("a moving hand writes nothing until it rests", () => {
  const waving = Array.from({ length: 8 }, (_, index) => [400, "B", { to: index % 2 ? 3 : 4.5 }]);
  assert.equal(write(waving), "");
});

test("a movement is written at once, and the pose that it ends in is not", () => {
  assert.equal(write([[200, "I"], [600, "J", { to: 4.5, moved: "J" }], [1500, "I"], [1500, "J"]]), "J");
});

test("an I that was written while J began gives way to it, and an I from before does not", () => {
  const speller = new Speller(HOLD);
  const draft = new Draft();
  const play = (frame) => {
    const { committed, by } = speller.step(frame);
    if (committed) draft.sign(committed, by);
  };
  for (let time = 0; time <= 2 * HOLD; time += FRAME) play(seen(time, "I"));
  assert.equal(draft.text, "I");
  play(seen(2 * HOLD + FRAME, "I", { x: 5, isMoving: true })); // so far aside that it has let go of I
  play(seen(2 * HOLD + 2 * FRAME, "I", { x: 5, moved: "J", begun: HOLD - FRAME }));
  assert.equal(draft.text, "J");
  draft.undo();
  assert.equal(draft.text, "I");
  speller.reset();
  for (let time = 5000; time <= 5000 + 2 * HOLD; time += FRAME) play(seen(time, "I"));
  play(seen(5000 + 2 * HOLD + FRAME, "I", { moved: "J", begun: 5000 + 2 * HOLD - FRAME }));
  assert.equal(draft.text, "IIJ");
});

test("after a pause of the page the letter must be held anew", () => {
  const speller = new Speller(HOLD);
  for (let time = 0; time <= 600; time += FRAME) speller.step(seen(time, "A"));
  const { committed, progress } = speller.step(seen(60_000, "A"));
  assert.equal(committed, null);
  assert.ok(progress < 0.1);
});

test("five frames a second are enough, as the server may give", () => {
  assert.equal(write([[1200, "H"], [1200, "I"], [600, null], [1200, "I"]], { frame: 200 }), "HII");
});

test("a draft takes letters, spaces and deletions where the caret is, and takes them back", () => {
  const draft = new Draft();
  for (const label of ["H", "E", "L", "L", "O", "space", "A", "del"]) draft.sign(label);
  assert.equal(draft.text, "HELLO ");
  assert.equal(draft.sign("S", { at: 1 }), 2);
  assert.equal(draft.text, "HSELLO ");
  draft.undo();
  draft.undo();
  assert.equal(draft.text, "HELLO A");
});

test("edits and clearing can be undone, down to the beginning and no further", () => {
  const draft = new Draft();
  draft.sign("A");
  draft.edit("A cat");
  draft.clear();
  assert.deepEqual([draft.text, draft.signs], ["", []]);
  draft.undo();
  assert.equal(draft.text, "A cat");
  draft.undo();
  draft.undo();
  draft.undo();
  assert.deepEqual([draft.text, draft.canUndo], ["", false]);
});

test("the word before the caret is told, with what else was seen of the letters that were signed", () => {
  const draft = new Draft();
  draft.edit("Go H");
  for (const label of ["O", "M"]) draft.sign(label, { runnersUp: [{ label: "N", confidence: 0.2 }] });
  const { from, letters, runnersUp } = draft.wordAt(6);
  assert.deepEqual([from, letters, runnersUp[0], runnersUp[2][0].label], [3, "HOM", undefined, "N"]);
  assert.equal(draft.wordAt(3).letters, "");
  assert.equal(draft.wordAt(4).letters, ""); // amid a word
});

test("a suggested word takes the place of the one before the caret, in one step that can be undone", () => {
  const draft = new Draft();
  draft.edit("SAY HELO TO BOB");
  assert.equal(draft.complete("HELLO", 8), 10);
  assert.equal(draft.text, "SAY HELLO TO BOB");
  assert.equal(draft.complete("BOOK", draft.text.length), 18);
  assert.equal(draft.text, "SAY HELLO TO BOOK ");
  draft.undo();
  draft.undo();
  assert.equal(draft.text, "SAY HELO TO BOB");
});

test("a full draft takes nothing more, except what makes it no longer", () => {
  const draft = new Draft("CAI", 4);
  assert.equal(draft.complete("CAIRO", 3), null);
  assert.equal(draft.sign("N"), 4);
  for (const label of ["A", "space"]) assert.equal(draft.sign(label), null);
  assert.deepEqual([draft.text, draft.signs.length], ["CAIN", 1]);
  assert.equal(draft.sign("J", { replaces: "I", at: 3 }), 3);
  assert.equal(draft.sign("del"), 3);
  assert.equal(draft.text, "CAJ");
  draft.undo();
  assert.equal(draft.text, "CAJN");
});

test("deleting in an empty draft does nothing", () => {
  const draft = new Draft();
  assert.equal(draft.sign("del"), 0);
  assert.equal(draft.text, "");
});
