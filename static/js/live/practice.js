// The practice page: what is asked for, the hand to make, what to change about one's own, and how the round went.

import { Adviser } from "./advice.js";
import { isOff, turnOff } from "./buttons.js";
import { CameraPage } from "./camera_page.js";
import { drawHand } from "./hand_drawing.js";
import { Outbox } from "./outbox.js";
import { letters, LETTERS, Round, wordLetters } from "./round.js";
import { Steady } from "./steady.js";

const CLOCK_MS = 200;
const STALLED_MS = 3000; // without a picture that was read: then no time passes
const WARN_MS = 10_000;
const OTHER_HAND_MS = 1000; // so long the other hand must be seen for the drawing to turn
const MOVING = "JZ";

class PracticePage extends CameraPage {
  constructor(root) {
    super(root);
    this.scores = this.config.scores;
    this.isLeft = this.config.signingHand === "left";
    this.round = null;
    this.advice = new Steady({ lastsMs: 1000, pauseMs: 3000 });
    this.side = new Steady({ lastsMs: OTHER_HAND_MS, pauseMs: 0 });
    this.outbox = new Outbox(localStorage, this.config.owner, (round) => this.send(round));
    this.listen();
    this.show("off");
    this.showRound();
    root.hidden = false;
    this.sendWaiting();
  }

  listen() {
    this.find("begin").addEventListener("click", () => this.begin());
    this.find("pause").addEventListener("click", () => (this.round.isPaused ? this.goOn() : this.pause("Paused.")));
    this.find("skip").addEventListener("click", ({ currentTarget }) => isOff(currentTarget) || this.skip());
    this.find("show-me").addEventListener("click", () => this.showMe());
    this.find("end").addEventListener("click", () => this.finish());
    this.find("mode-of-round").addEventListener("change", (event) => this.choose({ practiceMode: event.target.value }));
    this.find("limit").addEventListener("change", (event) => this.choose({ practiceSeconds: Number(event.target.value) }));
    this.find("show-hand").addEventListener("change", (event) => this.choose({ showHand: event.target.checked }));
    window.addEventListener("online", () => this.sendWaiting());
    window.addEventListener("pagehide", () => this.isRunning && this.finish());
  }

  get isRunning() {
    return this.round !== null && !this.round.isOver;
  }

  // --- the round

  async begin() {
    if (this.state === "starting") return;
    try {
      this.hands ??= await fetchHands(this.config.hands);
      this.adviser ??= new Adviser(this.hands);
    } catch {
      this.tell("The drawings of the hands could not be loaded. Check the network, then start again.", true);
      return;
    }
    if (this.state !== "on") await this.start();
    if (this.state !== "on") return; // why was told
    const { practiceMode: mode, practiceSeconds: seconds, showHand: isShown } = this.settings;
    const targets = mode === "words" ? wordLetters(this.config.words, this.scores) : letters(this.scores);
    this.round = new Round({ mode, targets, limitMs: seconds ? seconds * 1000 : null, isShown });
    this.hasWarned = false;
    this.clock = setInterval(() => this.tickClock(), CLOCK_MS);
    this.readAt = performance.now();
    this.round.goOn(this.readAt);
    this.spelling.reset();
    this.forgetAdvice();
    this.showRound();
    this.find("round-title").focus();
    this.say(this.asked());
    this.pauseIfHidden();
  }

  pause(why) {
    if (!this.isRunning || this.round.isPaused) return;
    this.round.pause(performance.now());
    if (this.round.isOver) return void this.finish();
    this.forgetAdvice();
    this.showRound();
    this.say(`${why} The time stands still.`);
  }

  async goOn() {
    if (this.state !== "on") await this.start();
    if (this.state !== "on" || !this.isRunning) return;
    this.spelling.reset();
    this.readAt = performance.now();
    this.round.goOn(this.readAt);
    this.showRound();
    this.say(`Going on. ${this.asked()}`);
    this.pauseIfHidden();
  }

  pauseIfHidden() {
    if (document.hidden) this.pause("This tab was in the background.");
  }

  skip() {
    const { letter } = this.round.target;
    this.round.skip(performance.now());
    this.next(`${letter} is skipped.`);
  }

