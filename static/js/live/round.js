// A round of practice: what is asked for, what came of it, and how much time is left. No page, no clock of its own: times are
// milliseconds of any one clock.

export const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
export const MOST_ATTEMPTS = 1000; // as many as the server keeps: PracticeRound.MAX_ATTEMPTS
const MOST_MISTAKES = 50;
const DRAWN_WORDS = 3;

// `scores` are [asked, right] by letter; what was never asked is missing.
export function weakestFirst(scores) {
  const strength = (letter) => (scores[letter] ? scores[letter][1] / scores[letter][0] : -1);
  return [...LETTERS].sort((one, other) => strength(one) - strength(other)); // keeps the alphabet among equals
}

// Letters without end: the weakest first, and when all were asked, all again.
export function* letters(scores) {
  for (;;) for (const letter of weakestFirst(scores)) yield { letter, word: null, place: 0 };
}

// Words letter by letter without end. Of a few drawn at random the one whose letters are weakest comes, none twice in a row.
export function* wordLetters(words, scores, random = Math.random) {
  const rank = Object.fromEntries(weakestFirst(scores).map((letter, index) => [letter, index]));
  const meanRank = (word) => [...word].reduce((sum, letter) => sum + rank[letter], 0) / word.length;
  for (let last = null; ; ) {
    const others = words.filter((word) => word !== last);
    const drawn = Array.from({ length: DRAWN_WORDS }, () => others[Math.floor(random() * others.length)]);
    const word = drawn.reduce((best, one) => (meanRank(one) < meanRank(best) ? one : best));
    for (let place = 0; place < word.length; place += 1) yield { letter: word[place], word, place };
    last = word;
  }
}

export class Round {
  // `targets` yields { letter, word, place }; `limitMs` is null without a limit. It is paused until `goOn`.
  constructor({ mode, targets, limitMs, isShown = false }) {
    Object.assign(this, { mode, targets, limitMs, isShown });
    this.attempts = [];
    this.streak = 0;
    this.bestStreak = 0;
    this.isOver = false;
    this.ranMs = 0;
    this.since = null; // when the clock was started last, null while it stands
    this.ask();
  }

  ask() {
    this.target = this.targets.next().value;
    this.askedMs = this.ranMs;
    this.mistakes = [];
    this.wasShown = this.isShown;
  }

  get isPaused() {
    return this.since === null;
  }

  goOn(time) {
    if (!this.isOver) this.since ??= time;
  }

  pause(time) {
    this.tick(time);
    this.since = null;
  }

  // Lets time pass; the round ends when its time is up.
  tick(time) {
    if (this.since === null) return;
    this.ranMs += Math.max(0, time - this.since);
    this.since = time;
    if (this.limitMs !== null && this.ranMs >= this.limitMs) {
      this.ranMs = this.limitMs;
      this.end();
    }
  }

  get leftMs() {
    return this.limitMs === null ? null : this.limitMs - this.ranMs;
  }

  // The drawing is shown or hidden from now on.
  show(isShown) {
    this.isShown = isShown;
    this.wasShown ||= isShown;
  }

  // A letter was held, or drawn: then what was read while it began, `replaces`, was no mistake. Returns "right", "mistake", or
  // null if that changes nothing.
  take(label, time, replaces = null) {
    this.tick(time);
    if (this.isPaused || this.isOver || !LETTERS.includes(label)) return null;
    if (label === this.target.letter) {
      if (replaces !== null && this.mistakes.at(-1) === replaces) this.forgive();
      this.close(true);
      return "right";
    }
    if (!this.mistakes.length) this.streakBefore = this.streak;
    this.streak = 0;
    if (this.mistakes.length < MOST_MISTAKES) this.mistakes.push(label);
    return "mistake";
  }

  forgive() {
    this.mistakes.pop();
    if (!this.mistakes.length) this.streak = this.streakBefore;
  }

  skip(time) {
    this.tick(time);
    if (this.isOver) return;
    this.streak = 0;
    this.close(false);
  }

  close(isSigned) {
    const { mistakes, wasShown } = this;
    const milliseconds = Math.round(this.ranMs - this.askedMs);
    this.attempts.push({ label: this.target.letter, is_signed: isSigned, was_shown: wasShown, mistakes, milliseconds });
    if (isSigned && !mistakes.length) this.streak += 1;
    this.bestStreak = Math.max(this.bestStreak, this.streak);
    if (this.attempts.length === MOST_ATTEMPTS) this.end();
    else this.ask();
  }

  // What was asked last and not answered is no attempt.
  end() {
    this.isOver = true;
    this.since = null;
  }

  get summary() {
    const signed = this.attempts.filter((one) => one.is_signed);
    const right = signed.filter((one) => !one.mistakes.length);
    return {
      asked: this.attempts.length,
      signed: signed.length,
      right: right.length,
      skipped: this.attempts.length - signed.length,
      bestStreak: this.bestStreak,
      ranMs: this.ranMs,
      meanMs: signed.length ? signed.reduce((sum, one) => sum + one.milliseconds, 0) / signed.length : null,
      toPractise: [...new Set(this.attempts.filter((one) => !right.includes(one)).map((one) => one.label))],
    };
  }

  // As /api/v1/practice-rounds/ takes it. `key` is a UUID, `finishedAt` a Date.
  report(key, finishedAt) {
    const limit = this.limitMs === null ? null : Math.round(this.limitMs / 1000);
    return { key, mode: this.mode, limit_seconds: limit, finished_at: finishedAt.toISOString(), attempts: this.attempts };
  }
}
