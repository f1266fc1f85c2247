// Advice on synthetic hands, drawings, and how often something is said.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Adviser } from "../../../static/js/live/advice.js";
import { shapesOf } from "../../../static/js/live/hand_drawing.js";
import { LETTERS } from "../../../static/js/live/round.js";
import { Steady } from "../../../static/js/live/steady.js";

const hands = JSON.parse(readFileSync(new URL("../../../static/hands/average.json", import.meta.url)));
const adviser = new Adviser(hands);

// The typical hand of a letter, somewhat changed: `change` is given its points, [x, y, z] each.
function handOf(letter, change = () => {}) {
  const points = hands.letters[letter].points.map((point) => [...point]);
  change(points);
  return points.flat();
}

// Lays a finger's bones down onto the palm, as in a fist.
const fold = (knuckle) => (points) => {
  const fist = hands.letters.S.points;
  for (let bone = 1; bone <= 3; bone += 1) {
    points[knuckle + bone] = points[knuckle].map((value, axis) => value + fist[knuckle + bone][axis] - fist[knuckle][axis]);
  }
};

const turned = (angle) => (points) => {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (const point of points) [point[0], point[2]] = [point[0] * cos + point[2] * sin, point[2] * cos - point[0] * sin];
};

test("the typical hand of every letter gets no advice", () => {
  for (const letter of LETTERS) assert.equal(adviser.advise(handOf(letter), false, letter), null, letter);
});

for (const [knuckle, finger] of [[5, "index"], [9, "middle"], [13, "ring"], [17, "little"]]) {
  test(`a B whose ${finger} finger is folded is told to straighten it`, () => {
    assert.equal(adviser.advise(handOf("B", fold(knuckle)), false, "B").text, `Straighten your ${finger} finger.`);
  });
}

test("a left hand, and a hand of any size and place, is told the same", () => {
  const far = handOf("B", fold(13)).map((value, index) => (index % 3 === 0 ? -40 : 40) * value + 300);
  assert.equal(adviser.advise(far, true, "B").text, "Straighten your ring finger.");
});

test("what is furthest off is told: fingers, thumb and palm", () => {
  assert.equal(adviser.advise(handOf("V"), false, "U").text, "Bring your index and middle finger together.");
  assert.equal(adviser.advise(handOf("U"), false, "V", "U").text, "That looks like U. Spread your index and middle finger apart.");
  assert.equal(adviser.advise(handOf("R"), false, "U").text, "Uncross your index and middle finger.");
  assert.match(adviser.advise(handOf("L"), false, "D").text, /thumb/);
  assert.equal(adviser.advise(handOf("B", turned(Math.PI)), false, "B").text, "Turn your palm to the camera.");
});

test("where all fits and yet another letter is read, that is said, and what tells the two apart", () => {
  const { text } = adviser.advise(handOf("N"), false, "N", "M");
  assert.match(text, /^That looks like M\. [A-Z].*\.$/);
  assert.equal(adviser.advise(handOf("N"), false, "N", "N"), null);
});

test("every letter taken for every other has a sentence", () => {
  for (const letter of LETTERS) {
    for (const other of LETTERS) {
      if (letter === other) continue;
      const advice = adviser.advise(handOf(other), false, letter, other);
      assert.match(advice.text, /^[A-Z][^.]*\.( [A-Z][^.]*\.)?$/, `${other} for ${letter}`);
    }
  }
});

test("letters that are drawn in the air are not told to turn the palm", () => {
  const advice = adviser.advise(handOf("J", turned(Math.PI)), false, "J");
  assert.ok(advice === null || !/palm|upright|Lean|Hold your hand/.test(advice.text), advice?.text);
});

test("a drawing shows all bones within its frame, the far ones first, and its mirror image", () => {
  for (const letter of LETTERS) {
    for (const view of ["front", "side"]) {
      const shapes = shapesOf(hands.letters[letter].points, view);
      assert.equal(shapes.filter(({ part }) => part !== "palm").length, 15);
      const places = shapes.flatMap(({ points }) => points.flat());
      assert.ok(Math.min(...places) > -0.5 && Math.max(...places) < 6.5, `${letter} from the ${view}`);
      assert.deepEqual(shapes, [...shapes].sort((one, other) => other.depth - one.depth));
    }
  }
  const [plain, mirrored] = [false, true].map((isMirrored) => shapesOf(hands.letters.L.points, "front", isMirrored));
  const tipOf = (shapes) => shapes.filter(({ part }) => part === "thumb").at(-1).points.at(-1)[0];
  assert.ok(Math.abs(tipOf(plain) + tipOf(mirrored) - 6) < 1e-6);
});

test("only what lasts is said, once, and not too soon after the last", () => {
  const steady = new Steady({ lastsMs: 1000, pauseMs: 3000 });
  const said = [];
  const play = (text, from, to) => {
    for (let time = from; time < to; time += 50) {
      const one = steady.step(text, time);
      if (one !== null) said.push([one, time]);
    }
  };
  play("flicker", 0, 500);
  play("first", 500, 2500);
  play("second", 2500, 6000);
  play(null, 6000, 8000);
  play("second", 8000, 12_000);
  assert.deepEqual(said, [["first", 1500], ["second", 4500]]);
});
