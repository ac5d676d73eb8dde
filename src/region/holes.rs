//! Holes of the skin: small ones are closed before the cut, others are kept out of the region with a margin.

use rayon::prelude::*;

use super::keep_out::Obstacle;
use super::pieces::skin;
use super::scalp::{Preparation, Scalp};
use super::sheet::Sheet;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Aabb, Point, Vector};
use crate::mesh::hole::{Patch, Refusal, Rim, open_rims};
use crate::mesh::{SurfaceIndex, TriMesh};

/// Holes outside of the line matter up to this far from it, mm: the line may be moved, and normals are averaged.
const NEAR_MM: f64 = 30.0;
/// A drawn line is not farther than this from the skin under it, mm.
const LINE_REACH_MM: f64 = 3.0;
/// A line less than this over a hole may go round it, mm.
const OVERHANG_MM: f64 = 1.0;
/// Places on a drawn line that are asked whether they lie over a hole are this far apart, mm.
const STEP_MM: f64 = 1.0;

/// The patches for a scan, and what they are and are not.
#[derive(Debug, Default)]
pub(super) struct Closing {
    pub(super) patches: Vec<Patch>,
    pub(super) findings: Vec<Finding>,
    /// Boxes around the small holes that no patch covers, mm, and why.
    pub(super) left_open: Vec<(Aabb, Refusal)>,
}

impl Closing {
    /// Patches over the holes that matter for the line and are small enough.
    pub(super) fn plan(scalp: &Scalp, line: &[Point], inside: &Point, options: &Preparation) -> Self {
        let up_to_mm = options.close_holes_up_to_mm;
        if up_to_mm <= 0.0 {
            return Self::default();
        }
        let Scalp { mesh, topology, index, .. } = scalp;
        let rims = holes_that_matter(scalp, line, inside, options.snap_tolerance_mm);
        let across_mm: Vec<f64> = rims.par_iter().map(|rim| rim.across_mm(mesh)).collect();
        let small: Vec<(&Rim, f64)> = rims.iter().zip(across_mm).filter(|&(_, across)| across <= up_to_mm).collect();
        let asked: Vec<&Rim> = small.iter().map(|&(rim, _)| rim).collect();
        let results = Patch::over(mesh, topology, index, &asked);
        let (mut closed, mut open, mut reasons, mut patches) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (hole, result) in small.into_iter().zip(results) {
            match result {
                Ok(patch) => {
                    closed.push(hole);
                    patches.push(patch);
                }
                Err(refusal) => {
                    open.push(hole);
                    reasons.push(refusal);
                }
            }
        }
        let left_open = open.iter().map(|(rim, _)| rim.bounds).zip(reasons.iter().copied()).collect();
        let findings = [closed_finding(mesh, &closed, &patches), open_finding(&open, reasons, up_to_mm)];
        Self { patches, findings: findings.into_iter().flatten().collect(), left_open }
    }
}

fn closed_finding(mesh: &TriMesh, holes: &[(&Rim, f64)], patches: &[Patch]) -> Option<Finding> {
    let own = mesh.vertices().len();
    let area_mm2: f64 = (patches.iter())
        .flat_map(|patch| {
            let place = |v: u32| match (v as usize).checked_sub(own) {
                Some(inner) => patch.vertices[inner],
                None => mesh.vertices()[v as usize],
            };
            patch.triangles.iter().map(move |t| t.map(place)).map(|[a, b, c]| 0.5 * (b - a).cross(&(c - a)).norm())
        })
        .sum();
    let (widest_mm, bounds_mm) = extent(holes)?;
    let message = format!(
        "{} holes of the scan were closed by patches of {area_mm2:.1} mm² together, the widest {widest_mm:.1} mm across",
        holes.len()
    );
    Some(Finding::new("holes-closed", Severity::Pass, message).times(holes.len()).bounds_mm(bounds_mm))
}

fn open_finding(holes: &[(&Rim, f64)], mut reasons: Vec<Refusal>, up_to_mm: f64) -> Option<Finding> {
    let (widest_mm, bounds_mm) = extent(holes)?;
    reasons.sort_unstable();
    let reasons: Vec<String> =
        reasons.chunk_by(|a, b| a == b).map(|same| format!("{} because {}", same.len(), same[0])).collect();
    let message = format!(
        "{} holes of at most {up_to_mm} mm stay open, the widest {widest_mm:.1} mm across: {}",
        holes.len(),
        reasons.join(", ")
    );
    let finding = Finding::new("holes-left-open", Severity::Warn, message).times(holes.len()).bounds_mm(bounds_mm);
    Some(finding.remedy("fill them in the scan if there is skin; inside the hairline they are kept out"))
}

