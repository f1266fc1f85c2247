// Words that are suggested for what was spelled, from the list that the page fetches.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { MOST_SUGGESTIONS, readWords, suggest } from "../../../static/js/live/suggestions.js";

const LIST = readFileSync(new URL("../../../static/words/english.txt", import.meta.url), "utf8");
const WORDS = readWords(LIST);

function first(written, count, runnersUp) {
  return suggest(written, WORDS, runnersUp).slice(0, count);
}

test("the list has its licence, thousands of words, and no line of the licence among them", () => {
  assert.match(LIST, /Copyright 2000-2011 by Kevin Atkinson/);
  assert.ok(WORDS.length > 3000 && WORDS.length <= 10_000);
  assert.ok(WORDS.every(({ word }) => /^[A-Z]{2,}$/.test(word)));
  assert.equal(new Set(WORDS.map(({ word }) => word)).size, WORDS.length);
  assert.ok(!WORDS.some(({ word }) => word === "COPYRIGHTS"));
});

for (const [written, meant] of [
  ["HELO", "HELLO"], // a double letter once
  ["HHELLO", "HELLO"],
  ["COFEE", "COFFEE"],
  ["SUNNER", "SUMMER"], // M looks like N
  ["WATEP", "WATER"],
  ["VNDER", "UNDER"],
  ["TCHOOL", "SCHOOL"],
  ["GOUSE", "HOUSE"],
  ["FRIEMD", "FRIEND"],
]) {
  test(`${written} is repaired to ${meant}`, () => assert.ok(first(written, 3).includes(meant), first(written, 5).join()));
}

for (const [written, meant] of [["SCHO", "SCHOOL"], ["FRIEN", "FRIEND"], ["GARD", "GARDEN"], ["LETT", "LETTER"]]) {
  test(`${written} is completed to ${meant}`, () => assert.ok(first(written, 5).includes(meant), first(written, 5).join()));
}

test("letters that look alike are nearer than others", () => {
  const words = readWords("mat\npat\n");
  assert.deepEqual(suggest("NAT", words), ["MAT", "PAT"]);
  assert.deepEqual(suggest("QAT", words), ["PAT", "MAT"]);
});

test("what the reader held for next likeliest comes before what merely looks alike", () => {
  const words = readWords("mat\nlat\n");
  const runnersUp = [[{ label: "L", confidence: 0.4 }]];
  assert.deepEqual(suggest("NAT", words), ["MAT", "LAT"]);
  assert.deepEqual(suggest("NAT", words, runnersUp), ["LAT", "MAT"]);
});

test("one letter suggests nothing, nor does what resembles no word", () => {
  assert.deepEqual(suggest("H", WORDS), []);
  assert.deepEqual(suggest("", WORDS), []);
  assert.deepEqual(suggest("XQWBZ", WORDS), []);
});

test("no more than five, and what stands there already is none of them", () => {
  const found = suggest("HAND", WORDS);
  assert.ok(found.length > 0 && found.length <= MOST_SUGGESTIONS);
  assert.ok(!found.includes("HAND"));
});

test("frequent words come before rare ones that are as near", () => {
  assert.deepEqual(suggest("BAD", readWords("bat\n\nban\n")), ["BAT", "BAN"]);
});
