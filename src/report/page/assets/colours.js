
// What dots can be coloured by.

// Okabe and Ito, Color Universal Design, 2008.
const CATEGORIES = ["#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#f0e442"];
const NOT_REACHED = "#d55e00";
const EXISTING = "#7d7d7d";
// Cividis: Nuñez, Anderton and Renslow 2018, doi:10.1371/journal.pone.0199239.
const RAMP = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"];

const RAMP_RGB = RAMP.map(rgb);

function ramp(share) {
  const place = Math.min(Math.max(share || 0, 0), 1) * (RAMP_RGB.length - 1);
  const below = Math.min(Math.floor(place), RAMP_RGB.length - 2);
  return RAMP_RGB[below].map((low, k) => Math.round(low + (RAMP_RGB[below + 1][k] - low) * (place - below)));
}

const kinds = (column, name) => [...new Set(column)].sort((a, b) => a - b).map(value => ({ value, label: name(value) }));
const QUANTITIES = [
  { name: "session", column: dots.session, kinds: kinds(dots.session, k => (k ? `session ${k}` : "existing")) },
  { name: "setup", column: dots.setup, kinds: kinds(dots.setup, k => (k === NO_SETUP ? "not reached" : plan.setups[k])) },
  { name: "tool", column: dots.tool, kinds: kinds(dots.tool, k => `tool ${k}`) },
  { name: "time of the strike", unit: "s", column: dots.struck_s },
  { name: "density", unit: "per cm²", column: dots.density_per_cm2 },
  { name: "nearest dot", unit: "mm", column: dots.nearest_mm },
  { name: "spacing asked", unit: "mm", column: dots.spacing_mm },
  { name: "depth", unit: "mm", column: dots.depth_mm },
  { name: "diameter", unit: "mm", column: dots.diameter_mm },
  { name: "unevenness of the skin", unit: "°", column: dots.variation_deg },
  ...(dots.tre_mm ? [{ name: "predicted TRE", unit: "mm", column: dots.tre_mm }] : []),
];

/** Least and largest finite value without the outermost 1 %. */
function span(column) {
  const finite = column.filter(Number.isFinite).sort();
  if (!finite.length) return [0, 1];
  const at = share => finite[Math.round(share * (finite.length - 1))];
  return [at(0.01), at(0.99)];
}

/** Red, green, blue of every dot. */
function coloured(quantity) {
  const colours = new Uint8Array(4 * dots.count);
  const lost = rgb(NOT_REACHED);
  const there = rgb(EXISTING);
  const [least, largest] = quantity.kinds ? [] : span(quantity.column);
  const scale = largest > least ? 1 / (largest - least) : 0;
  const byKind = quantity.kinds && new Map(quantity.kinds.map(({ value }, k) => [value, rgb(CATEGORIES[k % CATEGORIES.length])]));
  for (let row = 0; row < dots.count; row++) {
    const value = quantity.column[row];
    let colour;
    if (dots.existing[row]) colour = there;
    else if (dots.setup[row] === NO_SETUP) colour = lost;
    else if (byKind) colour = byKind.get(value);
    else colour = ramp((value - least) * scale);
    colours.set(colour, 4 * row);
  }
  return colours;
}
