// J and Z as movements, on hands that are drawn by sums: at several speeds, with either hand, near and far, with noise;
// and I, D, X, Y held still, trembling and drifting, as what is no movement. Prints what it measured, as JSON.

import assert from "node:assert/strict";
import { test } from "node:test";

import { drawingFinger, MotionReader } from "../../../static/js/live/motion.js";

const FRAME = 45; // milliseconds
const SPEEDS = [500, 800, 1200, 1800]; // milliseconds a letter
const HANDS = [1, -1];
const STILL_SECONDS = 60;

// Mulberry32: the same numbers each time.
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function normal(next) {
  return Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next());
}

// A right hand of palm size 1 as seen by a camera, its fingers stretched or folded, its wrist at the origin.
const BASES = { 5: [0.3, -0.95], 9: [0.05, -1], 13: [-0.18, -0.92], 17: [-0.38, -0.8] };
const SHAPES = { I: [17], J: [17], D: [5], Z: [5], X: [5], Y: [17] };

function hand(shape) {
  const points = Array.from({ length: 21 }, () => [0, 0, 0]);
  for (const [tip, [x, y]] of [[1, [0.3, -0.2]], [2, [0.5, -0.4]], [3, [0.5, -0.65]], [4, shape === "Y" ? [1, -0.9] : [0.2, -0.7]]]) {
    points[tip] = [x, y, 0];
  }
  for (const [base, [x, y]] of Object.entries(BASES)) {
    const first = Number(base);
    const isStretched = SHAPES[shape].includes(first);
    const lengths = isStretched ? [0, 0.4, 0.65, 0.85] : [0, 0.35, 0.15, 0];
    if (shape === "X" && isStretched) lengths.splice(0, 4, 0, 0.4, 0.5, 0.3);
    lengths.forEach((length, joint) => {
      points[first + joint] = [x, y - length, isStretched ? 0 : -0.2 * joint];
    });
  }
  return points;
}

// Where the hand goes, as a share (0..1) of the time of the letter; in palms of its own size.
const J_LINE = [[0, 0], [0, 0.4], [0, 0.8], [0.05, 1.05], [0.2, 1.2], [0.4, 1.15], [0.52, 0.95], [0.55, 0.8]];
const Z_LINE = [[0, 0], [1, 0], [0.05, 0.95], [1.05, 0.95]];

function along(line, share) {
  const lengths = line.slice(1).map((point, index) => Math.hypot(point[0] - line[index][0], point[1] - line[index][1]));
  let rest = share * lengths.reduce((a, b) => a + b);
  for (const [index, length] of lengths.entries()) {
    if (rest <= length) return [0, 1].map((axis) => line[index][axis] + ((line[index + 1][axis] - line[index][axis]) * rest) / length);
    rest -= length;
  }
  return line.at(-1);
}

// Frames of { time, points }: `path` says where the wrist is at each time.
function film(shape, lasts, path, { side = 1, palm = 90, noise = 0.02, seed = 1, slant = 0, every = FRAME } = {}) {
  const next = random(seed);
  const [cos, sin] = [Math.cos(slant), Math.sin(slant)];
  const frames = [];
  for (let time = 0; time <= lasts; time += every) {
    const [dx, dy] = path(time);
    const points = hand(shape).flatMap(([x, y, z]) => {
      const [px, py] = [(x + dx) * side + normal(next) * noise, y + dy + normal(next) * noise];
      return [(px * cos - py * sin) * palm + 320, (px * sin + py * cos) * palm + 240, (z + normal(next) * noise) * palm];
    });
    frames.push({ time, points });
  }
  return frames;
}

// Rests, draws with the usual slow beginning and end, rests.
function drawn(letter, lasts, options) {
  const line = (letter === "J" ? J_LINE : Z_LINE).map(([x, y]) => [x * options.scale, y * options.scale]);
  const share = (time) => Math.min(1, Math.max(0, (time - 400) / lasts));
  const path = (time) => along(line, (1 - Math.cos(Math.PI * share(time))) / 2);
  return film(letter, lasts + 1000, path, options);
}

function read(frames) {
  const reader = new MotionReader();
  return frames.map((frame) => reader.step(frame).letter).filter(Boolean);
}

function examples(letter) {
  const all = [];
  let seed = 1;
  for (const lasts of SPEEDS) {
    for (const side of HANDS) {
      for (const scale of [1.3, 1.8, 2.5]) {
        for (const slant of [-0.2, 0, 0.2]) {
          for (const noise of [0.01, 0.03]) {
            seed += 1;
            all.push({ lasts, read: read(drawn(letter, lasts, { side, scale, slant, noise, seed, palm: 40 + (seed % 4) * 40 })) });
          }
        }
      }
    }
  }
  return all;
}

