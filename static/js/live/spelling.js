// From what a reader saw of a frame to what is written: letters that are held, and J and Z that are drawn.

import { centreOf, MotionReader, Palm, shapeOf } from "./motion.js";
import { Speller } from "./words.js";

export class Spelling {
  constructor(holdMs) {
    this.speller = new Speller(holdMs);
    this.motion = new MotionReader();
    this.palm = new Palm();
  }

  set holdMs(holdMs) {
    this.speller.holdMs = holdMs;
  }

  // Forget what is going on.
  reset() {
    this.speller.reset();
    this.motion.reset();
  }

  // As Speller.step. `points` are 21 times x, y, z in pixels, or null without a hand; `top`
  // is what was seen, likeliest first.
  step({ time, points, top }) {
    const { letter, begun, isMoving } = this.motion.step({ time, points });
    return this.speller.step({
      time,
      top: points ? top : [],
      ...(points && { centre: centreOf(points), shape: shapeOf(points), palm: this.palm.follow(time, points) }),
      isMoving, // a finger that draws holds no letter
      moved: letter,
      begun,
    });
  }
}
