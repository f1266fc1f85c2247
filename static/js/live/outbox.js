// Rounds on their way to the server: kept in this browser until the server has them, so that a lost network loses none. The
// server knows a round by its key, so that one sent twice, from two tabs even, is there once.

const PLACE = "practice-rounds";

export class Outbox {
  // `send` takes a round and resolves to the answer's status, or rejects where there is no network. `owner` tells apart who
  // practises in this browser.
  constructor(storage, owner, send) {
    this.storage = storage;
    this.place = `${PLACE}-${owner}`;
    this.send = send;
    this.unstored = []; // where the browser keeps nothing
  }

  get waiting() {
    return [...this.stored(), ...this.unstored];
  }

  // Keeps a round and sends whatever waits. Resolves as `flush` does.
  async keep(round) {
    if (!this.store([...this.stored(), round])) this.unstored.push(round);
    return this.flush();
  }

  // Resolves to { sent, refused, waiting, status }: how many, and how the server answered last (null: not at all).
  async flush() {
    const outcome = { sent: 0, refused: 0, waiting: 0, status: null };
    for (const round of this.waiting) {
      outcome.status = await this.send(round).catch(() => null);
      if ([200, 201].includes(outcome.status)) outcome.sent += 1;
      else if ([400, 413].includes(outcome.status)) outcome.refused += 1; // it would be refused for ever
      else break; // signed out, too busy, no network: later
      this.forget(round.key);
    }
    outcome.waiting = this.waiting.length;
    return outcome;
  }

  forget(key) {
    this.unstored = this.unstored.filter((round) => round.key !== key);
    this.store(this.stored().filter((round) => round.key !== key));
  }

  stored() {
    try {
      const rounds = JSON.parse(this.storage.getItem(this.place));
      return Array.isArray(rounds) ? rounds : [];
    } catch {
      return [];
    }
  }

  store(rounds) {
    try {
      if (rounds.length) this.storage.setItem(this.place, JSON.stringify(rounds));
      else this.storage.removeItem(this.place);
      return true;
    } catch {
      return false;
    }
  }
}
