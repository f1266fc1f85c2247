// Keys of the review queue press its buttons. Without it the buttons work as well.

const KEPT = "review-keys";

const isOn = () => localStorage.getItem(KEPT) !== "off";

const isTyping = (element) => element.matches("input:not([type=checkbox]), textarea, select");

function enhance() {
  const line = document.querySelector("[data-keys-switch]");
  if (!line) return;
  const box = line.querySelector("input");
  line.hidden = false;
  box.checked = isOn();
  box.addEventListener("change", () => localStorage.setItem(KEPT, box.checked ? "on" : "off"));
}

document.addEventListener("keydown", (event) => {
  const changed = event.ctrlKey || event.metaKey || event.altKey || event.repeat;
  if (changed || !isOn() || isTyping(event.target)) return;
  const isOfControl = event.key === " " && event.target.matches("button, a, summary, input");
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const button = document.querySelector(`#review [data-key="${CSS.escape(key)}"]`);
  if (!button || isOfControl) return;
  event.preventDefault();
  if (!document.querySelector("#review.htmx-request, #review .htmx-request")) button.click();
});

enhance();
document.addEventListener("htmx:afterSettle", enhance);
