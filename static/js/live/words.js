// From letters that are seen, frame by frame, to text: what is written, and when. No page, no clock of its own.

export const SPACE = "space";
export const DELETE = "del";
export const NOTHING = "nothing";

export const SHORTEST_HOLD_MS = 300;
export const LONGEST_HOLD_MS = 2000;
export const USUAL_HOLD_MS = 700;

const SURE = 0.5; // what is likelier on average is written after the chosen time,
const LEAST_CONFIDENCE = 0.35; // and what is as likely as this at least
const UNSURE_SHARE = 1.2; // after so much of it
const SUPPORTED = 0.2; // a frame speaks for the letter that is held if it finds it so likely, even if another is likelier
const ROUNDING_MS = 1; // frames are no whole milliseconds apart
const RUNNERS_UP = 4; // so many are told of what was written
const FLICKER_MS = 150; // so long another letter, or none, may be seen in between without beginning anew
const RELEASE_MS = 200; // so long another sign, or none, must be seen before the same letter is written again
const OPENING_MS = 90; // so long the hand must have another shape than that of the written letter
const OPENING_PALMS = 0.4; // the mean way of its landmarks
const STEADY_WINDOW_MS = 100;
const FASTEST_STEADY = 1.2; // palms a second, of the palm's centre
const SETTLED_WINDOW_MS = 70;
const FASTEST_SETTLED = 0.9; // palms a second, the mean of the landmarks around it
const SLIDE_WINDOW_MS = 600;
const SLIDE_PALMS = 0.6;
const LONGEST_GAP_MS = 400; // between frames: after a longer one nothing is known of the time in between

// What a steady hand is taken for in turn. To slip from one into the other is no release.
const LOOK_ALIKE = ["AEMNST", "UVRKH", "GHQ", "IJY", "DXZ", "CO", "FB", "PK"];

function areAlike(one, other) {
  return one === other || LOOK_ALIKE.some((group) => group.includes(one) && group.includes(other));
}

// Watches the frames and says when a letter is written. A frame is
//   { time, top, centre, shape, palm } with the time in milliseconds, what was seen as { label, confidence }[], likeliest first
//   and empty without a hand, the palm's centre, the landmarks around it (x, y, x, y, ...) and its size, all in one unit;
//   `isMoving` while a finger draws; `moved` the letter that a movement just ended in (J, Z), if one did, which had `begun` then.
export class Speller {
  constructor(holdMs = USUAL_HOLD_MS) {
    this.holdMs = holdMs;
    this.reset();
  }

  // Forget what is going on: after a pause, or when the camera was another one.
  reset() {
    this.held = null; // the letter that is being held: a Span
    this.stray = null; // what was seen since it was last seen: a Span
    this.strayMs = 0;
    this.written = null; // the last letter, until the hand lets go of it
    this.writtenShape = null;
    this.latest = { label: null, time: null }; // the last letter, whether the hand let go of it or not
    this.wasDrawn = false; // whether that was a movement: the pose in which it ended is then no letter of its own
    this.awayMs = 0; // since the written letter was last seen
    this.openMs = 0; // since the hand last had its shape
    this.time = null;
    this.track = [];
  }

  // Returns { label, progress, committed, by }: the letter that is being held, 0..1 of its time, what was just written, and either
  // how likely that was while it was held and what else was, { confidence, runnersUp }, or, if it was drawn, what it `replaces`.
  step(frame) {
    const passed = this.time === null ? 0 : frame.time - this.time;
    if (passed < 0 || passed > LONGEST_GAP_MS) this.reset();
    const since = this.time === null ? 0 : passed;
    this.time = frame.time;
    this.follow(frame);
    if (frame.moved) return this.commit(frame.moved, frame);
    const seen = readable(frame);
    this.letGo(frame, seen, since);
    this.hold(this.isSettled(frame) && !frame.isMoving ? seen : null, frame, since);
    if (this.held === null) return { label: null, progress: 0, committed: null };
    const label = this.held.likeliest();
    if (this.isSpent(label)) return { label: this.written, progress: 1, committed: null };
    const needed = this.holdMs * (this.held.mean(label) >= SURE ? 1 : UNSURE_SHARE);
    if (this.held.lasted >= needed - ROUNDING_MS) return this.commit(label, frame);
    return { label, progress: this.held.lasted / needed, committed: null };
  }

