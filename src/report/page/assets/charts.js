
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

function addCharts(report) {
  section("Time", ...timeSplit(report.times));
  section("Figures", facts([
    ["area", `${shortest(report.area_mm2 / 100, 1)} cm²`],
    ["density", `${shortest(report.density_reached_per_cm2, 1)} per cm²; asked ${shortest(report.density_asked_per_cm2, 1)}`],
    ["way from dot to dot", `${shortest(report.travel.length_mm / 1000, 1)} m; serpentine ${shortest(report.travel.serpentine_mm / 1000, 1)} m`],
    ["travel height", `mean ${shortest(report.travel_heights.mean_mm ?? 0, 2)} mm`],
  ]));
  section("Distance to the nearest dot", histogram(dots.nearest_mm, "mm"));
  section("Density around each dot", histogram(dots.density_per_cm2, "per cm²", report.density_asked_per_cm2));
}
