use std::fmt;

use rayon::prelude::*;

use super::arc::centre_below;
use super::heights::TravelHeights;
use super::leg::{End, Leg, LegPlanner, Shape};
use super::stations::{Station, stations};
use super::tape::Tape;
use super::turning::{self, Held};
use super::{MotionKind, Toolpath};
use crate::error::Error;
use crate::geometry::{Placement, Point, Vector};
use crate::mesh::SurfaceIndex;
use crate::rig::{Clearance, Joints, Pose, Profile, Unreachable, with_tip};
use crate::schedule::{Halt, Target};

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

/// A dot to which nothing leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The dot.
    pub dot: u32,
    /// What is in the way.
    pub reason: String,
}

/// Why there is no toolpath.
#[derive(Debug, Clone, PartialEq)]
pub enum BuildError {
    /// These dots cannot be struck or reached; without them there may be a toolpath.
    Blocked(Vec<Blocked>),
    /// The rig's profile does not fit.
    Rig(Error),
}

impl From<&BuildError> for Error {
    fn from(error: &BuildError) -> Self {
        const NAMED: usize = 8;
        let blocked = match error {
            BuildError::Rig(error) => return error.clone(),
            BuildError::Blocked(blocked) => blocked,
        };
        let named: Vec<String> =
            blocked.iter().take(NAMED).map(|Blocked { dot, reason }| format!("dot {dot}: {reason}")).collect();
        let more = if blocked.len() > NAMED { format!(" and {} more", blocked.len() - NAMED) } else { String::new() };
        Self::input(format!("{}{more}", named.join("; ")))
            .place("toolpath")
            .expected("dots that the rig reaches and ways between them that keep the clearance")
            .remedy("leave these dots out, or place the head differently in the rig")
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Error::from(self).fmt(f)
    }
}

impl std::error::Error for BuildError {}

/// What the motions are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Strikes into the skin.
    Treat,
    /// The same order for a dry run: every strike ends at the approach height, its approach point lies as far above that
    /// as the treatment's stroke is long, all of it keeps the clearance, and the needle is never switched on.
    Air,
    /// Touches of the skin, without strikes; the needle is never switched on.
    Probe,
}

/// The motions that strike the stops in their order, from the park place back to it, without a halt in between. See
/// [`build_with_halts`].
pub fn build(
    stops: &[Stop],
    profile: &Profile,
    mesh_to_rig: &Placement,
    scan: &SurfaceIndex,
    mode: Mode,
) -> Result<Toolpath, BuildError> {
    build_with_halts(stops, &[], profile, mesh_to_rig, scan, mode)
}

