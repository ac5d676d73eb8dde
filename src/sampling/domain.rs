use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::error::{Error, Finding, Result, Severity};
use crate::mesh::TriMesh;

/// Steepest change of the spacing along an edge of the mesh, mm per mm.
///
/// Up to here the dots around a place have spacings that its own bounds (Mitchell et al. 2012, "Variable radii Poisson
/// disk sampling", need less than 1 in their strictest rule; the rule of [`sample`](super::sample) works with any). A
/// step from a small to a large spacing is thus spread over less than the large one.
pub const STEEPEST_SPACING: f64 = 1.0;

/// The surface to be filled and the distance that dots keep on it.
#[derive(Debug, Clone, Copy)]
pub struct Domain<'a> {
    /// The surface. Triangles that belong to one sheet must be wound alike.
    pub mesh: &'a TriMesh,
    /// The distance to keep.
    pub spacing: Spacing<'a>,
}

/// Least distance between dots, mm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spacing<'a> {
    /// The same everywhere.
    Constant(f64),
    /// One value for each vertex, linear in each triangle. Slopes along edges above [`STEEPEST_SPACING`] are reported
    /// and made less steep by lowering the larger values.
    PerVertex(&'a [f64]),
}

impl Domain<'_> {
    /// The spacing at every vertex after the slope was limited, mm, and what was changed.
    pub(super) fn field(&self) -> Result<(Vec<f64>, Vec<Finding>)> {
        let vertices = self.mesh.vertices().len();
        let mut field = match self.spacing {
            Spacing::Constant(spacing_mm) => vec![spacing_mm; vertices],
            Spacing::PerVertex(values) if values.len() == vertices => values.to_vec(),
            Spacing::PerVertex(values) => {
                return Err(Error::input(format!("{} values of the spacing", values.len()))
                    .expected(format!("one for each of the {vertices} vertices"))
                    .remedy("take mesh and spacing from the same source"));
            }
        };
        if let Some(vertex) = field.iter().position(|&spacing| !(spacing.is_finite() && spacing > 0.0)) {
            return Err(Error::input(format!("a spacing of {} mm", field[vertex]))
                .place(format!("vertex {vertex}"))
                .expected("a finite spacing above 0 mm")
                .remedy("correct the spacing or the density it comes from"));
        }
        let findings = match self.spacing {
            Spacing::Constant(_) => Vec::new(),
            Spacing::PerVertex(_) => limit_slope(self.mesh, &mut field).into_iter().collect(),
        };
        Ok((field, findings))
    }
}

/// Lowers the field to the largest one below it whose slope along every edge is at most [`STEEPEST_SPACING`]: shortest
/// paths over the edges from all vertices at once (Dijkstra 1959), where a vertex starts at its own value. Values must be positive.
pub fn limit_slope(mesh: &TriMesh, field: &mut [f64]) -> Option<Finding> {
    let steep = |[a, b]: [u32; 2]| {
        let along = mesh.vertices()[a as usize] - mesh.vertices()[b as usize];
        (field[a as usize] - field[b as usize]).abs() > STEEPEST_SPACING * along.norm()
    };
    if !mesh.triangles().iter().any(|&[a, b, c]| [[a, b], [b, c], [c, a]].into_iter().any(steep)) {
        return None;
    }
    let mut edges: Vec<[u32; 2]> = Vec::with_capacity(mesh.triangles().len() * 6);
    for &[a, b, c] in mesh.triangles() {
        edges.extend([[a, b], [b, a], [b, c], [c, b], [c, a], [a, c]]);
    }
    edges.sort_unstable();
    edges.dedup();
    let reachable = |from: u32, value: f64, to: u32| {
        value + STEEPEST_SPACING * (mesh.vertices()[from as usize] - mesh.vertices()[to as usize]).norm()
    };
    // Positive numbers sort as their bits do.
    let steep_start =
        edges.iter().filter(|[a, b]| field[*b as usize] > reachable(*a, field[*a as usize], *b)).map(|e| e[0]);
    let mut open: BinaryHeap<_> = steep_start.map(|v| Reverse((field[v as usize].to_bits(), v))).collect();
    let asked = field.to_vec();
    while let Some(Reverse((bits, vertex))) = open.pop() {
        let value = f64::from_bits(bits);
        if value > field[vertex as usize] {
            continue;
        }
        let first = edges.partition_point(|edge| edge[0] < vertex);
        for edge in edges[first..].iter().take_while(|edge| edge[0] == vertex) {
            let limit = reachable(vertex, value, edge[1]);
            if field[edge[1] as usize] > limit {
                field[edge[1] as usize] = limit;
                open.push(Reverse((limit.to_bits(), edge[1])));
            }
        }
    }
    let lowered = asked.iter().zip(&*field).filter(|(asked, limited)| limited < asked);
    let (count, largest) = lowered.fold((0, 0.0_f64), |(n, most), (asked, limited)| (n + 1, most.max(asked - limited)));
    (count > 0).then(|| {
        let message = format!(
            "the spacing changes by more than {STEEPEST_SPACING} mm per mm; it was lowered at {count} vertices by up to \
             {largest:.3} mm"
        );
        Finding::new("spacing-too-steep", Severity::Warn, message).times(count).remedy("widen the transition of density")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Point;

    #[test]
    fn steep_fields_become_the_largest_gentle_ones_below() {
        let points = (0..5).flat_map(|i| [0.0, 1.0].map(|y| Point::new(f64::from(i), y, 0.0))).collect();
        let strip = (0..4).flat_map(|i| [[2 * i, 2 * i + 2, 2 * i + 1], [2 * i + 1, 2 * i + 2, 2 * i + 3]]).collect();
        let mesh = TriMesh::new(points, strip).unwrap();
        let asked = [1.0, 1.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 2.0, 2.0];
        let (field, findings) = Domain { mesh: &mesh, spacing: Spacing::PerVertex(&asked) }.field().unwrap();
        assert_eq!(field, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0, 2.0, 2.0]);
        assert_eq!((findings.len(), findings[0].count), (1, 6));
        let (again, findings) = Domain { mesh: &mesh, spacing: Spacing::PerVertex(&field) }.field().unwrap();
        assert_eq!((again, findings.len()), (field, 0));
    }

    #[test]
    fn bad_fields_are_refused() {
        let corners = vec![Point::origin(), Point::new(1.0, 0.0, 0.0), Point::new(0.0, 1.0, 0.0)];
        let mesh = TriMesh::new(corners, vec![[0, 1, 2]]).unwrap();
        let message = |spacing: Spacing<'_>| Domain { mesh: &mesh, spacing }.field().unwrap_err().to_string();
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(message(Spacing::Constant(bad)).starts_with("vertex 0: found a spacing of"));
            assert!(message(Spacing::PerVertex(&[1.0, 1.0, bad])).starts_with("vertex 2: found a spacing of"));
        }
        assert!(message(Spacing::PerVertex(&[1.0])).contains("expected one for each of the 3 vertices"));
    }
}
