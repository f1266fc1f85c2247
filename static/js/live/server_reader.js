// Has the server read the frames where this browser cannot. One is on its way at a time; the next is always the newest.

const LONGEST_SIDE = 480;
const QUALITY = 0.8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;
const QUICK_MS = 100; // an answer that took longer waited for others: then so much of its time is left to them
const SHARE_LEFT = 0.6;
const LONGEST_REST_MS = 150;

export const SIGNED_OUT = "You were signed out. Sign in again in another tab, so that nothing here is lost.";

export class ServerAway extends Error {}

export class ServerReader {
  // `csrfToken` is asked for the token each time, as it is another after signing in again.
  constructor(address, csrfToken) {
    this.address = address;
    this.csrfToken = csrfToken;
    this.canvas = document.createElement("canvas");
    this.pauseMs = 0;
    this.isAway = false;
  }

  // To be awaited before the next frame is taken, so that none grows old meanwhile.
  async rest() {
    if (this.pauseMs) await new Promise((wake) => setTimeout(wake, this.pauseMs));
  }

  // As BrowserReader.read. Throws ServerAway, whose message is for the person, and then rests longer each time.
  async read(picture) {
    const asked = performance.now();
    let answer;
    try {
      answer = await fetch(this.address, {
        method: "POST",
        body: await this.formOf(picture),
        headers: { "X-CSRFToken": this.csrfToken(), Accept: "application/json" },
      });
    } catch {
      throw this.away("The server cannot be reached. Letters go on once it can.");
    }
    if (answer.status === 401 || answer.status === 403) {
      throw this.away(SIGNED_OUT);
    }
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw this.away(said.detail ?? "The server cannot read frames just now. Letters go on once it can.");
    const tookMs = performance.now() - asked;
    this.isAway = false;
    this.pauseMs = tookMs > QUICK_MS ? Math.min(LONGEST_REST_MS, tookMs * SHARE_LEFT) : 0;
    return seenIn(said, picture);
  }

  away(sentence) {
    this.pauseMs = this.isAway ? Math.min(LONGEST_PAUSE_MS, this.pauseMs * 2) : FIRST_PAUSE_MS;
    this.isAway = true;
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
