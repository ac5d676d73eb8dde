use rayon::prelude::*;

use super::arc::centre_below;
use super::leg::{End, LegPlanner};
use super::{Motion, MotionKind, Toolpath};
use crate::error::{Error, Result};
use crate::geometry::{Placement, Point, Vector};
use crate::mesh::SurfaceIndex;
use crate::rig::{Clearance, Joints, Pose, Profile, Unreachable, inverse};
use crate::schedule::Target;

/// Most dots that an error names.
const NAMED: usize = 8;

/// A dot on the way, in the rig's frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// The dot.
    pub dot: u32,
    /// The needle when its tip touches the skin.
    pub skin: Pose,
    /// Protrusion below the skin along the needle, mm.
    pub depth_mm: f64,
    /// Time in the skin, s.
    pub dwell_s: f64,
}

impl Stop {
    /// From a target and its needle, both in the scan's frame.
    pub fn new(target: &Target, needle: &Vector, mesh_to_rig: &Placement) -> Self {
        let skin = Pose { tip: mesh_to_rig.point(&target.position), needle: mesh_to_rig.direction(needle).normalize() };
        Self { dot: target.id, skin, depth_mm: target.depth_mm, dwell_s: target.dwell_s }
    }
}

/// What the motions are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Strikes into the skin.
    Treat,
    /// The same order for a dry run: every strike ends at the approach height, its approach point lies as far above that
    /// as the treatment's stroke is long, all of it keeps the clearance, and the needle is never switched on.
    Air,
}

/// The motions that strike the stops in their order, from the park place back to it.
///
/// Between dots the lowest way is taken that keeps the profile's clearance to the scan all along. Errors name the dots
/// that cannot be struck or between which no such way was found; nothing unchecked is ever returned.
pub fn build(
    stops: &[Stop],
    profile: &Profile,
    mesh_to_rig: &Placement,
    scan: &SurfaceIndex,
    mode: Mode,
) -> Result<Toolpath> {
    let clearance = Clearance::new(profile, scan, mesh_to_rig);
    let strokes: Vec<_> = stops.par_iter().map(|stop| Stroke::new(stop, profile, &clearance, mode)).collect();
    let strokes = all_or_named(strokes, |i| stops[i].dot.to_string())?;

    let planner = LegPlanner { profile, clearance, centre: centre_below(stops) };
    let park_pose = Pose::upright(Point::from(Vector::from(profile.park_mm)));
    let park_joints = inverse(profile, &park_pose.tip, &park_pose.needle)
        .map_err(|reason| Error::input(reason.to_string()).place("park_mm").remedy("correct the rig profile"))?;
    let park = End { pose: park_pose, may_rise: false };
    let ends: Vec<End> = std::iter::once(park)
        .chain(strokes.iter().map(|stroke| End { pose: stroke.approach.1, may_rise: true }))
        .chain(std::iter::once(park))
        .collect();
    let legs: Vec<_> = ends
        .par_windows(2)
        .map(|pair| planner.plan(&pair[0], &pair[1]).ok_or("no way that keeps the clearance"))
        .collect();
    let name = |end: usize| {
        let stop = end.checked_sub(1).and_then(|i| stops.get(i));
        stop.map_or("park".to_owned(), |stop| stop.dot.to_string())
    };
    let legs = all_or_named(legs, |i| format!("{} to {}", name(i), name(i + 1)))?;

    let mut motions = Vec::with_capacity(4 * stops.len() + 8);
    let mut push = |kind, (joints, pose): (Joints, Pose), dot| motions.push(Motion { kind, joints, pose, dot });
    let park = (park_joints, park_pose);
    push(MotionKind::Start, park, None);
    if mode == Mode::Treat {
        push(MotionKind::NeedleOn, park, None);
    }
    for (i, leg) in legs.iter().enumerate() {
        let next = strokes.get(i);
        let dot = next.map(|stroke| stroke.stop.dot);
        for (k, &place) in leg.moves.iter().enumerate() {
            let descends = dot.is_some() && leg.rise_mm > 0.0 && k + 1 == leg.moves.len();
            push(if descends { MotionKind::Approach } else { MotionKind::Travel }, place, dot);
        }
        let Some(stroke) = next else { break };
        push(MotionKind::Strike, stroke.strike, dot);
        if stroke.stop.dwell_s > 0.0 {
            push(MotionKind::Dwell { seconds: stroke.stop.dwell_s }, stroke.strike, dot);
        }
        push(MotionKind::Retract, stroke.approach, dot);
        if mode == Mode::Treat && i + 1 == strokes.len() {
            push(MotionKind::NeedleOff, stroke.approach, None);
        }
    }
    let raised_legs = legs.iter().filter(|leg| leg.rise_mm > 0.0).count();
    Ok(Toolpath { motions, strikes: strokes.len(), raised_legs })
}

/// The two ends of a stroke.
#[derive(Debug)]
struct Stroke<'a> {
    stop: &'a Stop,
    approach: (Joints, Pose),
    strike: (Joints, Pose),
}

impl<'a> Stroke<'a> {
    fn new(stop: &'a Stop, profile: &Profile, clearance: &Clearance<'_>, mode: Mode) -> Result<Self, String> {
        let at = |height_mm: f64| -> Result<(Joints, Pose), Unreachable> {
            let pose = stop.skin.drawn_back(height_mm);
            Ok((inverse(profile, &pose.tip, &pose.needle)?, pose))
        };
        let lift_mm = match mode {
            Mode::Treat => 0.0,
            Mode::Air => profile.approach_mm + stop.depth_mm,
        };
        let ends = || Ok((at(profile.approach_mm + lift_mm)?, at(lift_mm - stop.depth_mm)?));
        let (approach, strike) = ends().map_err(|reason: Unreachable| reason.to_string())?;
        let free = match mode {
            Mode::Treat => clearance.stroke(&stop.skin, stop.depth_mm).is_ok(),
            Mode::Air => clearance.is_kept(&approach.0, &strike.0),
        };
        if free {
            Ok(Self { stop, approach, strike })
        } else {
            Err("the head in the way of needle or holder".to_owned())
        }
    }
}

/// All values, or an error with the first few failures and their number.
fn all_or_named<T, E: ToString>(results: Vec<Result<T, E>>, name: impl Fn(usize) -> String) -> Result<Vec<T>> {
    let mut failed = 0;
    let mut named = Vec::new();
    let mut values = Vec::with_capacity(results.len());
    for (i, result) in results.into_iter().enumerate() {
        match result {
            Ok(value) => values.push(value),
            Err(reason) => {
                failed += 1;
                if named.len() < NAMED {
                    named.push(format!("dot {}: {}", name(i), reason.to_string()));
                }
            }
        }
    }
    if failed == 0 {
        return Ok(values);
    }
    let more = if failed > named.len() { format!(" and {} more", failed - named.len()) } else { String::new() };
    Err(Error::input(format!("{}{more}", named.join("; ")))
        .place("toolpath")
        .expected("dots that the rig reaches and ways between them that keep the clearance")
        .remedy("leave these dots out, or place the head differently in the rig"))
}
