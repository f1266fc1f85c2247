// A text on its way: kept once, and whatever went wrong is said in words, and that nothing is lost.

import assert from "node:assert/strict";
import { test } from "node:test";

import { TextKeeper } from "../../../static/js/live/text_keeper.js";

const PAGE = "/live/texts/1/";
const kept = async () => ({ ok: true, status: 201, json: async () => ({ page_url: PAGE }) });
const answering = (status) => async () => ({ ok: false, status, json: async () => ({ detail: "text: Ensure this field is." }) });

test("a text is unsaved until it was kept, and again once it is another", async () => {
  const keeper = new TextKeeper(kept);
  assert.ok(!keeper.isUnsaved(""));
  assert.ok(!keeper.isUnsaved(" \n"));
  assert.ok(keeper.isUnsaved("HI"));
  assert.deepEqual(await keeper.keep({ text: "HI" }), { words: "Saved: see the text", address: PAGE });
  assert.ok(!keeper.isUnsaved("HI"));
  assert.ok(keeper.isUnsaved("HI!"));
});

test("the same text is not sent twice, also not by two presses at once", async () => {
  const sent = [];
  const keeper = new TextKeeper((session) => {
    sent.push(session.text);
    return kept();
  });
  const both = await Promise.all([keeper.keep({ text: "HI" }), keeper.keep({ text: "HI" })]);
  assert.deepEqual(both[0], both[1]);
  assert.deepEqual(await keeper.keep({ text: "HI" }), { words: "Saved already: see the text", address: PAGE });
  await keeper.keep({ text: "HI!" });
  assert.deepEqual(sent, ["HI", "HI!"]);
});

test("a text goes by one key until another is begun, whether or not its answer came back", async () => {
  const keys = [];
  const lost = Promise.reject(new TypeError("Failed to fetch"));
  lost.catch(() => {});
  let answer = lost;
  const keeper = new TextKeeper(({ key }) => {
    keys.push(key);
    return answer;
  });
  await keeper.keep({ text: "HI" });
  answer = kept();
  assert.equal((await keeper.keep({ text: "HI" })).words, "Saved: see the text");
  assert.equal((await keeper.keep({ text: "HI!" })).words, "Saved in place of what was saved before: see the text");
  assert.match(keys[0], /^[0-9a-f]{32}$/);
  assert.equal(new Set(keys).size, 1);
  keeper.beginAnew();
  assert.equal((await keeper.keep({ text: "BYE" })).words, "Saved: see the text");
  assert.notEqual(keys[3], keys[0]);
});

test("a text that is cleared while it is on its way is not what comes next", async () => {
  const keys = [];
  let arrive;
  const keeper = new TextKeeper(({ key }) => {
    keys.push(key);
    return new Promise((resolve) => (arrive = () => resolve(kept())));
  });
  const first = keeper.keep({ text: "HI" });
  keeper.beginAnew();
  arrive();
  await first;
  const second = keeper.keep({ text: "BYE" });
  arrive();
  assert.equal((await second).words, "Saved: see the text");
  assert.notEqual(keys[0], keys[1]);
});

for (const status of [400, 401, 403, 413, 429, 500, 502, 503]) {
  test(`an answer ${status} is told in words of this page, and the text can be sent again`, async () => {
    const keeper = new TextKeeper(answering(status));
    const { words, address } = await keeper.keep({ text: "HI" });
    assert.match(words, status === 401 ? /signed out.*nothing here is lost/ : /not saved\. It stays here: /);
    assert.equal(address, null);
    assert.ok(keeper.isUnsaved("HI"));
    keeper.send = kept;
    assert.equal((await keeper.keep({ text: "HI" })).address, PAGE);
  });
}

test("without a network, or with an answer that is none of the site's, the text stays", async () => {
  const broken = async () => ({ ok: true, status: 200, json: () => Promise.reject(new SyntaxError("<html>")) });
  for (const send of [() => Promise.reject(new TypeError("Failed to fetch")), broken]) {
    const keeper = new TextKeeper(send);
    assert.match((await keeper.keep({ text: "HI" })).words, /cannot be reached, so the text was not saved\. It stays here: /);
    assert.ok(keeper.isUnsaved("HI"));
  }
});
