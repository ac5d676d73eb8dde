use spade::{ConstrainedDelaunayTriangulation, Point2, Triangulation};

use super::path::{Step, first_crossing_in, self_crossing, steps_by_triangle};
use super::{PathPoint, SurfaceLoop, TriMesh};
use crate::error::{Error, Result};

/// A mesh cut along loops: the same surface, with the loops as edges.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// The vertices of the uncut mesh, bit for bit and in order, then the points of the loops in order.
    pub mesh: TriMesh,
    /// The uncut triangle of each triangle.
    pub parents: Vec<u32>,
    /// The edges that lie on each loop, lower index first, in the order of the loop's steps.
    pub edges: Vec<Vec<[u32; 2]>>,
}

/// Cuts the triangles along closed loops.
///
/// Each crossed triangle is replaced by a constrained Delaunay triangulation of its corners and the points in and on
/// it. It is made in the exact affine image of the triangle in which two of a point's weights are its coordinates:
/// points on edges are exactly on edges there, so there are neither cracks nor triangles without area.
///
/// # Errors
/// When loops cross or touch themselves or each other; names the two segments.
pub fn cut(mesh: &TriMesh, loops: &[SurfaceLoop]) -> Result<Cut> {
    let mut vertices = mesh.vertices().to_vec();
    let mut ids = Vec::with_capacity(loops.len());
    for l in loops {
        ids.push(vertices.len() as u32..(vertices.len() + l.points.len()) as u32);
        vertices.extend(l.positions(mesh));
    }
    let ends = |step: &Step| {
        let (range, count) = (&ids[step.outline as usize], loops[step.outline as usize].points.len() as u32);
        [range.start + step.index, range.start + (step.index + 1) % count]
    };
    let point = |id: u32| -> Option<&PathPoint> {
        let outline = ids.iter().position(|range| range.contains(&id))?;
        loops[outline].points.get((id - ids[outline].start) as usize)
    };

    let steps = steps_by_triangle(loops);
    let mut crossed = steps.chunk_by(|a, b| a.triangle == b.triangle).peekable();
    let mut triangles = Vec::with_capacity(mesh.triangles().len() + 3 * steps.len());
    let mut parents = Vec::with_capacity(triangles.capacity());
    for (t, &corners) in (0..).zip(mesh.triangles()) {
        match crossed.next_if(|steps| steps[0].triangle == t) {
            None => triangles.push(corners),
            Some(steps) => {
                if let Some([a, b]) = first_crossing_in(mesh, loops, steps) {
                    let segment = |step: Step| loops[step.outline as usize].segments[step.index as usize];
                    return Err(self_crossing(segment(a), segment(b)));
                }
                let chords: Vec<[u32; 2]> = steps.iter().map(ends).collect();
                let mut inner: Vec<u32> = chords.iter().flatten().copied().collect();
                inner.sort_unstable();
                inner.dedup();
                let weights = inner.iter().filter_map(|&id| Some(point(id)?.weights_in(corners)));
                let names: Vec<u32> = corners.into_iter().chain(inner.iter().copied()).collect();
                triangles.extend(triangulate(&names, weights, &chords)?);
            }
        }
        parents.resize(triangles.len(), t);
    }
    let edges = (0..)
        .zip(loops)
        .map(|(outline, l)| {
            let steps = (0..l.points.len() as u32).map(|index| Step { triangle: 0, outline, index });
            steps.map(|step| ends(&step)).map(|[a, b]| [a.min(b), a.max(b)]).collect()
        })
        .collect();
    Ok(Cut { mesh: TriMesh::new(vertices, triangles)?, parents, edges })
}

/// Triangles over the corners of one triangle and further points in and on it that hold all chords; wound as the corners
/// are. `names` are the vertices, corners first, the others ascending, with their weights in `further`.
fn triangulate(names: &[u32], further: impl Iterator<Item = [f64; 3]>, chords: &[[u32; 2]]) -> Result<Vec<[u32; 3]>> {
    let broken = || Error::input("triangles that cannot be cut").remedy("repair the scan along the line");
    let mut plane = ConstrainedDelaunayTriangulation::<Point2<f64>>::new();
    let corners = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let mut handles = Vec::with_capacity(names.len());
    for [_, x, y] in corners.into_iter().chain(further) {
        let handle = plane.insert(Point2::new(x, y)).map_err(|_| broken())?;
        if handle.index() != handles.len() {
            return Err(broken());
        }
        handles.push(handle);
    }
    let handle = |name: u32| names[3..].binary_search(&name).ok().and_then(|i| handles.get(i + 3).copied());
    for &[a, b] in chords {
        match (handle(a), handle(b)) {
            (Some(a), Some(b)) if plane.can_add_constraint(a, b) => plane.add_constraint(a, b),
            _ => return Err(broken()),
        };
    }
    Ok(plane.inner_faces().map(|face| face.vertices().map(|v| names[v.index()])).collect())
}
