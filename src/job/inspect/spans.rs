use super::scan::Examined;
use crate::case::Landmarks;
use crate::geometry::Point;
use crate::mesh::{SurfacePoint, TriMesh, distance_to_edges};

/// A landmark farther than this from the main sheet is not measured from, mm: ears that scanners miss are within.
const REACH_MM: f64 = 15.0;
/// Least weight of a corner at a place that is made a vertex: no triangle around it is flat.
const LEAST_WEIGHT: f64 = 1e-3;

/// A length along the skin, as a tape would show it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Stable name: `tragus_to_tragus`, `glabella_to_inion`.
    pub name: &'static str,
    /// Length of the two shortest ways from the vertex to both ends together, mm.
    pub length_mm: f64,
}

impl Span {
    /// The name for people.
    pub fn title(&self) -> String {
        self.name.replace('_', " ") + " over the vertex"
    }
}

/// The spans over the vertex between landmarks that are marked and lie on the main sheet. Ends are laid on the scan.
pub(super) fn measure(examined: &Examined<'_>, landmarks: &Landmarks) -> Vec<Span> {
    let Landmarks { glabella, left_tragus, right_tragus, inion, vertex } = *landmarks;
    let on_sheet = |place: Option<[f64; 3]>| {
        let place = Point::from(place?);
        let mut best: Option<(f64, u32)> = None;
        examined.index.for_each_within(&place, REACH_MM, |t, distance_mm| {
            let is_better = best.is_none_or(|(least, lowest)| (distance_mm, t) < (least, lowest));
            if examined.topology.components()[t as usize] == examined.main && is_better {
                best = Some((distance_mm, t));
            }
        });
        best.map(|(_, t)| SurfacePoint::closest_in(examined.mesh, t, &place))
    };
    let ends = [
        ("tragus_to_tragus", [on_sheet(left_tragus), on_sheet(right_tragus)]),
        ("glabella_to_inion", [on_sheet(glabella), on_sheet(inion)]),
    ];
    let wanted: Vec<(&str, [SurfacePoint; 2])> =
        ends.into_iter().filter_map(|(name, [a, b])| Some((name, [a?, b?]))).collect();
    let Some(top) = on_sheet(vertex).filter(|_| !wanted.is_empty()) else { return Vec::new() };
    let distances_mm = distances_from(examined.mesh, &top);
    let length = |end: &SurfacePoint| end.interpolate(examined.mesh, &distances_mm);
    let spans = wanted.into_iter().map(|(name, ends)| Span { name, length_mm: ends.iter().map(length).sum() });
    spans.filter(|span| span.length_mm.is_finite()).collect()
}

/// Distance along the surface from a place to every vertex, mm: the place is made a vertex of its triangle.
fn distances_from(mesh: &TriMesh, place: &SurfacePoint) -> Vec<f64> {
    let raised = place.weights.map(|weight| weight.max(LEAST_WEIGHT));
    let sum: f64 = raised.iter().sum();
    let inside = SurfacePoint { weights: raised.map(|weight| weight / sum), ..*place };
    let (mut vertices, mut triangles) = (mesh.vertices().to_vec(), mesh.triangles().to_vec());
    let [a, b, c] = triangles[place.triangle as usize];
    let new = vertices.len() as u32;
    vertices.push(inside.position(mesh));
    triangles[place.triangle as usize] = [a, b, new];
    triangles.extend([[b, c, new], [c, a, new]]);
    let Ok(split) = TriMesh::new(vertices, triangles) else { return vec![f64::INFINITY; mesh.vertices().len()] };
    distance_to_edges(&split, &[[new, new]])
}
