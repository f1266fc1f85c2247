// What is said of a stream of frames: only what lasts, and not too often, so that neither eye nor screen reader is chased.

export class Steady {
  constructor({ lastsMs, pauseMs }) {
    Object.assign(this, { lastsMs, pauseMs });
    this.reset();
  }

  reset() {
    this.text = null;
    this.since = 0;
    this.said = null;
    this.saidAt = -Infinity;
  }

  // The text to say now, or null: it has been the same for `lastsMs`, is new, and the last one was `pauseMs` ago.
  step(text, time) {
    if (text !== this.text) Object.assign(this, { text, since: time });
    const isDue = time - this.since >= this.lastsMs && time - this.saidAt >= this.pauseMs;
    if (text === null || text === this.said || !isDue) return null;
    this.said = text;
    this.saidAt = time;
    return text;
  }
}
