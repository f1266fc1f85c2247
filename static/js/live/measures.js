// What a teacher looks at in a hand. The same sums, in the same order, as worker/ml/hands/measures.py, which says what each is:
// a test compares. Points are a normalised right hand, 21 times x, y, z (features.js).

import { between, cross, dot, unit } from "./features.js";

const KNUCKLES = [5, 9, 13, 17]; // of index, middle, ring and little finger; each one's tip is three landmarks on
const THUMB = 1;
const THUMB_TIP = 4;

export function measures(points) {
  const up = unit(between(points, 0, 9));
  const out = unit(cross(between(points, 17, 5), up));
  const across = cross(up, out);
  const tip = (finger) => KNUCKLES[finger] + 3;
  const thumb = between(points, KNUCKLES[0], THUMB_TIP);
  return [
    stretch(points, THUMB),
    ...KNUCKLES.map((knuckle) => stretch(points, knuckle)),
    ...KNUCKLES.map((knuckle) => dot(unit(between(points, knuckle, knuckle + 1)), up)),
    ...[0, 1, 2].map((finger) => dot(between(points, tip(finger + 1), tip(finger)), across)),
    dot(thumb, across),
    dot(thumb, up),
    dot(thumb, out),
    length(between(points, tip(0), THUMB_TIP)),
    length(between(points, tip(1), THUMB_TIP)),
    -out[2],
    up[0],
    -up[1],
  ];
}

function stretch(points, base) {
  const bones = [0, 1, 2].reduce((sum, bone) => sum + length(between(points, base + bone, base + bone + 1)), 0);
  return length(between(points, base, base + 3)) / (bones + 1e-6);
}

function length(vector) {
  return Math.sqrt(dot(vector, vector));
}
