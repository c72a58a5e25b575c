// The graph as SVG: boxes, wires, frames. Texts are set as text, never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const svg = byId("picture");
const NS = "http://www.w3.org/2000/svg";

function make(tag, attributes, text) {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function markers() {
  const defs = make("defs");
  const tip = make("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7,
    orient: "auto", markerUnits: "userSpaceOnUse" });
  tip.append(make("path", { d: "M0,0L8,4L0,8z", class: "tip" }));
  const zero = make("pattern", { id: "zero", width: 6, height: 6, patternUnits: "userSpaceOnUse",
    patternTransform: "rotate(45)" });
  zero.append(make("path", { d: "M0,0V6", stroke: "currentColor", "stroke-width": 2, opacity: 0.35 }));
  defs.append(tip, zero);
  return defs;
}

function drawFrame(frame, i) {
  const group = make("g", { class: "frame", "data-frame": i });
  if (!frame.at) return group;
  const [left, top, right, bottom] = frame.at;
  group.append(make("rect", { x: left, y: top, width: right - left, height: bottom - top, rx: 8 }));
  const title = make("text", { x: left + 8, y: top + 14, tabindex: 0, role: "button", "aria-expanded": "true" });
  title.textContent = "▾ " + frame.title;
  title.addEventListener("click", () => toggleFrame(i));
  title.addEventListener("keydown", (event) => { if (event.key === "Enter") toggleFrame(i); });
  group.append(title);
  frame.inside.forEach((line, j) => group.append(make("text", { x: (left + right) / 2, class: "inside",
    y: (top + bottom) / 2 + 20 * j }, line)));
  return group;
}

function drawWire(wire) {
  const group = make("g", { class: "wire" });
  const line = make("path", wire.cut ? { d: wire.d, class: "cut" } : { d: wire.d, "marker-end": "url(#tip)" });
  group.append(line, make("title", {}, wire.cut || [wire.words, wire.product].filter(Boolean).join("   ")));
  wire.label = make("text", { x: wire.at[0], y: wire.at[1] - 5 }, wire.cut ? "✂ " + wire.cut : "");
  group.append(wire.label);
  return group;
}

function lineHeight(look) { return look === "small" ? 13 : look === "sign" ? 24 : 16; }

function drawBox(box, i) {
  const group = make("g", { class: "box " + box.look, tabindex: 0, role: "button", "data-box": i });
  const above = 17 * box.value.split("\n").length;
  const middle = box.x + box.w / 2;
  const shape = { x: box.x, y: box.y + above, width: box.w, height: box.ih, rx: box.look === "parameter" ? 0 : 9 };
  const color = "var(--" + (box.health || box.look).replace(" ", "-") + ")";
  const rect = make("rect", { ...shape, class: "shape", fill: color, stroke: `var(--${box.look}-frame)`,
    "stroke-width": box.out ? 3 : 1.2 });
  if (box.look === "constant" || box.look === "unknown") rect.setAttribute("stroke-dasharray", "2 3");
  group.append(make("title", {}, box.tip), rect);
  if (box.lines.some(([text]) => text.startsWith("╱"))) group.append(make("rect", { ...shape, fill: "url(#zero)" }));
  box.valueText = make("g", { class: "values" });
  box.gradientText = make("g", { class: "gradients" });
  group.append(box.valueText, box.gradientText);
  let y = shape.y + 6;
  for (const [text, look] of box.lines) {
    group.append(make("text", { x: middle, y: y + lineHeight(look) * 0.78, class: look }, text));
    y += lineHeight(look);
  }
  box.middle = middle;
  box.bottom = shape.y + box.ih;
  const together = (on) => boxElements.forEach((element, j) => element.classList.toggle("same",
    on && data.boxes[j].v === box.v && j !== i));
  group.addEventListener("pointerenter", () => together(true));  // a leaf that is drawn once for each use
  group.addEventListener("pointerleave", () => together(false));
  group.addEventListener("click", () => choose(i));
  group.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(i); });
  return group;
}

function write(group, text, look, x, y) {
  group.replaceChildren(...(text ? text.split("\n") : []).map((line, i) =>
    make("text", { x, y: y + 13 + 17 * i, class: look }, line.trim())));
}

function showValue(box, text) { write(box.valueText, text, "value", box.middle, box.y); }
function showGradient(box, text) { write(box.gradientText, text, "gradient", box.middle, box.bottom); }

svg.append(markers());
const frameElements = data.frames.map(drawFrame);
const wireElements = data.wires.map(drawWire);
const boxElements = data.boxes.map(drawBox);
svg.append(...frameElements, ...wireElements, ...boxElements);
byId("notes").textContent = data.notes.join("   ");