  showMe() {
    this.round.show(!this.round.isShown);
    this.showRound();
    if (this.round.isShown) this.say(this.config.inWords[this.round.target.letter]);
  }

  // A letter was held or drawn.
  write(label, { replaces = null }) {
    if (!this.isRunning) return;
    const outcome = this.round.take(label, performance.now(), replaces);
    if (outcome === "right") {
      this.tick();
      this.next("Right.");
    } else if (outcome === "mistake") {
      this.showRound();
      this.say(`That was read as ${label}.`);
    }
  }

  next(said) {
    if (this.round.isOver) return void this.finish();
    this.forgetAdvice();
    this.showRound();
    this.say(`${said} ${this.asked()}`);
  }

  forgetAdvice() {
    this.advice.reset();
    this.find("advice").textContent = "";
  }

  tickClock() {
    if (!this.isRunning || this.round.isPaused) return;
    const now = performance.now();
    if (now - this.readAt > STALLED_MS) return this.pause("No pictures are read just now.");
    this.round.tick(now);
    if (this.round.isOver) return void this.finish();
    this.showClock();
    const { leftMs } = this.round;
    if (leftMs !== null && leftMs < WARN_MS && !this.hasWarned) {
      this.hasWarned = true;
      this.say("Ten seconds left.");
    }
  }

  async finish() {
    clearInterval(this.clock);
    this.round.tick(performance.now());
    this.round.end();
    this.showRound();
    this.showSummary();
    this.say("The round is over.");
    if (!document.hidden) this.find("summary-title").focus();
    if (!this.round.attempts.length) return;
    for (const { label, is_signed: isSigned, mistakes } of this.round.attempts) {
      const [asked, right] = this.scores[label] ?? [0, 0];
      this.scores[label] = [asked + 1, right + (isSigned && !mistakes.length ? 1 : 0)];
    }
    const report = this.round.report(crypto.randomUUID(), new Date());
    this.showSent(await this.outbox.keep(report));
  }

  // --- what is kept

