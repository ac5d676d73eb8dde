
// Playing the programs back.

const SPEEDS = [1, 5, 20, 60, 300, 1000];
const player = { track: 0, at_s: 0, playing: false, speed: 60, moved: () => {} };

/** Where the tip is at a time of the track, scan's axes. */
function tipAt(track, at_s) {
  const next = Math.min(countUpTo(track.way_s, at_s), track.way_s.length - 1);
  const place = corner => [0, 1, 2].map(k => track.origin[k] + (track.way[3 * corner + k] / 65535) * track.extent[k]);
  if (next <= 0) return place(0);
  const [from_s, to_s] = [track.way_s[next - 1], track.way_s[next]];
  const share = to_s > from_s ? Math.min((at_s - from_s) / (to_s - from_s), 1) : 1;
  const [a, b] = [place(next - 1), place(next)];
  return a.map((c, k) => c + (b[k] - c) * share);
}

/** How many dots are struck by now. */
const struckBy = (track, at_s) => countUpTo(track.struck_s, at_s);

function seek(at_s) {
  const track = tracks[player.track];
  if (!track) return;
  player.at_s = Math.min(Math.max(at_s, 0), track.end_s);
  scene.track = player.track;
  scene.now_s = track.start_s + player.at_s;
  scene.needle = track.way_s.length ? tipAt(track, player.at_s) : null;
  player.moved(track, struckBy(track, player.at_s));
}

/** To the strike of the visiting order; 0 is before the first. */
function seekStrike(struck) {
  const track = tracks[player.track];
  if (!track) return;
  const count = track.struck_s.length;
  seek(struck <= 0 ? 0 : track.struck_s[Math.min(struck, count) - 1]);
}

/** To the last strike that stands in or before a line of the program. */
function seekLine(line) {
  const track = tracks[player.track];
  if (track && track.lines) seekStrike(countUpTo(track.lines, line));
}

function chooseTrack(number) {
  player.track = number;
  player.playing = false;
  seek(0);
}
