
// Drawing with WebGL 2: the scan as one mesh, all dots as points in one call.

const POINT = `
  uniform vec4 u_x, u_y, u_z;
  vec4 clip(vec3 place) { vec4 p = vec4(place, 1.0); return vec4(dot(u_x, p), dot(u_y, p), dot(u_z, p), 1.0); }`;

const SHADERS = {
  shell: [`#version 300 es
    ${POINT}
    uniform vec3 u_origin, u_extent, u_near;
    in vec3 a_share, a_normal;
    out float v_light;
    void main() {
      gl_Position = clip(u_origin + a_share * u_extent);
      v_light = 0.35 + 0.65 * abs(dot(normalize(a_normal), u_near));
    }`, `#version 300 es
    precision mediump float;
    uniform vec3 u_colour;
    uniform bool u_pick;
    in float v_light;
    out vec4 colour;
    void main() { colour = u_pick ? vec4(0.0) : vec4(u_colour * v_light, 1.0); }`],
  // A dot is a point whose pixels lie on the disc that the skin carries, as an ellipse where the skin is tilted.
  dots: [`#version 300 es
    ${POINT}
    uniform vec3 u_near, u_right, u_up;
    uniform float u_least_mm, u_pixels_per_mm, u_lift, u_now;
    uniform int u_chosen;
    uniform bool u_pick;
    uniform vec3 u_waiting;
    in vec3 a_place, a_normal;
    in float a_diameter, a_struck;
    in vec4 a_colour;
    flat out vec4 v_colour;
    flat out vec2 v_slope;
    flat out float v_radius;
    void main() {
      vec3 n = normalize(a_normal);
      float towards = dot(n, u_near);
      gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
      gl_PointSize = 1.0;
      if (a_colour.a == 0.0 || towards <= 0.02) return;
      bool chosen = gl_VertexID == u_chosen;
      v_radius = max(a_diameter / 2.0, u_least_mm) * (chosen ? 2.2 : 1.0) * u_pixels_per_mm;
      v_slope = vec2(dot(n, u_right), dot(n, u_up)) / max(towards, 0.2);
      gl_Position = clip(a_place);
      gl_Position.z -= u_lift;
      gl_PointSize = 2.0 * v_radius + 1.0;
      v_colour = vec4(a_colour.rgb, 1.0);
      if (u_now >= 0.0 && a_struck > u_now) v_colour = vec4(u_waiting, 1.0);
      if (chosen) v_colour = vec4(0.9, 0.1, 0.5, 1.0);
      if (u_pick) {
        int id = gl_VertexID + 1;
        v_colour = vec4(float(id & 255), float((id >> 8) & 255), float((id >> 16) & 255), 255.0) / 255.0;
      }
    }`, `#version 300 es
    precision highp float;
    uniform bool u_pick;
    flat in vec4 v_colour;
    flat in vec2 v_slope;
    flat in float v_radius;
    out vec4 colour;
    void main() {
      vec2 across = vec2(gl_PointCoord.x - 0.5, 0.5 - gl_PointCoord.y) * (2.0 * v_radius + 1.0);
      float inside = clamp(v_radius - length(vec3(across, dot(across, v_slope))) + 0.5, 0.0, 1.0);
      if (u_pick && inside < 0.5) discard;
      colour = u_pick ? v_colour : vec4(v_colour.rgb, inside);
    }`],
  lines: [`#version 300 es
    ${POINT}
    uniform vec3 u_origin, u_extent;
    uniform float u_lift;
    in vec3 a_share;
    void main() { gl_Position = clip(u_origin + a_share * u_extent); gl_Position.z -= u_lift; gl_PointSize = 9.0; }`, `#version 300 es
    precision mediump float;
    uniform vec4 u_colour;
    out vec4 colour;
    void main() { colour = u_colour; }`],
};

const canvas = element("canvas");
const gl = canvas.getContext("webgl2", { antialias: false, alpha: false, powerPreference: "high-performance" });

