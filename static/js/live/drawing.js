// The picture, and over it the hand as it was found: every line twice, a dark edge below a light line, as on other pages.

const CHAINS = [
  [0, 5, 9, 13, 17, 0],
  [0, 1, 2, 3, 4],
  [5, 6, 7, 8],
  [9, 10, 11, 12],
  [13, 14, 15, 16],
  [17, 18, 19, 20],
];
const EDGE = "#0b1b4a";
const BONE = "#ffc61a";
const JOINT = "#fff";

// Both at once, so that the hand never lags behind the picture that it was found in.
export function draw(canvas, picture, points) {
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
  }
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  if (!points) return;
  const unit = Math.max(picture.width, picture.height) / 160;
  context.lineJoin = context.lineCap = "round";
  for (const [colour, width] of [[EDGE, unit * 2], [BONE, unit]]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    for (const chain of CHAINS) {
      context.beginPath();
      chain.forEach((index) => context.lineTo(points[index * 3], points[index * 3 + 1]));
      context.stroke();
    }
  }
  context.fillStyle = JOINT;
  for (let index = 0; index < points.length; index += 3) {
    context.beginPath();
    context.arc(points[index], points[index + 1], unit * 0.8, 0, 2 * Math.PI);
    context.fill();
  }
}
