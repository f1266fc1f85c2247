// The text on its way to the server: what of it is kept there, and what to say where it could not be.

import { SIGNED_OUT } from "./server_reader.js";

const WHY_NOT = {
  401: SIGNED_OUT,
  403: "The site does not let this page save just now, so the text was not saved. It stays here: copy it, then reload this page.",
  429: "Too much was sent to the site just now, so the text was not saved. It stays here: try again in a minute.",
};
const AWAY = "The site cannot be reached, so the text was not saved. It stays here: try again later.";
const BROKEN = "Something went wrong at the site, so the text was not saved. It stays here: try again later.";
const REFUSED = "The site does not take this text, so it was not saved. It stays here: copy it to keep it elsewhere.";

export class TextKeeper {
  // `send` takes { key, text, signs } and resolves to the answer, or rejects where there is no network.
  constructor(send) {
    this.send = send;
    this.kept = { key: null, text: "", address: null };
    this.keeping = null;
    this.beginAnew();
  }

  // The next text is another one. Until then all that is sent goes by the same key, as the server knows a text by it: one whose
  // answer was lost on the way, or that went on after it was saved, is there once.
  beginAnew() {
    this.key = newKey();
  }

  isUnsaved(text) {
    return text.trim() !== "" && text !== this.kept.text;
  }

  // Resolves to what there is to say, { words, address }: the address of the page of the kept text, or null. Who asks while a
  // text is on its way gets the same answer, so that an impatient second press makes no second text.
  keep(session) {
    this.keeping ??= this.outcomeOf(session).finally(() => (this.keeping = null));
    return this.keeping;
  }

  async outcomeOf({ text, signs }) {
    if (!this.isUnsaved(text)) return { words: "Saved already: see the text", address: this.kept.address };
    const { key } = this; // the text may be cleared while it is on its way
    try {
      const answer = await this.send({ key, text, signs });
      if (!answer.ok) return { words: whyNot(answer.status), address: null };
      const { page_url: address } = await answer.json();
      const isAgain = this.kept.key === key;
      this.kept = { key, text, address };
      return { words: isAgain ? "Saved in place of what was saved before: see the text" : "Saved: see the text", address };
    } catch {
      return { words: AWAY, address: null };
    }
  }
}

// A UUID. `crypto.randomUUID` is missing at http://, where a text may be typed all the same.
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// What the server itself says is for programs.
function whyNot(status) {
  return WHY_NOT[status] ?? (status >= 500 ? BROKEN : REFUSED);
}