function program([vertex, fragment]) {
  const linked = gl.createProgram();
  for (const [type, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(linked, shader);
  }
  gl.linkProgram(linked);
  if (!gl.getProgramParameter(linked, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(linked));
  const uniforms = {};
  for (let k = 0; k < gl.getProgramParameter(linked, gl.ACTIVE_UNIFORMS); k++) {
    const { name } = gl.getActiveUniform(linked, k);
    uniforms[name] = gl.getUniformLocation(linked, name);
  }
  return { linked, uniforms, attribute: name => gl.getAttribLocation(linked, name) };
}

function buffer(content, target = gl.ARRAY_BUFFER) {
  const made = gl.createBuffer();
  gl.bindBuffer(target, made);
  gl.bufferData(target, content, gl.STATIC_DRAW);
  return made;
}

/** A vertex array: for each attribute [buffer, numbers in it, type, normalised]. */
function vertices(shader, attributes, indices = null) {
  const array = gl.createVertexArray();
  gl.bindVertexArray(array);
  for (const [name, [from, size, type, normalised = false]] of Object.entries(attributes)) {
    const at = shader.attribute(name);
    if (at < 0) continue;
    gl.bindBuffer(gl.ARRAY_BUFFER, from);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, type, normalised, 0, 0);
  }
  if (indices) gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, indices);
  gl.bindVertexArray(null);
  return array;
}

/** Normals of a mesh's vertices, weighted by area, in steps of 1/127, four bytes each. */
function shellNormals({ vertices: shares, triangles, extent }) {
  const sums = new Float32Array(shares.length);
  const places = Float32Array.from(shares, (share, k) => share * extent[k % 3]);
  // Nothing is allocated in here: scans have a hundred thousand triangles.
  for (let t = 0; t < triangles.length; t += 3) {
    const [i, j, l] = [3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]];
    const ux = places[j] - places[i], uy = places[j + 1] - places[i + 1], uz = places[j + 2] - places[i + 2];
    const vx = places[l] - places[i], vy = places[l + 1] - places[i + 1], vz = places[l + 2] - places[i + 2];
    const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
    sums[i] += x; sums[i + 1] += y; sums[i + 2] += z;
    sums[j] += x; sums[j + 1] += y; sums[j + 2] += z;
    sums[l] += x; sums[l + 1] += y; sums[l + 2] += z;
  }
  const normals = new Int8Array((4 * shares.length) / 3);
  for (let v = 0; v < shares.length / 3; v++) {
    const length = Math.hypot(sums[3 * v], sums[3 * v + 1], sums[3 * v + 2]) || 1;
    for (let k = 0; k < 3; k++) normals[4 * v + k] = (127 * sums[3 * v + k]) / length;
  }
  return normals;
}

const scene = { layers: { scan: true, edge: true, way: false }, chosen: -1, now_s: -1, track: -1, needle: null, apart_mm: Infinity };
let stage = null;

function openStage() {
  const shaders = Object.fromEntries(Object.entries(SHADERS).map(([name, texts]) => [name, program(texts)]));
  const colours = buffer(new Uint8Array(4 * dots.count));
  const sharesOf = content => [buffer(content), 3, content instanceof Float32Array ? gl.FLOAT : gl.UNSIGNED_SHORT, !(content instanceof Float32Array)];
  const normals = new Int8Array(4 * dots.count);
  for (let row = 0; row < dots.count; row++) for (let k = 0; k < 3; k++) normals[4 * row + k] = dots.normal[3 * row + k];
  const needle = gl.createBuffer();
  stage = {
    shaders,
    colours,
    needle,
    shell: vertices(shaders.shell, {
      a_share: sharesOf(plan.shell.vertices),
      a_normal: [buffer(shellNormals(plan.shell)), 4, gl.BYTE, true],
    }, buffer(plan.shell.triangles, gl.ELEMENT_ARRAY_BUFFER)),
    dots: vertices(shaders.dots, {
      a_place: [buffer(dots.position), 3, gl.FLOAT],
      a_normal: [buffer(normals), 4, gl.BYTE, true],
      a_diameter: [buffer(dots.diameter_mm), 1, gl.FLOAT],
      a_struck: [buffer(dots.struck_s), 1, gl.FLOAT],
      a_colour: [colours, 4, gl.UNSIGNED_BYTE, true],
    }, gl.createBuffer()),
    listed: { rows: new Uint32Array(dots.count), colours: new Uint8Array(4 * dots.count) },
    edge: vertices(shaders.lines, { a_share: sharesOf(plan.edge) }),
    ways: tracks.map(track => vertices(shaders.lines, { a_share: sharesOf(track.way) })),
    needleLine: vertices(shaders.lines, { a_share: [needle, 3, gl.FLOAT] }),
    picking: gl.createFramebuffer(),
  };
  gl.enable(gl.DEPTH_TEST);
  gl.depthFunc(gl.LEQUAL);
}

