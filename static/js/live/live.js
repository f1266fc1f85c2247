// The live page: camera, reader, what is shown of a frame, and what becomes text.

import { isOff, turnOff } from "./buttons.js";
import { CameraPage } from "./camera_page.js";
import { Composer } from "./composer.js";
import { SuggestionBar } from "./suggestion_bar.js";
import { TextKeeper } from "./text_keeper.js";
import { NOTHING } from "./words.js";

class LivePage extends CameraPage {
  constructor(root) {
    super(root);
    this.keeper = new TextKeeper((session) => this.send(session));
    this.listen();
    this.composer = new Composer(root, (text) => this.say(text));
    this.suggestions = new SuggestionBar(root, this.composer, this.config.words);
    this.suggestions.turn(this.settings.suggestions);
    this.show("off");
    root.hidden = false;
  }

  listen() {
    this.find("suggest").checked = this.settings.suggestions;
    this.find("suggest").addEventListener("change", ({ target }) => {
      this.choose({ suggestions: target.checked });
      this.suggestions.turn(target.checked);
    });
    this.find("keep").addEventListener("click", () => this.keepFrame());
    this.find("save").addEventListener("click", ({ currentTarget }) => isOff(currentTarget) || this.saveText());
    this.root.addEventListener("live:text", ({ detail }) => {
      const isBlank = !this.find("text").value.trim();
      turnOff(this.find("save"), isBlank);
      if (isBlank) this.keeper.beginAnew();
      if (detail.isByHand) this.find("saved").textContent = "";
    });
    window.addEventListener("beforeunload", (event) => this.keeper.isUnsaved(this.composer.draft.text) && event.preventDefault());
  }

  write(label, by) {
    if (!this.composer.sign(label, { ...by, time: Date.now() })) return; // why was said
    this.tick();
    this.say(`${this.nameOf(label)} is written.`);
    const plate = this.find("letter");
    plate.classList.remove("live__letter--written");
    void plate.offsetWidth; // so that the flash begins anew
    plate.classList.add("live__letter--written");
  }

  async keepFrame() {
    if (this.isKeeping) return; // disabled meanwhile, the button would lose the focus
    this.isKeeping = true;
    const blob = await new Promise((resolve) => this.source.toBlob(resolve, "image/jpeg", 0.92));
    const form = new FormData();
    form.append("csrfmiddlewaretoken", this.csrfToken);
    form.append("key", crypto.randomUUID?.() ?? `live-${Date.now()}`);
    form.append("images", blob, "live.jpg");
    const kept = this.find("kept");
    try {
      const answer = await fetch(this.config.upload, { method: "POST", body: form, headers: { Accept: "application/json" } });
      const { accepted = [], refused = [], detail } = await answer.json();
      const link = document.createElement("a");
      if (accepted.length) {
        Object.assign(link, { href: accepted[0].address, textContent: "See it, and say what it is", target: "_blank", rel: "noopener" });
        kept.replaceChildren("This one picture was sent to your history. ", link);
      } else {
        kept.textContent = refused[0]?.detail ?? detail ?? "The picture could not be taken.";
      }
    } catch {
      kept.textContent = "The site cannot be reached, so the picture was not sent. Try again later.";
    }
    this.isKeeping = false;
  }

  async saveText() {
    const { text, signs: all, most } = this.composer.draft;
    const signs = all.slice(-most); // those of what was deleted again count too, and the site takes as many as characters
    const first = signs.find(({ time }) => time !== null)?.time ?? 0;
    const timed = signs.map(({ label, confidence, time }) => ({
      label,
      confidence,
      milliseconds: Math.max(0, Math.round((time ?? first) - first)),
    }));
    const { words, address } = await this.keeper.keep({ text, signs: timed });
    const link = address && Object.assign(document.createElement("a"), { href: address, textContent: words });
    this.find("saved").replaceChildren(link ?? words);
  }

  send(session) {
    return fetch(this.config.sessions, {
      method: "POST",
      body: JSON.stringify(session),
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.csrfToken },
    });
  }

  // --- what is shown

  show(state) {
    this.find("keep").hidden = state !== "on";
    this.showCameraState(state);
    if (state !== "on") this.showReading({ top: [], label: null, hand: null }, { label: null, progress: 0 });
  }

  showReading({ top, label, isUnsure }, { label: held, progress }) {
    const isLetter = label !== null && label !== NOTHING && top.length > 0;
    const plate = this.find("letter");
    const text = isLetter ? this.nameOf(label) : "";
    if (plate.textContent !== text) plate.textContent = text;
    plate.classList.toggle("plate--word", text.length > 1);
    plate.classList.toggle("plate--blank", !isLetter);
    plate.classList.toggle("live__letter--unsure", isLetter && isUnsure);
    this.find("held").value = held ? progress : 0;
    this.bars ??= [...this.root.querySelectorAll(".bar")];
    this.bars.forEach((bar, index) => {
      const one = isLetter ? top[index] : undefined;
      bar.classList.toggle("live__bar--empty", !one);
      bar.querySelector(".bar__label").textContent = one ? this.nameOf(one.label) : "–";
      bar.querySelector(".bar__fill").setAttribute("width", one ? (one.confidence * 100).toFixed(1) : "0");
      bar.querySelector(".bar__value").textContent = one ? percent(one.confidence) : "";
    });
  }
}

// Never rounds up to 100 or down to 0 what is neither.
function percent(confidence) {
  if (confidence > 0.99 && confidence < 1) return ">99\u00a0%";
  if (confidence > 0 && confidence < 0.01) return "<1\u00a0%";
  return `${Math.round(confidence * 100)}\u00a0%`;
}

const root = document.querySelector("#live");
if (root) new LivePage(root);
