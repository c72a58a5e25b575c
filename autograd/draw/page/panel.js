// What is told of the box that was clicked, and the quiz.

let chosen = null;
let quiz = false;
const solved = new Set();  // vertices whose gradient the reader has found
let asked = 0;
let right = 0;

function tell(tag, text, look) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (look) element.className = look;
  return element;
}

function choose(i) {
  chosen = i;
  boxElements.forEach((element, j) => element.classList.toggle("chosen", data.boxes[j].v === data.boxes[i].v));
  render();
  bringIntoView(i);
}

function hidden(box) {  // whether the quiz keeps this gradient to itself
  return quiz && typeof asNumber(box.g) === "number" && !box.out && !solved.has(box.v);
}

function describe() {
  const panel = byId("panel");
  if (chosen === null) { panel.replaceChildren(); return; }
  const box = data.boxes[chosen];
  const facts = document.createElement("dl");
  const fact = (name, text, look) => { if (text) facts.append(tell("dt", name), tell("dd", text, look)); };
  fact("is", box.operation || box.kind);
  fact("tells", box.lines.slice(1).map(([text]) => text).join("\n"));
  fact("value", current.values[chosen], "value");
  fact("gradient", current.gradients[chosen].replace(/^∂ /, ""), "gradient");
  fact("module", box.module);
  fact("made at", box.source);
  const parts = [tell("h2", boxName(chosen)), facts];
  if (hidden(box)) parts.push(question(box));
  else if (box.kind !== "module") parts.push(...pathList(box));
  panel.replaceChildren(...parts);
  const field = panel.querySelector("input");
  if (field) field.focus();
}

function pathList(box) {
  const { total, paths } = pathsFrom(chosen);
  if (total === 0n) return [tell("p", "No path leads from here to the result.")];
  const list = document.createElement("ol");
  let sum = 0;
  for (const wires of paths) {
    const { text, product } = pathWords(wires, chosen);
    sum = product === null ? null : sum === null ? null : sum + product;
    const item = tell("li", text);
    item.tabIndex = 0;
    const show = (on) => wires.forEach((w) => wireElements[w].classList.toggle("path", on));
    item.addEventListener("mouseenter", () => show(true));
    item.addEventListener("mouseleave", () => show(false));
    item.addEventListener("focus", () => show(true));
    item.addEventListener("blur", () => show(false));
    list.append(item);
  }
  const count = total === 1n ? "1 path" : `${total} paths`;
  const some = BigInt(paths.length) < total ? `, the first ${paths.length}` : "";
  const parts = [tell("p", `${count} to the result${some}:`), list];
  if (sum !== null && !some && paths.length > 1 && current.phase === "backward") {
    parts.push(tell("p", `The products add up to ${shown(sum)}.`, "gradient"));
  }
  return parts;
}

// -------------------------------------------------------------------------------------------------------------- quiz

function question(box) {
  const form = document.createElement("form");
  const label = tell("label", `What is the gradient of ${boxName(chosen)}? `);
  const field = document.createElement("input");
  field.type = "text";
  field.id = "answer";
  field.size = 10;
  field.autocomplete = "off";
  label.append(field);
  const button = tell("button", "check");
  const verdict = tell("p", "");
  verdict.id = "verdict";
  verdict.setAttribute("role", "status");
  form.append(label, button, verdict);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    judge(box, field.value, verdict);
  });
  return form;
}

function isRight(given, wanted) {
  if (Number.isNaN(wanted)) return Number.isNaN(given);
  return given === wanted || Math.abs(given - wanted) <= 2e-3 * Math.abs(wanted) || Math.abs(given - wanted) < 1e-12;
}

function judge(box, text, verdict) {
  const cleaned = text.trim().replace("−", "-").replace(",", ".");
  const given = cleaned.toLowerCase() === "nan" ? NaN : Number(cleaned);
  if (cleaned === "" || (Number.isNaN(given) && cleaned.toLowerCase() !== "nan")) {
    verdict.textContent = "Type a number, such as −0.25 or 1e-3.";
    return;
  }
  asked += 1;
  if (!isRight(given, asNumber(box.g))) {
    verdict.className = "wrong";
    verdict.textContent = `✗ Not ${shown(given)}. Upstream × local, for each wire that leaves; then add them up.`;
    return;
  }
  right += 1;
  solved.add(box.v);
  render();
  const praise = tell("p", `✓ Right: ${shown(asNumber(box.g))}. ${right} of ${asked} answers.`, "right");
  praise.id = "verdict";
  byId("panel").prepend(praise);
}

byId("quiz").addEventListener("change", (event) => {
  quiz = event.target.checked;
  if (quiz) {
    solved.clear();
    asked = right = 0;
    goTo(data.steps.length - 1);
    const first = data.boxes.findIndex(hidden);
    if (first >= 0) choose(first);
  } else render();
});
