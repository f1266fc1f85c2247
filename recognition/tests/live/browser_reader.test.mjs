// Which of the landmarkers is asked in which frame, and whose hand counts. They are played by others here.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BrowserReader, SIGNING } from "../../../static/js/live/browser_reader.js";

const PICTURE = { width: 640, height: 480 };
const FRAME_MS = 33;
const LETTERS = {
  read: ([x]) => ({ label: "A", confidence: x / 640, top: [{ label: "A", confidence: x / 640 }], isUnsure: false }),
};

// Shows hands at these shares of the width; `at` may be changed. Counts how often it was asked.
class Landmarker {
  constructor(at = []) {
    Object.assign(this, { at, asked: 0 });
  }

  detectForVideo() {
    this.asked += 1;
    return {
      landmarks: this.at.map((x) => Array.from({ length: 21 }, () => ({ x, y: 0.5, z: 0 }))),
      handedness: this.at.map(() => [{ categoryName: "Right" }]),
    };
  }
}

class SecondLook extends Landmarker {
  isFollowing = false;

  beginAnew() {}

  detect() {
    this.isFollowing = this.at.length > 0;
    return this.detectForVideo();
  }
}

function players({ one = [], two = [], again = [] }) {
  const all = { one: new Landmarker(one), two: new Landmarker(two), again: new SecondLook(again) };
  return { ...all, reader: new BrowserReader(all.one, all.two, all.again, LETTERS) };
}

function read(reader, frames, from = 0) {
  return Array.from({ length: frames }, (_, index) => reader.read(PICTURE, 10_000 + from + index * FRAME_MS));
}

test("a lone hand goes on as it was followed in the frame in which a second one is looked for", () => {
  const { two, reader } = players({ one: [0.4], two: [0.7] });
  const seen = read(reader, 60);
  assert.equal(two.asked, 2);
  assert.deepEqual([...new Set(seen.map(({ hand, hands }) => `${hand.points[0]} ${hands}`))], ["256 1"]);
});

test("of two hands the one whose letter is surest counts, until one of them is gone", () => {
  const { two, reader } = players({ one: [0.4], two: [0.4, 0.7] });
  const seen = read(reader, 10);
  assert.deepEqual([...new Set(seen.map(({ hand, hands }) => `${hand.points[0]} ${hands}`))], ["448 2"]);
  two.at = [0.4];
  assert.equal(read(reader, 60, 10 * FRAME_MS).at(-1).hands, 1);
  const { asked } = two;
  read(reader, 20, 70 * FRAME_MS);
  assert.ok(two.asked - asked <= 1);
});

test("while somebody signs, a hand is looked for in the picture and in a view at once, and else in turn", () => {
  const { one, two, again, reader } = players({});
  read(reader, SIGNING + 1);
  assert.deepEqual([one.asked, two.asked, again.asked], [SIGNING + 1, 0, SIGNING + 1]);
  read(reader, 10, (SIGNING + 1) * FRAME_MS);
  assert.deepEqual([one.asked, two.asked, again.asked], [SIGNING + 6, 0, SIGNING + 6]);
});

test("a hand that a view shows is followed there alone", () => {
  const { one, again, reader } = players({});
  read(reader, 10);
  again.at = [0.5];
  assert.equal(read(reader, 10, 10 * FRAME_MS).at(-1).hand.points[0], 320);
  assert.deepEqual([one.asked, again.asked], [11, 20]);
  again.at = [];
  assert.equal(read(reader, 1, 20 * FRAME_MS)[0].hand, null);
  assert.deepEqual([one.asked, again.asked], [12, 21]);
});
