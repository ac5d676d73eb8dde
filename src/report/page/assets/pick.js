
// Marking landmarks and dragging the points of a hairline on the head. Places are mm in the scan's frame.

const LANDMARKS = { glabella: "between the brows", left_tragus: "in front of the left ear canal (the client's left)", right_tragus: "in front of the right ear canal", inion: "bump at the back of the head", vertex: "top of the head" };
// Where a line starts from: directions from the middle of the tragi in parts of the head's half-axes, the client's left side.
const SIDE = {
  sideburn_foot: [0.79, -0.26, -0.07], sideburn: [0.84, -0.34, 0.1], temple_hollow: [0.86, -0.45, 0.22], temporal_peak: [0.8, -0.6, 0.45],
  temple_front: [0.72, -0.53, 0.62], frontotemporal: [0.6, -0.42, 0.86], bow: [0.35, -0.58, 0.8],
};
const STEP_MM = 2;
const MARK_REACH = 14;

const picked = { landmarks: { ...plan.landmarks }, points: plan.control_points, next: null, held: null };

// The scan's corners, mm, and its vertices by cubes, to find what is near a place.
const mesh = { corners: plan.shell.triangles, place: v => [0, 1, 2].map(k => plan.shell.origin[k] + plan.shell.extent[k] * plan.shell.vertices[3 * v + k] / 65535) };
mesh.places = Array.from({ length: plan.shell.vertices.length / 3 }, (_, v) => mesh.place(v));
const CUBE_MM = 8;
const cubes = new Map();
const around = new Map();
mesh.places.forEach((place, v) => {
  const key = place.map(c => Math.floor(c / CUBE_MM)).join();
  cubes.has(key) ? cubes.get(key).push(v) : cubes.set(key, [v]);
});
for (let t = 0; t < mesh.corners.length; t += 3) for (let k = 0; k < 3; k++) {
  const v = mesh.corners[t + k];
  around.has(v) ? around.get(v).push(t) : around.set(v, [t]);
}

const minus = (a, b) => a.map((c, k) => c - b[k]);
const plus = (a, b, by = 1) => a.map((c, k) => c + by * b[k]);
const norm = a => Math.hypot(...a);

/** Where a ray meets the scan last (the sign of `most` 1) or first (-1): a place, or null. */
function hit(origin, along, most = -1) {
  let best = null, best_t = Infinity;
  for (let t = 0; t < mesh.corners.length; t += 3) {
    const [a, b, c] = [0, 1, 2].map(k => mesh.places[mesh.corners[t + k]]);
    // Möller and Trumbore, Fast, minimum storage ray/triangle intersection, 1997.
    const [e, f] = [minus(b, a), minus(c, a)];
    const p = cross(along, f), determinant = dot3(e, p);
    if (Math.abs(determinant) < 1e-12) continue;
    const s = minus(origin, a), u = dot3(s, p) / determinant;
    if (u < 0 || u > 1) continue;
    const q = cross(s, e), v = dot3(along, q) / determinant;
    if (v < 0 || u + v > 1) continue;
    const way = dot3(f, q) / determinant;
    if (way > 0 && -most * way < best_t) [best_t, best] = [-most * way, plus(origin, along, way)];
  }
  return best;
}

/** The place of the scan nearest to a place, among the triangles around the nearest vertex. */
function laid(place) {
  const cell = place.map(c => Math.floor(c / CUBE_MM));
  let vertex = -1, least = Infinity;
  for (let reach = 1; vertex < 0 && reach < 5; reach++) {
    for (let i = -reach; i <= reach; i++) for (let j = -reach; j <= reach; j++) for (let k = -reach; k <= reach; k++) {
      for (const v of cubes.get([cell[0] + i, cell[1] + j, cell[2] + k].join()) ?? []) {
        const far = norm(minus(mesh.places[v], place));
        if (far < least) [least, vertex] = [far, v];
      }
    }
  }
  if (vertex < 0) return place;
  let best = mesh.places[vertex];
  for (const t of around.get(vertex) ?? []) {
    const [a, b, c] = [0, 1, 2].map(k => mesh.places[mesh.corners[t + k]]);
    const n = cross(minus(b, a), minus(c, a)), n2 = dot3(n, n);
    if (n2 === 0) continue;
    const foot = plus(place, n, -dot3(minus(place, a), n) / n2);
    const inside = [[a, b], [b, c], [c, a]].every(([p, q]) => dot3(cross(minus(q, p), minus(foot, p)), n) >= 0);
    if (inside && norm(minus(foot, place)) < norm(minus(best, place))) best = foot;
  }
  return best;
}

/** The point of the scan under a place of the canvas, or null. */
function under([x, y]) {
  const rows = clipRows(), { right, up, near } = rows;
  const centre = onCanvas(plan.shell.origin, rows);
  const on = plus(plus(plan.shell.origin, right, (x - centre[0]) / camera.pixels_per_mm), up, (centre[1] - y) / camera.pixels_per_mm);
  return hit(plus(on, near, 1000), near.map(c => -c));
}