  async send(round) {
    const answer = await fetch(this.config.rounds, {
      method: "POST",
      body: JSON.stringify(round),
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.csrfToken },
    });
    return answer.status;
  }

  async sendWaiting() {
    if (this.outbox.waiting.length) this.showSent(await this.outbox.flush());
  }

  showSent({ sent, refused, waiting, status }) {
    const kept = this.find("kept");
    if (waiting) {
      const why = [401, 403].includes(status) ? "You were signed out: sign in again in another tab, then reload this page." : "It is sent once the site can be reached.";
      kept.textContent = `The round is kept in this browser. ${why}`;
    } else if (refused) kept.textContent = "The site refused the round as it is, so it was not kept.";
    else if (sent) kept.textContent = "The round is kept under Your practice.";
  }

  // --- frames

  showReading(seen, spelled, time) {
    this.readAt = time;
    const isAsked = this.isRunning && spelled.label === this.round.target.letter;
    this.find("held").value = isAsked ? spelled.progress : 0;
    const text = seen.hand && LETTERS.includes(seen.label) ? seen.label : "–";
    if (this.find("seen").textContent !== text) this.find("seen").textContent = text;
    if (!seen.hand) return;
    const isLeft = this.side.step(seen.hand.isLeft, time);
    if (isLeft !== null && isLeft !== this.isLeft) {
      this.isLeft = isLeft;
      this.showHand();
    }
    if (!this.isRunning || this.round.isPaused) return;
    const advice = this.advice.step(this.adviceOn(seen, isAsked && spelled.progress === 1), time);
    if (advice !== null) this.find("advice").textContent = advice;
  }

  // `isSpent`: the letter was written before, and the hand has not let go of it.
  adviceOn({ hand: { points, isLeft }, label }, isSpent) {
    const { letter } = this.round.target;
    if (isSpent) return "Lower your hand for a moment, then sign it again.";
    if (label === letter && !MOVING.includes(letter)) return "That is it: hold it.";
    const advice = this.adviser.advise(points, isLeft, letter, MOVING.includes(letter) ? null : label);
    if (advice) return advice.text;
    return MOVING.includes(letter) ? "Now draw it in the air, and stop at its end." : null;
  }

  // --- what is shown

  show(state) {
    this.showCameraState(state);
    if (state !== "on") this.pause("The camera is off.");
  }

  pauseOrGoOn() {
    super.pauseOrGoOn();
    this.pauseIfHidden();
    if (document.hidden || this.state !== "on" || !this.isRunning) return;
    this.tell("This tab was in the background, so the round is paused. Press Go on.");
  }

  asked() {
    const { letter, word, place } = this.round.target;
    if (word === null) return `Sign ${letter}.`;
    return place === 0 ? `Spell ${word}. First ${letter}.` : `Now ${letter}.`;
  }

  showSettings() {
    super.showSettings();
    this.find("mode-of-round").value = this.settings.practiceMode;
    this.find("limit").value = String(this.settings.practiceSeconds);
    this.find("show-hand").checked = this.settings.showHand;
    if (this.round) this.showHand();
  }

  showRound() {
    const { isRunning, round } = this;
    this.find("choices").hidden = isRunning;
    this.find("round").hidden = !isRunning;
    this.find("summary").hidden = isRunning || round === null;
    if (!isRunning) return;
    const { letter, word, place } = round.target;
    this.find("target").textContent = letter;
    this.find("word").hidden = word === null;
    if (word !== null) this.showWord(word, place);
    this.find("pause").textContent = round.isPaused ? "Go on" : "Pause";
    turnOff(this.find("skip"), round.isPaused);
    this.find("show-me").textContent = round.isShown ? "Hide the hand" : "Show me the hand";
    this.find("streak").textContent = String(round.streak);
    this.find("right").textContent = String(round.summary.right);
    this.showClock();
    this.showHand();
  }

  showWord(word, place) {
    const done = [...word].map((letter, index) => {
      const span = document.createElement("span");
      span.className = index < place ? "practice__done" : index === place ? "practice__next" : "";
      span.textContent = index < place ? `${letter}✓` : letter;
      return span;
    });
    this.find("word-letters").replaceChildren(...done);
    this.find("word-said").textContent = `Spell ${word}: letter ${place + 1} of ${word.length}`;
  }

  showClock() {
    const { leftMs, ranMs } = this.round;
    const seconds = Math.ceil((leftMs ?? ranMs) / 1000);
    const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    const clock = this.find("clock");
    if (clock.textContent !== text) clock.textContent = text;
    this.find("clock-title").textContent = leftMs === null ? "Time" : "Time left";
  }

  showHand() {
    if (!this.isRunning) return;
    const { letter } = this.round.target;
    this.find("hand").hidden = !this.round.isShown;
    if (!this.round.isShown) return;
    const { points } = this.hands.letters[letter];
    drawHand(this.find("front"), points, "front", this.isLeft !== this.settings.mirror, letter);
    drawHand(this.find("side"), points, "side");
    const text = this.find("in-words");
    if (text.textContent !== this.config.inWords[letter]) text.textContent = this.config.inWords[letter];
  }

  showSummary() {
    const { asked, signed, right, skipped, bestStreak, ranMs, meanMs, toPractise } = this.round.summary;
    const facts = [
      [`${right} of ${asked}`, "right at once"],
      [String(signed - right), "right after another letter"],
      [String(skipped), "skipped"],
      [String(bestStreak), "longest streak"],
      [meanMs === null ? "–" : inSeconds(meanMs), "for a letter on average"],
      [inSeconds(ranMs), "in all"],
    ];
    this.find("facts").replaceChildren(
      ...facts.map(([value, name]) => {
        const item = document.createElement("div");
        item.className = "figure";
        for (const [tag, text] of [["dt", name], ["dd", value]]) {
          item.append(Object.assign(document.createElement(tag), { textContent: text }));
        }
        return item;
      }),
    );
    this.find("to-practise").textContent = !asked
      ? "No letter was signed or skipped, so nothing is kept."
      : toPractise.length
        ? `To practise: ${toPractise.join(", ")}.`
        : "All of them were right at once.";
    this.find("kept").textContent = "";
  }
}

async function fetchHands(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} could not be fetched (${answer.status}).`);
  return answer.json();
}

function inSeconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)}\u00a0s`;
}

const root = document.querySelector("#practice");
if (root) new PracticePage(root);