/// The greatest width and the box around all. `None` for none.
fn extent(holes: &[(&Rim, f64)]) -> Option<(f64, [[f64; 3]; 2])> {
    let mut hull = Aabb::EMPTY;
    for (rim, _) in holes {
        hull.include(&rim.bounds.min);
        hull.include(&rim.bounds.max);
    }
    let widest_mm = holes.iter().map(|&(_, across)| across).fold(0.0, f64::max);
    (!holes.is_empty()).then(|| (widest_mm, [hull.min, hull.max].map(|p| [p.x, p.y, p.z])))
}

/// The holes of the skin inside the closed line and near it.
///
/// What is inside is flooded from the inside point up to a broad strip along the line, without cutting anything. With
/// points so far apart that their chords leave the skin the flood runs out, and holes elsewhere count as well.
fn holes_that_matter(scalp: &Scalp, line: &[Point], inside: &Point, tolerance_mm: f64) -> Vec<Rim> {
    let Scalp { mesh, topology, index, .. } = scalp;
    let component = |t: u32| topology.components()[t as usize];
    let skin = skin(mesh, topology, index, line, tolerance_mm);
    let mut rims = open_rims(mesh, topology);
    rims.retain(|rim| component(rim.triangles[0]) == skin && rim.is_hole(mesh));
    let line = SurfaceIndex::of_segments(&segments(line));
    let is_near = |rim: &Rim| rim.vertices.iter().any(|&v| line.is_within(&mesh.vertices()[v as usize], NEAR_MM));
    let near: Vec<bool> = rims.iter().map(is_near).collect();
    if near.contains(&false) {
        let within = flood(scalp, &line, inside);
        let mut near = near.into_iter();
        let is_inside = |rim: &Rim| rim.triangles.iter().any(|&t| within[t as usize]);
        rims.retain(|rim| near.next().unwrap_or_default() || is_inside(rim));
    }
    rims
}

/// Marks what hangs together with the inside point up to the strip along the line.
fn flood(scalp: &Scalp, line: &SurfaceIndex, inside: &Point) -> Vec<bool> {
    let Scalp { mesh, topology, index, .. } = scalp;
    let mut within = vec![false; mesh.triangles().len()];
    let mut pending: Vec<u32> = index.closest(inside).map(|hit| hit.at.triangle).into_iter().collect();
    for &start in &pending {
        within[start as usize] = true;
    }
    let is_strip = |t: u32| {
        let corners = mesh.corners(t);
        let middle = Point::from(corners.iter().map(|corner| corner.coords).sum::<Vector>() / 3.0);
        let radius = corners.iter().map(|corner| (corner - middle).norm()).fold(0.0, f64::max);
        line.is_within(&middle, LINE_REACH_MM + radius)
    };
    while let Some(t) = pending.pop() {
        for next in (0..3).filter_map(|side| topology.neighbour(t, side)) {
            if !within[next as usize] && !is_strip(next) {
                within[next as usize] = true;
                pending.push(next);
            }
        }
    }
    within
}

fn segments(line: &[Point]) -> Vec<[Point; 2]> {
    (0..line.len()).map(|i| [line[i], line[(i + 1) % line.len()]]).collect()
}

/// The open holes of a sheet.
#[derive(Debug)]
pub(super) struct OpenHoles {
    rims: Vec<Rim>,
}

impl OpenHoles {
    /// Those inside a piece of the sheet, given by its triangles, ascending.
    pub(super) fn within(mut self, triangles: &[u32]) -> Self {
        self.rims.retain(|rim| rim.triangles.iter().any(|t| triangles.binary_search(t).is_ok()));
        self
    }

    pub(super) fn of(sheet: &Sheet<'_>) -> Self {
        let mut rims = open_rims(&sheet.mesh, &sheet.topology);
        rims.retain(|rim| rim.is_hole(&sheet.mesh));
        Self { rims }
    }

