
// The page comes to life.

let stale = true;
const redraw = () => { stale = true; };
const hidden = { session: new Set(), setup: new Set() };
let quantity = QUANTITIES[0];

function recolour() {
  const colours = coloured(quantity);
  let shown = 0;
  for (let row = 0; row < dots.count; row++) {
    const visible = !hidden.session.has(dots.session[row]) && !hidden.setup.has(dots.setup[row]);
    colours[4 * row + 3] = visible ? 255 : 0;
    shown += visible;
  }
  colourDots(colours);
  scene.apart_mm = Math.sqrt(plan.report.area_mm2 / Math.max(shown, 1));
  element("shown").dataset.count = shown;
  showRamp();
  redraw();
}

function showRamp() {
  const key = (colour, label) => {
    const mark = make("span", { className: "key" });
    mark.style.background = colour;
    return [mark, label];
  };
  const parts = [];
  if (quantity.kinds) {
    quantity.kinds.forEach(({ label }, k) => label !== "not reached" && label !== "existing" && parts.push(...key(CATEGORIES[k % CATEGORIES.length], label)));
  } else {
    const strip = make("canvas", { width: 100, height: 1 });
    const ink = strip.getContext("2d");
    for (let x = 0; x < 100; x++) {
      ink.fillStyle = `rgb(${ramp(x / 99).join(" ")})`;
      ink.fillRect(x, 0, 1, 1);
    }
    const [least, largest] = span(quantity.column);
    parts.push(strip, `${shortest(least, 2)} to ${shortest(largest, 2)} ${quantity.unit}`);
  }
  if (dots.setup.some((setup, row) => setup === NO_SETUP && !dots.existing[row])) parts.push(...key(NOT_REACHED, "not reached"));
  if (dots.existing.includes(1)) parts.push(...key(EXISTING, "existing"));
  element("ramp").replaceChildren(...parts);
}

function resize() {
  const box = canvas.getBoundingClientRect();
  const first = camera.width === 1;
  canvas.width = camera.width = Math.max(1, Math.round(box.width * devicePixelRatio));
  canvas.height = camera.height = Math.max(1, Math.round(box.height * devicePixelRatio));
  if (first) fit();
  redraw();
}

/** Names of landmarks, and the scale, over the picture. */
const marks = Object.entries(plan.landmarks).map(([name, place]) => ({ place, label: element("marks").appendChild(make("span", { textContent: name.replaceAll("_", " ") })) }));
function overlay() {
  const rows = clipRows();
  for (const { place, label } of marks) {
    const [x, y] = onCanvas(place, rows);
    const out = place.map((c, k) => c - plan.shell.origin[k] - plan.shell.extent[k] / 2);
    label.style.transform = `translate(${x / devicePixelRatio + 4}px, ${y / devicePixelRatio}px)`;
    label.hidden = !scene.layers.marks || dot3(out, rows.near) < 0;
  }
  const most_mm = 150 / (camera.pixels_per_mm / devicePixelRatio);
  const length_mm = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200].filter(mm => mm <= most_mm).pop() ?? 0.1;
  element("scale").firstElementChild.style.width = `${(length_mm * camera.pixels_per_mm) / devicePixelRatio}px`;
  element("scale").lastElementChild.textContent = `${length_mm} mm`;
  const every = drawnEvery();
  const text = `${element("shown").dataset.count} of ${dots.count} dots${every > 1 ? `, one in ${every} drawn at this size` : ""}`;
  if (element("shown").textContent !== text) element("shown").textContent = text;
}

const look = {
  /** Turns to a place and shows so many mm around it. */
  at(place, size_mm) {
    const head = toHead(place);
    const out = head.map((c, k) => c - camera.target[k]);
    const length = Math.hypot(...out);
    if (length > 1) {
      camera.azimuth = Math.atan2(out[0], -out[1]);
      camera.elevation = Math.asin(Math.min(Math.max(out[2] / length, -1), 1));
    }
    camera.target = head;
    camera.pixels_per_mm = Math.min(camera.width, camera.height) / Math.max(2 * size_mm, 30);
    redraw();
  },
  track(number) {
    element("track").value = number;
    chooseTrack(number);
  },
  time(number, at_s) {
    this.track(number);
    seek(at_s);
    this.at(scene.needle, 20);
  },
  /** To a place that a program's verdict names; air runs are not played back. */
  place(number, { line, at_mm }) {
    if (number >= 0) {
      this.track(number);
      seekLine(line);
    }
    scene.needle = at_mm;
    this.at(at_mm, 20);
  },
};

player.moved = (track, struck) => {
  element("slider").max = track.end_s;
  element("slider").value = player.at_s;
  const row = struck ? track.dots[struck - 1] : -1;
  const line = struck && track.lines ? track.lines[struck - 1] : null;
  if (line && document.activeElement !== element("line")) element("line").value = line;
  element("readout").textContent = `${clock(player.at_s)} of ${clock(track.end_s)} · ${struck} of ${track.dots.length} struck${row < 0 ? "" : ` · dot ${dots.id[row]}`}${line ? ` · line ${line}` : ""}`;
  Object.assign(element("readout").dataset, { struck, dot: row < 0 ? "" : dots.id[row], line: line ?? "" });
  element("play").textContent = player.playing ? "❚❚" : "▶";
  redraw();
};

function playPause() {
  const track = tracks[player.track];
  if (!track) return;
  player.playing = !player.playing;
  seek(player.playing && player.at_s >= track.end_s ? 0 : player.at_s);
}

