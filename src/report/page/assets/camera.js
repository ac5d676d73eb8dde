
// An orthographic camera around the head. Head axes: x to the subject's left, y backwards, z up.

const VIEWS = [
  { name: "front", azimuth: 0, elevation: 0 }, { name: "back", azimuth: Math.PI, elevation: 0 },
  { name: "left", azimuth: Math.PI / 2, elevation: 0 }, { name: "right", azimuth: -Math.PI / 2, elevation: 0 },
  { name: "top", azimuth: 0, elevation: Math.PI / 2 },
];
const DEPTH_MM = 600;

const dot3 = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const turned = (rows, v) => rows.map(row => dot3(row, v));
const toHead = point => turned(plan.to_head.rotation, point).map((c, k) => c + plan.to_head.translation_mm[k]);
const toScan = direction => [0, 1, 2].map(k => plan.to_head.rotation.reduce((sum, row, i) => sum + row[k] * direction[i], 0));

const middle = () => {
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  for (let row = 0; row < dots.count; row++) {
    for (let k = 0; k < 3; k++) {
      const c = dots.position[3 * row + k];
      low[k] = Math.min(low[k], c);
      high[k] = Math.max(high[k], c);
    }
  }
  const { origin, extent } = plan.shell;
  return dots.count ? low.map((c, k) => (c + high[k]) / 2) : origin.map((c, k) => c + extent[k] / 2);
};

const camera = { azimuth: -0.5, elevation: 0.5, pixels_per_mm: 1, target: toHead(middle()), width: 1, height: 1 };

/** Unit vectors in head axes: to the right, up, and towards the viewer. */
function axes() {
  const { azimuth: a, elevation: e } = camera;
  const near = [Math.sin(a) * Math.cos(e), -Math.cos(a) * Math.cos(e), Math.sin(e)];
  const right = [Math.cos(a), Math.sin(a), 0];
  return { right, up: cross(near, right), near };
}

/** Rows that take a point of the scan (x, y, z, 1) to clip coordinates. */
function clipRows() {
  const { right, up, near } = axes();
  const row = (axis, scale) => [...toScan(axis).map(c => c * scale), scale * dot3(axis, plan.to_head.translation_mm.map((t, k) => t - camera.target[k]))];
  return {
    x: row(right, (2 * camera.pixels_per_mm) / camera.width),
    y: row(up, (2 * camera.pixels_per_mm) / camera.height),
    z: row(near, -1 / DEPTH_MM),
    right: toScan(right), up: toScan(up), near: toScan(near),
  };
}

/** Where a point of the scan is on the canvas, in its pixels from the upper left corner. */
function onCanvas(point, rows = clipRows()) {
  const clip = row => dot3(row, point) + row[3];
  return [(clip(rows.x) + 1) * camera.width / 2, (1 - clip(rows.y)) * camera.height / 2];
}

function turn(dx, dy) {
  camera.azimuth -= dx * 0.008;
  camera.elevation = Math.min(Math.max(camera.elevation + dy * 0.008, -Math.PI / 2), Math.PI / 2);
}

function pan(dx, dy) {
  const { right, up } = axes();
  camera.target = camera.target.map((c, k) => c + (-dx * right[k] + dy * up[k]) / camera.pixels_per_mm);
}

/** Zooms around a place of the canvas. */
function zoom(factor, x = camera.width / 2, y = camera.height / 2) {
  const before = camera.pixels_per_mm;
  camera.pixels_per_mm = Math.min(Math.max(before * factor, 0.3), 120);
  const away = 1 / before - 1 / camera.pixels_per_mm;
  const { right, up } = axes();
  const [dx, dy] = [(x - camera.width / 2) * away, (camera.height / 2 - y) * away];
  camera.target = camera.target.map((c, k) => c + dx * right[k] + dy * up[k]);
}

function fit() {
  const size = Math.max(...plan.shell.extent);
  camera.pixels_per_mm = (0.95 * Math.min(camera.width, camera.height)) / size;
}
