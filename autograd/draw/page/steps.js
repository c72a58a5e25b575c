// The steps: forward, the seed, backward. What is shown at a step depends on its number alone, so each can be undone.

const KINDS = { given: "given", forward: "forward", seed: "seed", backward: "backward", end: "" };
const current = { values: [], gradients: [], phase: "forward" };
let step = 0;
let playing = null;

function stateAt(k) {
  current.values = data.boxes.map((box) => (box.kind === "operation" || box.kind === "module" ? "" : box.value));
  current.gradients = data.boxes.map(() => "");
  for (const { k: kind, b: boxes, g: gradient } of data.steps.slice(0, k + 1)) {
    for (const i of boxes || []) {
      if (kind === "forward") current.values[i] = data.boxes[i].value;
      if (kind === "seed" || kind === "backward") current.gradients[i] = gradient || "";
    }
  }
  if (k === data.steps.length - 1) data.boxes.forEach((box, i) => { current.gradients[i] = box.gradient; });
  const { k: kind } = data.steps[k];
  current.phase = kind === "given" || kind === "forward" ? "forward" : "backward";
}

function spoken(box, i) {
  const value = current.values[i] ? `, value ${current.values[i]}` : "";
  const gradient = current.gradients[i] ? `, gradient ${current.gradients[i].replace("∂ ", "")}` : "";
  return `${boxName(i)}, ${box.operation || box.kind}${value}${hidden(box) ? ", gradient hidden" : gradient}`;
}

function render() {
  stateAt(step);
  filmed();
  const now = data.steps[step];
  data.boxes.forEach((box, i) => {
    const gradient = current.gradients[i];
    if (hidden(box)) current.gradients[i] = gradient ? "∂ ?" : "";
    showValue(box, current.values[i]);
    showGradient(box, current.gradients[i]);
    const element = boxElements[i];
    element.setAttribute("aria-label", spoken(box, i));
    const mine = (now.b || []).includes(i);
    element.classList.toggle("now", mine && now.k === "forward");
    element.classList.toggle("active", (mine && (now.k === "backward" || now.k === "seed")) || now.h === i);
  });
  const passed = new Set(quiz ? [] : data.steps.slice(0, step + 1).map(({ w }) => w));
  wireElements.forEach((element, i) => {
    const wire = data.wires[i];
    element.classList.toggle("active", now.w === i && !quiz);
    const known = passed.has(i) && wire.local !== null && isLastMoment();
    if (!wire.cut) wire.label.textContent = known ? shown(asNumber(wire.local)) : "";
  });
  const told = byId("told");
  told.replaceChildren(tell("span", KINDS[now.k], "kind"));
  if (quiz) told.append(tell("span", "The gradients are hidden: choose a box and type its gradient."));
  else if (!isLastMoment()) told.append(tell("span", "The numbers are those of this training step."));
  else {
    told.append(tell("span", now.t));
    if (now.a) told.append(tell("span", now.a, "added"));
  }
  byId("slider").value = String(step);
  byId("count").textContent = `${step} / ${data.steps.length - 1}`;
  describe();
}

function goTo(k) {
  step = Math.max(0, Math.min(data.steps.length - 1, k));
  remember();
  render();
  const now = data.steps[step];
  if (now.k !== "given" && now.b && now.b.length) bringIntoView(now.b[0]);
}

function remember() {
  try {
    history.replaceState(null, "", `#step=${step}`);
  } catch (error) {
    // a page inside of a notebook has no address of its own
  }
}

function stepInAddress() {
  const found = /step=(\d+)/.exec(location.hash);
  return found ? Number(found[1]) : null;
}

function pause() {
  clearInterval(playing);
  playing = null;
  byId("play").textContent = "▶ play";
}

function play() {
  if (playing !== null) { pause(); return; }
  if (step === data.steps.length - 1) goTo(0);
  byId("play").textContent = "⏸ pause";
  playing = setInterval(() => {
    if (step >= data.steps.length - 1) pause(); else goTo(step + 1);
  }, 900);
}

const actions = {
  ArrowRight: () => goTo(step + 1),
  ArrowLeft: () => goTo(step - 1),
  Home: () => goTo(0),
  End: () => goTo(data.steps.length - 1),
  " ": play,
  "+": () => zoom(1 / 1.3),
  "-": () => zoom(1.3),
  0: fit,
  "/": () => byId("search").focus(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches && event.target.matches("input[type=text], input[type=search]");
  if (event.key === "Escape") {
    chosen = null;
    boxElements.forEach((element) => element.classList.remove("chosen"));
    if (typing) event.target.blur();
    render();
    return;
  }
  const button = event.key === " " && event.target.matches && event.target.matches("button, input");
  if (typing || button || event.ctrlKey || event.metaKey || event.altKey || !(event.key in actions)) return;
  event.preventDefault();
  actions[event.key]();
});

for (const [id, action] of Object.entries({
  first: actions.Home, back: actions.ArrowLeft, play, next: actions.ArrowRight, last: actions.End,
})) byId(id).addEventListener("click", action);
byId("slider").max = String(data.steps.length - 1);
byId("slider").addEventListener("input", (event) => { pause(); goTo(Number(event.target.value)); });
window.addEventListener("hashchange", () => {
  const k = stepInAddress();
  if (k !== null && k !== step) goTo(k);
});

// ------------------------------------------------------------------------------------------------------- the film

function isLastMoment() { return !data.film || byId("film").value === byId("film").max; }

function filmed() {  // put the numbers of the chosen training step in place of those of the last
  if (!data.film) return;
  const moment = data.film.moments[Number(byId("film").value)];
  byId("filmcount").textContent = `${moment.step}` + (moment.title ? `   ${moment.title}` : "");
  data.boxes.forEach((box, i) => {
    const [value, gradient] = moment.numbers[box.v] || ["", ""];
    if (current.values[i]) current.values[i] = value;
    if (current.gradients[i]) current.gradients[i] = gradient;
  });
}

if (data.film) {
  byId("filmrow").hidden = false;
  byId("film").max = String(data.film.moments.length - 1);
  byId("film").value = byId("film").max;
  byId("film").addEventListener("input", render);
}

begin();
window.addEventListener("resize", begin);
goTo(stepInAddress() === null ? (data.film ? data.steps.length - 1 : 0) : stepInAddress());
