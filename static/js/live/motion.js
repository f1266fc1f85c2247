// J and Z are drawn in the air: J with the little finger, Z with the index finger. Follows the fingertip while the hand has
// the shape of I or D, and compares what it drew, once it stops, with templates.
// Source of the comparison: Wobbrock et al., "Gestures without Libraries, Toolkits or Training: A $1 Recognizer", 2007,
// without its turning, as a slanted line is no Z.

const INDEX_TIP = 8;
const LITTLE_TIP = 20;
const FINGERS = [5, 9, 13, 17]; // the base of each; base + 1 is its middle joint, base + 3 its tip

const SAMPLES = 32;
const FEW_POINTS = 16; // of so few, smoothing would cut the corners
const SPEED_WINDOW_MS = 120;
const FASTEST_STILL = 1.2; // palms a second
const STOP_MS = 120; // so long it must be still for its path to have ended
const LONGEST_MS = 3500;
const SHORTEST_MS = 200;
const SHORTEST_PATH = 1.6; // palms: what is shorter is a tremor
const LARGEST_DISTANCE = { J: 0.09, Z: 0.165 }; // mean, of the larger side of the path
// Of a finger's tip, as it lies from the wrist against the middle joint: nine of ten I and D have 1.25 and more.
const STRETCHED = 1.2;
const FOLDED = 1.15;
const LOST_SHAPE_MS = 250;
const LOST_HAND_MS = 150; // so long a hand that draws may be missed, as it is blurred
const PALM_MS = 1000;
const LONGEST_GAP_MS = 400;

// As they appear in an unmirrored picture, x to the right and y down; their mirror images count as well: a left hand's J
// is one, and left-handed people draw Z both ways.
const TEMPLATES = {
  J: [
    [[0, 0], [0, 0.35], [0, 0.7], [0.06, 0.9], [0.2, 1], [0.36, 0.96], [0.46, 0.82], [0.5, 0.66]],
    [[0, 0], [0, 0.35], [0, 0.7], [0.08, 0.92], [0.26, 1], [0.44, 0.97]],
    [[0, 0], [0, 0.3], [0, 0.55], [0.1, 0.82], [0.36, 0.96], [0.62, 0.82], [0.7, 0.6]],
  ],
  Z: [
    [[0, 0], [1, 0], [0, 1], [1, 1]],
    [[0, 0], [1, 0], [0, 0.7], [1, 0.7]],
    [[0, 0], [0.7, 0], [0, 1], [0.7, 1]],
  ],
  // What a hand does on its way: down to rest, aside, aslant, there and back.
  none: [
    [[0, 0], [0, 1]],
    [[0, 0], [0.3, 1]],
    [[0, 0], [1, 1]],
    [[0, 0], [1, 0.4]],
    [[0, 0], [1, 0]],
    [[0, 0], [0, 1], [0, 0]],
    [[0, 0], [1, 0], [0, 0]],
  ],
};

const PREPARED = Object.entries(TEMPLATES).flatMap(([label, paths]) =>
  paths.flatMap((path) =>
    [1, -1].map((side) => ({ label, path: normalised(resampled(path.map(([x, y]) => [x * side, y]))) })),
  ),
);

const NOTHING_DRAWN = { letter: null, begun: null };

// Follows one hand. `points` are 21 times x, y, z in any one unit; times are milliseconds.
export class MotionReader {
  constructor() {
    this.reset();
  }

  reset() {
    this.path = []; // of the fingertip, in the unit of the points: { time, at: [x, y] }
    this.finger = null;
    this.shapeSeen = 0;
    this.stillSince = null;
    this.time = null;
    this.palm = new Palm();
  }

  // Returns { isMoving, letter, begun }: whether a finger that might draw is on its way; J or Z if it has just drawn one, and when
  // it began to.
  step({ time, points }) {
    const gap = this.time === null ? 0 : time - this.time;
    this.time = time;
    const finger = points ? drawingFinger(points) : null;
    if (gap < 0 || gap > LONGEST_GAP_MS || (finger && this.finger && finger !== this.finger)) this.begin(finger, time);
    if (finger) {
      this.finger ??= finger;
      this.shapeSeen = time;
    } else if (!this.finger || time - this.shapeSeen > (points ? LOST_SHAPE_MS : LOST_HAND_MS)) {
      const drawn = this.isDrawn() ? this.judge() : NOTHING_DRAWN;
      this.begin(null, time);
      return { isMoving: false, ...drawn };
    }
    if (!points) return { isMoving: this.hasMoved, ...NOTHING_DRAWN }; // a frame or two in which the hand was not found
    this.palm.follow(time, points);
    const tip = 3 * (this.finger === "J" ? LITTLE_TIP : INDEX_TIP);
    this.path.push({ time, at: [points[tip], points[tip + 1]] });
    return this.follow(time);
  }

  begin(finger, time) {
    this.path = [];
    this.finger = finger;
    this.shapeSeen = time;
    this.stillSince = null;
    this.hasMoved = false;
  }

  follow(time) {
    while (this.path.length && time - this.path[0].time > LONGEST_MS) this.path.shift();
    if (this.speed(time) > FASTEST_STILL) {
      this.hasMoved = true;
      this.stillSince = null;
      return { isMoving: true, ...NOTHING_DRAWN };
    }
    this.stillSince ??= time;
    const hasStopped = time - this.stillSince >= STOP_MS;
    if (!this.hasMoved) {
      this.path = this.path.filter((one) => time - one.time <= SPEED_WINDOW_MS * 2); // the path begins where it stood
      return { isMoving: false, ...NOTHING_DRAWN };
    }
    if (!hasStopped) return { isMoving: false, ...NOTHING_DRAWN };
    const drawn = this.judge();
    this.begin(this.finger, time);
    return { isMoving: false, ...drawn };
  }