  // Evidence is summed for as long as a letter is held. Another one begins when it was first seen, not when it is believed.
  hold(seen, frame, since) {
    if (this.held && seen !== null && this.held.isSupportedBy(frame)) {
      this.strayMs = 0;
      this.stray = null;
      this.held.add(frame, since);
      return;
    }
    this.strayMs += since;
    if (seen === null) this.stray = null;
    else if (this.stray?.isSupportedBy(frame)) this.stray.add(frame, since);
    else this.stray = new Span(frame);
    if (this.held === null || this.strayMs >= FLICKER_MS) this.begin(this.stray);
  }

  begin(span) {
    this.held = span;
    this.stray = null;
    this.strayMs = 0;
  }

  isSpent(label) {
    return this.written !== null && (label === this.written || (this.wasDrawn && areAlike(label, this.written)));
  }

  commit(label, frame) {
    const wasDrawn = label === frame.moved;
    const by = wasDrawn ? { replaces: this.begunAs(frame) } : this.held.summary(label);
    if (wasDrawn) this.begin(null);
    this.written = label;
    this.writtenShape = frame.shape ?? null;
    this.latest = { label, time: frame.time };
    this.wasDrawn = wasDrawn;
    this.awayMs = 0;
    this.openMs = 0;
    this.track = this.track.slice(-1);
    return { label, progress: 1, committed: label, by };
  }

  // Who draws J begins with a hand that shows I: if that was written on the way, it was none of its own.
  begunAs({ moved, begun }) {
    const { label, time } = this.latest;
    return label !== null && label !== moved && areAlike(label, moved) && time >= begun ? label : null;
  }

  // The written letter may be written again after the hand was gone, showed another sign, opened, or slid aside.
  letGo(frame, seen, since) {
    if (this.written === null) return;
    const isHeld = seen === null ? isHand(frame) : areAlike(seen, this.written);
    this.awayMs = isHeld ? 0 : this.awayMs + since;
    const hasOpened = this.hasOpened(frame, since);
    const slid = this.slid();
    if (slid) this.track = this.track.slice(-1);
    if (this.awayMs >= RELEASE_MS || hasOpened || slid) {
      if (this.held && this.isSpent(this.held.likeliest())) this.begin(null);
      this.written = null;
    }
  }

  hasOpened({ shape, palm }, since) {
    if (!shape || !this.writtenShape || this.wasDrawn) return false;
    this.openMs = meanWay(shape, this.writtenShape) / palm > OPENING_PALMS ? this.openMs + since : 0;
    return this.openMs >= OPENING_MS;
  }

  follow(frame) {
    const { time, centre } = frame;
    if (!isHand(frame) || !centre) this.track = [];
    else this.track.push(frame);
    while (this.track.length && time - this.track[0].time > SLIDE_WINDOW_MS) this.track.shift();
  }

  // Whether neither the hand nor its fingers are on their way.
  isSettled(frame) {
    return (
      this.speed(frame, STEADY_WINDOW_MS, (one) => distance(one.centre, frame.centre)) <= FASTEST_STEADY &&
      this.speed(frame, SETTLED_WINDOW_MS, (one) => meanWay(one.shape, frame.shape)) <= FASTEST_SETTLED
    );
  }

  // Palms a second since the beginning of the window, where `wayFrom` a frame to this one is in its unit.
  speed({ time, palm }, windowMs, wayFrom) {
    const first = this.track.find((one) => time - one.time <= windowMs);
    return !first || first.time === time ? 0 : (1000 * wayFrom(first)) / (palm * (time - first.time));
  }

  slid() {
    if (!this.track.length) return false;
    const [first, last] = [this.track[0], this.track.at(-1)];
    return Math.abs(last.centre[0] - first.centre[0]) >= SLIDE_PALMS * last.palm;
  }
}

// What was seen while one letter was held.
class Span {
  constructor(frame) {
    this.lasted = 0; // milliseconds
    this.frames = 0;
    this.sums = new Map(); // of the confidence in each label
    this.add(frame, 0);
  }

