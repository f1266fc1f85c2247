// Finds the hand with MediaPipe's tasks-vision and names its letter, all in this browser: no frame leaves it.

import { LetterNetwork, signingHand } from "./network.js";

const LEAST_PRESENCE = 0.6; // as the server believes palms in a whole picture: PALMS in worker/ml/hands/finder.py
const BORDERS = [1, 1.25, 1.5]; // where no hand was found it is looked for again, with so wide a border around the picture
const LEAST_PALM_AGAIN = 0.3; // more freely, and then the hand must be surer: BORDERED in worker/ml/hands/finder.py
const LEAST_PRESENCE_AGAIN = 0.8;
const AGAIN_MS = 80; // no more often while there is none
const SURVEY_MS = 1000; // so often a second hand is looked for
const ALONE_MS = 1500; // so long a second hand must be gone to be forgotten

// The smallest program with a SIMD instruction: tasks-vision is compiled with them.
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

export function canRunHere() {
  return typeof WebAssembly === "object" && WebAssembly.validate(SIMD);
}

export class BrowserReader {
  static async create(assets, network) {
    const [{ HandLandmarker }, letters, hands] = await Promise.all([
      import(assets.bundle),
      fetchNetwork(network),
      fetchBytes(assets.hands),
    ]);
    const open = (numHands, palm = LEAST_PRESENCE, presence = LEAST_PRESENCE) =>
      HandLandmarker.createFromOptions(
        { wasmLoaderPath: assets.loader, wasmBinaryPath: assets.wasm },
        {
          baseOptions: { modelAssetBuffer: new Uint8Array(hands), delegate: "CPU" },
          runningMode: "VIDEO",
          numHands,
          minHandDetectionConfidence: palm,
          minHandPresenceConfidence: presence,
          minTrackingConfidence: 0.5,
        },
      );
    const again = await open(1, LEAST_PALM_AGAIN, LEAST_PRESENCE_AGAIN);
    return new BrowserReader(await open(1), await open(2), new SecondLook(again), letters);
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
    if (this.again.hasFound) {
      const found = this.again.detect(picture, this.time);
      if (found.landmarks.length) return found;
    }
    const found = this.detectPlainly(picture);
    return found.landmarks.length || this.time - this.again.time < AGAIN_MS ? found : this.again.detect(picture, this.time);
  }

  detectPlainly(picture) {
    const areTwo = this.time - this.twoSeenAt < ALONE_MS;
    if (!areTwo && this.time - this.surveyedAt < SURVEY_MS) return this.one.detectForVideo(picture, this.time);
    this.surveyedAt = this.time;
    const found = this.two.detectForVideo(picture, this.time);
    if (found.landmarks.length > 1) this.twoSeenAt = this.time;
    return found;
  }
}

// Looks for a hand that the palm detector misses: near the border, seen from the side, pointing down.
class SecondLook {
  constructor(landmarker) {
    this.landmarker = landmarker;
    this.canvas = new OffscreenCanvas(1, 1);
    this.looks = 0;
    this.time = -Infinity;
    this.hasFound = false;
  }

  // As a landmarker's own, with the border taken off again. The border that showed a hand is kept for as long as it does.
  detect(picture, time) {
    const border = BORDERS[this.looks % BORDERS.length];
    const found = this.landmarker.detectForVideo(this.bordered(picture, border), time);
    this.time = time;
    this.hasFound = found.landmarks.length > 0;
    if (!this.hasFound) this.looks += 1;
    const outwards = (share) => (share - 0.5) * border + 0.5;
    const unbordered = ({ x, y, z }) => ({ x: outwards(x), y: outwards(y), z: z * border });
    return { landmarks: found.landmarks.map((marks) => marks.map(unbordered)), handedness: found.handedness };
  }

  bordered(picture, border) {
    if (border === 1) return picture;
    const { width, height } = Object.assign(this.canvas, { width: picture.width, height: picture.height });
    const context = this.canvas.getContext("2d");
    const [inside, above] = [width / border, height / border];
    context.fillRect(0, 0, width, height);
    context.drawImage(picture, (width - inside) / 2, (height - above) / 2, inside, above);
    return this.canvas;
  }
}

async function fetchNetwork(address) {
  return new LetterNetwork(await fetchBytes(address));
}

async function fetchBytes(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} could not be fetched (${answer.status}).`);
  return answer.arrayBuffer();
}
