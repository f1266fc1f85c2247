// A page that reads letters from a camera: camera, reader, frames, what is said of them, and what was chosen. Whoever extends
// it has `show(state)`, `showReading(seen, spelled, time)` for each frame, and `write(label, by)` for each letter.

import { BrowserReader, lackedHere } from "./browser_reader.js";
import { turnOff } from "./buttons.js";
import { cameras, Frames, LightMeter, NoCamera, openCamera } from "./camera.js";
import { draw } from "./drawing.js";
import { ServerAway, ServerReader } from "./server_reader.js";
import { loadSettings, saveSettings } from "./settings.js";
import { Spelling } from "./spelling.js";

const CHECK_MODEL_MS = 60_000;
const CHECK_LIGHT_MS = 1000;
const DARK = 35; // mean brightness of 255
const HINT_MS = 1200; // so long a hint's reason must last before it is said, so that the page does not chatter

const NO_PICTURE = "The camera gives no picture just now. Is it covered, or used elsewhere?";
const LOCAL = "Your pictures stay in this browser.";
const WHY_SERVER = {
  noAssets: "this site was set up without the part that finds hands in the browser",
  noNetwork: "the model of this site cannot run in a browser",
  noWasm: "this browser cannot run WebAssembly with SIMD",
  noWebGL: "this browser has no WebGL 2, or it is turned off",
  failed: "the part that finds hands could not be started in this browser",
};

export class CameraPage {
  constructor(root) {
    this.root = root;
    this.config = JSON.parse(root.dataset.config);
    this.find = (id) => root.querySelector(`#live-${id}`);
    this.stage = this.find("canvas");
    this.source = document.createElement("canvas"); // the frame as it came, without what is drawn over it
    this.video = document.createElement("video");
    Object.assign(this.video, { muted: true, playsInline: true });
    this.frames = new Frames(this.video);
    this.light = new LightMeter();
    this.settings = loadSettings();
    this.spelling = new Spelling(this.settings.holdMs);
    this.state = "off";
    this.run = 0;
    this.hint = { text: "", since: 0 };
    this.listenToCamera();
    this.showSettings();
  }

  // The cookie's first: who signed in again in another tab has a new one, and this page's own is void.
  get csrfToken() {
    const field = this.root.querySelector("[name=csrfmiddlewaretoken]");
    return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? field.value;
  }