/** Through the control points: Catmull-Rom with centripetal knots, laid on the scan. */
function line() {
  const way = picked.points.map(({ point }) => point);
  if (way.length < 3) return [];
  const points = [way[0]];
  const mix = (p, q, from, to, t) => plus(p, minus(q, p), (t - from) / (to - from));
  const knot = (p, q) => Math.max(Math.sqrt(norm(minus(q, p))), 1e-6);
  for (let i = 0; i + 1 < way.length; i++) {
    const [b, c] = [way[i], way[i + 1]];
    const a = way[i - 1] ?? minus(b, minus(c, b)), d = way[i + 2] ?? plus(c, minus(c, b));
    const t1 = knot(a, b), t2 = t1 + knot(b, c), t3 = t2 + knot(c, d);
    const pieces = Math.max(1, Math.ceil(norm(minus(c, b)) / STEP_MM));
    for (let step = 1; step <= pieces; step++) {
      const t = t1 + ((t2 - t1) * step) / pieces;
      const [ab, bc, cd] = [mix(a, b, 0, t1, t), mix(b, c, t1, t2, t), mix(c, d, t2, t3, t)];
      points.push(mix(mix(ab, bc, 0, t2, t), mix(bc, cd, t1, t3, t), t1, t2, t));
    }
  }
  return points.map(laid);
}

const complete = () => Object.keys(LANDMARKS).every(name => picked.landmarks[name]);
const unit = v => v.map(c => c / (norm(v) || 1));

/** Turns the camera's frame into the head's: x to the left, y backwards, z up. */
function takeHeadFrame() {
  const { left_tragus: left, right_tragus: right, vertex } = picked.landmarks;
  if (!left || !right || !vertex) return;
  const origin = left.map((c, k) => (c + right[k]) / 2);
  const x = unit(minus(left, right)), above = minus(vertex, origin);
  const z = unit(plus(above, x, -dot3(above, x)));
  const rotation = [x, cross(z, x), z];
  plan.to_head = { rotation, translation_mm: turned(rotation, origin).map(c => -c) };
  camera.target = toHead(middle());
}

function startLine() {
  takeHeadFrame();
  const { rotation, translation_mm } = plan.to_head;
  const marks = Object.fromEntries(Object.entries(picked.landmarks).map(([name, place]) => [name, toHead(place)]));
  const breadth = marks.left_tragus[0], height = marks.vertex[2];
  const front = Math.abs(marks.glabella[1]) / Math.sqrt(Math.max(1 - (marks.glabella[2] / height) ** 2, 0.25));
  const origin = toScan(translation_mm.map(c => -c));
  const outwards = ([x, y, z]) => hit(origin, toScan(unit([x * breadth, y * front, z * height])), 1);
  const side = (name, sign) => Object.entries(SIDE).map(([own, [x, y, z]]) => ({ name: `${name}_${own}`, point: outwards([sign * x, y, z]) }));
  const points = [...side("left", 1), { name: "mid_frontal", point: outwards([0, -0.65, 0.8]) }, ...side("right", -1).reverse()];
  picked.points = points.filter(({ point }) => point);
  show();
}

function save() {
  const rounded = place => place.map(c => Number(c.toFixed(4)));
  const content = {
    name: plan.title, units: "mm", closed: false, ...plan.kept,
    control_points: picked.points.map(({ name, point }) => ({ name, point: rounded(point) })),
    hairline: line().map(rounded),
    ...(picked.landmarks.vertex && { inside_point: rounded(picked.landmarks.vertex) }),
    landmarks: Object.fromEntries(Object.entries(picked.landmarks).map(([name, place]) => [name, rounded(place)])),
  };
  const link = make("a", { download: `${plan.title.replace(/[^\w.-]+/g, "_")}.hairline.json`, href: URL.createObjectURL(new Blob([JSON.stringify(content, null, 1)], { type: "application/json" })) });
  link.click();
  URL.revokeObjectURL(link.href);
  return content;
}

// What is drawn: the scan, the line, and the marks as text over it.
let labels = [];
function show() {
  const points = line();
  plan.edge = new Float32Array(points.slice(1).flatMap((point, k) => [...points[k], ...point]));
  stage.edge = vertices(stage.shaders.lines, { a_share: [buffer(plan.edge), 3, gl.FLOAT] });
  const length = points.slice(1).reduce((sum, point, k) => sum + norm(minus(point, points[k])), 0);
  element("length").textContent = points.length ? `${picked.points.length} points, ${length.toFixed(0)} mm from ear to ear` : "no line yet";
  element("start").disabled = !complete();
  element("save").disabled = !points.length;
  element("hint").textContent = picked.next ? `click on the head: ${picked.next.replaceAll("_", " ")}, ${LANDMARKS[picked.next]}`
    : !complete() ? "choose a landmark, then click it on the head" : "drag the points of the line; drag elsewhere to turn, scroll to zoom";
  element("landmarks").replaceChildren(...Object.keys(LANDMARKS).map(name => make("button", {
    type: "button", id: `mark-${name}`, textContent: `${picked.landmarks[name] ? "✓" : "○"} ${name.replaceAll("_", " ")}`, title: LANDMARKS[name],
    onclick: () => { picked.next = name; show(); },
  })));
  element("marks").replaceChildren();
  labels = [
    ...Object.entries(picked.landmarks).map(([name, place]) => ({ name, place, text: `+ ${name.replaceAll("_", " ")}` })),
    ...picked.points.map(own => ({ name: own.name, place: own.point, text: "◉" })),
  ].map(own => ({ ...own, label: element("marks").appendChild(make("span", { textContent: own.text, title: own.name })) }));
  redraw();
}

