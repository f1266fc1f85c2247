// The text on the page: the field, its buttons and keys, what is spoken and copied. Letters come from outside.

import { isOff, turnOff } from "./buttons.js";
import { DELETE, Draft, SPACE } from "./words.js";

export class Composer {
  constructor(root, say) {
    this.root = root;
    this.say = say;
    this.field = root.querySelector("#live-text");
    this.draft = new Draft(this.field.value, this.field.maxLength);
    this.hasToldFull = false;
    this.field.addEventListener("input", () => {
      this.draft.edit(this.field.value);
      this.show(null);
    });
    this.field.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z") {
        event.preventDefault();
        this.act("undo");
      }
    });
    for (const button of root.querySelectorAll("button[data-act]")) {
      button.addEventListener("click", () => isOff(button) || this.act(button.dataset.act));
    }
    root.querySelector("[data-act=speak]").hidden = !("speechSynthesis" in window);
    this.show(null);
  }

  // A letter or sign, at the caret. `by` has its time and how sure the reader was, for who saves the text. Returns whether there
  // was room for it.
  sign(label, { isByHand = false, ...by } = {}) {
    return this.write(this.draft.sign(label, { ...by, at: this.field.selectionEnd }), isByHand);
  }

  // The word that is being spelled before the caret.
  get word() {
    return this.draft.wordAt(this.field.selectionEnd);
  }

  // Another word for it.
  complete(word) {
    const { letters } = this.word;
    const isSmall = letters === letters.toLowerCase();
    const isWritten = this.write(this.draft.complete(isSmall ? word.toLowerCase() : word, this.field.selectionEnd));
    if (isWritten) this.say(`${word} is written. Undo brings back ${letters}.`);
  }

  async act(name) {
    if (name === "space") this.sign(SPACE, { time: Date.now(), isByHand: true });
    if (name === "delete") this.sign(DELETE, { time: Date.now(), isByHand: true });
    if (name === "undo") {
      this.draft.undo();
      this.show(this.draft.text.length);
    }
    if (name === "clear") {
      this.draft.clear();
      this.show(0);
      this.say("The text is cleared. Undo brings it back.");
    }
    if (name === "copy") this.say((await this.copy()) ? "The text is copied." : "The text is selected: copy it by the keyboard.");
    if (name === "speak") this.speak();
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.draft.text);
      return true;
    } catch {
      this.field.select(); // at http:// browsers give no clipboard
      return document.execCommand("copy");
    }
  }

  // In small letters: capitals would be spelled one by one.
  speak() {
    speechSynthesis.cancel();
    const spoken = new SpeechSynthesisUtterance(this.draft.text.toLowerCase());
    spoken.lang = "en";
    speechSynthesis.speak(spoken);
  }

  // Shows what the draft made of something. Without a caret it had no room, which is said once, as letters go on coming.
  write(caret, isByHand = true) {
    if (caret !== null) this.show(caret, isByHand);
    else if (!this.hasToldFull) {
      this.hasToldFull = true;
      const most = this.draft.most.toLocaleString("en");
      this.say(`There is no room for more: a text has at most ${most} characters. Save it, then clear it to go on.`);
    }
    return caret !== null;
  }

  // `isByHand`: no letter from the camera.
  show(caret, isByHand = true) {
    this.hasToldFull = false;
    const { text } = this.draft;
    if (this.field.value !== text) this.field.value = text;
    if (caret !== null) this.field.setSelectionRange(caret, caret);
    const isEmpty = text === "";
    for (const name of ["copy", "clear", "speak", "delete"]) {
      turnOff(this.root.querySelector(`[data-act=${name}]`), isEmpty);
    }
    turnOff(this.root.querySelector("[data-act=undo]"), !this.draft.canUndo);
    this.root.dispatchEvent(new CustomEvent("live:text", { detail: { isByHand } }));
  }
}
