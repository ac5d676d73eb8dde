//! Says of an edited program whether it is dangerous, by what it makes the rig do otherwise than the program from which it
//! was made, and by the tolerances of the task: a strike 0.01 mm off, a clearance or a limit left, a mode left to chance.
//!
//! It knows nothing of how `verify` judges. Where an edit lies so near to a tolerance that rounding decides, or is of no
//! consequence that the task names, it says so and the edit is not counted.

use std::ops::Range;

use tonsure::geometry::Point;
use tonsure::rig::{Dialect, Joints, Pose, Profile, forward};

use super::corpus::Good;
use super::reading::{Deed, Place, Rate, Step, code, steps, words};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Danger {
    /// And in what way.
    Dangerous(&'static str),
    Harmless,
    /// Too near to a tolerance, or odd without harm.
    Unclear,
}

/// Off its dot by more than the 0.01 mm that are allowed, with what three decimals leave, mm.
const MISSED_MM: f64 = 0.0125;
/// As good as the same, mm: what a fourth decimal changes.
const SAME_MM: f64 = 0.001_8;
/// The same above the dot, where the way out leads back to the very place from which the way in came, mm.
const SAME_ABOVE_MM: f64 = 0.000_6;
/// Beside the axis of its dot at the start of a stroke for certain, mm.
const BESIDE_MM: f64 = 0.05;
/// What a clearance has to be left or kept by to be sure of it, mm.
const MARGIN_MM: f64 = 0.05;
/// Keys of the header by which a program is known.
const KEYS: [&str; 17] = [
    "dialect=",
    "plan=",
    "session=",
    "setup=",
    "tool=",
    "run=",
    "depth=",
    "machine=",
    "axes=",
    "units=",
    "own=",
    "dots=",
    "protrusion_mm=",
    "over_travel_mm=",
    "every_dots=",
    "feed_mm_s=",
    "search_mm=",
];

/// What a program does, made ready to be compared with others.
pub(super) struct Oracle<'a> {
    good: &'a Good,
    steps: Vec<Step>,
    header: Vec<String>,
    tools: Vec<(usize, String)>,
}

fn header(text: &str) -> Vec<String> {
    let head = text.lines().take_while(|line| line.starts_with([';', '(']));
    let words = head.flat_map(|line| line.split([' ', ';', '(', ')']));
    let mut keys: Vec<String> =
        words.filter(|word| KEYS.iter().any(|key| word.starts_with(key))).map(str::to_owned).collect();
    keys.sort();
    keys
}

/// What is said of tools that are put in, each with the number of lines of words before it.
fn tools(text: &str) -> Vec<(usize, String)> {
    const SAYS: [&str; 4] = ["; stop: tool-change tool=", "(MSG,put in tool ", "M117 put in tool ", "; put in tool "];
    let mut words = 0;
    let mut said = Vec::new();
    for line in text.lines().map(str::trim) {
        let says = SAYS.iter().find_map(|begin| Some((begin, line.strip_prefix(begin)?.split([' ', ',']).next()?)));
        match says.filter(|_| words > 0) {
            Some((begin, tool)) => said.push((words, format!("{begin}{tool}"))),
            None => words += usize::from(!code(line).is_empty()),
        }
    }
    said
}

/// Whether some number has digits that grbl and `FluidNC` do not read: more than eight, zeros in front included.
fn has_long_number(text: &str) -> bool {
    let long = |line: &str| {
        let words = words(line).unwrap_or_default();
        words.iter().any(|w| line[w.start..w.end].bytes().filter(u8::is_ascii_digit).count() > 8)
    };
    text.lines().any(long)
}

/// Whether it holds what some controllers read and others do not: a line end within a line, a tab within words, a bracket in a comment or
/// message.
fn is_odd(text: &str) -> bool {
    let odd = |line: &str| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let whole = line.trim_end().strip_prefix('(').and_then(|line| line.strip_suffix(')'));
        let said = whole.or_else(|| line.split_once(';').map(|(_, said)| said)).unwrap_or("");
        let shown = line.strip_prefix("M117 ").unwrap_or("");
        let is_cut = line.starts_with('(') && whole.is_none();
        is_cut
            || line.contains('\r')
            || [code(line).trim(), shown].iter().any(|s| s.contains('\t'))
            || [said, shown].iter().any(|s| s.contains(['(', ')']))
    };
    text.split('\n').any(odd)
}

