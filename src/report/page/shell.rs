use serde::Serialize;

use super::packed::Packed;
use crate::geometry::Aabb;
use crate::mesh::TriMesh;

/// A scan with more vertices is drawn coarser.
const MOST_VERTICES: usize = 40_000;

/// The scan, as coarse as a drawing may be: vertices in one cell of a grid become one, at their mean (J. Rossignac,
/// P. Borrel, "Multi-resolution 3D approximations for rendering complex scenes", 1993).
#[derive(Debug, Serialize)]
pub(super) struct Shell {
    /// Lower corner and extent of the box in which the vertices lie, mm.
    origin: [f64; 3],
    extent: [f64; 3],
    /// Coordinates of the vertices as shares of the box.
    vertices: Packed,
    /// Three vertices each.
    triangles: Packed,
}

impl Shell {
    pub(super) fn of(scan: &TriMesh) -> Self {
        let bounds = scan.bounds();
        let clusters = if scan.vertices().len() > MOST_VERTICES {
            clusters(scan, &bounds)
        } else {
            let own = (0..scan.vertices().len() as u32).collect();
            Clusters { of: own, places: scan.vertices().iter().map(|vertex| vertex.coords.into()).collect() }
        };
        let extent: [f64; 3] = (bounds.max - bounds.min).map(|length| length.max(f64::MIN_POSITIVE)).into();
        let origin: [f64; 3] = bounds.min.into();
        let shares = clusters.places.iter().flat_map(|place| [0, 1, 2].map(|k| (place[k] - origin[k]) / extent[k]));
        let triangles = scan.triangles().iter().map(|corners| corners.map(|v| clusters.of[v as usize]));
        let kept = triangles.filter(|[a, b, c]| a != b && b != c && c != a);
        Self { origin, extent, vertices: Packed::shares(shares), triangles: Packed::u32(kept.flatten()) }
    }
}

/// Which cluster each vertex belongs to, and where the clusters are.
struct Clusters {
    of: Vec<u32>,
    places: Vec<[f64; 3]>,
}

fn clusters(scan: &TriMesh, bounds: &Aabb) -> Clusters {
    // A surface of that area meets about two cells of this side for each square of the side.
    let side_mm = (2.0 * scan.area_mm2() / MOST_VERTICES as f64).sqrt();
    let cell = |k: u32| {
        let from = scan.vertices()[k as usize] - bounds.min;
        <[f64; 3]>::from(from).map(|length| (length / side_mm) as u32)
    };
    let mut keyed: Vec<([u32; 3], u32)> = (0..scan.vertices().len() as u32).map(|k| (cell(k), k)).collect();
    keyed.sort_unstable();
    let mut clusters = Clusters { of: vec![0; keyed.len()], places: Vec::new() };
    for alike in keyed.chunk_by(|a, b| a.0 == b.0) {
        let mut sum = [0.0; 3];
        for &(_, vertex) in alike {
            clusters.of[vertex as usize] = clusters.places.len() as u32;
            let place = scan.vertices()[vertex as usize];
            (0..3).for_each(|k| sum[k] += place[k]);
        }
        clusters.places.push(sum.map(|coordinate| coordinate / alike.len() as f64));
    }
    clusters
}
