// A round of practice: what is asked, what counts, and how its time passes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { letters, LETTERS, MOST_ATTEMPTS, Round, weakestFirst, wordLetters } from "../../../static/js/live/round.js";

function roundOf(text, options = {}) {
  const targets = [...text].map((letter) => ({ letter, word: null, place: 0 }))[Symbol.iterator]();
  const round = new Round({ mode: "letters", targets, limitMs: null, ...options });
  round.goOn(0);
  return round;
}

test("letters that were never practised come first, then the weakest", () => {
  const scores = Object.fromEntries(LETTERS.map((letter) => [letter, [10, 9]]));
  delete scores.Q;
  delete scores.B;
  scores.M = [10, 2];
  scores.A = [4, 1];
  assert.deepEqual(weakestFirst(scores).slice(0, 5), ["B", "Q", "M", "A", "C"]);
});

test("when all letters were asked they come again", () => {
  const asked = letters({});
  const first = Array.from({ length: 26 }, () => asked.next().value.letter);
  assert.deepEqual(first, LETTERS);
  assert.equal(asked.next().value.letter, "A");
});

test("words come letter by letter, with weak letters rather than strong ones, and none twice in a row", () => {
  const scores = Object.fromEntries(LETTERS.map((letter) => [letter, [10, letter === "X" ? 1 : 10]]));
  const asked = wordLetters(["CAT", "XX", "DOG"], scores, () => 0.5);
  const word = Array.from({ length: 4 }, () => asked.next().value);
  assert.deepEqual(word.slice(0, 2), [{ letter: "X", word: "XX", place: 0 }, { letter: "X", word: "XX", place: 1 }]);
  assert.notEqual(word[2].word, "XX");
});

test("a held letter is right, another is a mistake, and a skipped one is neither", () => {
  const round = roundOf("ABCDE");
  assert.equal(round.take("A", 1000), "right");
  assert.equal(round.take("S", 2000), "mistake");
  assert.equal(round.take("B", 3500), "right");
  round.skip(4000);
  assert.equal(round.take("D", 6000), "right");
  const report = round.report("key", new Date(0));
  assert.deepEqual(report.attempts[1], { label: "B", is_signed: true, was_shown: false, mistakes: ["S"], milliseconds: 2500 });
  assert.deepEqual(report.attempts.map((one) => one.is_signed), [true, true, false, true]);
  const { asked, signed, right, skipped, bestStreak, meanMs, toPractise } = round.summary;
  assert.deepEqual([asked, signed, right, skipped, bestStreak], [4, 3, 2, 1, 1]);
  assert.equal(meanMs, (1000 + 2500 + 2000) / 3);
  assert.deepEqual(toPractise, ["B", "C"]);
});

test("a streak grows with what is right at once, and ends with a mistake or a skip", () => {
  const round = roundOf("ABCDEF");
  for (const [time, letter] of [..."ABC"].entries()) round.take(letter, time);
  assert.equal(round.streak, 3);
  round.take("X", 5);
  assert.equal(round.streak, 0);
  round.take("D", 6);
  assert.deepEqual([round.streak, round.bestStreak], [0, 3]);
});

test("signs that are no letters change nothing", () => {
  const round = roundOf("AB");
  for (const sign of ["space", "del", "nothing"]) assert.equal(round.take(sign, 1), null);
  assert.equal(round.take("A", 2), "right");
  assert.equal(round.summary.right, 1);
});

test("when its time is up it is over, and the letter that was open does not count", () => {
  const round = roundOf("ABC", { limitMs: 60_000 });
  round.take("A", 10_000);
  round.tick(59_000);
  assert.deepEqual([round.isOver, round.leftMs], [false, 1000]);
  assert.equal(round.take("B", 60_001), null);
  assert.equal(round.isOver, true);
  assert.deepEqual([round.summary.asked, round.leftMs], [1, 0]);
  assert.equal(round.report("key", new Date(0)).limit_seconds, 60);
});

test("without a limit it goes on until it is ended", () => {
  const round = roundOf("ABC");
  round.tick(3_600_000);
  assert.equal(round.isOver, false);
  round.end();
  assert.equal(round.isOver, true);
  assert.equal(round.report("key", new Date(0)).limit_seconds, null);
});

test("while it is paused no time passes and nothing counts", () => {
  const round = roundOf("AB", { limitMs: 60_000 });
  round.pause(10_000);
  assert.equal(round.take("A", 20_000), null);
  round.tick(100_000);
  assert.equal(round.leftMs, 50_000);
  round.goOn(200_000);
  round.take("A", 203_000);
  assert.equal(round.report("key", new Date(0)).attempts[0].milliseconds, 13_000);
});

test("a drawing that was looked at counts for the letter it was looked at for", () => {
  const round = roundOf("ABC");
  round.show(true);
  round.show(false);
  round.take("A", 1);
  round.take("B", 2);
  assert.deepEqual(round.attempts.map((one) => one.was_shown), [true, false]);
});

test("it ends by itself before the server would refuse it", () => {
  const round = new Round({ mode: "letters", targets: letters({}), limitMs: null });
  round.goOn(0);
  for (let number = 0; number < MOST_ATTEMPTS + 5; number += 1) round.skip(number);
  assert.deepEqual([round.isOver, round.attempts.length], [true, MOST_ATTEMPTS]);
});

test("an I that was read while J began is no mistake", () => {
  const round = roundOf("AJB");
  round.take("A", 1000);
  assert.equal(round.take("I", 2000), "mistake");
  assert.equal(round.take("J", 2500, "I"), "right");
  assert.deepEqual([round.streak, round.attempts[1].mistakes], [2, []]);
});