for (const letter of ["J", "Z"]) {
  test(`${letter} is recognised at several speeds, sizes and slants, with either hand`, (t) => {
    const all = examples(letter);
    for (const lasts of SPEEDS) {
      const some = all.filter((one) => one.lasts === lasts);
      const recall = some.filter((one) => one.read.length === 1 && one.read[0] === letter).length / some.length;
      t.diagnostic(`recall of ${letter} in ${lasts} ms: ${recall.toFixed(3)} of ${some.length}`);
      assert.ok(recall >= 0.9, `${letter} in ${lasts} ms: ${recall}`);
    }
  });
}

for (const letter of ["J", "Z"]) {
  test(`${letter} is recognised by a slow camera, of whose frames no two are close in time`, (t) => {
    for (const every of [100, 125, 200]) {
      const seeds = Array.from({ length: 24 }, (_, index) => index + 1);
      const films = seeds.map((seed) => drawn(letter, 1000, { scale: 1.8, side: HANDS[seed % 2], noise: 0.02, seed, every }));
      const recall = films.filter((one) => read(one).join("") === letter).length / films.length;
      t.diagnostic(`recall of ${letter} at ${1000 / every} frames a second: ${recall.toFixed(3)}`);
      assert.ok(recall >= 0.9, `${letter} at ${1000 / every} frames a second: ${recall}`);
      const still = film(letter, STILL_SECONDS * 1000, () => [0, 0], { noise: 0.03, seed: 7, every });
      assert.deepEqual(read(still), []);
    }
  });
}

for (const shape of ["I", "D", "X", "Y"]) {
  test(`${shape} held still is no movement`, (t) => {
    let alarms = 0;
    let minutes = 0;
    for (const noise of [0.02, 0.05]) {
      for (const side of HANDS) {
        for (const drift of [0, 0.02]) {
          const tremor = (time) => [drift * (time / 1000) + 0.05 * Math.sin(time / 90), 0.05 * Math.cos(time / 130)];
          alarms += read(film(shape, STILL_SECONDS * 1000, tremor, { noise, side, seed: 99 })).length;
          minutes += STILL_SECONDS / 60;
        }
      }
    }
    t.diagnostic(`false alarms a minute on ${shape}: ${(alarms / minutes).toFixed(2)}`);
    assert.ok(alarms / minutes < 1, `${alarms} in ${minutes} minutes`);
  });
}

const OTHER_PATHS = {
  "down, as to rest": [[0, 0], [0, 3]],
  "sideways, to double a letter": [[0, 0], [1.5, 0]],
  "aslant": [[0, 0], [1.5, 2]],
  "there and back": [[0, 0], [1.6, 0], [0, 0]],
  "a circle": Array.from({ length: 25 }, (_, n) => [Math.sin((n * Math.PI) / 12), 1 - Math.cos((n * Math.PI) / 12)]),
};

for (const [name, line] of Object.entries(OTHER_PATHS)) {
  test(`a hand that moves ${name} draws no letter`, () => {
    for (const shape of ["I", "D"]) {
      for (const side of HANDS) {
        for (const lasts of SPEEDS) {
          const share = (time) => Math.min(1, Math.max(0, (time - 400) / lasts));
          const frames = film(shape, lasts + 1000, (time) => along(line, share(time)), { side, seed: lasts });
          assert.deepEqual(read(frames), [], `${shape}, ${lasts} ms`);
        }
      }
    }
  });
}

test("the shape of I draws no Z, nor that of D a J", () => {
  const path = (line) => (time) => along(line.map(([x, y]) => [x * 2, y * 2]), Math.min(1, Math.max(0, (time - 400) / 900)));
  assert.deepEqual(read(film("I", 2000, path(Z_LINE))), []);
  assert.deepEqual(read(film("D", 2000, path(J_LINE))), []);
});

for (const letter of ["J", "Z"]) {
  test(`${letter} is recognised though its hand is missed in some frames on the way`, () => {
    const isMissed = (index) => [14, 18, 19, 23].includes(index);
    const frames = drawn(letter, 900, { scale: 1.8 }).map((frame, index) => ({ ...frame, points: isMissed(index) ? null : frame.points }));
    assert.equal(read(frames).join(""), letter);
  });
}

test("a hand that goes away amid a movement draws no letter", () => {
  const frames = drawn("J", 900, { scale: 1.8 }).map((frame, index) => ({ ...frame, points: index > 18 ? null : frame.points }));
  assert.deepEqual(read(frames), []);
});

test("a film that breaks off in between is no letter", () => {
  const frames = drawn("J", 900, { scale: 1.8 }).map((frame, index) => ({ ...frame, time: frame.time + (index > 18 ? 5000 : 0) }));
  assert.deepEqual(read(frames), []);
});

test("only a stretched index or little finger draws", () => {
  const flat = (shape) => hand(shape).flat();
  assert.equal(drawingFinger(flat("I")), "J");
  assert.equal(drawingFinger(flat("D")), "Z");
  assert.equal(drawingFinger(flat("X")), null);
});