    /// Boxes around the holes, mm.
    pub(super) fn boxes(&self) -> Vec<Aabb> {
        self.rims.iter().map(|rim| rim.bounds).collect()
    }

    /// What to keep away from, and what a person should know of it. `None` without holes.
    pub(super) fn keep_out(&self, sheet: &Sheet<'_>, margin_mm: f64) -> Option<(Obstacle, Finding)> {
        let across = |rim: &Rim| rim.across_mm(&sheet.mesh);
        let holes: Vec<(&Rim, f64)> = self.rims.iter().map(|rim| (rim, across(rim))).collect();
        let (widest_mm, bounds_mm) = extent(&holes)?;
        let edges: Vec<[Point; 2]> = self.rims.iter().flat_map(|rim| rim.segments(&sheet.mesh)).collect();
        let message = format!(
            "{} holes of the scan inside the hairline, the widest {widest_mm:.1} mm across, are kept out with {margin_mm} \
             mm around them",
            holes.len()
        );
        let finding = Finding::new("holes-kept-out", Severity::Warn, message).times(holes.len()).bounds_mm(bounds_mm);
        let finding = finding.remedy("fill them in the scan, or scan again, if there is skin to be treated");
        Some((Obstacle::along(&edges, margin_mm), finding))
    }

    /// Refuses a closed line that runs over an open hole instead of beside it.
    ///
    /// # Errors
    /// Names the point of the line, or the two around the place, and the hole.
    pub(super) fn check_line(&self, sheet: &Sheet<'_>, line: &[Point], tolerance_mm: f64) -> Result<()> {
        let drawn = segments(line);
        let index = SurfaceIndex::of_segments(&drawn);
        let near = |rim: &&Rim| {
            let radius = 0.5 * rim.bounds.size().norm();
            index.is_within(&rim.bounds.centre(), radius + tolerance_mm)
        };
        for rim in self.rims.iter().filter(near) {
            let Some(cap) = rim.cap(&sheet.mesh) else { continue };
            let (cap, edge) = (SurfaceIndex::build(&cap), SurfaceIndex::of_segments(&rim.segments(&sheet.mesh)));
            let is_over = |place: &Point| {
                let hit = cap.closest_within(place, tolerance_mm);
                hit.is_some_and(|hit| {
                    !edge.is_within(&hit.position, OVERHANG_MM) && !sheet.index.is_within(place, hit.distance_mm)
                })
            };
            let place = (drawn.iter().enumerate()).find_map(|(i, [a, b])| {
                let steps = ((b - a).norm() / STEP_MM).ceil().max(1.0);
                let places = (0..steps as u32).map(|k| (k, a + (b - a) * (f64::from(k) / steps)));
                places.into_iter().find(|(_, place)| is_over(place)).map(|(k, place)| (i, k, place))
            });
            if let Some((i, step, at)) = place {
                let next = (i + 1) % line.len();
                return Err(Error::input(format!(
                    "a line over a hole of the scan {:.1} mm across at ({:.1}, {:.1}, {:.1})",
                    rim.across_mm(&sheet.mesh),
                    at.x,
                    at.y,
                    at.z
                ))
                .place(if step == 0 { format!("point {i}") } else { format!("between points {i} and {next}") })
                .expected("a line on skin")
                .remedy("fill the hole in the scan, raise mesh.close_holes_up_to_mm, or draw the line beside it"));
            }
        }
        Ok(())
    }
}

/// Says how much of the region lies on patches.
pub(super) fn patched_finding(mesh: &TriMesh, patched: &[bool]) -> Option<Finding> {
    let mut hull = Aabb::EMPTY;
    let (mut count, mut area_mm2) = (0, 0.0);
    for (t, _) in (0..).zip(patched).filter(|(_, is_patched)| **is_patched) {
        count += 1;
        area_mm2 += mesh.triangle_area_mm2(t);
        mesh.corners(t).iter().for_each(|corner| hull.include(corner));
    }
    let share = 100.0 * area_mm2 / mesh.area_mm2();
    let message = format!("{area_mm2:.1} mm² of the region ({share:.2} %) are patches over holes of the scan");
    (count > 0).then(|| {
        Finding::new("region-patched", Severity::Warn, message)
            .times(count)
            .bounds_mm([hull.min, hull.max].map(|p| [p.x, p.y, p.z]))
            .remedy("look at the scan there; dots on patches are marked in the plan")
    })
}
