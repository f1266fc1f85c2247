// Views: squares of a picture in which it is looked for a hand, drawn on a canvas, and what is found there put back in its place.

const SIDE = 480; // pixels of the canvas
const BACKGROUND = "rgb(128 128 128)"; // beyond the picture's border, as on the server: more letters are named rightly (docs/live.md)

// The square's side as a share of the picture's longer side, its middle as a share of the width (it is always half-way down), and
// how far it is turned, in radians, clockwise. Tried in this order where the whole picture shows no hand.
export const VIEWS = [
  { side: 0.75, across: 0.375, turn: 0 },
  { side: 1.5, across: 0.5, turn: 0 },
  { side: 0.75, across: 0.625, turn: 0 },
  { side: 0.6, across: 0.5, turn: 0 },
  { side: 1, across: 0.5, turn: -0.6 },
  { side: 1, across: 0.5, turn: 0.6 },
];

// Which view comes next: the one that last showed a hand, for as long as it does and first after that, and then the others in turn.
export class Views {
  constructor(views = VIEWS) {
    this.views = [...views];
    this.at = 0;
    this.shown = 0; // so many times on end the next one has shown a hand
  }

  get next() {
    return this.views[this.at];
  }

  get isFollowing() {
    return this.shown > 0;
  }

  // What is seen once only is no hand: a face may pass for one until its landmarks are placed anew where they were found.
  get isBelieved() {
    return this.shown > 1;
  }

  // Whether the next one showed a hand. One that has lost a hand is tried once more: only then is the palm looked for anew.
  tell(hasFound) {
    if (hasFound) this.shown += 1;
    if (hasFound && this.isBelieved) this.prefer(this.at);
    if (hasFound) return;
    if (!this.isBelieved) this.at = (this.at + 1) % this.views.length;
    this.shown = 0;
  }

  prefer(index) {
    this.views.unshift(...this.views.splice(index, 1));
    this.at = 0;
  }

  beginAnew() {
    this.at = 0;
    this.shown = 0;
  }
}

// Draws what the view shows of a picture on a canvas, and returns that.
export function drawn(view, picture, canvas) {
  Object.assign(canvas, { width: SIDE, height: SIDE });
  const context = canvas.getContext("2d");
  const scale = SIDE / sideOf(view, picture);
  context.fillStyle = BACKGROUND;
  context.fillRect(0, 0, SIDE, SIDE);
  context.translate(SIDE / 2, SIDE / 2);
  context.rotate(-view.turn);
  context.scale(scale, scale);
  context.drawImage(picture, -view.across * picture.width, -picture.height / 2);
  return canvas;
}

// A landmark in shares of the view's square, z like x, in shares of the picture: z of its width.
export function inPicture({ x, y, z }, view, { width, height }) {
  const side = sideOf(view, { width, height });
  const [right, down] = [(x - 0.5) * side, (y - 0.5) * side];
  const [cos, sin] = [Math.cos(view.turn), Math.sin(view.turn)];
  return {
    x: view.across + (right * cos - down * sin) / width,
    y: 0.5 + (right * sin + down * cos) / height,
    z: (z * side) / width,
  };
}

function sideOf(view, { width, height }) {
  return view.side * Math.max(width, height);
}
