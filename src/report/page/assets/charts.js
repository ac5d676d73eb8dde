
// Small charts as SVG.

function drawn(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function histogram(column, unit, asked = null) {
  const [WIDTH, HEIGHT, BINS] = [340, 90, 40];
  const values = column.filter(Number.isFinite);
  const [least, largest] = span(values);
  const margin = (largest - least) * 0.1 || Math.abs(least) * 0.1 || 1;
  const [from, to] = [Math.max(least - margin, 0), largest + margin];
  const counts = new Uint32Array(BINS);
  for (const value of values) {
    const bin = Math.floor(((value - from) / (to - from)) * BINS);
    if (bin >= 0 && bin < BINS) counts[bin]++;
  }
  const most = Math.max(...counts, 1);
  const bars = [...counts].map((count, bin) => `M${(bin * WIDTH) / BINS} ${HEIGHT}v${(-count / most) * (HEIGHT - 6)}h${WIDTH / BINS - 1}V${HEIGHT}z`).join("");
  const chart = drawn("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT + 16}`, role: "img" },
    drawn("path", { class: "bars", d: bars }), drawn("line", { class: "axis", x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }));
  const label = (x, anchor, text) => drawn("text", { x, y: HEIGHT + 12, "text-anchor": anchor }, text);
  chart.append(label(0, "start", shortest(from, 2)), label(WIDTH, "end", `${shortest(to, 2)} ${unit}`));
  if (asked !== null && asked > from && asked < to) {
    const x = ((asked - from) / (to - from)) * WIDTH;
    chart.append(drawn("line", { class: "asked", x1: x, x2: x, y1: 0, y2: HEIGHT }), label(x, "middle", `asked ${shortest(asked, 2)}`));
  }
  return chart;
}

/** What the time goes into, as one bar with its parts below. */
function timeSplit({ travel_s, strike_s, stop_travel_s, drive_s, stops_s, hooks_s }) {
  const parts = [["travel", travel_s], ["strikes", strike_s], ["to the service place", stop_travel_s], ["needle drive", drive_s], ...Object.entries(stops_s), ["own lines", hooks_s]].filter(([, seconds]) => seconds > 0);
  const sum = parts.reduce((all, [, seconds]) => all + seconds, 0) || 1;
  let x = 0;
  const bar = drawn("svg", { class: "chart", viewBox: "0 0 340 16", role: "img" });
  parts.forEach(([, seconds], k) => {
    const width = (340 * seconds) / sum;
    bar.append(drawn("rect", { x, y: 0, width, height: 14, fill: CATEGORIES[k % CATEGORIES.length] }));
    x += width;
  });
  return [bar, table(["part", "time", "share"], parts.map(([name, seconds]) => [name, clock(seconds), `${shortest((100 * seconds) / sum, 1)} %`]))];
}

/** Values over rising places; `ideal` is drawn behind them. */
function curve(places, values, ideal, unit) {
  const [WIDTH, HEIGHT] = [340, 90];
  const most = Math.max(...values, ...ideal, 1);
  const last = places[places.length - 1];
  const path = (of, name) => drawn("path", { class: name, d: of.map((value, k) => `${k ? "L" : "M"}${((places[k] * WIDTH) / last).toFixed(1)} ${(HEIGHT - (value / most) * (HEIGHT - 6)).toFixed(1)}`).join("") });
  const label = (x, y, anchor, text) => drawn("text", { x, y, "text-anchor": anchor }, text);
  return drawn("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT + 16}`, role: "img" },
    path(ideal, "curve ideal"), path(values, "curve"), drawn("line", { class: "axis", x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT }),
    label(0, HEIGHT + 12, "start", "0"), label(WIDTH, HEIGHT + 12, "end", `${shortest(last, 1)} ${unit}`), label(WIDTH, 10, "end", "dashed: ideal"));
}

/** By zone: area, density asked and made; then dots of each session, and the predicted error. */
function zoneTables(zones) {
  const name = ({ zone }) => zone.replaceAll("_", "-");
  const sessions = zones[0].sessions.map(({ session }) => `${session}`);
  const tre = zones.some(({ tre_mm }) => tre_mm);
  return [
    table(["zone", "cm²", "asked", "made", "dots"], zones.map(zone => [
      name(zone), shortest(zone.area_mm2 / 100, 1), shortest(zone.density_asked_per_cm2, 1), shortest(zone.density_reached_per_cm2, 1), zone.dots])),
    table(["by session", ...sessions], zones.map(zone => [name(zone), ...zone.sessions.map(({ dots: count }) => count)])),
    ...(tre ? [table(["predicted TRE (mm)", "mean", "most"], zones.map(zone => [name(zone), shortest(zone.tre_mm?.mean ?? 0, 2), shortest(zone.tre_mm?.most ?? 0, 2)]))] : []),
  ];
}

function naturalness(measured) {
  const value = (placed, digits, unit, factor = 1) => (placed == null ? "not measured" : `${shortest(factor * (placed.value ?? placed), digits)} ${unit}`);
  return facts([
    ["roughness of the hairline", value(measured.edge_roughness_mm, 2, "mm RMS")],
    ["rise of the density behind it", value(measured.ramp_mm, 1, "mm")],
    ["variation of the nearest distance, by session", measured.nearest_cv.map(cv => `${shortest(100 * cv, 1)} %`).join(", ") || "not measured"],
    ["densest 2 cm²", value(measured.densest_per_cm2, 0, "per cm²")],
    ["left and right apart", value(measured.offset_mm, 1, "mm")],
    ["mirrored dots", value(measured.mirrored_share, 0, "%", 100)],
  ]);
}

function addCharts(report) {
  section("Time", ...timeSplit(report.times));
  section("Figures", facts([
    ["area", `${shortest(report.area_mm2 / 100, 1)} cm²`],
    ["density", `${shortest(report.density_reached_per_cm2, 1)} per cm²; asked ${shortest(report.density_asked_per_cm2, 1)}`],
    ["way from dot to dot", `${shortest(report.travel.length_mm / 1000, 1)} m; serpentine ${shortest(report.travel.serpentine_mm / 1000, 1)} m, no order below ${shortest(report.travel.lower_bound_mm / 1000, 1)} m`],
    ["travel height", `mean ${shortest(report.travel_heights.mean_mm ?? 0, 2)} mm`],
  ]));
  if (report.zones.length) section("Zones (densities per cm²)", ...zoneTables(report.zones));
  section("Naturalness", naturalness(report.naturalness));
  section("Distance to the nearest dot", histogram(dots.nearest_mm, "mm"));
  section("Density around each dot", histogram(dots.density_per_cm2, "per cm²", report.density_asked_per_cm2));
  const spectrum = report.pattern?.spectrum;
  if (spectrum?.power.length) section("Spectrum of the dots", curve(spectrum.frequency, spectrum.power, spectrum.ideal, "cycles per hexagonal distance"));
}
