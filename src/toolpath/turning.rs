//! How the rotary axes stand at each dot.

use rayon::prelude::*;

use super::build::{Stop, slowest_s};
use crate::error::{Finding, Severity};
use crate::geometry::{Point, Vector};
use crate::rig::{
    Clearance, Joints, POLE_DEG, Pose, Posture, Profile, Turns, Unreachable, pole_distance_deg, postures,
    postures_near, reaches_all, turn_deg, with_tip,
};

/// A degree off the normal has to save this much time, s.
const LEAN_S_PER_DEG: f64 = 0.1;
/// What a turn of 30 degrees between neighbours counts beyond its time, s; twice the turn four times as much.
const SPIN_S: f64 = 0.2;
/// Dots closer than this are neighbours, mm.
const HOP_MM: f64 = 3.0;
/// A larger turn from one dot to the next away from the pole unwinds an axis: another solution would turn it less, were
/// it within its travel, degrees.
const UNWIND_DEG: f64 = 90.0;
/// A larger turn between neighbours is a spin, degrees.
const SPIN_DEG: f64 = 30.0;
/// Needles nearer to the normal than this do not count as leaning, degrees.
const UPRIGHT_DEG: f64 = 1e-6;

/// Unit vectors nearer than this are the same needle.
const SAME_NEEDLE: f64 = 1e-9;

/// A stop and how the rotary axes stand there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub(super) stop: Stop,
    pub(super) turns: Turns,
}

/// What a route asks of the rotary axes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Swings {
    /// Dots near a pole whose needle leaves the direction that was asked for.
    pub leaning: usize,
    /// By how much at most, degrees.
    pub largest_lean_deg: f64,
    /// Largest turn of a rotary axis between two dots less than 3 mm apart, degrees.
    pub largest_turn_deg: f64,
    /// Dot that it leads to.
    pub turns_to: Option<u32>,
    /// The same among dots that both stand more than 8 degrees off the pole.
    pub largest_turn_off_pole_deg: f64,
    /// Times that a rotary axis unwinds on the way from dot to dot, as its travel ends.
    pub unwinds: usize,
}

impl Swings {
    /// Of both routes together.
    pub(super) fn and(&self, other: &Self) -> Self {
        let [larger, smaller] =
            if other.largest_turn_deg > self.largest_turn_deg { [other, self] } else { [self, other] };
        Self {
            leaning: self.leaning + other.leaning,
            unwinds: self.unwinds + other.unwinds,
            largest_lean_deg: self.largest_lean_deg.max(other.largest_lean_deg),
            largest_turn_off_pole_deg: larger.largest_turn_off_pole_deg.max(smaller.largest_turn_off_pole_deg),
            ..*larger
        }
    }

    /// What a person should know: needles that lean, and spins that remain.
    pub fn findings(&self) -> Vec<Finding> {
        let spins = self.largest_turn_deg > SPIN_DEG;
        if !spins && self.leaning == 0 {
            return Vec::new();
        }
        let at = self.turns_to.map_or_else(String::new, |dot| format!(", on the way to dot {dot}"));
        let message = format!(
            "{} dots near the pole of the rotary axes are struck up to {:.1}° off the normal to save a spin; the largest \
             turn left between dots less than {HOP_MM} mm apart is {:.0}°{at}",
            self.leaning, self.largest_lean_deg, self.largest_turn_deg
        );
        let (severity, advice) = if spins {
            (Severity::Warn, "watch the needle's cable there in the air run, or place the head differently")
        } else {
            (Severity::Pass, "")
        };
        vec![Finding::new("pole", severity, message).times(self.leaning).remedy(advice)]
    }
}

/// One way to hold the needle at a stop.
#[derive(Debug, Clone, Copy)]
struct Choice {
    /// Where the dot is, mm.
    skin: Point,
    posture: Posture,
    joints: Joints,
}

/// Chooses for each stop among the solutions and whole turns, so that the whole route takes the least time, from the park
/// place and back to it, if each way took as long as its slowest axis at full speed. Travels are respected, so an axis that
/// would run out of travel is unwound where it costs least. Turns between neighbours cost more than their time, so that
/// large ones are spread or moved to where the tip travels far.
///
/// Where an axis still spins between neighbours near a pole, the needles of that pass over the pole may lean a little, and
/// all is chosen anew.
pub(super) fn choose(
    stops: &[Stop],
    profile: &Profile,
    clearance: &Clearance<'_>,
    park: &Joints,
) -> Vec<Result<Held, String>> {
    let mut choices: Vec<Result<Vec<Choice>, String>> = stops.par_iter().map(|stop| upright(stop, profile)).collect();
    let mut held = cheapest_of(stops, &choices, profile, park);
    let passes = passes_with_spins(stops, &held, profile);
    if passes.contains(&true) {
        (choices.par_iter_mut().zip(stops).zip(&passes)).filter(|(_, passes)| **passes).for_each(
            |((choices, stop), _)| {
                if let Ok(choices) = choices {
                    choices.extend(leaning(stop, profile, clearance));
                }
            },
        );
        held = cheapest_of(stops, &choices, profile, park);
    }
    held
}

