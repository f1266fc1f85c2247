// Records samples with the camera: names a letter, takes a still, sends it, goes on to the next letter that has fewest.
// Without this script, or a camera, the form below does the same with files.

const MOST_TRIES = 4;

class Recorder {
  constructor(root, form) {
    this.root = root;
    this.form = form;
    this.enough = Number(root.dataset.enough);
    this.letters = root.dataset.letters.split(";").filter(Boolean).map((entry) => {
      const [label, name, count] = entry.split(",");
      return { label, name, count: Number(count) };
    });
    this.place = -1;
    this.sent = 0;
    this.pending = 0;
    this.video = root.querySelector("video");
    this.stage = root.querySelector(".recorder__stage");
    this.part("open").addEventListener("click", () => this.open());
    this.part("take").addEventListener("click", () => this.take());
    this.part("skip").addEventListener("click", () => this.next());
    this.part("close").addEventListener("click", () => this.close());
    root.hidden = false;
  }

  part(name) {
    return this.root.querySelector(`[data-recorder=${name}]`);
  }

  async open() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" }, audio: false });
    } catch {
      this.say("The camera could not be opened. Allow this page to use it, or send pictures by the form below.");
      return;
    }
    this.video.srcObject = this.stream;
    await this.video.play();
    this.part("open").parentElement.hidden = true;
    this.stage.hidden = false;
    this.next();
    this.part("take").focus();
  }

  // Round after round: the next letter behind the last one that has as few as any.
  next() {
    const fewest = Math.min(...this.letters.map((letter) => letter.count));
    const places = [...this.letters.keys()].filter((place) => this.letters[place].count === fewest);
    const behind = places.find((place) => place > this.place);
    this.place = behind ?? places[0];
    this.part("letter").textContent = this.letters[this.place].name;
    const done = this.letters.filter((letter) => letter.count >= this.enough).length;
    const words = [`Sign ${this.letters[this.place].name}, then take the picture.`];
    if (this.sent) words.unshift(`${this.sent} taken.`);
    if (done === this.letters.length) words.push("Every letter has enough: you may stop.");
    this.say(words.join(" "));
  }

  async take() {
    const letter = this.letters[this.place];
    const canvas = document.createElement("canvas");
    canvas.width = this.video.videoWidth;
    canvas.height = this.video.videoHeight;
    canvas.getContext("2d").drawImage(this.video, 0, 0);
    letter.count += 1;
    this.sent += 1;
    this.next();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
    this.pending += 1;
    const problem = await this.deliver(letter, blob);
    this.pending -= 1;
    if (problem) {
      letter.count -= 1;
      this.sent -= 1;
      this.say(`The picture of ${letter.name} was not kept: ${problem}`);
    }
    if (this.isClosing && !this.pending) location.reload();
  }

  // Returns what went wrong, as a sentence; nothing if it was kept.
  async deliver(letter, blob) {
    const data = new FormData();
    data.append("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    data.append("key", `${this.form.elements.key.value}-camera-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`);
    data.append("label", letter.label);
    data.append("images", blob, `${letter.label}.jpg`);
    for (let attempt = 1; ; attempt += 1) {
      let status = 0;
      let body = {};
      try {
        const answer = await fetch(this.root.dataset.address, {
          method: "POST",
          body: data,
          headers: { Accept: "application/json" },
        });
        status = answer.status;
        body = await answer.json();
      } catch {
        // No answer, or one for people: the status is all there is to know.
      }
      if (status === 201) return "";
      const passing = status === 0 || status === 429 || status === 503;
      if (!passing || attempt === MOST_TRIES) {
        return body.refused?.[0]?.detail ?? body.detail ?? this.form.dataset.broken;
      }
      await new Promise((wake) => setTimeout(wake, 1000 * attempt));
    }
  }

  close() {
    for (const track of this.stream.getTracks()) track.stop();
    this.stage.hidden = true;
    this.isClosing = true;
    this.say("Your pictures are being sent.");
    if (!this.pending) location.reload();
  }

  say(text) {
    this.part("status").textContent = text;
  }
}

const root = document.querySelector(".recorder");
const form = document.querySelector(".form--upload");
if (root && form && navigator.mediaDevices?.getUserMedia) new Recorder(root, form);
