// Which words somebody may be spelling: completions and repairs of the letters written so far. No page.
// Source of the distance: Wagner and Fischer, "The String-to-String Correction Problem", 1974, with weights of our own.

export const MOST_SUGGESTIONS = 5;

const FEWEST_LETTERS = 2; // of fewer, anything may become
const OTHER_LETTER = 1; // one letter for another, one too many or too few
const ALIKE = 0.25; // one letter for another that a hand shows much the same
const DOUBLED = 0.25; // the same letter once instead of twice, or twice instead of once
const LIKELIEST_RUNNER_UP = 0.15; // one letter for what the reader held for next likeliest, if that was nearly as likely
const NEXT_LETTER = 0.08; // each letter that is still to come
const RARE = 0.2;
const LEAST_COST = 0.4; // what may be repaired at any length, and for each letter more
const COST_A_LETTER = 0.22;

const ALIKE_LETTERS = ["AEMNST", "UVRK", "GH", "DXZ", "IJ", "PQ", "CO"];

// The words of a list: frequent ones, an empty line, rare ones. Lines with # say whose it is.
export function readWords(text) {
  const [frequent, rare = ""] = text.replace(/^#.*\n/gm, "").split(/\n\s*\n/);
  const all = (lines, cost) => (lines.toUpperCase().match(/[A-Z]+/g) ?? []).map((word) => ({ word, cost }));
  return [...all(frequent, 0), ...all(rare, RARE)];
}

// Up to MOST_SUGGESTIONS of the words, likeliest first. `written` are capitals; `runnersUp` holds for each of them what else
// the reader saw, as { label, confidence }[], or nothing where that is not known. What stands there already is none.
export function suggest(written, words, runnersUp = []) {
  if (written.length < FEWEST_LETTERS) return [];
  const most = LEAST_COST + COST_A_LETTER * written.length;
  const swaps = [...written].map((letter, index) => costsOf(letter, runnersUp[index] ?? []));
  const found = [];
  for (const { word, cost } of words) {
    if (word === written) continue;
    const repaired = repair(written, swaps, word, most);
    if (repaired.cost <= most) found.push({ word, cost: repaired.cost + cost + NEXT_LETTER * repaired.rest });
  }
  found.sort((one, other) => one.cost - other.cost || one.word.length - other.word.length);
  return found.slice(0, MOST_SUGGESTIONS).map(({ word }) => word);
}

// What it costs to take a letter for each other one.
function costsOf(letter, runnersUp) {
  const alike = ALIKE_LETTERS.filter((group) => group.includes(letter)).join("");
  const costs = Object.fromEntries([...alike].map((other) => [other, ALIKE]));
  for (const { label, confidence } of runnersUp) {
    costs[label] = Math.min(costs[label] ?? OTHER_LETTER, LIKELIEST_RUNNER_UP / Math.max(confidence * 2, 0.01));
  }
  costs[letter] = 0;
  return costs;
}

// The cheapest way from what is written to a beginning of the word: { cost, rest }, where `rest` letters are still to come.
function repair(written, swaps, word, most) {
  let row = [0];
  for (let column = 1; column <= word.length; column += 1) row.push(row[column - 1] + missing(word, column));
  for (let index = 1; index <= written.length; index += 1) {
    const isTwice = written[index - 1] === written[index - 2];
    const next = [row[0] + (isTwice ? DOUBLED : OTHER_LETTER)];
    let least = next[0];
    for (let column = 1; column <= word.length; column += 1) {
      const swapped = row[column - 1] + (swaps[index - 1][word[column - 1]] ?? OTHER_LETTER);
      const tooMany = row[column] + (isTwice ? DOUBLED : OTHER_LETTER);
      next.push(Math.min(swapped, tooMany, next[column - 1] + missing(word, column)));
      least = Math.min(least, next[column]);
    }
    if (least > most) return { cost: Infinity, rest: 0 };
    row = next;
  }
  const total = (column) => row[column] + NEXT_LETTER * (word.length - column);
  const best = row.reduce((chosen, _, column) => (total(column) < total(chosen) ? column : chosen), 0);
  return { cost: row[best], rest: word.length - best };
}

function missing(word, column) {
  return column > 1 && word[column - 1] === word[column - 2] ? DOUBLED : OTHER_LETTER;
}