/// Whether it is the needle switched off.
fn is_off(name: &str) -> bool {
    ["M5", "M65P0", "M42P0S0", "SET_PIN PIN=needle VALUE=0"].contains(&name)
        || name.starts_with("M106") && name.ends_with("S0")
}

/// Whether some command has decimals that Klipper takes for a part of its name.
fn has_odd_name(text: &str) -> bool {
    let odd = |line: &str| {
        let words = words(line).unwrap_or_default();
        words.iter().any(|w| "GM".contains(w.letter) && line[w.start..w.end].contains('.'))
    };
    text.lines().any(odd)
}

impl<'a> Oracle<'a> {
    pub(super) fn new(good: &'a Good) -> Self {
        Self { good, steps: steps(&good.text, &good.plan.rig), header: header(&good.text), tools: tools(&good.text) }
    }

    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    fn rig(&self) -> &Profile {
        &self.good.plan.rig
    }

    /// Whether running the bytes instead of the good program would do harm.
    pub(super) fn judge(&self, mutant: &[u8]) -> Danger {
        let Ok(text) = std::str::from_utf8(mutant) else {
            // Bytes that no controller of ours has words for; some act upon them.
            return if self.grbl() { Danger::Dangerous("a byte that acts at once") } else { Danger::Unclear };
        };
        if header(text) != self.header {
            return Danger::Dangerous("the header of another program");
        }
        let acts = |c: char| "!~?".contains(c) || !(c == '\n' || c == '\r' || matches!(c, '\t' | ' '..='~'));
        if self.grbl() && text.chars().any(acts) {
            return Danger::Dangerous("a byte that acts at once");
        }
        if text.chars().any(acts) || text.lines().any(|line| line.len() > 70) {
            return Danger::Unclear;
        }
        let tools = tools(text);
        let said = |tools: &[(usize, String)]| tools.iter().map(|(_, what)| what.clone()).collect::<Vec<_>>();
        if said(&tools) != said(&self.tools) {
            return Danger::Dangerous("another tool");
        }
        if self.enters_otherwise(text) || is_odd(text) {
            return Danger::Unclear;
        }
        let danger = self.compare_still(&steps(text, self.rig()));
        match (&danger, self.rig().dialect) {
            (Danger::Dangerous(_), _) => danger,
            (_, Dialect::Klipper) if has_odd_name(text) => Danger::Dangerous("a command of no known name"),
            (_, Dialect::Marlin | Dialect::Reprap) if has_odd_name(text) => Danger::Unclear,
            (_, Dialect::Grbl | Dialect::Fluidnc) if has_long_number(text) => {
                Danger::Dangerous("digits that are not read")
            }
            // Said too early or too late, but for the right stop.
            _ if has_long_number(text) || tools != self.tools => Danger::Unclear,
            _ => danger,
        }
    }

    /// Whether the first line that differs comes from wherever the machine stands: how fast that is depends on where it stands.
    fn enters_otherwise(&self, text: &str) -> bool {
        let mut lines = self.good.text.lines().zip(text.lines());
        let Some(first) = lines.position(|(ours, theirs)| ours != theirs) else { return false };
        let axes = self.rig().axes.len();
        let enters = |step: &Step| step.line == first && step.from.iter().take(axes).any(Option::is_none);
        let moves = |step: &Step| matches!(step.deed, Deed::Way(_) | Deed::Stroke(_));
        self.steps.iter().any(|step| moves(step) && enters(step))
    }

    /// The same where the needle never runs, without words that switch it off once more.
    fn compare_still(&self, theirs: &[Step]) -> Danger {
        let bare = |steps: &[Step]| -> Vec<Step> {
            steps.iter().filter(|step| !matches!(&step.deed, Deed::Switch(name) if is_off(name))).cloned().collect()
        };
        let runs = self.header.iter().any(|word| word == "run=treat");
        let danger = self.compare(&self.steps, theirs);
        if !runs && theirs.len() > self.steps.len() && matches!(danger, Danger::Dangerous(_)) {
            match self.compare(&bare(&self.steps), &bare(theirs)) {
                Danger::Dangerous(_) => danger,
                Danger::Harmless | Danger::Unclear => Danger::Unclear,
            }
        } else {
            danger
        }
    }

