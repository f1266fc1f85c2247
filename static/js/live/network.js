// The letter network in the browser: reads the file that worker/ml/browser_network.py writes, and names one hand.

import { features, mirrored, normalise } from "./features.js";

const MAGIC = "ASLN";
const FORMAT_VERSION = 1;
const ALIGNMENT = 8;
const TOP = 5;

const NOTHING = "nothing";

export class UnreadableNetwork extends Error {}

export class LetterNetwork {
  // Throws UnreadableNetwork for what is no such file, or one of another format version.
  constructor(buffer) {
    const bytes = new Uint8Array(buffer);
    if (bytes.length < 8 || String.fromCharCode(...bytes.subarray(0, 4)) !== MAGIC) {
      throw new UnreadableNetwork("This is no file of a letter network.");
    }
    const length = new DataView(buffer).getUint32(4, true);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    if (header.format !== FORMAT_VERSION) throw new UnreadableNetwork(`Format ${header.format} is not known here.`);
    const start = Math.ceil((8 + length) / ALIGNMENT) * ALIGNMENT;
    const array = ({ offset, type }, count) => numbers(buffer, start + offset, count, type);
    Object.assign(this, {
      name: header.name,
      fingerprint: header.fingerprint,
      labels: header.labels,
      parents: header.parents,
      palm: header.palm,
      temperature: header.temperature,
      unsureBelow: header.unsure_below,
      viewWeights: header.view_weights,
      members: header.members.map((layers) =>
        layers.map(({ inputs, outputs, weights, bias }) => ({
          inputs,
          outputs,
          weights: array(weights, inputs * outputs),
          bias: array(bias, outputs),
        })),
      ),
    });
  }

  // The mean of the members' log-probabilities, each asked for the hand and its mirror image. Landmarks in any one unit.
  logits(points, isLeft) {
    const hand = normalise(points, isLeft, this.palm);
    const views = [hand, mirrored(hand)].map((view) => features(view, this.parents));
    const mean = new Float64Array(this.labels.length);
    for (const layers of this.members) {
      views.forEach((view, number) => {
        logSoftmax(run(layers, view)).forEach((value, index) => {
          mean[index] += (value * this.viewWeights[number]) / this.members.length;
        });
      });
    }
    return mean;
  }

  probabilities(points, isLeft) {
    return softmax(this.logits(points, isLeft), this.temperature);
  }

  // What is shown of a hand: the likeliest classes, best first.
  read(points, isLeft) {
    const probabilities = this.probabilities(points, isLeft);
    const top = this.labels
      .map((label, index) => ({ label, confidence: probabilities[index] }))
      .sort((a, b) => b.confidence - a.confidence)
      .slice(0, TOP);
    return { label: top[0].label, confidence: top[0].confidence, top, isUnsure: top[0].confidence < this.unsureBelow };
  }
}

// The hand that signs: the one whose letter is surest, as in worker/ml/fusion.py. `readings` are not empty.
export function signingHand(readings) {
  const sureness = ({ top }) => top.find(({ label }) => label !== NOTHING).confidence;
  return readings.reduce((best, one, index) => (sureness(one) > sureness(readings[best]) ? index : best), 0);
}

function softmax(logits, temperature) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (value) => Math.exp((value - most) / temperature));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

function logSoftmax(logits) {
  const most = Math.max(...logits);
  const sum = logits.reduce((total, value) => total + Math.exp(value - most), 0);
  return logits.map((value) => value - most - Math.log(sum));
}

function run(layers, view) {
  let values = view;
  layers.forEach(({ inputs, outputs, weights, bias }, number) => {
    const next = new Float64Array(outputs);
    for (let row = 0; row < outputs; row += 1) {
      let sum = bias[row];
      for (let column = 0, at = row * inputs; column < inputs; column += 1, at += 1) sum += weights[at] * values[column];
      next[row] = number < layers.length - 1 ? gelu(sum) : sum;
    }
    values = next;
  });
  return values;
}

function gelu(value) {
  return 0.5 * value * (1 + erf(value * Math.SQRT1_2));
}

// Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, formula 7.1.26: wrong by 1.5e-7 at most.
function erf(value) {
  const x = Math.abs(value);
  const t = 1 / (1 + 0.3275911 * x);
  const series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(value) * (1 - series * Math.exp(-x * x));
}

function numbers(buffer, offset, count, type) {
  if (type === "float32") return new Float32Array(buffer, offset, count);
  if (type === "float16") return Float32Array.from(new Uint16Array(buffer, offset, count), half);
  throw new UnreadableNetwork(`Numbers of type ${type} are not known here.`);
}

// IEEE 754 binary16.
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
