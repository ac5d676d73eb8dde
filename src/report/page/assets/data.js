
// What the plan says. Columns of numbers come as base64 of little-endian typed arrays.

const ARRAYS = { f32: Float32Array, u32: Uint32Array, u16: Uint16Array, u8: Uint8Array, i8: Int8Array };

function unpacked(packed) {
  const [[type, text]] = Object.entries(packed);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let k = 0; k < binary.length; k++) bytes[k] = binary.charCodeAt(k);
  return new ARRAYS[type](bytes.buffer);
}

/** Unpacks the columns of a record in place; leaves the rest as it is. */
function unpackColumns(record) {
  for (const [name, value] of Object.entries(record)) {
    const type = value && typeof value === "object" && Object.keys(value);
    if (type && type.length === 1 && type[0] in ARRAYS) record[name] = unpacked(value);
  }
  return record;
}

const source = document.getElementById("data");
const plan = JSON.parse(source.textContent);
source.remove();
unpackColumns(plan);
unpackColumns(plan.shell);
const dots = unpackColumns(plan.dots);
const tracks = plan.tracks.map(unpackColumns);
const NO_SETUP = 255;

// When each dot is struck, s, counted over all programs one after the other; infinite for dots that are not struck.
dots.struck_s = new Float32Array(dots.count).fill(Infinity);
dots.track = new Int16Array(dots.count).fill(-1);
dots.order = new Int32Array(dots.count).fill(-1);
{
  let start_s = 0;
  tracks.forEach((track, number) => {
    track.start_s = start_s;
    track.end_s = track.way_s.length ? track.way_s[track.way_s.length - 1] : 0;
    track.dots.forEach((row, order) => {
      dots.struck_s[row] = start_s + track.struck_s[order];
      dots.track[row] = number;
      dots.order[row] = order;
    });
    start_s += track.end_s;
  });
}

/** Number of leading entries of a rising array that are at most `limit`. */
function countUpTo(rising, limit) {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

const element = id => document.getElementById(id);

/** A new element with text and attributes; text is never read as markup. */
function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made && name !== "list") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child !== null));
  return made;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = number => String(number).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
