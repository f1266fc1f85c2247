// What to change about a hand so that it shows a letter: the one thing that is furthest from how people sign it.

import { normalise } from "./features.js";
import { measures } from "./measures.js";

export const PALM = [0, 1, 5, 9, 13, 17]; // as in worker/ml/hands/normalise.py

// How far beyond what nine of ten hands do a hand must be, in units of how far those are from the middle.
export const LEAST_DEVIATION = 2;

// What is not worth a word, however alike people are: ratios and cosines, and lengths in palms.
const LEAST_SPREAD = { stretch: 0.1, raise: 0.15, spread: 0.2, across: 0.25, up: 0.25, out: 0.35, gap: 0.25, facing: 0.3, sideways: 0.35, upright: 0.3 };

const FOLDED = 0.65; // a finger's stretch
const STRETCHED = 0.8;
const STRAIGHT = 0.9;
const TOUCHING = 0.75; // a gap between fingertips, in palms
const CROSSED = -0.05; // a spread: of index and middle finger in R
const MOVING = "JZ"; // turned while they are drawn

const FINGERS = { thumb: "thumb", index: "index finger", middle: "middle finger", ring: "ring finger", little: "little finger" };

// What to do where a measure must become larger (`more`) or smaller, towards `typical`.
const SENTENCES = {
  stretch(more, typical, [finger]) {
    const name = FINGERS[finger];
    if (more) return typical > STRAIGHT ? `Straighten your ${name}` : `Open your ${name} a little`;
    return typical < FOLDED ? `Fold your ${name}` : `Bend your ${name} a little`;
  },
  raise: (more, _, [finger]) => (more ? `Raise your ${FINGERS[finger]} at the knuckle` : `Bend your ${FINGERS[finger]} forward at the knuckle`),
  spread(more, typical, pair, value) {
    const names = `${pair[0]} and ${pair[1]} finger`;
    if (more) return value < CROSSED ? `Uncross your ${names}` : `Spread your ${names} apart`;
    return typical < CROSSED && pair[0] === "index" ? `Cross your ${names}` : `Bring your ${names} together`;
  },
  across: (more, typical) => {
    if (more) return typical > 1 ? "Stretch your thumb out to the side" : "Move your thumb out, beside the index finger";
    return typical < 0 ? "Fold your thumb across the palm" : "Bring your thumb closer to the hand";
  },
  up: (more) => (more ? "Move your thumb up, towards the fingertips" : "Move your thumb down, towards the wrist"),
  out: (more) => (more ? "Move your thumb forward, away from the palm" : "Lay your thumb against the hand"),
  gap: (more, typical, [, finger]) => {
    if (more) return `Move your thumb away from the tip of your ${FINGERS[finger]}`;
    return typical < TOUCHING ? `Touch your ${FINGERS[finger]} with the tip of your thumb` : `Bring your thumb nearer to your ${FINGERS[finger]}`;
  },
  facing: (more, typical) => {
    if (more) return typical > 0.6 ? "Turn your palm to the camera" : "Turn your palm a little more to the camera";
    return typical < -0.5 ? "Turn the back of your hand to the camera" : "Turn your palm to the side";
  },
  sideways: (_, typical) => (Math.abs(typical) < 0.4 ? "Hold your hand straight" : "Point your hand to the side, as in the drawing"),
  upright: (more, typical) => {
    if (more) return "Hold your hand upright";
    return typical > 0.2 ? "Lean your hand to the side" : "Point your hand down, as in the drawing";
  },
};

export class Adviser {
  // `hands` is what `python -m worker.ml average-hands` wrote.
  constructor({ measures: names, letters }) {
    this.letters = letters;
    this.kinds = names.map((name) => {
      const parts = name.split("_");
      return { measure: name, kind: parts.at(-1), of: parts.slice(0, -1) };
    });
  }

  // What to change about a hand (21 times x, y, z in one unit) that is to show `letter`: { measure, more, text }, with the measure
  // that must become larger (`more`) or smaller, or null if
  // nothing is far off. `seen` is the letter that the hand was read as: then the text says that, and what tells the two apart.
  advise(points, isLeft, letter, seen = null) {
    const values = measures(normalise(points, isLeft, PALM));
    const furthest = this.furthest(values, letter);
    if (furthest && furthest.deviation >= LEAST_DEVIATION) return told(furthest, `${furthest.text}.`);
    if (!seen || seen === letter || !this.letters[seen]) return null;
    const apart = this.furthest(this.letters[seen].typical, letter);
    return told(apart, `That looks like ${seen}. ${apart.text}.`);
  }

  // Of what is worth a word. How a finger stands at its knuckle is, once it is as stretched as it should be; how far two
  // are apart, where both are stretched and shall be.
  furthest(values, letter) {
    const all = this.kinds.map((kind, place) => ({ ...kind, ...this.deviationOf(values, letter, place) }));
    const stretch = (finger) => all.find(({ measure }) => measure === `${finger}_stretch`);
    const isStill = () => !MOVING.includes(letter);
    const isWorth = {
      raise: ([finger]) => stretch(finger).deviation < LEAST_DEVIATION,
      spread: (pair) => pair.every((finger) => stretch(finger).value > STRETCHED && stretch(finger).typical > STRETCHED),
      facing: isStill,
      sideways: isStill,
      upright: isStill,
    };
    const worth = all.filter(({ kind, of }) => isWorth[kind]?.(of) ?? true);
    const furthest = worth.reduce((most, one) => (one.deviation > most.deviation ? one : most));
    const { kind, of, more, value, typical } = furthest;
    return { ...furthest, text: SENTENCES[kind](more, typical, of, value) };
  }

  deviationOf(values, letter, place) {
    const { typical, below, above } = this.letters[letter];
    const [value, middle] = [values[place], typical[place]];
    const more = value < middle;
    const spread = Math.max(more ? below[place] : above[place], LEAST_SPREAD[this.kinds[place].kind]);
    return { value, typical: middle, more, deviation: Math.abs(value - middle) / spread };
  }
}

function told({ measure, more }, text) {
  return { measure, more, text };
}
