//! Taking noise and terraces off a surface without taking anything off its shape.

mod patches;
mod unfold;

use rayon::prelude::*;

use self::patches::Patches;
use self::unfold::unfold;
use super::quadric::{Quadric, tangents};
use super::vertex_triangles::VertexTriangles;
use super::{EdgeLengths, Topology, TriMesh};
use crate::error::{Finding, Result, Severity};
use crate::geometry::{Point, Vector};

/// Radius of the fits in lengths of the smallest feature that stays. Over a plane a ripple of wavelength 2·`scale` then
/// keeps half of its height: the fit with weights (1 - r²/R²)⁴, near a Gaussian of τ = R/√8, passes
/// (1 + u)·exp(-u) with u = (kτ)²/2 of a ripple of wave number k.
const FIT_RADIUS: f64 = 2.1;
/// Radius of the patches in radii of the fits: some 60 patches to a fit.
const PATCH_RADIUS: f64 = 0.2;
/// Length of the sum of a fit's area vectors in sums of their lengths. Below the first the surface is no height over a
/// plane (ears, lids, rims) and stays as it is, from the second on it is smoothed in full. A cap of a sphere out to 60°
/// from its axis has 0.75.
const LEVEL: std::ops::Range<f64> = 0.6..0.8;
/// Median edges longer than this share of the length leave too few vertices in a fit to take off noise.
const COARSE: f64 = 0.6;
/// Patches to a piece of work.
const CHUNK: usize = 1024;

/// A mesh that was smoothed, and how far that moved it.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoothed {
    /// The mesh: the same triangles.
    pub mesh: TriMesh,
    /// Root mean square of the way that the vertices moved, mm.
    pub rms_move_mm: f64,
    /// Largest way that a vertex moved, mm.
    pub max_move_mm: f64,
    /// Vertices that stayed because the surface around them is bent too sharply for a fit: ears, lids, rims, spikes.
    pub kept: usize,
    /// Triangles that are folded over still.
    pub folded: usize,
    /// What was asked, mm.
    pub scale_mm: f64,
    /// Median length of the triangles' sides, mm.
    pub edge_mm: f64,
}

/// Where a fit puts a vertex.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// Where it was: there is no surface that a quadric could tell.
    Kept,
    /// The place and the unit normal.
    On(Point, Vector),
}

/// Takes ripples and bumps shorter than `scale_mm` off a surface, noise and terraces among them.
///
/// Every vertex moves along the normal onto a quadric that is fitted to the surface around it (moving least squares,
/// as in Alexa and others, "Computing and rendering point set surfaces", 2003), so that spheres and cylinders do not
/// shrink and open edges do not creep in. The fit weighs by area and takes only what hangs together with the vertex
/// within the fit's radius and faces the same way: the result depends on the surface, not on its triangles, and another
/// sheet does not count. Where the triangles are as long as `scale_mm`, nothing moves. Only triangles that stand across the surface or
/// are folded over are spread along it.
///
/// # Errors
/// When the mesh breaks its invariant, which a fit cannot do.
pub fn smooth(mesh: &TriMesh, scale_mm: f64) -> Result<Smoothed> {
    let radius_mm = scale_mm * FIT_RADIUS;
    let around = VertexTriangles::build(mesh);
    let patches = Patches::grow(mesh, &around, radius_mm * PATCH_RADIUS);
    let fits = Fits { patches: &patches, radius_mm, limit_mm: scale_mm };

    let mut places = mesh.vertices().to_vec();
    let mut normals = vec![Vector::zeros(); places.len()];
    let mut kept = 0;
    for (v, place) in fits.of(mesh.vertices(), |_| true) {
        match place {
            Place::Kept => kept += 1,
            Place::On(position, normal) => (places[v as usize], normals[v as usize]) = (position, normal),
        }
    }
    let spread = unfold(mesh, &around, &mut places, &normals);
    for (v, place) in fits.of(&places, |v| spread.vertices[v as usize]) {
        if let Place::On(position, _) = place {
            places[v as usize] = position;
        }
    }

    let moves = || places.iter().zip(mesh.vertices()).map(|(to, from)| (to - from).norm_squared());
    Ok(Smoothed {
        rms_move_mm: (moves().sum::<f64>() / places.len().max(1) as f64).sqrt(),
        max_move_mm: moves().fold(0.0, f64::max).sqrt(),
        kept,
        folded: spread.folded,
        scale_mm,
        edge_mm: EdgeLengths::of(mesh, 0..mesh.triangles().len() as u32).map_or(0.0, |edges| edges.median_mm),
        mesh: TriMesh::new(places, mesh.triangles().to_vec())?,
    })
}

/// Fits around vertices.
struct Fits<'a> {
    patches: &'a Patches,
    radius_mm: f64,
    limit_mm: f64,
}

