// Spells films of landmarks with the live page's modules: { network, holdMs, films } on stdin, { text, drawn, names }[] on stdout.

import { readFileSync } from "node:fs";

import { LetterNetwork } from "../static/js/live/network.js";
import { Spelling } from "../static/js/live/spelling.js";
import { Draft } from "../static/js/live/words.js";

const { network, holdMs, films } = JSON.parse(readFileSync(0, "utf8"));
const bytes = readFileSync(network);
const letters = new LetterNetwork(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));

function write(frames) {
  const spelling = new Spelling(holdMs);
  const draft = new Draft();
  let drawn = "";
  for (const { time, points, isLeft } of frames) {
    const { committed, by } = spelling.step({ time, points, top: points ? letters.read(points, isLeft).top : [] });
    if (committed) draft.sign(committed, by);
    if (committed && by.confidence === undefined) drawn += committed;
  }
  return { text: draft.text, drawn };
}

const name = (hand) => hand && letters.read(hand.points, hand.isLeft).label;
const spelled = films.map(({ frames, stills }) => ({ ...write(frames), names: stills.map(name) }));
process.stdout.write(JSON.stringify(spelled));
