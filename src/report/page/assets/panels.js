
// Everything beside the picture.

const shortest = (number, digits) => String(Number(number.toFixed(digits)));

function section(title, ...content) {
  const made = make("section", {}, make("h2", { textContent: title }), ...content);
  element("panels").append(made);
  return made;
}

/** A table; numbers stand to the right. `onRow` makes rows that can be chosen. */
function table(heads, rows, onRow = null) {
  const cell = (tag, value) => make(tag, { textContent: String(value), className: typeof value === "number" || /^[\d.,:]+( %)?$/.test(value) ? "number" : "" });
  const body = rows.map((row, index) => {
    const made = make("tr", {}, ...row.map(value => cell("td", value)));
    if (onRow) {
      made.tabIndex = 0;
      made.addEventListener("click", () => onRow(index));
      made.addEventListener("keydown", event => event.key === "Enter" && onRow(index));
    }
    return made;
  });
  const head = make("tr", {}, ...heads.map((text, k) => make("th", { textContent: text, className: rows[0] && typeof rows[0][k] === "number" ? "number" : "" })));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
}

const facts = pairs => make("table", {}, make("tbody", {}, ...pairs.map(([name, value]) => make("tr", {}, make("th", { textContent: name }), make("td", { textContent: value })))));

/** All that is known of a dot. */
function dotFacts(row) {
  const xyz = column => [...column.subarray(3 * row, 3 * row + 3)];
  const track = tracks[dots.track[row]];
  const order = dots.order[row];
  const pairs = [
    ["dot", String(dots.id[row])],
    ["place (mm, scan)", xyz(dots.position).map(c => c.toFixed(3)).join(", ")],
    ["normal", xyz(dots.normal).map(c => (c / 127).toFixed(2)).join(", ")],
    ["session", dots.existing[row] ? "there before" : String(dots.session[row])],
    ["setup", dots.setup[row] === NO_SETUP ? "not reached" : plan.setups[dots.setup[row]]],
    ["tool", String(dots.tool[row])],
    ["depth (mm)", shortest(dots.depth_mm[row], 3)],
    ["diameter (mm)", shortest(dots.diameter_mm[row], 3)],
    ["spacing asked (mm)", shortest(dots.spacing_mm[row], 3)],
    ["nearest dot (mm)", shortest(dots.nearest_mm[row], 3)],
    ["density around (per cm²)", shortest(dots.density_per_cm2[row], 1)],
    ["unevenness of the skin (°)", shortest(dots.variation_deg[row], 1)],
  ];
  if (track) {
    pairs.push(["struck", `${order + 1} of ${track.dots.length}, at ${clock(track.struck_s[order])}`]);
    if (track.lines) pairs.push(["line", `${track.lines[order]} of ${track.file}`]);
  }
  return pairs;
}

const dotPanel = section("Dot");
function showDot(row) {
  scene.chosen = row;
  const note = make("p", { className: "quiet", textContent: "Click a dot to see all that is known of it." });
  dotPanel.replaceChildren(dotPanel.firstChild, row < 0 ? note : facts(dotFacts(row)));
  dotPanel.dataset.dot = row < 0 ? "" : dots.id[row];
}

/** A finding; `show` is what a click does, where it has a place. */
function findingCard({ code, severity, count, message, remedy, near }, show) {
  const card = make(show ? "button" : "div", { className: "finding" },
    make("span", { className: `badge ${severity}`, textContent: severity }), ` ${code}${count > 1 ? ` · ${count}` : ""}${near ? ` · near ${near}` : ""}`,
    make("p", { textContent: message }), remedy ? make("p", { className: "do", textContent: remedy }) : null);
  if (show) {
    card.type = "button";
    card.addEventListener("click", show);
  }
  return card;
}

/** What a click on a finding shows: its box on the head, or the place in its program. */
function placeOf(finding, program, look) {
  const place = program?.places?.find(({ code }) => code === finding.code);
  if (place) return () => look.place(tracks.findIndex(({ file }) => file === program.file), place);
  if (!finding.bounds_mm) return null;
  const [low, high] = finding.bounds_mm;
  return () => look.at(low.map((c, k) => (c + high[k]) / 2), Math.hypot(...low.map((c, k) => high[k] - c)));
}

