// Finds the hand with MediaPipe's tasks-vision and names its letter, all in this browser: no frame leaves it.

import { LetterNetwork, signingHand } from "./network.js";
import { drawn, inPicture, Views } from "./views.js";

// How likely palm and hand must be: in the whole picture as the server believes them, PALMS in worker/ml/hands/finder.py,
export const FIRST_LOOK = { palm: 0.6, presence: 0.6 };
// and in the views more freely, for which the hand must be surer, BORDERED there.
export const FURTHER_LOOKS = { palm: 0.3, presence: 0.8 };
const NO_HAND = { landmarks: [], handedness: [] };
const SURVEY_MS = 1000; // so often a second hand is looked for
export const SIGNING = 150; // frames without a hand, about five seconds, after which nobody signs
const ALONE_MS = 1500; // so long a second hand must be gone to be forgotten

// The smallest program with a SIMD instruction: tasks-vision is compiled with them.
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

// What this browser lacks for tasks-vision, as a key of WHY_SERVER in camera_page.js; null if nothing.
export function lackedHere() {
  if (!(typeof WebAssembly === "object" && WebAssembly.validate(SIMD))) return "noWasm";
  return hasWebGL() ? null : "noWebGL";
}

// tasks-vision takes in pictures through WebGL even where all else runs on the processor.
function hasWebGL() {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext(); // a page may hold a few only
  return context !== null;
}

export class BrowserReader {
  static async create(assets, network) {
    const [{ HandLandmarker }, letters, hands] = await Promise.all([
      import(assets.bundle),
      fetchNetwork(network),
      fetchBytes(assets.hands),
    ]);
    const open = (numHands, look = FIRST_LOOK) =>
      HandLandmarker.createFromOptions(
        { wasmLoaderPath: assets.loader, wasmBinaryPath: assets.wasm },
        landmarkerOptions(hands, numHands, look),
      );
    return new BrowserReader(await open(1), await open(2), new SecondLook(await open(1, FURTHER_LOOKS)), letters);
  }

  // Who waits for two hands searches the whole picture again and again, which takes as long as all the rest. So one hand
  // is followed, and once a second it is seen whether there is another: then both are, until one is gone.
  constructor(one, two, again, letters) {
    this.one = one;
    this.two = two;
    this.again = again;
    this.letters = letters;
    this.time = 0;
    this.surveyedAt = 0;
    this.twoSeenAt = -Infinity;
    this.missed = 0; // so many frames on end without a hand
  }

  get fingerprint() {
    return this.letters.fingerprint;
  }

  // It is as quick as the camera: see ServerReader.
  async rest() {}

  async changeNetwork(address) {
    this.letters = await fetchNetwork(address);
  }

  // What is seen in a picture: { hand: { points, isLeft } | null, hands, label, confidence, top, isUnsure }. Points are pixels.
  read(picture, time) {
    this.time = Math.max(this.time + 1, time); // tasks-vision asks for times that grow
    const { landmarks, handedness } = this.detect(picture);
    if (!landmarks.length) return { hand: null, hands: 0, label: null, confidence: 0, top: [], isUnsure: false };
    const hands = landmarks.map((marks, index) => ({
      points: Float64Array.from(
        marks.flatMap(({ x, y, z }) => [x * picture.width, y * picture.height, z * picture.width]),
      ),
      // Unlike the network itself, tasks-vision names the person's hand on an unmirrored picture: a test with photos compares.
      isLeft: handedness[index][0].categoryName === "Left",
    }));
    const readings = hands.map(({ points, isLeft }) => this.letters.read(points, isLeft));
    const chosen = signingHand(readings);
    return { hand: hands[chosen], hands: hands.length, ...readings[chosen] };
  }

  detect(picture) {
    const found = this.find(picture);
    this.missed = found.landmarks.length ? 0 : this.missed + 1;
    return found;
  }

  // A hand that a view shows is followed there. While somebody signs, one that was lost is looked for in the whole picture and in a
  // view; when nobody does, a frame takes one of these searches for a palm, in turn.
  find(picture) {
    const { isFollowing } = this.again;
    const inTurn = this.missed > SIGNING;
    const isOfView = isFollowing || (inTurn && this.missed % 2 === 0);
    const shown = isOfView ? this.again.detect(picture, this.time) : NO_HAND;
    if (shown.landmarks.length || (isOfView && !isFollowing)) return shown;
    const found = this.detectPlainly(picture);
    if (found.landmarks.length) this.again.beginAnew();
    return found.landmarks.length || isFollowing || inTurn ? found : this.again.detect(picture, this.time);
  }

  detectPlainly(picture) {
    const areTwo = this.time - this.twoSeenAt < ALONE_MS;
    const one = areTwo ? null : this.one.detectForVideo(picture, this.time);
    if (one && (!one.landmarks.length || this.time - this.surveyedAt < SURVEY_MS)) return one;
    this.surveyedAt = this.time;
    const two = this.two.detectForVideo(picture, this.time);
    if (two.landmarks.length > 1) this.twoSeenAt = this.time;
    // A lone hand goes on as it was followed: the survey places it anew, and may do so worse.
    return one && two.landmarks.length < 2 ? one : two;
  }
}

// Looks for a hand that the palm detector misses in the whole picture: in one more view of it at a time.
class SecondLook {
  constructor(landmarker) {
    this.landmarker = landmarker;
    this.canvas = new OffscreenCanvas(1, 1);
    this.views = new Views();
  }

  get isFollowing() {
    return this.views.isFollowing;
  }

  beginAnew() {
    this.views.beginAnew();
  }

  // As a landmarker's own, in shares of the picture; none where a view shows a hand for the first time.
  detect(picture, time) {
    const view = this.views.next;
    const found = this.landmarker.detectForVideo(drawn(view, picture, this.canvas), time);
    this.views.tell(found.landmarks.length > 0);
    if (!this.views.isBelieved) return NO_HAND;
    const landmarks = found.landmarks.map((marks) => marks.map((mark) => inPicture(mark, view, picture)));
    return { landmarks, handedness: found.handedness };
  }
}

export function landmarkerOptions(hands, numHands, { palm, presence }) {
  return {
    baseOptions: { modelAssetBuffer: new Uint8Array(hands), delegate: "CPU" },
    runningMode: "VIDEO",
    numHands,
    minHandDetectionConfidence: palm,
    minHandPresenceConfidence: presence,
    minTrackingConfidence: 0.5,
  };
}

async function fetchNetwork(address) {
  return new LetterNetwork(await fetchBytes(address));
}

async function fetchBytes(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} could not be fetched (${answer.status}).`);
  return answer.arrayBuffer();
}
