// Buttons that can do nothing just now. Disabled, the one that was pressed would lose the focus: so they only say that they are.

export function turnOff(button, isOff) {
  button.setAttribute("aria-disabled", String(isOff));
}

export function isOff(button) {
  return button.getAttribute("aria-disabled") === "true";
}
