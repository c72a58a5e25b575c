// What is seen of the graph: zoom and pan, search, modules that are closed, light and dark.

const READABLE = 0.6;
const view = { x: 0, y: 0, width: data.width, height: data.height };

function applyView() { svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`); }

function fit() {
  const size = svg.getBoundingClientRect();
  const scale = Math.min(2.4, size.width / data.width || 1, size.height / data.height || 1);
  view.width = (size.width || data.width) / scale;
  view.height = (size.height || data.height) / scale;
  view.x = (data.width - view.width) / 2;
  view.y = (data.height - view.height) / 2;
  applyView();
}

// All of a small graph; of a large one the beginning, so that it can be read. The steps then lead through it.
function begin() {
  fit();
  const scale = svg.getBoundingClientRect().width / view.width;
  if (scale >= READABLE) return;
  zoom(scale / READABLE);
  const start = (all, seen) => (all < seen ? (all - seen) / 2 : -10);
  view.x = start(data.width, view.width);
  view.y = start(data.height, view.height);
  applyView();
}

function zoom(factor, x, y) {
  const atX = x === undefined ? view.x + view.width / 2 : x;
  const atY = y === undefined ? view.y + view.height / 2 : y;
  view.x = atX - (atX - view.x) * factor;
  view.y = atY - (atY - view.y) * factor;
  view.width *= factor;
  view.height *= factor;
  applyView();
}

function inPicture(event) {
  const size = svg.getBoundingClientRect();
  return [view.x + ((event.clientX - size.left) / size.width) * view.width,
    view.y + ((event.clientY - size.top) / size.height) * view.height];
}

function bringIntoView(i) {
  const box = data.boxes[i];
  const inside = box.x >= view.x && box.x + box.w <= view.x + view.width
    && box.y >= view.y && box.y + box.h <= view.y + view.height;
  if (inside) return;
  view.x = box.x + box.w / 2 - view.width / 2;
  view.y = box.y + box.h / 2 - view.height / 2;
  applyView();
}

svg.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15, ...inPicture(event));
}, { passive: false });

let grabbed = null;
svg.addEventListener("pointerdown", (event) => {
  if (!event.target.closest(".box")) grabbed = [event.clientX, event.clientY];
});
window.addEventListener("pointermove", (event) => {
  if (!grabbed) return;
  const scale = view.width / svg.getBoundingClientRect().width;
  view.x -= (event.clientX - grabbed[0]) * scale;
  view.y -= (event.clientY - grabbed[1]) * scale;
  grabbed = [event.clientX, event.clientY];
  applyView();
});
window.addEventListener("pointerup", () => { grabbed = null; });

byId("in").addEventListener("click", () => zoom(1 / 1.3));
byId("out").addEventListener("click", () => zoom(1.3));
byId("fit").addEventListener("click", fit);
byId("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme === "dark"
    || (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
});

// ------------------------------------------------------------------------------------------------------------ search

function matches(box, words) {
  return [box.name, box.operation, box.module, ...box.lines.map(([text]) => text)]
    .some((text) => text && text.toLowerCase().includes(words));
}

byId("search").addEventListener("input", (event) => {
  const words = event.target.value.trim().toLowerCase();
  const found = data.boxes.map((box) => words !== "" && matches(box, words));
  boxElements.forEach((element, i) => element.classList.toggle("found", found[i]));
  if (found.includes(true)) bringIntoView(found.indexOf(true));
});
byId("search").addEventListener("keydown", (event) => {
  const found = boxElements.findIndex((element) => element.classList.contains("found"));
  if (event.key === "Enter" && found >= 0) choose(found);
});

// ------------------------------------------------------------------------------------------- modules, open and closed

const closed = new Set();

function closedAround(frame) {  // the outermost closed frame around, or null
  let found = null;
  for (let at = frame; at !== null && at !== undefined; at = data.frames[at].parent) if (closed.has(at)) found = at;
  return found;
}

function toggleFrame(i) {
  if (closed.has(i)) closed.delete(i); else closed.add(i);
  data.frames.forEach((frame, j) => {
    if (!frame.at) return;
    const outer = closedAround(frame.parent);
    frameElements[j].classList.toggle("away", outer !== null);
    frameElements[j].classList.toggle("closed", closed.has(j));
    const title = frameElements[j].querySelector("text");
    title.textContent = (closed.has(j) ? "▸ " : "▾ ") + frame.title;
    title.setAttribute("aria-expanded", String(!closed.has(j)));
  });
  const home = data.boxes.map((box) => closedAround(box.frame));
  boxElements.forEach((element, j) => element.classList.toggle("away", home[j] !== null));
  data.wires.forEach((wire, j) => {
    const inside = home[wire.t] !== null && home[wire.t] === home[wire.h];
    wireElements[j].classList.toggle("away", inside);
  });
}