function overlay() {
  const rows = clipRows();
  for (const { place, label } of labels) {
    const [x, y] = onCanvas(place, rows);
    label.style.transform = `translate(${x / devicePixelRatio - 5}px, ${y / devicePixelRatio - 10}px)`;
    const out = minus(place, plan.shell.origin.map((c, k) => c + plan.shell.extent[k] / 2));
    label.hidden = dot3(out, rows.near) < 0;
  }
}

let asked = false;
function redraw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    const box = element("canvas-box").getBoundingClientRect();
    [canvas.width, canvas.height] = [box.width, box.height].map(c => Math.max(1, Math.round(c * devicePixelRatio)));
    Object.assign(camera, { width: canvas.width, height: canvas.height });
    draw();
    overlay();
  });
}

const at = event => {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) * devicePixelRatio, (event.clientY - box.top) * devicePixelRatio];
};

/** The mark under a place of the canvas, nearest first. */
function markAt([x, y]) {
  const rows = clipRows();
  const near = labels.filter(({ label }) => !label.hidden).map(own => {
    const [u, v] = onCanvas(own.place, rows);
    return { ...own, off: Math.hypot(u - x, v - y) / devicePixelRatio };
  });
  return near.filter(({ off }) => off < MARK_REACH).sort((a, b) => a.off - b.off)[0] ?? null;
}

function move(name, place) {
  const own = picked.points.find(point => point.name === name);
  if (own) own.point = place;
  else picked.landmarks[name] = place;
  show();
}

function listen() {
  let held = null;
  canvas.addEventListener("pointerdown", event => {
    held = { x: event.clientX, y: event.clientY, moved: false, mark: picked.next ? null : markAt(at(event)) };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", event => {
    if (!held) return;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    held.moved ||= Math.hypot(dx, dy) > 3;
    if (!held.moved) return;
    if (held.mark) {
      const place = under(at(event));
      if (place) move(held.mark.name, place);
      return;
    }
    if (event.shiftKey || event.buttons & 6) pan(dx * devicePixelRatio, dy * devicePixelRatio);
    else turn(dx, dy);
    Object.assign(held, { x: event.clientX, y: event.clientY });
    redraw();
  });
  canvas.addEventListener("pointerup", event => {
    const place = held && !held.moved && picked.next ? under(at(event)) : null;
    held = null;
    if (!place) return;
    picked.landmarks[picked.next] = place;
    picked.next = Object.keys(LANDMARKS).find(name => !picked.landmarks[name]) ?? null;
    if (complete() && !picked.points.length) startLine();
    show();
  });
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * 0.0015), ...at(event));
    redraw();
  }, { passive: false });
  addEventListener("resize", redraw);
  element("start").addEventListener("click", startLine);
  element("save").addEventListener("click", save);
  // Which axis of the file points up, until landmarks tell.
  const ups = [[[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 0, 0], [0, 0, -1], [0, 1, 0]], [[0, 1, 0], [0, 0, 1], [1, 0, 0]], [[1, 0, 0], [0, 0, 1], [0, -1, 0]]];
  let up = 0;
  element("up").addEventListener("click", () => {
    up = (up + 1) % ups.length;
    plan.to_head = { rotation: ups[up], translation_mm: [0, 0, 0] };
    camera.target = toHead(middle());
    redraw();
  });
  element("views").append(...VIEWS.map(({ name, azimuth, elevation }) => make("button", {
    type: "button", textContent: name, onclick: () => { Object.assign(camera, { azimuth, elevation }); redraw(); },
  })));
}

element("title").textContent = plan.title;
if (gl) {
  openStage();
  takeHeadFrame();
  const box = element("canvas-box").getBoundingClientRect();
  Object.assign(camera, { width: box.width * devicePixelRatio, height: box.height * devicePixelRatio });
  fit();
  picked.next = Object.keys(LANDMARKS).find(name => !picked.landmarks[name]) ?? null;
  listen();
  show();
} else {
  element("fault").hidden = false;
  element("fault").textContent = "This page needs WebGL 2.";
}
// For tests and scripts.
window.hairline = { picked, line, save, startLine, under, onCanvas: name => onCanvas((picked.points.find(own => own.name === name) ?? { point: picked.landmarks[name] }).point) };
