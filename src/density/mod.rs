//! How many dots per cm² are asked anywhere on the treatable surface.

mod edge;
mod field;
mod gray_image;
mod hairs;
mod noise;
mod treated_zones;
mod zones;

pub use field::{Field, Painted, PaintedSurface, PaintedValues, asked_in, is_coarse_for_zones};
pub use gray_image::GrayImage;
pub use hairs::Hairs;
pub use treated_zones::TreatedZones;
pub use zones::{HeadZones, ZoneBorders};

use crate::case::Design;
use crate::mesh::TriMesh;

/// Density asked at a place that lies `distance_mm` behind the region's edge (along the surface), dots per cm², by the
/// base density and a plain `design.edge` alone; [`Field`] has all that a case asks.
///
/// Constant, or with `design.edge` a smooth rise (`smoothstep`) from `edge_share` of the full density on the line to
/// the full density `width_mm` behind it.
///
/// ```
/// use tonsure::case::{Design, Edge};
/// use tonsure::density::at_distance_per_cm2;
/// let mut design: Design = serde_json::from_str(r#"{"density_per_cm2": 60, "depth_mm": 0.5}"#).unwrap();
/// assert_eq!(at_distance_per_cm2(&design, 0.0), 60.0);
/// design.edge = Some(Edge::plain(8.0, 0.5));
/// assert_eq!(at_distance_per_cm2(&design, 0.0), 30.0);
/// assert_eq!(at_distance_per_cm2(&design, 4.0), 45.0);
/// assert_eq!(at_distance_per_cm2(&design, 20.0), 60.0);
/// ```
pub fn at_distance_per_cm2(design: &Design, distance_mm: f64) -> f64 {
    let share = design
        .edge
        .map_or(1.0, |edge| edge.edge_share + (1.0 - edge.edge_share) * smoothstep(distance_mm / edge.width_mm));
    design.density_per_cm2 * share
}

/// Integral of a per-vertex density over the mesh, linear in each triangle.
pub fn integral(mesh: &TriMesh, density_per_cm2: &[f64]) -> f64 {
    (0..mesh.triangles().len() as u32).map(|t| integral_on(mesh, density_per_cm2, t)).sum()
}

/// The number of dots asked: the integral over the triangles that get dots.
pub fn dots_asked(mesh: &TriMesh, density_per_cm2: &[f64]) -> f64 {
    (0..mesh.triangles().len() as u32).map(|t| dots_asked_on(mesh, density_per_cm2, t)).sum()
}

/// The same for one triangle.
pub fn dots_asked_on(mesh: &TriMesh, density_per_cm2: &[f64], triangle: u32) -> f64 {
    if gets_dots(mesh, density_per_cm2, triangle) { integral_on(mesh, density_per_cm2, triangle) } else { 0.0 }
}

fn integral_on(mesh: &TriMesh, density_per_cm2: &[f64], triangle: u32) -> f64 {
    const MM2_PER_CM2: f64 = 100.0;
    let mean = mesh.triangles()[triangle as usize].iter().map(|&v| density_per_cm2[v as usize]).sum::<f64>() / 3.0;
    mean * mesh.triangle_area_mm2(triangle) / MM2_PER_CM2
}

/// Whether dots are made on a triangle: where they are asked at all of its corners. Where they end the density falls to nothing at once,
/// and a triangle across that line has no part in it.
pub fn gets_dots(mesh: &TriMesh, density_per_cm2: &[f64], triangle: u32) -> bool {
    mesh.triangles()[triangle as usize].iter().all(|&v| density_per_cm2[v as usize] > 0.0)
}

/// From 0 at 0 to 1 at 1, level at both ends.
fn smoothstep(s: f64) -> f64 {
    let s = s.clamp(0.0, 1.0);
    s * s * (3.0 - 2.0 * s)
}
