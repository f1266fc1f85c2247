// The suggested words below the text: buttons, of which keys press the first, second and so on. They change no text by themselves.

import { readWords, suggest } from "./suggestions.js";

const KEY = /^(?:Digit|Numpad)([1-9])$/;

export class SuggestionBar {
  constructor(root, composer, address) {
    this.root = root;
    this.bar = root.querySelector("#live-suggestions");
    this.list = root.querySelector("#live-suggested");
    this.state = root.querySelector("#live-suggestions-state");
    this.composer = composer;
    this.address = address;
    this.isOn = false;
    this.suggested = "";
    root.addEventListener("live:text", () => this.show());
    document.addEventListener("keydown", (event) => this.press(event));
  }

  // The list of words is fetched once somebody wants it.
  async turn(isOn) {
    this.isOn = isOn;
    this.bar.hidden = !isOn;
    this.state.textContent = "";
    if (isOn && !this.words) await this.fetchWords();
    this.show();
  }

  async fetchWords() {
    try {
      const answer = await fetch(this.address);
      if (!answer.ok) throw new Error(answer.statusText);
      this.words = readWords(await answer.text());
    } catch {
      this.state.textContent = "The list of words could not be fetched. Tick the box again once the site can be reached.";
    }
  }

  show() {
    const { letters, runnersUp } = this.composer.word;
    const words = this.isOn && this.words ? suggest(letters.toUpperCase(), this.words, runnersUp) : [];
    if (words.join() === this.suggested) return;
    this.suggested = words.join();
    this.list.replaceChildren(...words.map((word, index) => this.entry(word, index + 1)));
  }

  entry(word, number) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button button--quiet" });
    button.setAttribute("aria-keyshortcuts", `Alt+${number} ${number}`);
    const digit = Object.assign(document.createElement("span"), { className: "live__digit", textContent: number });
    digit.setAttribute("aria-hidden", "true");
    button.append(digit, word);
    button.addEventListener("click", () => this.take(word));
    const entry = document.createElement("li");
    entry.append(button);
    return entry;
  }

  take(word) {
    const hadFocus = this.list.contains(document.activeElement);
    this.composer.complete(word);
    if (hadFocus) this.composer.field.focus(); // the buttons are others now
  }

  // Alt and a digit anywhere; the digit alone where it writes and chooses nothing.
  press(event) {
    const number = Number(KEY.exec(event.code)?.[1] ?? 0);
    const isPlain = !event.altKey && !event.target.closest?.("input, select, textarea");
    if (!this.isOn || !number || event.ctrlKey || event.metaKey || !(event.altKey || isPlain)) return;
    const button = this.list.querySelectorAll("button")[number - 1];
    if (!button) return;
    event.preventDefault();
    button.click();
  }
}
