const items = [...document.querySelectorAll("details.item")];
const boxes = [...document.querySelectorAll("label input")];
const search = document.querySelector("input[type=search]");
function show() {
  const wanted = new Set(boxes.filter(box => box.checked).map(box => box.value));
  const text = search.value.toLowerCase();
  for (const item of items)
    item.hidden = !wanted.has(item.classList[1]) || !item.textContent.toLowerCase().includes(text);
}
boxes.forEach(box => box.addEventListener("change", show));
search.addEventListener("input", show);
document.querySelectorAll("tr[data-find]").forEach(row =>
  row.addEventListener("click", () => { search.value = row.dataset.find; show(); }));
