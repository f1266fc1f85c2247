// Has the server read the frames where this browser cannot. One is on its way at a time; the next is always the newest.

const LONGEST_SIDE = 480;
const QUALITY = 0.8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;

export class ServerAway extends Error {}

export class ServerReader {
  constructor(address, csrfToken) {
    this.address = address;
    this.csrfToken = csrfToken;
    this.canvas = document.createElement("canvas");
    this.pauseMs = 0;
  }

  // As BrowserReader.read. Throws ServerAway, whose message is for the person, and then waits longer each time.
  async read(picture) {
    if (this.pauseMs) await new Promise((wake) => setTimeout(wake, this.pauseMs));
    let answer;
    try {
      answer = await fetch(this.address, {
        method: "POST",
        body: await this.formOf(picture),
        headers: { "X-CSRFToken": this.csrfToken, Accept: "application/json" },
      });
    } catch {
      throw this.away("The server cannot be reached. Letters go on once it can.");
    }
    if (answer.status === 401 || answer.status === 403) {
      throw this.away("You were signed out. Sign in again in another tab, so that nothing here is lost.");
    }
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw this.away(said.detail ?? "The server cannot read frames just now. Letters go on once it can.");
    this.pauseMs = 0;
    return seenIn(said, picture);
  }

  away(sentence) {
    this.pauseMs = Math.min(LONGEST_PAUSE_MS, this.pauseMs * 2 || FIRST_PAUSE_MS);
    return new ServerAway(sentence);
  }

  async formOf(picture) {
    const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
    this.canvas.width = Math.round(picture.width * scale);
    this.canvas.height = Math.round(picture.height * scale);
    this.canvas.getContext("2d").drawImage(picture, 0, 0, this.canvas.width, this.canvas.height);
    const blob = await new Promise((resolve) => this.canvas.toBlob(resolve, "image/jpeg", QUALITY));
    const form = new FormData();
    form.append("image", blob, "frame.jpg");
    return form;
  }
}

function seenIn({ label, confidence, top, is_unsure: isUnsure, hand }, picture) {
  const shown = { label, confidence, top, isUnsure };
  if (!hand) return { hand: null, hands: 0, ...shown };
  const points = hand.landmarks.flatMap(([x, y, z]) => [x * picture.width, y * picture.height, z * picture.width]);
  return { hand: { points: Float64Array.from(points), isLeft: hand.handedness === "left" }, hands: 1, ...shown };
}
