use nalgebra::Vector2;
use spade::handles::FixedVertexHandle;
use spade::{ConstrainedDelaunayTriangulation, Point2, Triangulation};

use super::spline::Frame;
use crate::geometry::{Point, Vector};

/// Rims with more vertices are not triangulated in space, which takes a time that grows with their cube.
const MOST_IN_SPACE: usize = 300;
/// Lattice points keep this far from the rim, in parts of the spacing: no slivers.
const RIM_CLEARANCE: f64 = 0.6;
/// Most lattice points along a side of the box around a rim: a rim among splinters must not fill the memory.
const MOST_ALONG: f64 = 200.0;

/// A rim triangulated in a plane.
#[derive(Debug)]
pub(super) struct FlatCap {
    /// Places of the inner vertices in the frame's plane.
    pub(super) inner: Vec<Vector2<f64>>,
    /// Counter-clockwise. Numbers below the length of the rim are its vertices, the others inner ones.
    pub(super) triangles: Vec<[u32; 3]>,
}

/// The constrained Delaunay triangulation of the rim's image in the plane across `normal`, with the points of a
/// triangular lattice of the given spacing, mm, that are not too close to the rim. `None` when the image crosses or
/// touches itself or runs clockwise.
pub(super) fn flat_cap(rim: &[Point], normal: &Vector, spacing_mm: Option<f64>) -> Option<FlatCap> {
    let frame = Frame::across(normal, rim)?;
    let image: Vec<Vector2<f64>> = rim.iter().map(|p| frame.flat(p)).collect();
    let mut plane = ConstrainedDelaunayTriangulation::<Point2<f64>>::new();
    let mut handles = Vec::with_capacity(rim.len());
    for (i, at) in image.iter().enumerate() {
        let handle = plane.insert(Point2::new(at.x, at.y)).ok()?;
        (handle.index() == i).then(|| handles.push(handle))?;
    }
    for (i, &from) in handles.iter().enumerate() {
        let to = handles[(i + 1) % handles.len()];
        let fits = plane.can_add_constraint(from, to);
        // One that runs through a third vertex is added in two pieces.
        if !fits || {
            plane.add_constraint(from, to);
            !plane.exists_constraint(from, to)
        } {
            return None;
        }
    }
    let mut inner = spacing_mm.map_or_else(Vec::new, |spacing| lattice(&image, spacing));
    let mut is_new = |at: &Vector2<f64>| {
        let expected = plane.num_vertices();
        plane.insert(Point2::new(at.x, at.y)).is_ok_and(|handle| handle.index() == expected)
    };
    inner.retain(&mut is_new);
    let within = left_of_rim(&plane, &handles)?;
    let faces = plane.inner_faces().filter(|face| within[face.index()]);
    let triangles: Vec<[u32; 3]> = faces.map(|face| face.vertices().map(|v| v.index() as u32)).collect();
    // Of a simple polygon with n corners and m points inside.
    (triangles.len() == rim.len() + 2 * inner.len() - 2).then_some(FlatCap { inner, triangles })
}

/// Marks the faces, by number, that hang together to the left of the rim. By neighbours, not by places: rounding makes
/// slivers of corners in line. `None` when they hang together with the outside, so that the rim runs clockwise.
fn left_of_rim(plane: &ConstrainedDelaunayTriangulation<Point2<f64>>, rim: &[FixedVertexHandle]) -> Option<Vec<bool>> {
    let mut within = vec![false; plane.num_all_faces()];
    let mut pending = Vec::new();
    for (i, &from) in rim.iter().enumerate() {
        pending.push(plane.get_edge_from_neighbors(from, rim[(i + 1) % rim.len()])?.face().as_inner()?);
    }
    while let Some(face) = pending.pop() {
        if !std::mem::replace(&mut within[face.index()], true) {
            for edge in face.adjacent_edges().into_iter().filter(|edge| !edge.is_constraint_edge()) {
                pending.push(edge.rev().face().as_inner()?);
            }
        }
    }
    Some(within)
}