/// The motions that strike the stops in their order, from the park place back to it.
///
/// At a halt the needle is switched off above the last dot, goes to the profile's service place by a way that keeps the
/// clearance, and is switched on there before it comes back. Halts before the first dot come at the park place. `halts` are
/// sorted; those behind the last dot are left out.
///
/// How the rotary axes stand at each dot is chosen for the route as a whole; near a pole the needle may leave the normal
/// a little, see [`Swings`](super::Swings). Between dots the lowest way is taken that keeps the profile's clearance to the
/// scan all along. Errors name all dots that cannot be struck or to which no such way was found; nothing unchecked is ever
/// returned.
pub fn build_with_halts(
    stops: &[Stop],
    halts: &[Halt],
    profile: &Profile,
    mesh_to_rig: &Placement,
    scan: &SurfaceIndex,
    mode: Mode,
) -> Result<Toolpath, BuildError> {
    let clearance = Clearance::new(profile, scan, mesh_to_rig);
    let waiting = |key: &str, place_mm: [f64; 3]| -> Result<(Joints, Pose), BuildError> {
        let pose = Pose::upright(Point::from(Vector::from(place_mm)));
        let joints = with_tip(profile, &pose.tip, profile.turns_at_zero())
            .map_err(|reason| Error::input(reason.to_string()).place(key).remedy("correct the rig profile"))
            .map_err(BuildError::Rig)?;
        Ok((joints, pose))
    };
    let park = waiting("park_mm", profile.park_mm)?;
    let service = waiting("service_mm", profile.service_mm.unwrap_or(profile.park_mm))?;
    let held = turning::choose(stops, profile, &clearance, &park.0);
    let held = all_or_blocked(held, |i| stops[i].dot)?;
    let swings = turning::swings(stops, &held, profile);
    let strokes: Vec<_> = held.par_iter().map(|held| Stroke::new(held, profile, &clearance, mode)).collect();
    let strokes = all_or_blocked(strokes, |i| stops[i].dot)?;

    let planner = LegPlanner { profile, clearance, centre: centre_below(stops) };
    let stations = stations(stops.len(), halts);
    let end = |station: &Station<'_>| match *station {
        Station::Park(_) => End { place: park, may_rise: false },
        Station::Service(_) => End { place: service, may_rise: false },
        Station::Dot(dot) => End { place: strokes[dot].approach, may_rise: true },
    };
    let legs: Vec<_> = stations
        .par_windows(2)
        .map(|pair| planner.plan(&end(&pair[0]), &end(&pair[1])).ok_or("no way that keeps the clearance"))
        .collect();
    // A leg is blamed on the dot that it leads to; one to a place of rest on the dot that it comes from.
    let blamed = |leg: usize| stations[leg + 1].dot().or(stations[leg].dot()).map_or(u32::MAX, |dot| stops[dot].dot);
    let legs = all_or_blocked(legs, blamed)?;

    let dot_at = |station: Option<&Station<'_>>| Some(strokes.get(station?.dot()?)?.stop.dot);
    let mut tape = Tape::new(profile, mode, park, halts, strokes.len());
    if let Some(Station::Park(halts)) = stations.first() {
        tape.halt(park, halts, dot_at(stations.get(1)));
    }
    for (leg, (station, next)) in legs.iter().zip((1..).map(|i| (stations[i], stations.get(i + 1)))) {
        let dot = dot_at(Some(&station));
        for (k, &place) in leg.moves.iter().enumerate() {
            let descends = dot.is_some() && leg.rises_mm[1] > 0.0 && k + 1 == leg.moves.len();
            tape.push(if descends { MotionKind::Approach } else { MotionKind::Travel }, place, dot);
        }
        match station {
            Station::Park(_) => {}
            Station::Service(halts) => tape.halt(service, halts, dot_at(next)),
            Station::Dot(at) => {
                let Stroke { stop, approach, touch, strike } = &strokes[at];
                if let Some(Touch { skin, farthest }) = touch {
                    tape.push(MotionKind::Probe { farthest: *farthest }, *skin, dot);
                }
                if mode != Mode::Probe {
                    tape.push(MotionKind::Strike, *strike, dot);
                    if stop.dwell_s > 0.0 {
                        tape.push(MotionKind::Dwell { seconds: stop.dwell_s }, *strike, dot);
                    }
                }
                tape.push(MotionKind::Retract, *approach, dot);
                if dot_at(next).is_none() {
                    tape.needle_off(*approach);
                }
            }
        }
    }
    let heights = heights(&planner, &legs, |leg| [end(&stations[leg]), end(&stations[leg + 1])]);
    let strikes = if mode == Mode::Probe { 0 } else { strokes.len() };
    Ok(Toolpath { motions: tape.motions, strikes, heights, swings })
}

/// How high the legs between dots go, and how high single straight moves would have to.
fn heights(planner: &LegPlanner<'_>, legs: &[Leg], ends: impl Fn(usize) -> [End; 2] + Sync) -> TravelHeights {
    let of_leg = |(number, leg): (usize, &Leg)| {
        let [from, to] = ends(number);
        if !(from.may_rise && to.may_rise) {
            return TravelHeights::default();
        }
        let rise_mm =
            if leg.shape == Shape::Straight { Some(leg.rise_mm()) } else { planner.direct_rise_mm(&from, &to) };
        let direct_mm = rise_mm.map(|rise_mm| planner.profile.approach_mm + rise_mm);
        TravelHeights::of_leg(leg, planner.height_mm(leg), direct_mm)
    };
    let all: Vec<TravelHeights> = legs.par_iter().enumerate().map(of_leg).collect();
    all.iter().fold(TravelHeights::default(), |mut sum, leg| {
        sum += leg;
        sum
    })
}

