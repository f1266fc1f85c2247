// The camera: asking for it, listing what there is, and what to say when it cannot be had.

const WANTED = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 30 } };

const SENTENCES = {
  NotAllowedError:
    "The browser was not allowed to use the camera. Allow it beside the address of this page, then start again.",
  NotFoundError: "No camera was found. Plug one in, then start again.",
  NotReadableError: "The camera is used by another program. Close that one, then start again.",
  SecurityError: "This browser offers no camera on this page. Cameras need https:// or http://localhost.",
};

export class NoCamera extends Error {}

// A stream of the chosen camera, or of any if that one is gone. Throws NoCamera, whose message is for the person.
export async function openCamera(deviceId) {
  if (!navigator.mediaDevices?.getUserMedia) throw new NoCamera(SENTENCES.SecurityError);
  const ask = (more) => navigator.mediaDevices.getUserMedia({ audio: false, video: { ...WANTED, ...more } });
  try {
    return await ask(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" });
  } catch (error) {
    if (deviceId && ["OverconstrainedError", "NotFoundError"].includes(error.name)) return openCamera("");
    throw new NoCamera(sentenceOf(error));
  }
}

function sentenceOf(error) {
  const same = { AbortError: "NotReadableError", TrackStartError: "NotReadableError", PermissionDeniedError: "NotAllowedError" };
  return SENTENCES[same[error.name] ?? error.name] ?? `The camera could not be started: ${error.message || error.name}.`;
}

// Names are known only once a camera was allowed.
export async function cameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId);
}

// Hands out the pictures of a video: the newest that was not handed out yet, and what came before it is passed over.
export class Frames {
  constructor(video) {
    this.video = video;
    this.newest = null;
    this.wanted = null;
    this.follow();
  }

  follow() {
    const take = (now, { captureTime } = {}) => {
      this.newest = captureTime ?? now;
      this.wanted?.();
      this.follow();
    };
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(take);
    else requestAnimationFrame((now) => take(now));
  }

  // What came before is old by now.
  forget() {
    this.newest = null;
  }

  // When the picture was captured that the video shows now, on performance.now()'s clock.
  async next() {
    if (this.newest === null) await new Promise((resolve) => (this.wanted = resolve));
    else await new Promise((resolve) => setTimeout(resolve)); // let the page breathe
    const captured = this.newest;
    this.newest = this.wanted = null;
    return captured;
  }
}

export class LightMeter {
  constructor() {
    this.canvas = new OffscreenCanvas(16, 12);
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
  }

  // The mean brightness of a picture, 0..255.
  read(picture) {
    const { width, height } = this.canvas;
    this.context.drawImage(picture, 0, 0, width, height);
    const { data } = this.context.getImageData(0, 0, width, height);
    let sum = 0;
    for (let index = 0; index < data.length; index += 4) {
      sum += 0.299 * data[index] + 0.587 * data[index + 1] + 0.114 * data[index + 2];
    }
    return sum / (data.length / 4);
  }
}