    fn grbl(&self) -> bool {
        matches!(self.rig().dialect, Dialect::Grbl | Dialect::Grblhal | Dialect::Fluidnc)
    }

    fn compare(&self, good: &[Step], mutant: &[Step]) -> Danger {
        let (ours, theirs) = (essentials(good), essentials(mutant));
        if ours.len() != theirs.len() {
            return Danger::Dangerous("something more or less is done");
        }
        let mut unclear = false;
        let (mut ours_done, mut theirs_done) = (0, 0);
        let mut inside = false;
        for (&our, &their) in ours.iter().zip(&theirs) {
            let (a, b) = (&good[our], &mutant[their]);
            for danger in [self.essential(a, b, inside), self.way(&good[ours_done..our], &mutant[theirs_done..their])] {
                match danger {
                    Danger::Dangerous(_) => return danger,
                    Danger::Unclear => unclear = true,
                    Danger::Harmless => {}
                }
            }
            if matches!(a.deed, Deed::Stroke(_)) {
                inside = !inside;
            }
            (ours_done, theirs_done) = (our + 1, their + 1);
        }
        if mutant.len() - theirs_done != good.len() - ours_done {
            return Danger::Dangerous("moves after the end");
        }
        if unclear { Danger::Unclear } else { Danger::Harmless }
    }

    /// Strokes, rests, switches and words, one by one. `inside`: the needle is in the skin.
    fn essential(&self, a: &Step, b: &Step, inside: bool) -> Danger {
        let far = |off: f64| match off {
            off if off > MISSED_MM => Danger::Dangerous("another place"),
            off if off <= SAME_MM => Danger::Harmless,
            _ => Danger::Unclear,
        };
        if a.modes != b.modes {
            return Danger::Dangerous("a mode left to chance");
        }
        match (&a.deed, &b.deed) {
            (Deed::Stroke(f), Deed::Stroke(g)) => {
                let tips = |a, b| Some((self.pose(a)?.tip - self.pose(b)?.tip).norm());
                let (Some(start), Some(end)) = (tips(&a.from, &b.from), tips(&a.to, &b.to)) else {
                    return Danger::Dangerous("a stroke from nowhere");
                };
                let (Some(f), Some(g)) = (f, g) else { return Danger::Dangerous("a stroke without feed") };
                // The way out ends where the next way begins.
                let (skin, above) = if inside { (start, end) } else { (end, start) };
                if skin > MISSED_MM {
                    return Danger::Dangerous("a dot is missed");
                }
                if above > BESIDE_MM {
                    return Danger::Dangerous("a stroke beside its axis");
                }
                if (f - g).abs() > 0.01 * f {
                    return Danger::Dangerous("another feed");
                }
                let turns = |from: &Place, to: &Place| from[3..5] != to[3..5];
                if turns(&b.from, &b.to) {
                    return Danger::Unclear;
                }
                if skin <= SAME_MM && above <= SAME_ABOVE_MM && (f - g).abs() < 1e-9 {
                    Danger::Harmless
                } else {
                    Danger::Unclear
                }
            }
            (Deed::Rest(_), Deed::Rest(_)) if self.apart(&a.to, &b.to).is_some_and(|off| off > SAME_MM) => {
                Danger::Unclear
            }
            (Deed::Rest(a_s), Deed::Rest(b_s)) => match b_s - a_s {
                by if by < -0.001 => Danger::Dangerous("a rest too short"),
                by if by > 0.001 && inside => Danger::Dangerous("too long in the skin"),
                by if by.abs() < 1e-9 => Danger::Harmless,
                _ => Danger::Unclear,
            },
            (Deed::Switch(name), Deed::Switch(other)) if name == other => {
                if a.to.iter().zip(&b.to).any(|(a, b)| a.is_some() != b.is_some()) {
                    return Danger::Dangerous("switched at an unknown place");
                }
                let turned =
                    (a.to.iter().zip(&b.to)).any(|(a, b)| a.zip(*b).is_some_and(|(a, b)| (a - b).abs() > 0.002));
                match self.apart(&a.to, &b.to).map_or(Danger::Harmless, far) {
                    Danger::Harmless if turned => Danger::Unclear,
                    // The needle runs a way farther, as it does between dots.
                    Danger::Dangerous(_) if is_off(name) && !inside => Danger::Unclear,
                    danger => danger,
                }
            }
            (Deed::Word(word), Deed::Word(other)) if word == other => Danger::Harmless,
            _ => Danger::Dangerous("something else is done"),
        }
    }

