use super::{PathPoint, SurfacePath};
use crate::geometry::{Point, Vector};
use crate::mesh::{SurfacePoint, Topology, TriMesh};

/// Sine of the least angle between the chord and the mean normal; below it the plane is ill defined.
const LEAST_SINE: f64 = 0.2;

/// A corner this far behind the plane still counts as on it, in parts of what its height is measured by: the same side is
/// taken whichever way a symmetric mesh is turned.
const ON_PLANE: f64 = 1e-9;

/// Why a walk ended early.
pub(super) enum Stop {
    /// The plane leaves the mesh here.
    OpenEdge(Point),
    /// The plane is ill defined, comes back to its start, or is too long on its way.
    Lost,
}

/// Walks from triangle to triangle along the plane through both ends that holds their mean normal.
///
/// A corner on the plane counts as in front of it, so that the plane crosses no or exactly two edges of a triangle: the
/// walk is unique and cannot meet itself.
pub(super) fn walk(
    mesh: &TriMesh,
    topology: &Topology,
    ends: [SurfacePoint; 2],
    limit_mm: f64,
) -> Result<SurfacePath, Stop> {
    let [start, end] = ends.map(|end| end.position(mesh));
    let chord = end - start;
    let normal = ends.iter().map(|end| mesh.normal(end.triangle)).sum::<Vector>();
    let across = chord.cross(&normal.try_normalize(LEAST_SINE).ok_or(Stop::Lost)?);
    if across.norm() < LEAST_SINE * chord.norm() {
        return Err(Stop::Lost);
    }
    let height = |v: u32| across.dot(&(mesh.vertices()[v as usize] - start)) + ON_PLANE * across.norm() * chord.norm();

    let mut path =
        SurfacePath { points: vec![PathPoint::Inside(ends[0])], triangles: vec![ends[0].triangle], is_detour: false };
    let (mut triangle, mut entered, mut last, mut length_mm) = (ends[0].triangle, None, start, 0.0);
    while triangle != ends[1].triangle {
        let corners = mesh.triangles()[triangle as usize];
        let heights = corners.map(height);
        let exit = (0..3)
            .filter(|&side| Some(side) != entered)
            .filter_map(|side| {
                let (from, to) = (heights[side], heights[(side + 1) % 3]);
                let crossed = (from >= 0.0) != (to >= 0.0);
                let point = PathPoint::across(corners[side], corners[(side + 1) % 3], from / (from - to));
                crossed.then(|| (side, point, point.position(mesh)))
            })
            .max_by(|a, b| (a.2 - start).dot(&chord).total_cmp(&(b.2 - start).dot(&chord)));
        let (side, point, position) = exit.ok_or(Stop::Lost)?;
        length_mm += (position - last).norm();
        let next = topology.neighbour(triangle, side).ok_or(Stop::OpenEdge(position))?;
        if length_mm > limit_mm || next == ends[0].triangle {
            return Err(Stop::Lost);
        }
        path.points.push(point);
        path.triangles.push(next);
        entered = (0..3).find(|&side| holds(mesh, next, side, &point));
        (triangle, last) = (next, position);
    }
    path.points.push(PathPoint::Inside(ends[1]));
    Ok(path)
}

/// Whether the point lies on that side of the triangle.
fn holds(mesh: &TriMesh, triangle: u32, side: usize, point: &PathPoint) -> bool {
    let corners = mesh.triangles()[triangle as usize];
    let (a, b) = (corners[side], corners[(side + 1) % 3]);
    matches!(point, PathPoint::Across { edge, .. } if *edge == [a.min(b), a.max(b)])
}