  speed(time) {
    const last = this.path.at(-1);
    const recent = this.path.filter((one) => one !== last && time - one.time <= SPEED_WINDOW_MS);
    const first = recent[0] ?? this.path.at(-2); // of a slow camera no two frames are within the window
    return first ? (1000 * gapOf(first.at, last.at)) / Math.max(last.time - first.time, 1) / this.palm.size : 0;
  }

  isDrawn() {
    return this.hasMoved && this.path.length > 3;
  }

  judge() {
    const drawn = trimmed(this.path, FASTEST_STILL * this.palm.size);
    if (drawn.length < 4) return NOTHING_DRAWN;
    const lasted = drawn.at(-1).time - drawn[0].time;
    const points = drawn.length < FEW_POINTS ? drawn.map(({ at }) => at) : smoothed(drawn.map(({ at }) => at));
    if (lasted < SHORTEST_MS || lengthOf(points) < SHORTEST_PATH * this.palm.size) return NOTHING_DRAWN;
    const path = normalised(resampled(points));
    const nearest = (label) => Math.min(...PREPARED.filter((one) => one.label === label).map((one) => meanDistance(one.path, path)));
    const found = nearest(this.finger);
    const isLetter = found <= LARGEST_DISTANCE[this.finger] && found < nearest("none");
    return isLetter ? { letter: this.finger, begun: this.path[0].time } : NOTHING_DRAWN;
  }
}

// "J" if the little finger alone is stretched, "Z" if the index finger alone is, else null.
export function drawingFinger(points) {
  const stretched = FINGERS.map((base) => reach(points, base));
  const [index, middle, ring, little] = stretched;
  if (little > STRETCHED && index < FOLDED && middle < FOLDED && ring < FOLDED) return "J";
  if (index > STRETCHED && middle < FOLDED && ring < FOLDED && little < FOLDED) return "Z";
  return null;
}

// How far the tip is from the wrist, against the finger's middle joint.
function reach(points, base) {
  const at = (index) => [points[index * 3], points[index * 3 + 1], points[index * 3 + 2]];
  return gapOf(at(base + 3), at(0)) / Math.max(gapOf(at(base + 1), at(0)), 1e-9);
}

// The palm's size, which is the unit of all ways and speeds: the distance between wrist and middle knuckle, in space, so that
// a turned hand keeps it. It is followed slowly, since it stays the same while landmarks tremble.
export class Palm {
  constructor() {
    this.size = null;
    this.time = 0;
  }

  follow(time, points) {
    const seen = Math.max(Math.hypot(...[0, 1, 2].map((axis) => points[27 + axis] - points[axis])), 1e-9);
    const share = this.size === null ? 1 : Math.min(1, (time - this.time) / PALM_MS);
    this.size = (this.size ?? 0) * (1 - share) + seen * share;
    this.time = time;
    return this.size;
  }

}

// The middle of the palm, [x, y].
export function centreOf(points) {
  return [0, 1].map((axis) => (points[axis] + points[15 + axis] + points[51 + axis]) / 3);
}

// Where the landmarks are from there: x, y, x, y, ...
export function shapeOf(points) {
  const centre = centreOf(points);
  return Array.from({ length: 42 }, (_, index) => points[Math.floor(index / 2) * 3 + (index % 2)] - centre[index % 2]);
}

// Without the time in which it stood still at both ends.
function trimmed(path, fastestStill) {
  const moves = path.map((one, index) => index > 0 && speedAt(path, index) > fastestStill);
  const first = moves.indexOf(true);
  const last = moves.lastIndexOf(true);
  return first < 0 ? [] : path.slice(first - 1, last + 1);
}

function speedAt(path, index) {
  let from = index - 1;
  while (from > 0 && path[index].time - path[from].time < SPEED_WINDOW_MS / 2) from -= 1;
  return (1000 * gapOf(path[from].at, path[index].at)) / Math.max(path[index].time - path[from].time, 1);
}

function smoothed(points) {
  return points.map((point, index) => {
    if (index === 0 || index === points.length - 1) return point;
    return point.map((value, axis) => (points[index - 1][axis] + 2 * value + points[index + 1][axis]) / 4);
  });
}

// The same path as SAMPLES points at equal distances along it.
function resampled(points) {
  const step = lengthOf(points) / (SAMPLES - 1);
  const even = [points[0]];
  let [at, rest] = [points[0], step];
  for (let next = 1; next < points.length; ) {
    const gap = gapOf(at, points[next]);
    if (gap >= rest && gap > 0) {
      const share = rest / gap;
      at = at.map((value, axis) => value + (points[next][axis] - value) * share);
      even.push(at);
      rest = step;
    } else {
      rest -= gap;
      at = points[next];
      next += 1;
    }
    if (even.length === SAMPLES) break;
  }
  while (even.length < SAMPLES) even.push(points.at(-1));
  return even;
}

// Around its centre, and the larger of its sides 1 long.
function normalised(points) {
  const sides = [0, 1].map((axis) => points.map((point) => point[axis]));
  const size = Math.max(...sides.map((side) => Math.max(...side) - Math.min(...side)), 1e-9);
  const centre = sides.map(mean);
  return points.map((point) => point.map((value, axis) => (value - centre[axis]) / size));
}

function meanDistance(one, other) {
  return mean(one.map((point, index) => gapOf(point, other[index])));
}

function lengthOf(points) {
  return points.slice(1).reduce((sum, point, index) => sum + gapOf(points[index], point), 0);
}

function gapOf(one, other) {
  return Math.hypot(...one.map((value, axis) => value - other[axis]));
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
