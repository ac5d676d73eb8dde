use super::needles::Needles;
use super::output::Surfaces;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Placement, Point, Vector};
use crate::mesh::{SurfaceIndex, SurfacePoint, Topology, smoothed_normals};
use crate::plan::{Block, Plan};
use crate::rig::{Kinematics, Pose};
use crate::toolpath::{BuildError, Stop, Toolpath, hover};

/// Height above a fiducial at which a person sees whether the needle points at it, mm.
const FIDUCIAL_HEIGHT_MM: f64 = 5.0;
/// How long the needle stays there, s.
const FIDUCIAL_REST_S: f64 = 3.0;
/// Longest way between two places of the outline, mm.
const OUTLINE_STEP_MM: f64 = 6.0;
/// Radius of the surface whose mean normal the needle takes, mm.
const NORMAL_RADIUS_MM: f64 = 4.0;
/// Times that a way is tried anew without the places that cannot be shown.
const MOST_ROUNDS: usize = 8;

/// A way that shows places, and what is to be said of it.
pub(super) struct Shown {
    /// None where no place can be shown.
    pub(super) toolpath: Option<Toolpath>,
    pub(super) findings: Vec<Finding>,
}

/// Once around the boundary of the region, as far as the setup reaches it.
pub(super) fn frame(plan: &Plan, block: &Block, surfaces: Surfaces<'_>) -> Result<Shown> {
    let corners: Vec<Point> = plan.boundary_mm.iter().map(|&corner| Point::from(corner)).collect();
    let mut outline = Vec::new();
    for (i, from) in corners.iter().enumerate() {
        let to = corners[(i + 1) % corners.len()];
        let pieces = (nalgebra::distance(from, &to) / OUTLINE_STEP_MM).ceil().max(1.0);
        outline.extend((0..pieces as usize).map(|piece| from + (to - from) * (piece as f64 / pieces)));
    }
    outline.extend(corners.first());
    let name = |place: usize| format!("place {place} of the outline");
    show("frame", &outline, &name, plan.rig.approach_mm, 0.0, plan, block, surfaces)
}

/// Above each fiducial, where the registration of the setup has it.
pub(super) fn fiducials(
    marks: &[(String, Point)],
    plan: &Plan,
    block: &Block,
    surfaces: Surfaces<'_>,
) -> Result<Shown> {
    let points: Vec<Point> = marks.iter().map(|(_, point)| *point).collect();
    let name = |place: usize| marks.get(place).map_or_else(String::new, |(name, _)| format!("the fiducial \"{name}\""));
    let height_mm = FIDUCIAL_HEIGHT_MM.max(plan.rig.clearance_mm + 1.0);
    show("fiducials", &points, &name, height_mm, FIDUCIAL_REST_S, plan, block, surfaces)
}

/// Places that cannot be shown are left out, and told.
#[allow(clippy::too_many_arguments, reason = "what a way depends on, once")]
fn show(
    what: &str,
    points: &[Point],
    name: &dyn Fn(usize) -> String,
    height_mm: f64,
    rest_s: f64,
    plan: &Plan,
    block: &Block,
    surfaces: Surfaces<'_>,
) -> Result<Shown> {
    let Some(setup) = plan.setups.get(&block.setup) else { return Err(Error::system("a block without a setup")) };
    let mut places = skins(points, plan, &setup.mesh_to_rig, surfaces, rest_s);
    let mut lost: Vec<(u32, String)> = Vec::new();
    let needles = Needles::new(&plan.case, &plan.rig);
    for _ in 0..MOST_ROUNDS {
        if places.is_empty() {
            break;
        }
        match hover(&places, height_mm, needles.with(block.tool), &setup.mesh_to_rig, surfaces.index) {
            Ok(toolpath) => return Ok(Shown { toolpath: Some(toolpath), findings: told(what, block, &lost, name) }),
            Err(BuildError::Rig(error)) => return Err(error),
            Err(BuildError::Blocked(blocked)) => {
                let numbers: Vec<usize> = blocked.iter().map(|blocked| blocked.dot as usize).collect();
                lost.extend(blocked.into_iter().filter_map(|b| Some((places.get(b.dot as usize)?.dot, b.reason))));
                let mut place = 0;
                places.retain(|_| {
                    place += 1;
                    !numbers.contains(&(place - 1))
                });
            }
        }
    }
    Ok(Shown { toolpath: None, findings: told(what, block, &lost, name) })
}

/// The needle on the skin at each point, along the surface's normal where the rig can turn it.
fn skins(points: &[Point], plan: &Plan, mesh_to_rig: &Placement, surfaces: Surfaces<'_>, rest_s: f64) -> Vec<Stop> {
    let hits: Vec<(Point, SurfacePoint)> = points.iter().filter_map(|point| on_skin(surfaces.index, point)).collect();
    let on_scan: Vec<SurfacePoint> = hits.iter().map(|(_, at)| *at).collect();
    let normals = smoothed_normals(surfaces.scan, &Topology::build(surfaces.scan), &on_scan, NORMAL_RADIUS_MM);
    let upright = plan.rig.kinematics == Kinematics::Xyz;
    (hits.iter().zip(normals).zip(0..))
        .map(|(((position, _), normal), number)| {
            let needle = if upright { Vector::z() } else { mesh_to_rig.direction(&normal.normal) };
            let skin = Pose { tip: mesh_to_rig.point(position), needle };
            Stop { dot: number, skin, depth_mm: 0.0, dwell_s: rest_s }
        })
        .collect()
}

fn on_skin(scan: &SurfaceIndex, point: &Point) -> Option<(Point, SurfacePoint)> {
    scan.closest(point).map(|hit| (hit.position, hit.at))
}

fn told(what: &str, block: &Block, lost: &[(u32, String)], name: &dyn Fn(usize) -> String) -> Vec<Finding> {
    let Some((first, reason)) = lost.first() else { return Vec::new() };
    let message = format!(
        "session {}, {}: {} places of the {what} program are not shown, the first of them {}: {reason}",
        block.session,
        block.setup,
        lost.len(),
        name(*first as usize)
    );
    vec![
        Finding::new("not-shown", Severity::Warn, message)
            .times(lost.len())
            .remedy("look at these places by hand, or in another setup"),
    ]
}
