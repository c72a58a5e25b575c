// All ways from a box to the result. The derivative is the sum over them of the products along them.

const leaving = data.boxes.map(() => []);
data.wires.forEach((wire, i) => { if (!wire.cut) leaving[wire.t].push(i); });
const order = data.boxes.map((_, i) => i);

// How many ways lead on to a result: exactly, however many, since each is counted once from its head.
const ways = (() => {
  const count = data.boxes.map((box) => (box.out ? 1n : 0n));
  const waiting = data.wires.reduce((left, wire) => { if (!wire.cut) left[wire.t] += 1; return left; },
    new Array(data.boxes.length).fill(0));
  const entering = data.boxes.map(() => []);
  data.wires.forEach((wire, i) => { if (!wire.cut) entering[wire.h].push(i); });
  const ready = order.filter((i) => waiting[i] === 0);
  while (ready.length) {
    const head = ready.pop();
    for (const i of entering[head]) {
      const { t } = data.wires[i];
      count[t] += count[head];
      waiting[t] -= 1;
      if (waiting[t] === 0) ready.push(t);
    }
  }
  return count;
})();

const MOST_PATHS = 40;

// Returns {total, paths}: each path is a list of wires. A leaf that is drawn several times begins at each of its boxes.
function pathsFrom(i) {
  const { v } = data.boxes[i];
  const starts = order.filter((j) => data.boxes[j].v === v);
  const total = starts.reduce((sum, j) => sum + ways[j], 0n);
  const paths = [];
  const stack = starts.reverse().map((j) => [j, null]);
  while (stack.length && paths.length < MOST_PATHS) {
    const [at, trail] = stack.pop();
    if (data.boxes[at].out) paths.push(unrolled(trail));
    for (const wire of [...leaving[at]].reverse()) {
      if (ways[data.wires[wire].h] > 0n) stack.push([data.wires[wire].h, { wire, before: trail }]);
    }
  }
  return { total, paths };
}

function unrolled(trail) {
  const wires = [];
  for (let at = trail; at; at = at.before) wires.unshift(at.wire);
  return wires;
}

function asNumber(value) {
  if (typeof value === "number") return value;
  return { nan: NaN, inf: Infinity, "-inf": -Infinity }[value];
}

// Four digits and a true minus, as in the picture.
function shown(x) {
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  if (x === 0) return "0";
  const small = Math.abs(x) < 1e-4 || Math.abs(x) >= 1e4;
  let text = small && !Number.isInteger(x) || Math.abs(x) >= 1e5 ? x.toExponential(3) : String(Number(x.toPrecision(4)));
  text = text.replace(/\.?0+e/, "e").replace("e+", "e");
  return text.replaceAll("-", "−");
}

function factor(x, i) { return i > 0 && x < 0 ? `(${shown(x)})` : shown(x); }

function boxName(i) {
  const box = data.boxes[i];
  return box.name || (box.lines[0] ? box.lines[0][0] : box.kind);
}

// Returns "x → q → f:  1 × −4 = −4" and, if all local derivatives are numbers, the product.
function pathWords(wires, start) {
  const names = [boxName(wires.length ? data.wires[wires[0]].t : start), ...wires.map((w) => boxName(data.wires[w].h))];
  const locals = wires.map((w) => asNumber(data.wires[w].local));
  const known = locals.length > 0 && locals.every((x) => x !== undefined);
  const product = known ? locals.reduce((a, b) => a * b, 1) : null;
  const factors = known ? `:  ${locals.map(factor).join(" × ")} = ${shown(product)}` : "";
  return { text: names.join(" → ") + factors, product };
}
