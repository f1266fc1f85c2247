// Closes the menu of the header as one expects of a menu: by Escape, and when the focus or a click goes elsewhere.
// Without this script its summary opens and closes it.

const menu = document.querySelector("details.menu");

if (menu) {
  const summary = menu.querySelector("summary");

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    const hadFocus = menu.contains(document.activeElement);
    menu.open = false;
    if (hadFocus) summary.focus(); // else the focus would be in what is hidden now
  });

  // Where a click focuses nothing, or another window comes to the front, no element is named: the click decides then.
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });

  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}
