// Select all on this page, and say on the button how many are selected. Without it the boxes and the button work as well.

const boxes = (form) => [...form.querySelectorAll("input[name=id]")];

function show(form) {
  const all = boxes(form);
  const selected = all.filter((box) => box.checked).length;
  const master = form.querySelector(".selection__all input");
  master.checked = selected === all.length;
  master.indeterminate = selected > 0 && !master.checked;
  const button = form.querySelector(".selection__bar button");
  button.textContent = selected ? `Delete ${selected} selected` : "Delete the selected";
}

function enhance() {
  const form = document.querySelector("form.selection:not([data-enhanced])");
  if (!form) return;
  form.dataset.enhanced = "";
  const label = document.createElement("label");
  label.className = "selection__all field__check";
  label.innerHTML = "<input type=checkbox> <span>Select all on this page</span>";
  form.prepend(label);
  label.firstChild.addEventListener("change", (event) => {
    for (const box of boxes(form)) box.checked = event.target.checked;
  });
  form.addEventListener("change", () => show(form));
  show(form);
}

enhance();
document.addEventListener("htmx:afterSettle", enhance);