/** Leaves of a record with their paths. */
function choices(record, path = "") {
  return Object.entries(record).flatMap(([name, value]) => {
    const at = path ? `${path}.${name}` : name;
    return value && typeof value === "object" && !Array.isArray(value) ? choices(value, at) : [[at, typeof value === "string" ? value : JSON.stringify(value)]];
  });
}

function addPanels(look) {
  const { report } = plan;
  element("title").textContent = plan.title;
  element("headline").textContent = report.headline;
  element("verdict").textContent = report.verdict;
  element("verdict").classList.add(report.verdict);

  const worst = ["FAIL", "WARN", "PASS"];
  const ofPrograms = report.programs.flatMap(program => program.findings.filter(({ severity }) => severity !== "PASS").map(finding => ({ finding, program })));
  const all = report.findings.map(finding => ({ finding })).concat(ofPrograms)
    .sort((a, b) => worst.indexOf(a.finding.severity) - worst.indexOf(b.finding.severity));
  const cards = all.map(({ finding, program }) => findingCard(program ? { ...finding, message: `${program.file}: ${finding.message}` } : finding, placeOf(finding, program, look)));
  section("Findings", ...(cards.length ? cards : [make("p", { textContent: "None." })])).id = "findings";

  section("Programs", table(["program", "verdict", "strikes", "checks"], report.programs.map(({ file, verdict, strikes, findings }) => [file, verdict, strikes, findings.length])));
  section("Sessions", table(["session", "day", "dots", "not reached", "punctures per cm²", "most on 1 cm²"], report.sessions.map(({ session, day, date, count, not_reached, punctures_per_cm2, most_punctures_per_cm2 }) =>
    [session, date ?? `day ${day}`, count, not_reached, shortest(punctures_per_cm2, 1), most_punctures_per_cm2])));
  section("Blocks", table(["session", "setup", "tool", "dots", "time", "way (m)"],
    report.blocks.map(block => [block.session, block.setup, block.tool, block.count, clock(block.time_s), shortest(block.length_mm / 1000, 1)]), number => look.track(number)));
  addCharts(report);

  const stops = tracks.flatMap((track, number) => track.stops.map(stop => ({ track, number, stop })));
  if (stops.length) {
    section("Stops", table(["program", "at", "why", "what to do"], stops.map(({ track, stop }) => [`${track.session} ${track.setup}`, clock(stop.at_s), stop.kind, plan.instructions[stop.kind]]),
      index => look.time(stops[index].number, stops[index].stop.at_s)));
  }
  const { cartridges, ink_reloads, wipes, strikes_by_tool } = report.consumables;
  section("Consumables", facts([
    ["needle cartridges", cartridges], ["ink reloads", ink_reloads], ["wipes", wipes],
    ...Object.entries(strikes_by_tool).map(([tool, strikes]) => [`strikes of tool ${tool}`, strikes]),
  ]));
  section("Setups", table(["setup", "placed by", "FRE (mm)", "largest TRE (mm)"], Object.entries(report.setups).map(([name, { source, fre_mm, largest_tre_mm }]) => [name, source, fre_mm == null ? "–" : shortest(fre_mm, 2), largest_tre_mm == null ? "–" : shortest(largest_tre_mm, 2)])));
  section("Keys", facts([["space", "play or pause"], ["← →", "one dot back or on; with shift a hundred"], ["Home End", "start and end of the program"], ["1 to 5", "front, back, left, right, top"], ["+ −", "zoom"], ["D", "dark or light"]]));
  section("Choices that the result depends on", make("dl", {}, ...choices(report.case).flatMap(([at, value]) => [make("dt", { textContent: at }), make("dd", { textContent: value })])));
  section("Inputs (SHA-256)", facts(Object.entries(report.sha256)));
  element("foot").textContent = `tonsure ${plan.version} plans; it is no medical device and no controller. Rig ${report.rig}, seed ${report.seed}, plan ${report.plan_sha256.slice(0, 16)}.`
    + (plan.from_landmarks ? "" : " No landmarks: front and back, left and right are a guess.");
}
