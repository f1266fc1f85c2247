// What a person chose on this page, kept in this browser.

import { LONGEST_HOLD_MS, SHORTEST_HOLD_MS, USUAL_HOLD_MS } from "./words.js";

const PLACE = "live-settings";
const USUAL = {
  holdMs: USUAL_HOLD_MS,
  sound: true,
  mirror: true,
  camera: "",
  practiceMode: "letters",
  practiceSeconds: 60, // 0: no limit
  showHand: true,
  suggestions: false,
};

export function loadSettings() {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(PLACE)) ?? {};
  } catch {
    // Broken, or no storage is allowed: the usual ones.
  }
  const settings = Object.fromEntries(
    Object.entries(USUAL).map(([name, usual]) => [name, typeof kept[name] === typeof usual ? kept[name] : usual]),
  );
  settings.holdMs = Math.min(LONGEST_HOLD_MS, Math.max(SHORTEST_HOLD_MS, settings.holdMs));
  return settings;
}

export function saveSettings(settings) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(settings));
  } catch {
    // Then they last as long as the page.
  }
}