fn cheapest_of(
    stops: &[Stop],
    choices: &[Result<Vec<Choice>, String>],
    profile: &Profile,
    park: &Joints,
) -> Vec<Result<Held, String>> {
    let layers: Vec<&[Choice]> = choices.iter().filter_map(|choices| choices.as_deref().ok()).collect();
    let mut chosen = layers.iter().zip(cheapest(&layers, profile, park)).map(|(layer, at)| layer[at].posture);
    let hold = |(stop, choices): (&Stop, &Result<Vec<Choice>, String>)| {
        choices.as_ref().map_err(Clone::clone)?;
        let Posture { turns, needle, .. } = chosen.next().ok_or("no way to hold the needle")?;
        Ok(Held { stop: Stop { skin: Pose { needle, ..stop.skin }, ..*stop }, turns })
    };
    stops.iter().zip(choices).map(hold).collect()
}

/// Which stops belong to a pass over a pole, from the first stop near it to the last, in which an axis spins.
fn passes_with_spins(stops: &[Stop], held: &[Result<Held, String>], profile: &Profile) -> Vec<bool> {
    let near: Vec<bool> = stops.iter().map(|stop| pole_distance_deg(profile, &stop.skin.needle) <= POLE_DEG).collect();
    let spins = |pair: &[Result<Held, String>]| match pair {
        [Ok(from), Ok(to)] => hop_mm(from, to) < HOP_MM && turn_deg(&from.turns, &to.turns) > SPIN_DEG,
        _ => false,
    };
    let spins: Vec<bool> = held.windows(2).map(spins).collect();
    let mut marked = vec![false; stops.len()];
    let mut at = 0;
    for pass in near.chunk_by(|a, b| a == b) {
        let end = at + pass.len();
        // The hops within the pass, that into it and that out of it.
        let hops = at.saturating_sub(1)..end.min(spins.len());
        if near[at] && spins[hops].contains(&true) {
            marked[at..end].fill(true);
        }
        at = end;
    }
    marked
}

fn hop_mm(from: &Held, to: &Held) -> f64 {
    (to.stop.skin.tip - from.stop.skin.tip).norm()
}

/// All ways to hold the needle as it was asked for.
fn upright(stop: &Stop, profile: &Profile) -> Result<Vec<Choice>, String> {
    let mut error = None;
    let mut found = Vec::new();
    for posture in postures(profile, &stop.skin.needle).map_err(|reason| reason.to_string())? {
        match joints(stop, &posture, profile) {
            Ok(joints) => found.push(Choice { skin: stop.skin.tip, posture, joints }),
            Err(reason) => drop(error.get_or_insert(reason)),
        }
    }
    match error {
        Some(reason) if found.is_empty() => Err(reason.to_string()),
        _ => Ok(found),
    }
}

/// Ways to hold the needle that leave the direction asked for. Nobody else has looked at those: tilt and scan are asked.
fn leaning(stop: &Stop, profile: &Profile, clearance: &Clearance<'_>) -> Vec<Choice> {
    let Ok(postures) = postures_near(profile, &stop.skin.needle) else { return Vec::new() };
    let choice =
        |posture: Posture| Some(Choice { skin: stop.skin.tip, posture, joints: joints(stop, &posture, profile).ok()? });
    let leans = |choice: &Choice| choice.posture.off_normal_deg > 0.0;
    let mut known: Vec<(Vector, bool)> = Vec::new();
    let is_free = |choice: &Choice| {
        let needle = choice.posture.needle;
        // The same needle comes back with every half turn of the axis.
        if let Some((_, free)) = known.iter().find(|(other, _)| (other - needle).norm() < SAME_NEEDLE) {
            return *free;
        }
        let skin = Pose { needle, ..stop.skin };
        let free = is_free(&skin, stop.depth_mm, profile, clearance);
        known.push((needle, free));
        free
    };
    postures.into_iter().filter_map(choice).filter(leans).filter(is_free).collect()
}