    /// How far the tips of two places are apart, mm, or the needles in units of 10°, if that is more; `None` while one is
    /// unknown.
    fn apart(&self, a: &Place, b: &Place) -> Option<f64> {
        let (at, other) = (self.pose(a)?, self.pose(b)?);
        Some((at.tip - other.tip).norm().max(at.needle.angle(&other.needle).to_degrees() / 10.0))
    }

    fn pose(&self, at: &Place) -> Option<Pose> {
        Some(forward(self.rig(), &joints(self.rig(), at)?))
    }

    /// Rapids between two deeds: legs that the good program has not must keep clear of the head, the limits and the speeds.
    fn way(&self, ours: &[Step], theirs: &[Step]) -> Danger {
        let near = |a: &Place, b: &Place| {
            let off = |(a, b): (&Option<f64>, &Option<f64>)| match (a, b) {
                (Some(a), Some(b)) => (a - b).abs() > 0.000_51,
                (a, b) => a.is_some() != b.is_some(),
            };
            !a.iter().zip(b).any(off)
        };
        let alike = |a: &Step, b: &Step| near(&a.from, &b.from) && near(&a.to, &b.to) && a.deed == b.deed;
        if theirs.iter().any(|leg| ours.first().is_some_and(|our| our.modes != leg.modes)) {
            return Danger::Dangerous("a mode left to chance");
        }
        let theirs: Vec<&Step> = theirs.iter().filter(|leg| leg.from != leg.to).collect();
        if ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| alike(a, b)) {
            return Danger::Harmless;
        }
        let known = |at: &Place| at.iter().take(self.rig().axes.len()).all(Option::is_some);
        let start = ours.iter().take_while(|leg| !known(&leg.from)).count();
        let same_start = theirs.len() >= start && ours.iter().zip(&theirs).take(start).all(|(a, b)| near(&a.to, &b.to));
        if !same_start {
            return Danger::Dangerous("another way to the park place");
        }
        let feed = |step: &Step| if let Deed::Way(Rate::Feed(feed)) = step.deed { feed } else { 0.0 };
        if ours.iter().zip(&theirs).take(start).any(|(a, b)| feed(b) > 1.01 * feed(a)) {
            return Danger::Dangerous("faster than an axis");
        }
        // How far those go at another speed is not known.
        let mut unclear = ours.iter().zip(&theirs).take(start).any(|(a, b)| a.deed != b.deed);
        for leg in theirs.into_iter().skip(start).filter(|leg| !ours.iter().any(|our| alike(our, leg))) {
            match self.leg(leg) {
                Danger::Harmless => {}
                Danger::Unclear => unclear = true,
                danger @ Danger::Dangerous(_) => return danger,
            }
        }
        if unclear { Danger::Unclear } else { Danger::Harmless }
    }

    fn leg(&self, leg: &Step) -> Danger {
        let rig = self.rig();
        let (Some(from), Some(to)) = (joints(rig, &leg.from), joints(rig, &leg.to)) else {
            return Danger::Dangerous("a way from nowhere");
        };
        let mut sure = true;
        for (axis, q) in rig.axes.iter().zip(to.iter()) {
            let beyond = (axis.min - q).max(q - axis.max);
            if beyond > 0.002 {
                return Danger::Dangerous("beyond an axis");
            }
            sure &= beyond <= 0.0;
        }
        let turn_deg = (3..to.len()).map(|axis| (to[axis] - from[axis]).abs()).fold(0.0, f64::max);
        let way_mm = (0..3).map(|axis| (to[axis] - from[axis]).powi(2)).sum::<f64>().sqrt();
        let least_s = (rig.axes.iter().enumerate())
            .map(|(axis, q)| (to[axis] - from[axis]).abs() / q.max_speed)
            .fold(0.0, f64::max);
        let taken_s = match leg.deed {
            // F counts the way of X, Y and Z, or where they stand that of the farthest turn at least.
            Deed::Way(Rate::Feed(feed)) => (if way_mm > 1e-9 { way_mm } else { turn_deg }) / (feed / 60.0),
            Deed::Way(Rate::Within(seconds)) => seconds,
            _ => least_s,
        };
        if taken_s < least_s * 0.95 {
            return Danger::Dangerous("faster than an axis");
        }
        sure &= taken_s >= least_s * 1.000_5 || matches!(leg.deed, Deed::Way(Rate::Free));
        let looks = (way_mm / 0.4).max(turn_deg / 0.4).ceil().clamp(8.0, 600.0);
        let mut before = forward(rig, &from).tip;
        for look in 0..=(looks as u32) {
            let pose = forward(rig, &from.lerp(&to, f64::from(look) / looks));
            let speed_mm_s = (pose.tip - before).norm() * looks / taken_s;
            if speed_mm_s > rig.speeds.cap_mm_s * 1.005 {
                return Danger::Dangerous("the tip is too fast");
            }
            sure &= speed_mm_s < rig.speeds.cap_mm_s * 0.98;
            before = pose.tip;
            match self.room(&pose) {
                Danger::Harmless => {}
                Danger::Unclear => sure = false,
                danger @ Danger::Dangerous(_) => return danger,
            }
        }
        if sure { Danger::Harmless } else { Danger::Unclear }
    }

    /// Whether tip and holder are clear of the head, with points along the holder's axis a millimetre and a half apart.
    fn room(&self, pose: &Pose) -> Danger {
        let (rig, to_mesh) = (self.rig(), self.good.head.mesh_to_rig.inverse());
        let within = |at: &Point, mm: f64| self.good.head.scan.is_within(&to_mesh.point(at), mm);
        let holder_mm = rig.holder.radius_mm + rig.clearance_mm;
        // Nothing of the tool is near.
        let middle = pose.drawn_back(rig.holder.to_tip_mm / 2.0).tip;
        if !within(&middle, rig.holder.to_tip_mm / 2.0 + holder_mm + 1.0) {
            return Danger::Harmless;
        }
        if within(&pose.tip, rig.clearance_mm - MARGIN_MM) {
            return Danger::Dangerous("the tip comes too near");
        }
        let mut sure = !within(&pose.tip, rig.clearance_mm + MARGIN_MM);
        let heights = |Range { start, end }: Range<f64>| {
            let count = ((end - start) / 1.5).ceil();
            (0..=(count as u32)).map(move |i| start + (end - start) * f64::from(i) / count)
        };
        for height in heights(0.0..rig.holder.from_tip_mm) {
            sure &= !within(&pose.drawn_back(height).tip, rig.clearance_mm + MARGIN_MM + 0.2);
        }
        for height in heights(rig.holder.from_tip_mm..rig.holder.to_tip_mm) {
            let at = pose.drawn_back(height).tip;
            if within(&at, holder_mm - MARGIN_MM) {
                return Danger::Dangerous("the holder comes too near");
            }
            sure &= !within(&at, holder_mm + MARGIN_MM + 0.1);
        }
        if sure { Danger::Harmless } else { Danger::Unclear }
    }
}

/// Indices of all steps that are no rapids.
fn essentials(steps: &[Step]) -> Vec<usize> {
    (0..steps.len()).filter(|&i| !matches!(steps[i].deed, Deed::Way(_))).collect()
}

/// Joints of a place that is known.
pub(super) fn joints(rig: &Profile, at: &Place) -> Option<Joints> {
    let values: Option<Vec<f64>> = at.iter().take(rig.axes.len()).copied().collect();
    Some(match values?[..] {
        [x, y, z] => Joints::new([x, y, z]),
        [x, y, z, a, b] => Joints::new([x, y, z, a, b]),
        [x, y, z, a, b, u] => Joints::new([x, y, z, a, b, u]),
        _ => return None,
    })
}
