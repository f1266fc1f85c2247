// From letters that are seen, frame by frame, to text: what is written, and when. No page, no clock of its own.

export const SPACE = "space";
export const DELETE = "del";
export const NOTHING = "nothing";

export const SHORTEST_HOLD_MS = 300;
export const LONGEST_HOLD_MS = 2000;
export const USUAL_HOLD_MS = 700;

const LEAST_CONFIDENCE = 0.5;
const FLICKER_MS = 150; // so long another letter, or none, may be seen in between without beginning anew
const RELEASE_MS = 250; // so long another sign, or none, must be seen before the same letter is written again
const STEADY_WINDOW_MS = 200;
const FASTEST_STEADY = 1; // palms a second
const SLIDE_WINDOW_MS = 600;
const SLIDE_PALMS = 0.8;
const LONGEST_GAP_MS = 400; // between frames: after a longer one nothing is known of the time in between

// What a steady hand is taken for in turn. To slip from one into the other is no release.
const LOOK_ALIKE = ["AEMNST", "UVRKH", "GHQ", "IJY", "DXZ", "CO", "FB", "PK"];

function areAlike(one, other) {
  return one === other || LOOK_ALIKE.some((group) => group.includes(one) && group.includes(other));
}

// Watches the frames and says when a letter is written. A frame is
//   { time, label, confidence, centre: [x, y] } with the time in milliseconds and the palm's centre in palms,
//   `label` null without a hand, and `moved` the letter that a movement just ended in (J, Z), if one did.
export class Speller {
  constructor(holdMs = USUAL_HOLD_MS) {
    this.holdMs = holdMs;
    this.reset();
  }

  // Forget what is going on: after a pause, or when the camera was another one.
  reset() {
    this.candidate = null; // the letter that is being held
    this.heldMs = 0;
    this.strayMs = 0; // since the candidate was last seen
    this.written = null; // the last letter, until the hand lets go of it
    this.wasDrawn = false; // whether that was a movement: the pose in which it ended is then no letter of its own
    this.awayMs = 0; // since the written letter was last seen
    this.time = null;
    this.track = [];
  }

  // Returns { label, progress, committed }: the letter that is being held, 0..1 of its time, and what was just written.
  step(frame) {
    const passed = this.time === null ? 0 : frame.time - this.time;
    if (passed < 0 || passed > LONGEST_GAP_MS) this.reset();
    const since = this.time === null ? 0 : passed;
    this.time = frame.time;
    this.follow(frame);
    if (frame.moved) return this.commit(frame.moved, true);
    const seen = readable(frame);
    this.letGo(frame, seen, since);
    if (seen !== null && seen === this.candidate) {
      this.strayMs = 0;
      if (this.isSteady(frame)) this.heldMs += since;
    } else {
      this.strayMs += since;
      if (this.candidate === null || this.strayMs >= FLICKER_MS) this.begin(seen);
    }
    if (this.candidate === null) return { label: null, progress: 0, committed: null };
    if (this.isSpent(this.candidate)) return { label: this.written, progress: 1, committed: null };
    if (this.heldMs >= this.holdMs) return this.commit(this.candidate);
    return { label: this.candidate, progress: this.heldMs / this.holdMs, committed: null };
  }

  begin(label) {
    this.candidate = label;
    this.heldMs = 0;
    this.strayMs = 0;
  }

  isSpent(label) {
    return this.written !== null && (label === this.written || (this.wasDrawn && areAlike(label, this.written)));
  }

  commit(label, wasDrawn = false) {
    this.begin(label);
    this.written = label;
    this.wasDrawn = wasDrawn;
    this.awayMs = 0;
    this.track = this.track.slice(-1);
    return { label, progress: 1, committed: label };
  }

  // The written letter may be written again after the hand was gone, showed another sign, or slid aside.
  letGo(frame, seen, since) {
    if (this.written === null) return;
    const isHeld = seen === null ? frame.label !== null && frame.label !== NOTHING : areAlike(seen, this.written);
    this.awayMs = isHeld ? 0 : this.awayMs + since;
    const slid = this.slid();
    if (slid) this.track = this.track.slice(-1);
    if (this.awayMs >= RELEASE_MS || slid) {
      if (this.isSpent(this.candidate)) this.begin(null);
      this.written = null;
    }
  }

  follow({ time, centre, label }) {
    if (label === null || !centre) this.track = [];
    else this.track.push({ time, centre });
    while (this.track.length && time - this.track[0].time > SLIDE_WINDOW_MS) this.track.shift();
  }

  isSteady({ time }) {
    const recent = this.track.filter((one) => time - one.time <= STEADY_WINDOW_MS);
    if (recent.length < 2) return true;
    const seconds = (time - recent[0].time) / 1000;
    return distance(recent[0], recent.at(-1)) / seconds <= FASTEST_STEADY;
  }

  slid() {
    const sideways = this.track.length ? Math.abs(this.track.at(-1).centre[0] - this.track[0].centre[0]) : 0;
    return sideways >= SLIDE_PALMS;
  }
}

function readable({ label, confidence }) {
  return label === null || label === NOTHING || confidence < LEAST_CONFIDENCE ? null : label;
}

function distance(one, other) {
  return Math.hypot(one.centre[0] - other.centre[0], one.centre[1] - other.centre[1]);
}

// The text with its past. Whatever changes it can be undone: letters, keys, buttons, edits.
export class Draft {
  constructor(text = "") {
    this.text = text;
    this.past = [];
    this.signs = []; // what was signed: { label, confidence, time, runnersUp }
  }

  get canUndo() {
    return this.past.length > 0;
  }

  sign(label, { confidence = null, time = null, runnersUp = [], at = this.text.length } = {}) {
    const signs = [...this.signs, { label, confidence, time, runnersUp }];
    const before = this.text.slice(0, at);
    const after = this.text.slice(at);
    if (label === DELETE) return this.become(before.slice(0, -1) + after, signs, Math.max(0, at - 1));
    const written = label === SPACE ? " " : label;
    return this.become(before + written + after, signs, at + 1);
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
    this.past.push({ text: this.text, signs: this.signs });
    Object.assign(this, { text, signs });
    return at;
  }
}
