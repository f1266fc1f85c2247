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
  // `send` takes { text, signs } and resolves to the answer, or rejects where there is no network.
  constructor(send) {
    this.send = send;
    this.kept = { text: "", address: null };
    this.keeping = null;
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
    try {
      const answer = await this.send({ text, signs });
      if (!answer.ok) return { words: whyNot(answer.status), address: null };
      const { page_url: address } = await answer.json();
      this.kept = { text, address };
      return { words: "Saved: see the text", address };
    } catch {
      return { words: AWAY, address: null };
    }
  }
}

// What the server itself says is for programs.
function whyNot(status) {
  return WHY_NOT[status] ?? (status >= 500 ? BROKEN : REFUSED);
}
