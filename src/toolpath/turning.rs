//! How the rotary axes stand at each dot.

use rayon::prelude::*;

use super::build::Stop;
use crate::error::{Finding, Severity};
use crate::geometry::{Point, Vector};
use crate::rig::{
    Clearance, Joints, POLE_DEG, Pose, Posture, Profile, Turns, pole_distance_deg, postures_near, reaches_all, with_tip,
};

/// A degree off the normal has to save this much time, s: so it is spent on spins only, which take seconds.
const LEAN_S_PER_DEG: f64 = 0.1;
/// Dots closer than this are neighbours, mm.
const HOP_MM: f64 = 3.0;
/// A larger turn between neighbours is a spin, degrees.
const SPIN_DEG: f64 = 30.0;
/// Needles nearer to the normal than this do not count as leaning, degrees.
const UPRIGHT_DEG: f64 = 1e-6;

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
}

impl Swings {
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
    posture: Posture,
    joints: Joints,
}

/// Chooses for each stop among the solutions, whole turns and, near a pole, needles that lean a little: so that the whole
/// route takes the least time, from the park place and back to it, if each way took as long as its slowest axis at full
/// speed. Travels are respected, so an axis that would run out of travel is unwound where it costs least.
///
/// Dynamic programming over the stops (R. Bellman 1957), exact for this cost.
pub(super) fn choose(
    stops: &[Stop],
    profile: &Profile,
    clearance: &Clearance<'_>,
    park: &Joints,
) -> Vec<Result<Held, String>> {
    let choices: Vec<Result<Vec<Choice>, String>> =
        stops.par_iter().map(|stop| choices(stop, profile, clearance)).collect();
    let mut layers: Vec<&[Choice]> = choices.iter().map(|c| c.as_deref().unwrap_or_default()).collect();
    layers.retain(|layer| !layer.is_empty());
    let mut chosen = cheapest(&layers, profile, park).into_iter();
    (stops.iter().zip(&choices))
        .map(|(stop, choices)| {
            let choices = choices.as_ref().map_err(Clone::clone)?;
            let Posture { turns, needle, .. } = choices[chosen.next().unwrap_or(0)].posture;
            let stop = Stop { skin: Pose { needle, ..stop.skin }, ..*stop };
            Ok(Held { stop, turns })
        })
        .collect()
}

/// All ways to hold the needle that keep to the axes' travel from the strike to twice the approach height, the highest
/// place of a dry run.
fn choices(stop: &Stop, profile: &Profile, clearance: &Clearance<'_>) -> Result<Vec<Choice>, String> {
    let mut error = None;
    let mut found = Vec::new();
    for posture in postures_near(profile, &stop.skin.needle).map_err(|reason| reason.to_string())? {
        let skin = Pose { needle: posture.needle, ..stop.skin };
        let heights_mm = [-stop.depth_mm, 2.0 * profile.approach_mm + stop.depth_mm];
        let ends = heights_mm.map(|height_mm| skin.drawn_back(height_mm).tip);
        let reached = reaches_all(profile, &posture, &ends).and_then(|()| with_tip(profile, &skin.tip, posture.turns));
        match reached {
            // Whether the exact direction is free is another's question; the others were never asked.
            Ok(joints) if posture.off_normal_deg == 0.0 || is_free(&skin, stop.depth_mm, profile, clearance) => {
                found.push(Choice { posture, joints });
            }
            Ok(_) => {}
            Err(reason) => drop(error.get_or_insert(reason)),
        }
    }
    match error {
        Some(reason) if found.is_empty() => Err(reason.to_string()),
        _ => Ok(found),
    }
}

fn is_free(skin: &Pose, depth_mm: f64, profile: &Profile, clearance: &Clearance<'_>) -> bool {
    skin.needle.angle(&Vector::z()) <= profile.tilt_limit_deg.to_radians() && clearance.stroke(skin, depth_mm).is_ok()
}

/// Index of the choice in each layer on the cheapest way through all of them.
fn cheapest(layers: &[&[Choice]], profile: &Profile, park: &Joints) -> Vec<usize> {
    let way_s = |from: &Joints, to: &Joints| {
        let times = profile.axes.iter().zip(from.iter().zip(to.iter())).map(|(axis, (a, b))| (b - a).abs() / axis.max_speed);
        times.fold(0.0, f64::max)
    };
    let Some((first, others)) = layers.split_first() else { return Vec::new() };
    let lean_s = |choice: &Choice| choice.posture.off_normal_deg * LEAN_S_PER_DEG;
    let mut costs: Vec<f64> = first.iter().map(|c| way_s(park, &c.joints) + lean_s(c)).collect();
    let mut before: &[Choice] = first;
    let mut parents: Vec<Vec<usize>> = Vec::with_capacity(others.len());
    for &layer in others {
        let best = |choice: &Choice| {
            let ways = before.iter().zip(&costs).map(|(from, cost)| cost + way_s(&from.joints, &choice.joints));
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
        let hop = |place: &Point| (place - pair[0].stop.skin.tip).norm();
        if hop(&pair[1].stop.skin.tip) >= HOP_MM {
            continue;
        }
        let turn = pair[0].turns.iter().zip(pair[1].turns).map(|(a, b)| (b - a).abs()).fold(0.0, f64::max);
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
