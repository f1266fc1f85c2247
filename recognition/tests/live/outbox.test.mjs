// Rounds on their way: none is lost with the network, and none that the server has is sent for ever.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Outbox } from "../../../static/js/live/outbox.js";

class Storage {
  constructor({ isFull = false } = {}) {
    this.items = new Map();
    this.isFull = isFull;
  }

  getItem(name) {
    return this.items.get(name) ?? null;
  }

  setItem(name, value) {
    if (this.isFull) throw new Error("QuotaExceededError");
    this.items.set(name, value);
  }

  removeItem(name) {
    this.items.delete(name);
  }
}

const answering = (status, sent = []) => async (round) => {
  sent.push(round.key);
  return status;
};
const offline = () => Promise.reject(new TypeError("Failed to fetch"));

test("without a network a round is kept, over a reload too, and sent later", async () => {
  const storage = new Storage();
  const outcome = await new Outbox(storage, 1, offline).keep({ key: "a" });
  assert.deepEqual(outcome, { sent: 0, refused: 0, waiting: 1, status: null });
  const sent = [];
  const later = new Outbox(storage, 1, answering(201, sent));
  assert.deepEqual(await later.flush(), { sent: 1, refused: 0, waiting: 0, status: 201 });
  assert.deepEqual(sent, ["a"]);
  assert.deepEqual(later.waiting, []);
});

for (const status of [401, 403, 429, 500, 503]) {
  test(`an answer ${status} is no reason to give a round up`, async () => {
    const outbox = new Outbox(new Storage(), 1, answering(status));
    assert.deepEqual(await outbox.keep({ key: "a" }), { sent: 0, refused: 0, waiting: 1, status });
  });
}

test("what the server has already, or will never take, is not sent again", async () => {
  const known = new Outbox(new Storage(), 1, answering(200));
  assert.equal((await known.keep({ key: "a" })).waiting, 0);
  const nonsense = new Outbox(new Storage(), 1, answering(400));
  assert.deepEqual(await nonsense.keep({ key: "a" }), { sent: 0, refused: 1, waiting: 0, status: 400 });
});

test("another person in the same browser does not send it", async () => {
  const storage = new Storage();
  await new Outbox(storage, 1, offline).keep({ key: "a" });
  assert.deepEqual(new Outbox(storage, 2, offline).waiting, []);
});

test("where the browser keeps nothing a round lasts as long as the page", async () => {
  let isOnline = false;
  const outbox = new Outbox(new Storage({ isFull: true }), 1, (round) => (isOnline ? answering(201)(round) : offline()));
  assert.equal((await outbox.keep({ key: "a" })).waiting, 1);
  isOnline = true;
  assert.deepEqual(await outbox.flush(), { sent: 1, refused: 0, waiting: 0, status: 201 });
});

test("what somebody else wrote into its place is no round", () => {
  const storage = new Storage();
  for (const nonsense of ["{", "7", "null", '{"a": 1}']) {
    storage.setItem("practice-rounds-1", nonsense);
    assert.deepEqual(new Outbox(storage, 1, offline).waiting, []);
  }
});