impl Fits<'_> {
    /// Places for the wanted vertices, patch by patch.
    fn of(&self, positions: &[Point], wanted: impl Fn(u32) -> bool + Sync) -> Vec<(u32, Place)> {
        let numbers: Vec<u32> = (0..self.patches.sums.len() as u32).collect();
        let chunks = numbers.par_chunks(CHUNK).map(|chunk| {
            let mut seen = vec![u32::MAX; numbers.len()];
            let mut near = Vec::new();
            let mut found = Vec::new();
            for &patch in chunk {
                let mut members = self.patches.members(patch).iter().filter(|&&v| wanted(v)).peekable();
                if members.peek().is_some() {
                    self.gather(patch, &mut seen, &mut near);
                    found.extend(members.map(|&v| (v, self.place(&positions[v as usize], &near))));
                }
            }
            found
        });
        chunks.flatten_iter().collect()
    }

    /// Collects what hangs together with a patch and may come within the radius of one of its members.
    fn gather(&self, patch: u32, seen: &mut [u32], near: &mut Vec<u32>) {
        let all = &self.patches.sums;
        let own = &all[patch as usize];
        let reach2 = (self.radius_mm + own.reach_mm).powi(2);
        near.clear();
        near.push(patch);
        seen[patch as usize] = patch;
        let mut next = 0;
        while let Some(&at) = near.get(next) {
            next += 1;
            for &other in self.patches.neighbours(at) {
                if seen[other as usize] != patch && (all[other as usize].centre - own.centre).norm_squared() < reach2 {
                    seen[other as usize] = patch;
                    near.push(other);
                }
            }
        }
    }

    fn place(&self, position: &Point, near: &[u32]) -> Place {
        let patches = near.iter().map(|&patch| &self.patches.sums[patch as usize]);
        let inverse2 = self.radius_mm.powi(-2);
        let weight = |distance2: f64| (1.0 - distance2 * inverse2).max(0.0).powi(4);
        let (mut sum, mut total) = (Vector::zeros(), 0.0);
        for patch in patches.clone() {
            let weight = weight((patch.centre - position).norm_squared());
            sum += patch.area * weight;
            total += patch.area.norm() * weight;
        }
        let level = sum.norm() / total;
        // Not a number where there is no area at all.
        if level.is_nan() || level <= LEVEL.start {
            return Place::Kept;
        }
        let up = sum.normalize();
        let [x, y] = tangents(&up);
        let mut quadric = Quadric::new(self.radius_mm);
        for patch in patches {
            let offset = patch.centre - position;
            let (u, v, height) = (offset.dot(&x), offset.dot(&y), offset.dot(&up));
            // The area of the patch's shadow; one that faces away is another sheet.
            let weight = patch.area.dot(&up) * weight(u * u + v * v);
            if weight > 0.0 && height.abs() < self.radius_mm {
                quadric.add(u, v, height, weight);
            }
        }
        let Some(fit) = quadric.fit() else { return Place::Kept };
        let height = fit.height(0.0, 0.0);
        if height.abs() > self.limit_mm {
            return Place::Kept;
        }
        let share = ((level - LEVEL.start) / (LEVEL.end - LEVEL.start)).min(1.0);
        let [along_x, along_y] = fit.slope(0.0, 0.0);
        Place::On(position + up * (height * share), (up - x * along_x - y * along_y).normalize())
    }
}

impl Smoothed {
    /// What was done.
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = vec![
            Finding::new(
                "smoothed",
                Severity::Pass,
                format!(
                    "features shorter than {} mm were smoothed away: vertices moved by {:.3} mm RMS, at most {:.2} mm",
                    self.scale_mm, self.rms_move_mm, self.max_move_mm
                ),
            )
            .times(self.mesh.vertices().len()),
        ];
        if self.edge_mm > COARSE * self.scale_mm {
            let message = format!(
                "edges of {:.1} mm in the median are too long for smoothing over {} mm to take off noise",
                self.edge_mm, self.scale_mm
            );
            findings.push(Finding::new("smoothing-coarse", Severity::Warn, message).remedy(
                "scan with more points; a length of more than twice the edges takes off noise, and some of the shape too",
            ));
        }
        if self.kept > 0 {
            let message =
                format!("{} vertices on skin that is bent too sharply for {} mm were kept", self.kept, self.scale_mm);
            findings.push(Finding::new("smoothing-kept", Severity::Pass, message).times(self.kept));
        }
        if self.folded > 0 {
            let message = format!("{} triangles are folded over after smoothing", self.folded);
            findings.push(
                Finding::new("smoothing-folds", Severity::Warn, message)
                    .times(self.folded)
                    .remedy("take a larger smoothing length if they lie in the area to be treated"),
            );
        }
        findings
    }
}

/// Whether each vertex lies on a side without exactly one triangle across.
fn rim(mesh: &TriMesh) -> Vec<bool> {
    let topology = Topology::build(mesh);
    let mut rim = vec![false; mesh.vertices().len()];
    for (t, corners) in (0..).zip(mesh.triangles()) {
        for side in (0..3).filter(|&side| topology.neighbour(t, side).is_none()) {
            rim[corners[side] as usize] = true;
            rim[corners[(side + 1) % 3] as usize] = true;
        }
    }
    rim
}