/** Colours of the dots; a fourth byte of 0 hides one. */
function colourDots(colours) {
  stage.listed.colours = colours;
  gl.bindBuffer(gl.ARRAY_BUFFER, stage.colours);
  gl.bufferData(gl.ARRAY_BUFFER, colours, gl.DYNAMIC_DRAW);
}

const styleColour = name => rgb(getComputedStyle(document.documentElement).getPropertyValue(name).trim()).map(c => c / 255);

function use(shader, rows) {
  gl.useProgram(shader.linked);
  gl.uniform4fv(shader.uniforms.u_x, rows.x);
  gl.uniform4fv(shader.uniforms.u_y, rows.y);
  gl.uniform4fv(shader.uniforms.u_z, rows.z);
  if (shader.uniforms.u_near) gl.uniform3fv(shader.uniforms.u_near, rows.near);
  return shader.uniforms;
}

function drawShell(rows, picking) {
  const own = use(stage.shaders.shell, rows);
  gl.uniform3fv(own.u_origin, plan.shell.origin);
  gl.uniform3fv(own.u_extent, plan.shell.extent);
  gl.uniform3fv(own.u_colour, styleColour("--skin"));
  gl.uniform1i(own.u_pick, picking);
  gl.bindVertexArray(stage.shell);
  gl.drawElements(gl.TRIANGLES, plan.shell.triangles.length, gl.UNSIGNED_INT, 0);
}

/** Dots so near to each other that they cover one another are drawn in part: every k-th. */
function drawnEvery() {
  const NEAR_PX = 1.5;
  const apart_px = (scene.apart_mm * camera.pixels_per_mm) / devicePixelRatio;
  return Math.max(1, Math.round((NEAR_PX / apart_px) ** 2));
}

/** Rows of the dots that are shown and face the viewer, every k-th of them: software that draws spends its time on points, also on those that it then leaves out. */
function facing({ near: [x, y, z] }, every) {
  const { rows, colours } = stage.listed;
  let count = 0;
  for (let row = 0; row < dots.count; row++) {
    const at = 3 * row;
    const faces = dots.normal[at] * x + dots.normal[at + 1] * y + dots.normal[at + 2] * z > 0;
    if (faces && colours[4 * row + 3] && (row % every === 0 || row === scene.chosen)) rows[count++] = row;
  }
  return rows.subarray(0, count);
}

function drawDots(rows, picking) {
  const own = use(stage.shaders.dots, rows);
  gl.uniform1f(own.u_least_mm, (picking ? 3 : 0.9) * devicePixelRatio / camera.pixels_per_mm);
  gl.uniform1f(own.u_pixels_per_mm, camera.pixels_per_mm);
  gl.uniform3fv(own.u_right, rows.right);
  gl.uniform3fv(own.u_up, rows.up);
  // The scan is drawn coarser than it is: dots are lifted out of it.
  gl.uniform1f(own.u_lift, 0.8 / DEPTH_MM);
  gl.uniform1f(own.u_now, scene.now_s);
  gl.uniform1i(own.u_chosen, picking ? -1 : scene.chosen);
  gl.uniform1i(own.u_pick, picking);
  gl.uniform3fv(own.u_waiting, styleColour("--line"));
  gl.bindVertexArray(stage.dots);
  const listed = facing(rows, picking ? 1 : drawnEvery());
  gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, listed, gl.DYNAMIC_DRAW);
  gl.drawElements(gl.POINTS, listed.length, gl.UNSIGNED_INT, 0);
}