function fillControls() {
  VIEWS.forEach(({ name, azimuth, elevation }, k) => {
    const button = make("button", { type: "button", textContent: name, title: `Key ${k + 1}` });
    button.addEventListener("click", () => {
      Object.assign(camera, { azimuth, elevation, target: toHead(middle()) });
      fit();
      redraw();
    });
    element("views").append(button);
  });
  QUANTITIES.forEach(({ name }, k) => element("colour").append(make("option", { value: k, textContent: name })));
  element("colour").addEventListener("change", event => {
    quantity = QUANTITIES[event.target.value];
    recolour();
  });
  const box = (label, checked, change, id) => {
    const input = make("input", { type: "checkbox", checked, id });
    input.addEventListener("change", () => change(input.checked));
    return make("label", {}, input, ` ${label}`);
  };
  const group = (title, ...boxes) => element("filters").append(make("fieldset", {}, make("legend", { textContent: title }), ...boxes));
  for (const [number, name] of ["session", "setup"].entries()) {
    group(`${name}s`, ...QUANTITIES[number].kinds.map(({ value, label }) => box(label, true, on => {
      if (on) hidden[name].delete(value);
      else hidden[name].add(value);
      recolour();
    }, `${name}-${value}`)));
  }
  scene.layers.marks = true;
  group("layers", ...[["scan", "scan"], ["edge", "edge"], ["marks", "landmarks"], ["way", "way of the needle"]].map(([layer, label]) => box(label, scene.layers[layer], on => {
    scene.layers[layer] = on;
    if (layer === "way" && scene.track < 0) scene.track = player.track;
    redraw();
  }, `layer-${layer}`)));
  tracks.forEach(({ file, session, setup }, k) => element("track").append(make("option", { value: k, textContent: file ?? `session ${session}, ${setup}` })));
  SPEEDS.forEach(speed => element("speed").append(make("option", { value: speed, textContent: `${speed} ×`, selected: speed === player.speed })));
  element("track").addEventListener("change", event => chooseTrack(Number(event.target.value)));
  element("speed").addEventListener("change", event => { player.speed = Number(event.target.value); });
  element("slider").addEventListener("input", event => seek(Number(event.target.value)));
  element("line").addEventListener("change", event => seekLine(Number(event.target.value)));
  element("play").addEventListener("click", playPause);
  element("theme").addEventListener("click", changeTheme);
  if (tracks.length) element("slider").max = tracks[0].end_s;
  element("player").hidden = !tracks.length;
}

function changeTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  redraw();
}

function listen() {
  let held = null;
  const place = event => [event.offsetX * devicePixelRatio, event.offsetY * devicePixelRatio];
  canvas.addEventListener("pointerdown", event => {
    held = { x: event.clientX, y: event.clientY, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", event => {
    if (!held) return;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    held.moved ||= Math.hypot(dx, dy) > 3;
    if (!held.moved) return;
    if (event.shiftKey || event.buttons & 6) pan(dx * devicePixelRatio, dy * devicePixelRatio);
    else turn(dx, dy);
    Object.assign(held, { x: event.clientX, y: event.clientY });
    redraw();
  });
  canvas.addEventListener("pointerup", event => {
    if (held && !held.moved) showDot(pick(...place(event)));
    held = null;
    redraw();
  });
  canvas.addEventListener("contextmenu", event => event.preventDefault());
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * 0.0015), ...place(event));
    redraw();
  }, { passive: false });
  addEventListener("keydown", event => {
    if (["INPUT", "SELECT"].includes(event.target.tagName) && event.target.id !== "slider") return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const struck = tracks.length ? struckBy(tracks[player.track], player.at_s) : 0;
    const step = event.shiftKey ? 100 : 1;
    const keys = {
      " ": playPause, ArrowLeft: () => seekStrike(struck - step), ArrowRight: () => seekStrike(struck + step), Home: () => seek(0), End: () => seek(Infinity),
      "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), d: changeTheme,
    };
    const act = keys[event.key] ?? (event.key >= "1" && event.key <= "5" ? () => element("views").children[event.key - 1].click() : null);
    if (!act || (event.key === " " && event.target.tagName === "BUTTON")) return;
    event.preventDefault();
    act();
    redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  new ResizeObserver(resize).observe(canvas);
  addEventListener("beforeprint", () => {
    draw();
    element("snapshot")?.remove();
    element("panels").prepend(make("img", { id: "snapshot", src: canvas.toDataURL(), alt: "Head with dots" }));
  });
}

let last_ms = 0;
function frame(now_ms) {
  if (player.playing) {
    const track = tracks[player.track];
    const at_s = player.at_s + (player.speed * Math.min(now_ms - last_ms, 200)) / 1000;
    if (at_s >= track.end_s) player.playing = false;
    seek(at_s);
  }
  last_ms = now_ms;
  if (stale && stage) {
    stale = false;
    overlay();
    draw();
    document.body.dataset.drawn = Number(document.body.dataset.drawn ?? 0) + 1;
  }
  requestAnimationFrame(frame);
}

addPanels(look);
showDot(-1);
fillControls();
document.body.dataset.dots = dots.count;
if (gl) {
  openStage();
  resize();
  recolour();
  listen();
  requestAnimationFrame(frame);
} else {
  element("fault").textContent = "This browser draws no WebGL 2: the figures are here, the head is not.";
  element("fault").hidden = false;
}
