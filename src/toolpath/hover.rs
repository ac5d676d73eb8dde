use rayon::prelude::*;

use super::arc::centre_below;
use super::build::all_or_blocked;
use super::heights::TravelHeights;
use super::leg::{End, LegPlanner};
use super::tape::slowed_s;
use super::turning::{self, Held};
use super::{BuildError, Motion, MotionKind, Stop, Toolpath};
use crate::error::Error;
use crate::geometry::{Placement, Point, Vector};
use crate::mesh::SurfaceIndex;
use crate::rig::{Clearance, Pose, Profile, with_tip};

/// The motions that show places without touching them: from the park place to `height_mm` above each, along its needle,
/// one after the other, with a rest of its `dwell_s`, and back. The needle is never switched on.
///
/// Ways between them are found and checked as between dots. Errors name all places that cannot be shown, by their number in `places`.
pub fn hover(
    places: &[Stop],
    height_mm: f64,
    profile: &Profile,
    mesh_to_rig: &Placement,
    scan: &SurfaceIndex,
) -> Result<Toolpath, BuildError> {
    let clearance = Clearance::new(profile, scan, mesh_to_rig);
    let park_pose = Pose::upright(Point::from(Vector::from(profile.park_mm)));
    let park_joints = with_tip(profile, &park_pose.tip, profile.turns_at_zero())
        .map_err(|reason| Error::input(reason.to_string()).place("park_mm").remedy("correct the rig profile"))
        .map_err(BuildError::Rig)?;
    let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
    let held = all_or_blocked(turning::choose(places, profile, &clearance, &park_joints), number)?;
    let above = held.iter().map(|Held { stop, turns }| {
        let pose = stop.skin.drawn_back(height_mm);
        with_tip(profile, &pose.tip, *turns).map(|joints| End { place: (joints, pose), may_rise: true })
    });
    let above = all_or_blocked(above.collect(), number)?;

    let park = End { place: (park_joints, park_pose), may_rise: false };
    let ends: Vec<End> = std::iter::once(park).chain(above).chain(std::iter::once(park)).collect();
    let planner = LegPlanner { profile, clearance, centre: centre_below(places) };
    let legs = ends
        .par_windows(2)
        .map(|pair| planner.plan(&pair[0], &pair[1]).ok_or("no way that keeps the clearance"))
        .collect();
    let legs = all_or_blocked(legs, |leg| number(leg.min(places.len().saturating_sub(1))))?;

    let mut motions =
        vec![Motion { kind: MotionKind::Start, joints: park_joints, pose: park_pose, least_s: None, dot: None }];
    let mut at = park_joints;
    for (i, leg) in legs.iter().enumerate() {
        for &(joints, pose) in &leg.moves {
            let least_s = slowed_s(profile, &at, &joints);
            at = joints;
            motions.push(Motion { kind: MotionKind::Travel, joints, pose, least_s, dot: None });
        }
        let rest = places.get(i).map(|place| place.dwell_s).filter(|seconds| *seconds > 0.0);
        if let (Some(seconds), Some(End { place: (joints, pose), .. })) = (rest, ends.get(i + 1)) {
            let kind = MotionKind::Dwell { seconds };
            motions.push(Motion { kind, joints: *joints, pose: *pose, least_s: None, dot: None });
        }
    }
    let swings = turning::swings(places, &held, profile);
    Ok(Toolpath { motions, strikes: 0, heights: TravelHeights::default(), swings })
}