  listenToCamera() {
    this.find("start").addEventListener("click", () => this.start());
    this.find("stop").addEventListener("click", () => this.stop("The camera is off."));
    this.find("camera").addEventListener("change", (event) => this.choose({ camera: event.target.value }, true));
    this.find("mirror").addEventListener("change", (event) => this.choose({ mirror: event.target.checked }));
    this.find("sound").addEventListener("change", (event) => this.choose({ sound: event.target.checked }));
    this.find("hold").addEventListener("input", (event) => this.choose({ holdMs: Number(event.target.value) * 1000 }));
    document.addEventListener("visibilitychange", () => this.pauseOrGoOn());
    window.addEventListener("online", () => this.checkModel());
    window.addEventListener("offline", () => this.say(this.lostNetwork()));
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.listCameras());
  }

  // --- camera

  async start() {
    if (this.state === "starting") return;
    this.show("starting");
    this.tell("The browser asks whether this page may use the camera: allow it.");
    try {
      await this.openCamera();
      this.tell("Loading what finds hands …");
      this.reader ??= await this.chooseReader();
    } catch (error) {
      this.closeCamera();
      this.show("off");
      this.tell(isForPeople(error) ? error.message : `The page could not start: ${error.message}`, true);
      return;
    }
    if (!this.stream) return; // the camera went while the rest was loading, which was said
    this.show("on");
    this.find("mode").textContent = this.modeText;
    this.tell("The camera is on. Show a hand.");
    this.spelling.reset();
    this.watch();
    if (document.hidden) this.pauseOrGoOn(); // the tab was left while the camera was asked for
  }

  async openCamera() {
    this.stream = await openCamera(this.settings.camera);
    const [track] = this.stream.getVideoTracks();
    track.addEventListener("ended", () => this.stop("The camera was unplugged or taken away. Start again when it is back.", true));
    // Phones take the picture away from a tab in the background: nothing to tell, nor that it is back.
    track.addEventListener("mute", () => document.hidden || this.tell(NO_PICTURE));
    track.addEventListener("unmute", () => this.told === NO_PICTURE && this.tell("The camera gives pictures again."));
    this.video.srcObject = this.stream;
    await this.video.play();
    await this.listCameras(track.getSettings().deviceId);
  }

  closeCamera() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.video.srcObject = null;
  }

  stop(text, isError = false) {
    this.run += 1;
    this.closeCamera();
    this.show("off");
    this.tell(text, isError);
  }

  async listCameras(chosen = this.settings.camera) {
    if (!this.stream) return;
    const select = this.find("camera");
    const found = await cameras();
    select.replaceChildren(
      ...found.map(({ deviceId, label }, index) => new Option(label || `Camera ${index + 1}`, deviceId, false, deviceId === chosen)),
    );
    select.closest(".field").hidden = found.length < 2;
  }

  // A tab in the background reads nothing and shows nothing, and decodes no pictures either.
  pauseOrGoOn() {
    if (this.state !== "on") return;
    this.spelling.reset();
    if (document.hidden) {
      this.video.pause();
      this.tell("Paused while this tab is in the background.");
      return;
    }
    this.frames.forget();
    this.video.play().catch(() => {}); // the camera went meanwhile, which is told
    const [track] = this.stream.getVideoTracks();
    this.tell(track.muted ? NO_PICTURE : "Paused while this tab was in the background, and going on now. Show a hand.");
    this.checkModel();
  }

  // --- reader

  async chooseReader() {
    const model = await this.fetchModel().catch(() => {
      throw new ServerAway("The site cannot be reached. Start again once it can.");
    });
    if (!model) throw new ServerAway("You were signed out. Sign in again, in another tab if there is something here to keep.");
    const { assets } = this.config;
    const why = !assets ? "noAssets" : !model.network ? "noNetwork" : lackedHere();
    if (why) return this.serverReader(why);
    try {
      const reader = await BrowserReader.create(assets, model.network);
      this.modeText = LOCAL;
      this.root.dataset.mode = "browser";
      clearInterval(this.checking);
      this.checking = setInterval(() => this.checkModel(), CHECK_MODEL_MS);
      return reader;
    } catch (error) {
      console.warn(error);
      return this.serverReader("failed");
    }
  }

  serverReader(why) {
    this.modeText = `The server reads your pictures, as ${WHY_SERVER[why]}. They are answered and not kept.`;
    this.root.dataset.mode = "server";
    return new ServerReader(this.config.frames, () => this.csrfToken);
  }

  async fetchModel() {
    const answer = await fetch(this.config.model, { headers: { Accept: "application/json" } });
    return answer.ok && !answer.redirected ? answer.json() : null;
  }

  // A version that was promoted meanwhile is taken over without a stop.
  async checkModel() {
    if (this.root.dataset.mode !== "browser" || !this.reader || document.hidden) return;
    try {
      const model = await this.fetchModel();
      if (!model) this.say("You were signed out. Letters go on being named; sign in again in another tab before you leave the page.");
      if (!model?.network || model.fingerprint === this.reader.fingerprint) return;
      await this.reader.changeNetwork(model.network);
      this.spelling.reset();
      this.say("The site has a newer model: from now on it names your letters.");
    } catch {
      this.say(this.lostNetwork());
    }
  }

  lostNetwork() {
    return this.root.dataset.mode === "browser"
      ? "The network is gone. Letters go on being named in this browser; what needs the site must wait."
      : "The network is gone. Letters go on once it is back.";
  }

  // --- frames

  async watch() {
    const run = ++this.run;
    while (run === this.run) {
      await this.reader.rest();
      const captured = await this.frames.next();
      if (run !== this.run || document.hidden || !this.video.videoWidth) continue;
      this.source.width = this.video.videoWidth;
      this.source.height = this.video.videoHeight;
      this.source.getContext("2d").drawImage(this.video, 0, 0);
      let seen;
      try {
        seen = await this.reader.read(this.source, performance.now());
      } catch (error) {
        this.spelling.reset();
        if (!(error instanceof ServerAway)) {
          console.warn(error);
          this.reader = null; // it may be broken for good: the next start makes another
          this.stop("Reading the camera's pictures failed. Start again; nothing is lost.", true);
          return;
        }
        this.hintAt(error.message, 0);
        continue;
      }
      if (run === this.run && !document.hidden) this.take(seen, captured);
    }
  }

  take(seen, captured) {
    const time = performance.now();
    draw(this.stage, this.source, seen.hand?.points);
    const spelled = this.spell(seen, time);
    this.showReading(seen, spelled, time);
    this.hintAt(this.hintOf(seen, time), HINT_MS);
    this.root.dispatchEvent(new CustomEvent("live:frame", { detail: { captured, shown: performance.now(), label: seen.label } }));
  }

  spell(seen, time) {
    const spelled = this.spelling.step({ time, points: seen.hand?.points ?? null, top: seen.top });
    if (spelled.committed) this.write(spelled.committed, spelled.by);
    return spelled;
  }

  hintOf(seen, time) {
    if (!(time - (this.lightAt ?? -Infinity) < CHECK_LIGHT_MS)) {
      this.lightAt = time;
      this.isDark = this.light.read(this.source) < DARK;
    }
    if (this.isDark) return "The picture is dark: put light on your hand.";
    if (seen.hands > 1) return "Two hands are in view. The one whose letter is surest counts.";
    return seen.hand ? "" : "No hand is seen. Show one hand, wrist included.";
  }

  hintAt(text, afterMs) {
    const now = performance.now();
    if (text !== this.hint.text) this.hint = { text, since: now };
    const shown = this.find("hint");
    if (now - this.hint.since >= (text ? afterMs : 0) && shown.textContent !== text) shown.textContent = text;
  }

  // --- what is shown

  choose(changes, restarts = false) {
    Object.assign(this.settings, changes);
    saveSettings(this.settings);
    this.spelling.holdMs = this.settings.holdMs;
    this.showSettings();
    if (restarts && this.state === "on") {
      this.stop("");
      this.start();
    }
  }

  showSettings() {
    const { holdMs, mirror, sound } = this.settings;
    const hold = this.find("hold");
    hold.value = String(holdMs / 1000);
    this.find("hold-value").textContent = `${(holdMs / 1000).toFixed(1)} s`;
    hold.setAttribute("aria-valuetext", `${(holdMs / 1000).toFixed(1)} seconds`);
    this.find("mirror").checked = mirror;
    this.find("sound").checked = sound;
    this.stage.classList.toggle("live__canvas--mirrored", mirror);
  }

  showCameraState(state) {
    const hadFocus = this.root.contains(document.activeElement) && document.activeElement.closest(".live__camera, .live__controls");
    this.state = state;
    this.root.dataset.state = state;
    this.find("steps").hidden = state === "on";
    turnOff(this.find("start"), state === "starting"); // the focus, which it keeps, is due to Stop
    this.find("stop").hidden = state !== "on";
    this.stage.hidden = state !== "on";
    if (state !== "on") this.find("hint").textContent = "";
    if (hadFocus) this.find(state === "on" ? "stop" : "start").focus();
  }

  nameOf(label) {
    return this.config.names[label] ?? label;
  }

  // What has just happened; a screen reader says it.
  say(text) {
    this.find("said").textContent = text;
  }

  // What state the page is in.
  tell(text, isError = false) {
    this.told = text;
    const status = this.find("status");
    status.textContent = text;
    status.classList.toggle("live__status--error", isError);
  }

  tick() {
    if (!this.settings.sound) return;
    this.audio ??= new AudioContext();
    const now = this.audio.currentTime;
    const [tone, volume] = [this.audio.createOscillator(), this.audio.createGain()];
    tone.frequency.value = 880;
    volume.gain.setValueAtTime(0.15, now);
    volume.gain.exponentialRampToValueAtTime(0.001, now + 0.09);
    tone.connect(volume).connect(this.audio.destination);
    tone.start(now);
    tone.stop(now + 0.1);
  }
}

function isForPeople(error) {
  return error instanceof NoCamera || error instanceof ServerAway;
}