/// Points of a triangular lattice inside the polygon and not close to its edges.
fn lattice(polygon: &[Vector2<f64>], spacing: f64) -> Vec<Vector2<f64>> {
    let (mut low, mut high) = (polygon[0], polygon[0]);
    for at in polygon {
        (low, high) = (low.inf(at), high.sup(at));
    }
    let size = high - low;
    let spacing = spacing.max(size.amax() / MOST_ALONG);
    let rise = spacing * 0.75_f64.sqrt();
    let (rows, columns) = ((size.y / rise) as u32 + 2, (size.x / spacing) as u32 + 2);
    // The middle of the box is a point of the lattice, so that small holes get one.
    let middle = (low + high) * 0.5;
    let origin = middle - Vector2::new(f64::from(columns / 2) * spacing, f64::from(rows / 2) * rise);
    let clear = |at: &Vector2<f64>| {
        let edges = (0..polygon.len()).map(|i| (polygon[i], polygon[(i + 1) % polygon.len()]));
        edges.map(|(a, b)| distance(at, &a, &b)).fold(f64::INFINITY, f64::min) >= RIM_CLEARANCE * spacing
    };
    let points = (0..=rows).flat_map(|row| {
        let shift = if row.abs_diff(rows / 2) % 2 == 0 { 0.0 } else { 0.5 };
        (0..=columns)
            .map(move |column| origin + Vector2::new((f64::from(column) + shift) * spacing, f64::from(row) * rise))
    });
    points.filter(|at| encloses(polygon, at) && clear(at)).collect()
}

fn distance(at: &Vector2<f64>, a: &Vector2<f64>, b: &Vector2<f64>) -> f64 {
    let along = b - a;
    let share = ((at - a).dot(&along) / along.norm_squared()).clamp(0.0, 1.0);
    (a + along * share - at).norm()
}

/// Whether the polygon winds around the place; by crossings of a ray.
fn encloses(polygon: &[Vector2<f64>], at: &Vector2<f64>) -> bool {
    let mut inside = false;
    for (i, a) in polygon.iter().enumerate() {
        let b = &polygon[(i + 1) % polygon.len()];
        if (a.y > at.y) != (b.y > at.y) && at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x {
            inside = !inside;
        }
    }
    inside
}

/// The triangulation of a rim in space, without further vertices, that bends least and of equals has the least area
/// (Liepa 2003, section 3, without the angles to the skin around); wound as the rim runs. `None` for long rims.
pub(super) fn least_weight_cap(rim: &[Point]) -> Option<Vec<[u32; 3]>> {
    let count = rim.len();
    if !(3..=MOST_IN_SPACE).contains(&count) {
        return None;
    }
    // Best triangulation of the part of the rim from i to j closed by the chord: bend (1 - least cosine), area, apex.
    let mut best = vec![(0.0, 0.0, 0_usize); count * count];
    let cross = |i: usize, k: usize, j: usize| (rim[k] - rim[i]).cross(&(rim[j] - rim[i]));
    let bend = |normal: &Vector, i: usize, j: usize, apex: usize| {
        if j == i + 1 {
            return 0.0;
        }
        let beyond = cross(i, apex, j);
        let scale = normal.norm() * beyond.norm();
        if scale > 0.0 { 1.0 - normal.dot(&beyond) / scale } else { 0.0 }
    };
    for width in 2..count {
        for i in 0..count - width {
            let j = i + width;
            let weigh = |k: usize| {
                let normal = cross(i, k, j);
                let (left, right) = (best[i * count + k], best[k * count + j]);
                let bends = [left.0, right.0, bend(&normal, i, k, left.2), bend(&normal, k, j, right.2)];
                (bends.into_iter().fold(0.0, f64::max), 0.5 * normal.norm() + left.1 + right.1, k)
            };
            let lightest = (i + 1..j).map(weigh).min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            best[i * count + j] = lightest?;
        }
    }
    let mut triangles = Vec::with_capacity(count - 2);
    let mut pending = vec![(0, count - 1)];
    while let Some((i, j)) = pending.pop() {
        if j > i + 1 {
            let k = best[i * count + j].2;
            triangles.push([i as u32, k as u32, j as u32]);
            pending.extend([(i, k), (k, j)]);
        }
    }
    Some(triangles)
}