  add({ top }, since) {
    this.lasted += since;
    this.frames += 1;
    for (const { label, confidence } of top) this.sums.set(label, (this.sums.get(label) ?? 0) + confidence);
  }

  likeliest() {
    return [...this.sums].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
  }

  mean(label) {
    return this.sums.get(label) / this.frames;
  }

  summary(label) {
    const means = [...this.sums.keys()].map((one) => ({ label: one, confidence: this.mean(one) }));
    const runnersUp = means.filter((one) => one.label !== label).sort((one, other) => other.confidence - one.confidence);
    return { confidence: this.mean(label), runnersUp: runnersUp.slice(0, RUNNERS_UP) };
  }

  isSupportedBy({ top }) {
    const held = this.likeliest();
    return top[0].label === held || top.some(({ label, confidence }) => label === held && confidence >= SUPPORTED);
  }
}

function isHand({ top }) {
  return top.length > 0 && top[0].label !== NOTHING;
}

function readable(frame) {
  return isHand(frame) && frame.top[0].confidence >= LEAST_CONFIDENCE ? frame.top[0].label : null;
}

function distance(one, other) {
  return Math.hypot(one[0] - other[0], one[1] - other[1]);
}

// Of the landmarks of two shapes.
function meanWay(one, other) {
  let sum = 0;
  for (let index = 0; index < one.length; index += 2) sum += Math.hypot(one[index] - other[index], one[index + 1] - other[index + 1]);
  return (2 * sum) / one.length;
}

// The text with its past. Whatever changes it can be undone: letters, keys, buttons, edits.
export class Draft {
  // `most`: so many characters it takes. What has no room changes nothing, and is answered by null instead of a place.
  constructor(text = "", most = Infinity) {
    this.text = text;
    this.most = most;
    this.past = [];
    this.signs = []; // what was signed: { label, confidence, time, runnersUp }
  }

  get canUndo() {
    return this.past.length > 0;
  }

  sign(label, { confidence = null, time = null, runnersUp = [], replaces = null, at = this.text.length } = {}) {
    if (replaces && this.text.slice(0, at).endsWith(replaces)) return this.replace(label, { time, at });
    const signs = [...this.signs, { label, confidence, time, runnersUp }];
    const before = this.text.slice(0, at);
    const after = this.text.slice(at);
    if (label === DELETE) return this.become(before.slice(0, -1) + after, signs, Math.max(0, at - 1));
    const written = label === SPACE ? " " : label;
    return this.become(before + written + after, signs, at + 1);
  }

  // A drawn letter for the one before the caret.
  replace(label, { time, at }) {
    const signs = [...this.signs.slice(0, -1), { label, confidence: null, time, runnersUp: [] }];
    return this.become(this.text.slice(0, at - 1) + label + this.text.slice(at), signs, at);
  }

  // The word that ends at the caret: { from, letters, runnersUp }, the last for as many letters as the signs agree with.
  wordAt(at) {
    const letters = /[A-Za-z]*$/.exec(this.text.slice(0, at))[0];
    if (/^[A-Za-z]/.test(this.text.slice(at))) return { from: at, letters: "", runnersUp: [] }; // amid a word
    const runnersUp = Array(letters.length);
    const signed = this.signs.length - letters.length;
    for (let index = letters.length - 1; index >= 0 && this.signs[signed + index]?.label === letters[index]; index -= 1) {
      runnersUp[index] = this.signs[signed + index].runnersUp;
    }
    return { from: at - letters.length, letters, runnersUp };
  }

  // Another word, and a space, for the one that ends at the caret.
  complete(word, at) {
    const { from } = this.wordAt(at);
    const after = this.text.slice(at);
    const written = after.startsWith(" ") ? word : `${word} `;
    return this.become(this.text.slice(0, from) + written + after, this.signs, from + word.length + 1);
  }

  edit(text) {
    if (text !== this.text) this.become(text, this.signs, text.length);
  }

  clear() {
    this.become("", [], 0);
  }

  undo() {
    const last = this.past.pop();
    if (last) Object.assign(this, last);
  }

  // Returns where the next letter goes.
  become(text, signs, at) {
    if (text.length > this.most) return null;
    this.past.push({ text: this.text, signs: this.signs });
    Object.assign(this, { text, signs });
    return at;
  }
}
