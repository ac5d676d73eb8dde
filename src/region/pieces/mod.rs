//! What the scan shows beside the skin: what is taken out of it, what stays as an obstacle, and what is told of it.

mod account;
mod beneath;
mod skin;
mod survey;

use rayon::prelude::*;

use self::account::{Account, Fate};
use self::beneath::Beneath;
pub(super) use self::skin::{looks_out, skin};
use self::survey::{Near, REACH_MM, Survey};
use crate::error::{Finding, Result, Severity};
use crate::geometry::{Aabb, Point, Vector};
use crate::mesh::{Pieces, SurfaceIndex, Topology, TriMesh, submesh, wall_behind};

/// Points at which the skin is asked which side is out.
const ASKED_POINTS: usize = 64;

/// Limits for [`clear`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Options {
    /// Sheets this close to the skin are the skin once more, mm.
    pub(super) second_sheet_mm: f64,
    /// Open pieces up to this size that hang on the skin or float by it are no things, mm.
    pub(super) crumb_mm: f64,
    /// How far the drawn line may lie off the skin, mm.
    pub(super) snap_tolerance_mm: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { second_sheet_mm: Survey::SECOND_SHEET_MM, crumb_mm: 8.0, snap_tolerance_mm: 3.0 }
    }
}

/// A scan without the pieces that are neither skin nor obstacles.
pub(super) struct Cleared {
    /// What is left, with the vertices it uses, both in their old order, bit-exact.
    pub(super) mesh: TriMesh,
    /// Whether the triangles are other ones than before, so that topology and index have to be built anew.
    pub(super) is_changed: bool,
    /// What was done.
    pub(super) findings: Vec<Finding>,
}

/// Finds the skin under a line, takes out what repeats it (second sheets) or hangs on it (fins, crumbs), and turns it if
/// it faces inwards. All other pieces stay.
pub(super) fn clear(
    scan: TriMesh,
    topology: &Topology,
    index: &SurfaceIndex,
    loop_points: &[Point],
    inside_point: &Point,
    options: &Options,
) -> Result<Cleared> {
    let skin = skin(&scan, topology, index, loop_points, options.snap_tolerance_mm);
    let mut findings = Vec::new();
    let mut is_kept = vec![true; topology.component_count()];
    let faces_in = faces_in(&scan, topology, index, skin, loop_points, options.snap_tolerance_mm);
    if topology.component_count() > 1 || topology.open_edges() > 0 {
        let pieces = Pieces::of(topology);
        let beneath = Beneath::flood(&scan, topology, index, skin, loop_points, inside_point);
        if pieces.count() > 1 {
            let surveys = survey(&scan, topology, &pieces, skin);
            let account = Account::of(&scan, topology, index, &pieces, skin, &surveys, options);
            for (survey, fate) in surveys.iter().zip(&account.fates) {
                is_kept[survey.component as usize] = !matches!(fate, Fate::SecondSheet | Fate::Crumb);
            }
            findings.extend(account.findings(&scan, &pieces, &surveys, &beneath));
        }
        findings.extend(beneath.torn(&scan, topology));
    }
    let is_less = is_kept.contains(&false);
    let mut mesh = scan;
    if faces_in {
        let (turned, told) = turned(mesh, topology, skin)?;
        mesh = turned;
        findings.push(told);
    }
    if is_less {
        mesh = submesh(&mesh, |t| is_kept[topology.components()[t as usize] as usize])?.0;
    }
    Ok(Cleared { mesh, is_changed: is_less || faces_in, findings })
}

/// The scan with one component turned, and what is told of it.
fn turned(scan: TriMesh, topology: &Topology, skin: u32) -> Result<(TriMesh, Finding)> {
    let (vertices, mut triangles) = scan.into_parts();
    let mut count = 0;
    for (corners, _) in triangles.iter_mut().zip(topology.components()).filter(|(_, c)| **c == skin) {
        corners.swap(1, 2);
        count += 1;
    }
    let message = format!("the skin faced inwards: all of its {count} triangles were turned");
    let told = Finding::new("skin-turned", Severity::Warn, message)
        .times(count)
        .remedy("look at the preview: the needles must point at the head from without");
    Ok((TriMesh::new(vertices, triangles)?, told))
}

/// How each piece but the skin lies to it, in order of components.
fn survey(scan: &TriMesh, topology: &Topology, pieces: &Pieces, skin: u32) -> Vec<Survey> {
    let others: Vec<u32> = (0..pieces.count() as u32).filter(|&c| c != skin).collect();
    let mut around = Aabb::EMPTY;
    for &component in &others {
        let bounds = pieces.bounds(scan, component);
        around.include(&bounds.min);
        around.include(&bounds.max);
    }
    let reach = Vector::repeat(REACH_MM);
    let around = Aabb { min: around.min - reach, max: around.max + reach };
    let near = Near::build(scan, topology, pieces, skin, Some(&around));
    others.par_iter().map(|&component| Survey::of(scan, pieces, component, &near)).collect()
}

/// Whether the skin looks away from the sky at most points of the line that can tell.
fn faces_in(
    scan: &TriMesh,
    topology: &Topology,
    index: &SurfaceIndex,
    skin: u32,
    points: &[Point],
    tolerance_mm: f64,
) -> bool {
    let (mut out, mut inward) = (0, 0);
    for point in skin::spread(points, ASKED_POINTS) {
        let Some(at) = beneath::closest_on(scan, topology, index, skin, point, tolerance_mm) else { continue };
        match looks_out(scan, index, &at) {
            Some(true) => out += 1,
            // The inner wall of a shell looks into the head, with the outer one behind it.
            Some(false) => inward += usize::from(wall_behind(scan, index, &at, tolerance_mm).is_none()),
            None => {}
        }
    }
    inward > out
}
