// Views of a picture: what is drawn of it, and where its landmarks are in the picture.

import assert from "node:assert/strict";
import { test } from "node:test";

import { drawn, inPicture, Views, VIEWS } from "../../../static/js/live/views.js";

const PICTURES = [{ width: 640, height: 480 }, { width: 480, height: 640 }, { width: 300, height: 300 }];

// A canvas that draws nothing, and knows where a place of the picture went.
class Canvas {
  getContext() {
    this.matrix = [1, 0, 0, 1, 0, 0];
    return {
      fillRect: () => {},
      translate: (x, y) => this.transform([1, 0, 0, 1, x, y]),
      scale: (x, y) => this.transform([x, 0, 0, y, 0, 0]),
      rotate: (angle) => this.transform([Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle), 0, 0]),
      drawImage: (_, x, y) => this.transform([1, 0, 0, 1, x, y]),
    };
  }

  transform([a, b, c, d, e, f]) {
    const [A, B, C, D, E, F] = this.matrix;
    this.matrix = [A * a + C * b, B * a + D * b, A * c + C * d, B * c + D * d, A * e + C * f + E, B * e + D * f + F];
  }

  placeOf(x, y) {
    const [a, b, c, d, e, f] = this.matrix;
    return [a * x + c * y + e, b * x + d * y + f];
  }
}

function isNear(one, other) {
  return Math.abs(one - other) < 1e-9;
}

test("a landmark in a view is where the picture shows it", () => {
  for (const picture of PICTURES) {
    for (const view of [...VIEWS, { side: 0.5, across: 0.3, turn: 1 }]) {
      const canvas = drawn(view, picture, new Canvas());
      for (const [x, y] of [[0, 0], [640, 480], [123, 45]]) {
        const [right, down] = canvas.placeOf(x, y);
        const found = inPicture({ x: right / canvas.width, y: down / canvas.height, z: 0.1 }, view, picture);
        assert.ok(isNear(found.x * picture.width, x) && isNear(found.y * picture.height, y), JSON.stringify({ view, found }));
      }
    }
  }
});

test("depth has the scale of the picture's plane", () => {
  const [picture, view] = [PICTURES[0], { side: 0.5, across: 0.5, turn: 0 }];
  const [one, other] = [0.2, 0.4].map((share) => inPicture({ x: share, y: 0.5, z: share }, view, picture));
  assert.ok(isNear((other.x - one.x) * picture.width, 64));
  assert.ok(isNear((other.z - one.z) * picture.width, 64));
});

test("the views together show all of a camera's picture", () => {
  for (const picture of PICTURES) {
    const canvases = VIEWS.map((view) => drawn(view, picture, new Canvas()));
    for (const [x, y] of [[0, 0], [picture.width, picture.height], [picture.width / 2, picture.height / 2]]) {
      const isShown = canvases.some((canvas) => canvas.placeOf(x, y).every((at) => at >= -1e-9 && at <= canvas.width + 1e-9));
      assert.ok(isShown, `${x}, ${y} of ${picture.width} x ${picture.height}`);
    }
  }
});

test("the view that shows a hand is kept, is tried once more when it is lost, and comes first ever after", () => {
  const [first, second, third] = [{}, {}, {}];
  const views = new Views([first, second, third]);
  const shown = [false, true, true, false, false, false, false].map((hasFound) => {
    const { next } = views;
    views.tell(hasFound);
    return next;
  });
  assert.deepEqual(shown.map((view) => [first, second, third].indexOf(view)), [0, 1, 1, 1, 1, 0, 2]);
  assert.equal(views.next, second);
});

test("a hand that a view shows once only is not believed, and the next view is tried", () => {
  const views = new Views([{ at: 0 }, { at: 1 }]);
  const told = [true, false, true, true].map((hasFound) => {
    const { at } = views.next;
    views.tell(hasFound);
    return [at, views.isBelieved];
  });
  assert.deepEqual(told, [[0, false], [0, false], [1, false], [1, true]]);
});

test("once a hand was seen elsewhere, the views begin anew, and believe nothing at first sight", () => {
  const views = new Views([{ at: 0 }, { at: 1 }]);
  views.tell(false);
  views.tell(true);
  views.beginAnew();
  assert.equal(views.next.at, 0);
  views.tell(true);
  assert.ok(!views.isBelieved);
});