/// Time of a move by its slowest axis at full speed, s.
pub(super) fn slowest_s(profile: &Profile, from: &Joints, to: &Joints) -> f64 {
    profile.slowest_s(from.iter().zip(to.iter()).map(|(a, b)| (b - a).abs()))
}

/// The two ends of a stroke.
#[derive(Debug)]
struct Stroke<'a> {
    stop: &'a Stop,
    approach: (Joints, Pose),
    /// Where depth counts from a touch.
    touch: Option<Touch>,
    strike: (Joints, Pose),
}

/// Where the skin is sought.
#[derive(Debug)]
struct Touch {
    /// Where the scan has it.
    skin: (Joints, Pose),
    /// The lowest place.
    farthest: Joints,
}

impl<'a> Stroke<'a> {
    fn new(held: &'a Held, profile: &Profile, clearance: &Clearance<'_>, mode: Mode) -> Result<Self, String> {
        let Held { stop, turns } = held;
        let at = |height_mm: f64| -> Result<(Joints, Pose), Unreachable> {
            let pose = stop.skin.drawn_back(height_mm);
            Ok((with_tip(profile, &pose.tip, *turns)?, pose))
        };
        let lift_mm = match mode {
            Mode::Treat | Mode::Probe => 0.0,
            Mode::Air => profile.approach_mm + stop.depth_mm,
        };
        let probes = match mode {
            Mode::Treat => profile.depth.touches_each(),
            Mode::Probe => profile.depth.probe_mm_s().is_some(),
            Mode::Air => false,
        };
        let beyond_mm = if probes { profile.depth.beyond_mm() } else { 0.0 };
        let ends = || {
            let touch = if probes {
                // The touch may come anywhere up to the farthest place, and the strike goes on from there.
                at(-beyond_mm - stop.depth_mm)?;
                Some(Touch { skin: at(0.0)?, farthest: at(-beyond_mm)?.0 })
            } else {
                None
            };
            Ok((at(profile.approach_mm + lift_mm)?, touch, at(lift_mm - stop.depth_mm)?))
        };
        let (approach, touch, mut strike) = ends().map_err(|reason: Unreachable| reason.to_string())?;
        if let Some(axis) = profile.plunge_axis() {
            let out_mm = profile.approach_mm + stop.depth_mm;
            strike.0 = approach.0.with_last(axis.zero + axis.direction.sign() * out_mm);
        }
        let free = match mode {
            Mode::Treat | Mode::Probe => clearance.stroke(&stop.skin, stop.depth_mm + beyond_mm).is_ok(),
            Mode::Air => clearance.is_kept(&approach.0, &strike.0),
        };
        if free {
            Ok(Self { stop, approach, touch, strike })
        } else {
            Err("the head in the way of needle or holder".to_owned())
        }
    }
}

/// All values, or what is in the way of each of the dots that failed.
pub(super) fn all_or_blocked<T, E: ToString>(
    results: Vec<Result<T, E>>,
    dot: impl Fn(usize) -> u32,
) -> Result<Vec<T>, BuildError> {
    let mut blocked = Vec::new();
    let mut values = Vec::with_capacity(results.len());
    for (i, result) in results.into_iter().enumerate() {
        match result {
            Ok(value) => values.push(value),
            Err(reason) => blocked.push(Blocked { dot: dot(i), reason: reason.to_string() }),
        }
    }
    if blocked.is_empty() { Ok(values) } else { Err(BuildError::Blocked(blocked)) }
}
