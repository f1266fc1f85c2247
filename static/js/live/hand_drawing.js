// A drawing of a hand from its landmarks, from the front or from the thumb's side: bones as strokes, the far ones first, each
// finger in a shade of its own. Sizes are palms; landmarks are a normalised right hand (worker/ml/average_hands.py).

const FINGERS = { thumb: [1, 2, 3, 4], index: [5, 6, 7, 8], middle: [9, 10, 11, 12], ring: [13, 14, 15, 16], little: [17, 18, 19, 20] };
const PALM = [0, 1, 5, 9, 13, 17];
const SIDE = 6; // of the picture, wide and high: the largest hand fits
const WIDTHS = [0.62, 0.56, 0.5]; // of the bones, from base to tip
const EDGE = 0.14;
const FOREARM = 0.8;
// How a right hand's fingertip draws the letter, in palms, as somebody opposite sees it. The signer reads the Z from their side.
const MOVEMENTS = {
  J: { tip: 20, path: [[0, 0], [0, 1.3], [0.12, 1.75], [0.45, 1.95], [0.8, 1.85], [1, 1.5]] },
  Z: { tip: 8, path: [[0, 0], [-1.5, 0], [0, 1.6], [-1.5, 1.6]] },
};
const PATH_WIDTH = 0.14;
const ARROW = 0.3;

// What is drawn, the furthest first: { part, points: [[x, y], ...], width }. `view` is "front" or "side"; a front may be mirrored,
// and shows the way of the fingertip if the letter is drawn in the air.
export function shapesOf(landmarks, view, isMirrored = false, letter = null) {
  const seen = landmarks.map(([x, y, z]) => (view === "side" ? [z, y, -x] : [isMirrored ? -x : x, y, z]));
  const [left, top] = [0, 1].map((axis) => middleOf(seen.map((point) => point[axis])) - SIDE / 2);
  const at = (index) => [seen[index][0] - left, seen[index][1] - top];
  const depth = (indices) => indices.reduce((sum, index) => sum + seen[index][2], 0) / indices.length;
  const [wrist, knuckle] = [at(0), at(9)];
  const length = Math.hypot(wrist[0] - knuckle[0], wrist[1] - knuckle[1]) || 1;
  const elbow = wrist.map((value, axis) => value + ((value - knuckle[axis]) / length) * FOREARM);
  const shapes = [
    { part: "palm", points: [wrist, elbow], width: 1.1, depth: seen[0][2] + 0.01 },
    { part: "palm", points: [...PALM, 0].map(at), width: WIDTHS[0], depth: depth(PALM) },
  ];
  for (const [part, indices] of Object.entries(FINGERS)) {
    WIDTHS.forEach((width, bone) => {
      const ends = [indices[bone], indices[bone + 1]];
      shapes.push({ part, points: ends.map(at), width, depth: depth(ends) });
    });
  }
  shapes.sort((one, other) => other.depth - one.depth);
  if (view !== "front" || !MOVEMENTS[letter]) return shapes;
  const { tip, path } = MOVEMENTS[letter];
  const [x, y] = at(tip);
  const way = path.map(([across, down]) => [x + (isMirrored ? -across : across), y + down]);
  return [...shapes, ...[way, arrowOf(way)].map((points) => ({ part: "path", points, width: PATH_WIDTH }))];
}

// The head of an arrow at the end of a way.
function arrowOf(way) {
  const [before, end] = way.slice(-2);
  const along = Math.atan2(end[1] - before[1], end[0] - before[0]);
  const side = (turn) => [end[0] - ARROW * Math.cos(along + turn), end[1] - ARROW * Math.sin(along + turn)];
  return [side(0.6), end, side(-0.6)];
}

export function drawHand(svg, landmarks, view, isMirrored, letter) {
  svg.setAttribute("viewBox", `0 0 ${SIDE} ${SIDE}`);
  const elements = shapesOf(landmarks, view, isMirrored, letter).flatMap(({ part, points, width }) =>
    [
      ["edge", width + EDGE],
      [part, width],
    ].map(([name, stroke]) => {
      const line = document.createElementNS("http://www.w3.org/2000/svg", part === "palm" && points.length > 2 ? "polygon" : "polyline");
      line.setAttribute("class", `handshape__${name}`);
      line.setAttribute("points", points.map((point) => point.map((value) => value.toFixed(2)).join(",")).join(" "));
      line.setAttribute("stroke-width", stroke.toFixed(2));
      return line;
    }),
  );
  svg.replaceChildren(...elements);
}

function middleOf(values) {
  return (Math.min(...values) + Math.max(...values)) / 2;
}
