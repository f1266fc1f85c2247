// The drawing of a letter that is drawn in the air shows the way of the fingertip.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { shapesOf } from "../../../static/js/live/hand_drawing.js";

const { letters } = JSON.parse(await readFile(new URL("../../../static/hands/average.json", import.meta.url)));

function wayOf(letter, view = "front", isMirrored = false) {
  const [way, arrow] = shapesOf(letters[letter].points, view, isMirrored, letter)
    .filter(({ part }) => part === "path")
    .map(({ points }) => points);
  return { way, arrow };
}

function tipOf(letter, part) {
  const bones = shapesOf(letters[letter].points, "front", false, letter).filter((shape) => shape.part === part);
  return bones.find(({ width }) => width === 0.5).points[1];
}

for (const [letter, finger] of [["J", "little"], ["Z", "index"]]) {
  test(`${letter} is drawn from the tip of the ${finger} finger, within the picture, with an arrow at its end`, () => {
    const { way, arrow } = wayOf(letter);
    assert.deepEqual(way[0], tipOf(letter, finger));
    assert.deepEqual(arrow[1], way.at(-1));
    for (const value of [...way, ...arrow].flat()) assert.ok(value > 0 && value < 6, `${value}`);
  });

  test(`${letter} is mirrored with its hand, and seen from the front alone`, () => {
    const { way } = wayOf(letter);
    const mirrored = wayOf(letter, "front", true).way;
    way.forEach(([x, y], number) => {
      assert.ok(Math.abs(x + mirrored[number][0] - 6) < 1e-9);
      assert.ok(Math.abs(y - mirrored[number][1]) < 1e-9);
    });
    assert.equal(wayOf(letter, "side").way, undefined);
  });
}

test("J hooks to the right and Z begins to the left, as who sits opposite a right hand sees them", () => {
  const [j, z] = ["J", "Z"].map((letter) => wayOf(letter).way);
  assert.ok(j.at(-1)[0] > j[0][0] && j.at(-1)[1] > j[0][1]);
  assert.ok(z[1][0] < z[0][0] && z[1][1] === z[0][1]);
});

test("A letter that is held still has no way", () => {
  assert.equal(wayOf("L").way, undefined);
});
