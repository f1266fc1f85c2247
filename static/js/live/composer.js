// The text on the page: the field, its buttons and keys, what is spoken and copied. Letters come from outside.

import { DELETE, Draft, SPACE } from "./words.js";

export class Composer {
  constructor(root, say) {
    this.root = root;
    this.say = say;
    this.field = root.querySelector("#live-text");
    this.draft = new Draft(this.field.value);
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
      button.addEventListener("click", () => this.act(button.dataset.act));
    }
    root.querySelector("[data-act=speak]").hidden = !("speechSynthesis" in window);
    this.show(null);
  }

  // A letter or sign, at the caret. `by` has its time and how sure the reader was, for who saves the text.
  sign(label, by = {}) {
    this.show(this.draft.sign(label, { ...by, at: this.field.selectionEnd }));
  }

  // The word that is being spelled before the caret.
  get word() {
    return this.draft.wordAt(this.field.selectionEnd);
  }

  // Another word for it.
  complete(word) {
    const { letters } = this.word;
    const isSmall = letters === letters.toLowerCase();
    this.show(this.draft.complete(isSmall ? word.toLowerCase() : word, this.field.selectionEnd));
    this.say(`${word} is written. Undo brings back ${letters}.`);
  }

  async act(name) {
    if (name === "space") this.sign(SPACE, { time: Date.now() });
    if (name === "delete") this.sign(DELETE, { time: Date.now() });
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

  show(caret) {
    const { text } = this.draft;
    if (this.field.value !== text) this.field.value = text;
    if (caret !== null) this.field.setSelectionRange(caret, caret);
    const isEmpty = text === "";
    for (const name of ["copy", "clear", "speak", "delete"]) {
      this.root.querySelector(`[data-act=${name}]`).disabled = isEmpty;
    }
    this.root.querySelector("[data-act=undo]").disabled = !this.draft.canUndo;
    this.root.dispatchEvent(new CustomEvent("live:text"));
  }
}