function drawLines(rows, array, kind, from, count, colour, origin = [0, 0, 0], extent = [1, 1, 1]) {
  const own = use(stage.shaders.lines, rows);
  gl.uniform3fv(own.u_origin, origin);
  gl.uniform3fv(own.u_extent, extent);
  gl.uniform1f(own.u_lift, 1.2 / DEPTH_MM);
  gl.uniform4fv(own.u_colour, colour);
  gl.bindVertexArray(array);
  gl.drawArrays(kind, from, count);
}

function draw() {
  const rows = clipRows();
  gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  gl.viewport(0, 0, canvas.width, canvas.height);
  gl.clearColor(...styleColour("--backdrop"), 1);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  if (scene.layers.scan) drawShell(rows, false);
  const ink = [...styleColour("--ink"), 1];
  if (scene.layers.edge) drawLines(rows, stage.edge, gl.LINES, 0, plan.edge.length / 3, ink);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
  // Dots do not hide each other: none need be thrown away for its corners, which software is slow at.
  gl.depthMask(false);
  drawDots(rows, false);
  gl.depthMask(true);
  gl.disable(gl.BLEND);
  const track = tracks[scene.track];
  if (track && scene.layers.way) {
    const past = scene.now_s < 0 ? track.way_s.length : countUpTo(track.way_s, scene.now_s - track.start_s);
    drawLines(rows, stage.ways[scene.track], gl.LINE_STRIP, 0, past, [...styleColour("--accent"), 1], track.origin, track.extent);
  }
  if (scene.needle) {
    gl.bindBuffer(gl.ARRAY_BUFFER, stage.needle);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(scene.needle), gl.DYNAMIC_DRAW);
    gl.disable(gl.DEPTH_TEST);
    drawLines(rows, stage.needleLine, gl.POINTS, 0, 1, [...styleColour("--fail"), 1]);
    gl.enable(gl.DEPTH_TEST);
  }
}

/** The row of the dot at a place of the canvas, -1 for none. */
function pick(x, y) {
  const REACH = 6;
  gl.bindFramebuffer(gl.FRAMEBUFFER, stage.picking);
  if (stage.pickWidth !== canvas.width || stage.pickHeight !== canvas.height) {
    [[gl.COLOR_ATTACHMENT0, gl.RGBA8], [gl.DEPTH_ATTACHMENT, gl.DEPTH_COMPONENT24]].forEach(([at, format]) => {
      const target = gl.createRenderbuffer();
      gl.bindRenderbuffer(gl.RENDERBUFFER, target);
      gl.renderbufferStorage(gl.RENDERBUFFER, format, canvas.width, canvas.height);
      gl.framebufferRenderbuffer(gl.FRAMEBUFFER, at, gl.RENDERBUFFER, target);
    });
    [stage.pickWidth, stage.pickHeight] = [canvas.width, canvas.height];
  }
  const side = 2 * REACH + 1;
  const [left, bottom] = [Math.round(x) - REACH, canvas.height - 1 - Math.round(y) - REACH];
  gl.viewport(0, 0, canvas.width, canvas.height);
  gl.enable(gl.SCISSOR_TEST);
  gl.scissor(left, bottom, side, side);
  gl.clearColor(0, 0, 0, 0);
  gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
  const rows = clipRows();
  if (scene.layers.scan) drawShell(rows, true);
  drawDots(rows, true);
  gl.disable(gl.SCISSOR_TEST);
  const seen = new Uint8Array(4 * side * side);
  gl.readPixels(left, bottom, side, side, gl.RGBA, gl.UNSIGNED_BYTE, seen);
  gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  const rowsSeen = new Set();
  for (let k = 0; k < seen.length; k += 4) {
    const id = seen[k] + 256 * seen[k + 1] + 65536 * seen[k + 2];
    if (id) rowsSeen.add(id - 1);
  }
  // Drawn larger than they are, dots overlap: the nearest middle counts.
  const distance = row => {
    const [u, v] = onCanvas(dots.position.subarray(3 * row, 3 * row + 3), rows);
    return Math.hypot(u - x, v - y);
  };
  return [...rowsSeen].reduce((best, row) => (best < 0 || distance(row) < distance(best) ? row : best), -1);
}
