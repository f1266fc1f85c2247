// What the letter network reads of a hand. The same sums as worker/ml/hands/normalise.py and worker/ml/models/landmarks.py:
// a test sends the same hands through both. Points are a Float64Array of 21 times x, y, z.

const POINTS = 21;

const SMALLEST = 1e-6;

// A right hand with its palm's centre at the origin and a palm of size 1, from landmarks in any one unit.
export function normalise(points, isLeft, palm) {
  const centre = [0, 0, 0];
  for (const index of palm) {
    for (let axis = 0; axis < 3; axis += 1) centre[axis] += points[index * 3 + axis] / palm.length;
  }
  let square = 0;
  for (const index of palm) {
    for (let axis = 0; axis < 3; axis += 1) square += (points[index * 3 + axis] - centre[axis]) ** 2;
  }
  const size = Math.max(Math.sqrt(square / palm.length), SMALLEST);
  const normalised = new Float64Array(POINTS * 3);
  for (let index = 0; index < normalised.length; index += 1) {
    const flip = isLeft && index % 3 === 0 ? -1 : 1;
    normalised[index] = ((points[index] - centre[index % 3]) / size) * flip;
  }
  return normalised;
}

export function mirrored(points) {
  return points.map((value, index) => (index % 3 === 0 ? -value : value));
}

// Points, directions of the bones, distances in space and in the picture's plane, points in the palm's frame, the frame.
export function features(points, parents) {
  const bones = [];
  for (let index = 1; index < POINTS; index += 1) bones.push(...unit(between(points, parents[index], index)));
  const inSpace = [];
  const inPlane = [];
  for (let from = 0; from < POINTS; from += 1) {
    for (let to = from + 1; to < POINTS; to += 1) {
      const [x, y, z] = between(points, from, to);
      const flat = x * x + y * y;
      inSpace.push(Math.sqrt(flat + z * z + SMALLEST));
      inPlane.push(Math.sqrt(flat + SMALLEST));
    }
  }
  const axes = palmFrame(points);
  const inFrame = [];
  for (let index = 0; index < POINTS; index += 1) {
    const place = between(points, 0, index);
    for (const axis of axes) inFrame.push(dot(place, axis));
  }
  const frame = [];
  for (let row = 0; row < 3; row += 1) for (const axis of axes) frame.push(axis[row]);
  return Float64Array.from([...points, ...bones, ...inSpace, ...inPlane, ...inFrame, ...frame]);
}

// Orthonormal axes: wrist to middle knuckle, across the palm, out of it.
function palmFrame(points) {
  const up = unit(between(points, 0, 9));
  const out = unit(cross(up, between(points, 17, 5)));
  return [up, cross(out, up), out];
}

export function between(points, from, to) {
  return [0, 1, 2].map((axis) => points[to * 3 + axis] - points[from * 3 + axis]);
}

export function unit(vector) {
  const length = Math.sqrt(dot(vector, vector)) + SMALLEST;
  return vector.map((value) => value / length);
}

export function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a, b) {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}