/// Where the axes stand with the tip on the skin, if they keep to their travel from the strike to twice the approach
/// height, the highest place of a dry run.
fn joints(stop: &Stop, posture: &Posture, profile: &Profile) -> Result<Joints, Unreachable> {
    let skin = Pose { needle: posture.needle, ..stop.skin };
    let heights_mm = [-stop.depth_mm, 2.0 * profile.approach_mm + stop.depth_mm];
    reaches_all(profile, posture, &heights_mm.map(|height_mm| skin.drawn_back(height_mm).tip))?;
    with_tip(profile, &skin.tip, posture.turns)
}

fn is_free(skin: &Pose, depth_mm: f64, profile: &Profile, clearance: &Clearance<'_>) -> bool {
    skin.needle.angle(&Vector::z()) <= profile.tilt_limit_deg.to_radians() && clearance.stroke(skin, depth_mm).is_ok()
}

/// Index of the choice in each layer on the cheapest way through all of them: dynamic programming (R. Bellman 1957), exact
/// for this cost.
fn cheapest(layers: &[&[Choice]], profile: &Profile, park: &Joints) -> Vec<usize> {
    let way_s = |from: &Joints, to: &Joints| slowest_s(profile, from, to);
    // A turn that takes several hops is as fast as one that is made at once, and less of a spin.
    let spin_s = |from: &Choice, to: &Choice| {
        let near = (to.skin - from.skin).norm() < HOP_MM;
        if near { SPIN_S * (turn_deg(&from.posture.turns, &to.posture.turns) / SPIN_DEG).powi(2) } else { 0.0 }
    };
    let Some((first, others)) = layers.split_first() else { return Vec::new() };
    let lean_s = |choice: &Choice| choice.posture.off_normal_deg * LEAN_S_PER_DEG;
    let mut costs: Vec<f64> = first.iter().map(|c| way_s(park, &c.joints) + lean_s(c)).collect();
    let mut before: &[Choice] = first;
    let mut parents: Vec<Vec<usize>> = Vec::with_capacity(others.len());
    for &layer in others {
        let best = |choice: &Choice| {
            let ways = before
                .iter()
                .zip(&costs)
                .map(|(from, cost)| cost + way_s(&from.joints, &choice.joints) + spin_s(from, choice));
            least(ways)
        };
        let found: Vec<(usize, f64)> = layer.iter().map(best).collect();
        parents.push(found.iter().map(|(parent, _)| *parent).collect());
        costs = layer.iter().zip(&found).map(|(choice, (_, cost))| cost + lean_s(choice)).collect();
        before = layer;
    }
    let (mut at, _) = least(before.iter().zip(&costs).map(|(from, cost)| cost + way_s(&from.joints, park)));
    let mut chosen = vec![at];
    for parents in parents.iter().rev() {
        at = parents[at];
        chosen.push(at);
    }
    chosen.reverse();
    chosen
}

/// The first of the least, with its place.
fn least(values: impl Iterator<Item = f64>) -> (usize, f64) {
    values.enumerate().fold((0, f64::INFINITY), |least, value| if value.1 < least.1 { value } else { least })
}

/// What was chosen for the stops that were asked.
pub(super) fn swings(asked: &[Stop], held: &[Held], profile: &Profile) -> Swings {
    let mut swings = Swings::default();
    for (asked, held) in asked.iter().zip(held) {
        let lean_deg = asked.skin.needle.angle(&held.stop.skin.needle).to_degrees();
        swings.leaning += usize::from(lean_deg > UPRIGHT_DEG);
        swings.largest_lean_deg = swings.largest_lean_deg.max(lean_deg);
    }
    let off_pole: Vec<bool> =
        asked.iter().map(|stop| pole_distance_deg(profile, &stop.skin.needle) > POLE_DEG).collect();
    for (pair, off_pole) in held.windows(2).zip(off_pole.windows(2)) {
        let turns = pair[0].turns.iter().zip(&pair[1].turns);
        if off_pole == [true, true] {
            swings.unwinds += turns.filter(|(from, to)| (*to - *from).abs() > UNWIND_DEG).count();
        }
        if hop_mm(&pair[0], &pair[1]) >= HOP_MM {
            continue;
        }
        let turn = turn_deg(&pair[0].turns, &pair[1].turns);
        if turn > swings.largest_turn_deg {
            swings.largest_turn_deg = turn;
            swings.turns_to = Some(pair[1].stop.dot);
        }
        if off_pole == [true, true] {
            swings.largest_turn_off_pole_deg = swings.largest_turn_off_pole_deg.max(turn);
        }
    }
    swings
}
