//! Judges of spacing and room: distances to all dots, no grid, no tree.

use tonsure::geometry::{Point, Vector};
use tonsure::mesh::TriMesh;
use tonsure::sampling::{FixedDot, Sample};

struct Obstacle {
    position: Point,
    normal: Option<Vector>,
    spacing: f64,
}

/// Without `sheets_apart` every dot counts everywhere: as one without a normal does.
fn obstacles(mesh: &TriMesh, dots: &[Sample], fixed: &[FixedDot], sheets_apart: bool) -> Vec<Obstacle> {
    let new = dots.iter().map(|dot| Obstacle {
        position: dot.position,
        normal: sheets_apart.then(|| mesh.normal(dot.at.triangle)),
        spacing: dot.spacing_mm,
    });
    let old = fixed.iter().map(|dot| Obstacle {
        position: dot.position,
        normal: dot.normal.filter(|_| sheets_apart),
        spacing: dot.spacing_mm,
    });
    new.chain(old).collect()
}

fn facing(a: Option<&Vector>, b: Option<&Vector>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a.dot(b) <= 0.0)
}

/// True when every new dot keeps its distance from every other dot, to the last bit.
pub(crate) fn keeps_the_rule(mesh: &TriMesh, dots: &[Sample], fixed: &[FixedDot], sheets_apart: bool) -> bool {
    let all = obstacles(mesh, dots, fixed, sheets_apart);
    (0..dots.len()).all(|i| {
        all[i + 1..].iter().all(|other| {
            let rule = all[i].spacing.min(other.spacing);
            (all[i].position - other.position).norm() >= rule || facing(all[i].normal.as_ref(), other.normal.as_ref())
        })
    })
}

/// The largest `min_i d(x, s_i) - min(r(x), r_i)` over the surface, in units of r, as far as it is above 0: the room
/// that is left for one more dot. Branch and bound by quarters of triangles down to `resolution`.
pub(crate) fn widest_gap(
    mesh: &TriMesh,
    field: &[f64],
    dots: &[Sample],
    fixed: &[FixedDot],
    sheets_apart: bool,
    resolution: f64,
) -> f64 {
    let all = obstacles(mesh, dots, fixed, sheets_apart);
    let mut widest = 0.0_f64;
    for (t, vertices) in mesh.triangles().iter().enumerate() {
        let t = t as u32;
        if mesh.triangle_area_mm2(t) <= 0.0 {
            continue;
        }
        let normal = mesh.normal(t);
        let sheet: Vec<&Obstacle> = all.iter().filter(|o| !facing(o.normal.as_ref(), Some(&normal))).collect();
        let corners = mesh.corners(t);
        let spacing = vertices.map(|v| field[v as usize]);
        // Slope of the linear field.
        let (e, f) = (corners[1] - corners[0], corners[2] - corners[0]);
        let (p, q) = (spacing[1] - spacing[0], spacing[2] - spacing[0]);
        let slope = (f * p - e * q).norm() / e.cross(&f).norm();
        let mut open = vec![(corners, spacing)];
        while let Some((c, r)) = open.pop() {
            let centre = Point::from((c[0].coords + c[1].coords + c[2].coords) / 3.0);
            let here = (r[0] + r[1] + r[2]) / 3.0;
            let extent = c.iter().map(|corner| (corner - centre).norm()).fold(0.0, f64::max);
            let room = |o: &&Obstacle| (o.position - centre).norm() - here.min(o.spacing);
            let least = sheet.iter().map(room).fold(f64::INFINITY, f64::min);
            // Neither the distance nor the spacing changes faster than this over the piece.
            if least + (1.0 + slope) * extent <= widest * here {
                continue;
            }
            if extent < resolution * here {
                widest = widest.max(least / here);
                continue;
            }
            let middle = |i: usize, j: usize| (nalgebra::center(&c[i], &c[j]), 0.5 * (r[i] + r[j]));
            let [a, b, d] = [middle(0, 1), middle(1, 2), middle(2, 0)];
            open.push(([c[0], a.0, d.0], [r[0], a.1, d.1]));
            open.push(([a.0, c[1], b.0], [a.1, r[1], b.1]));
            open.push(([d.0, b.0, c[2]], [d.1, b.1, r[2]]));
            open.push(([a.0, b.0, d.0], [a.1, b.1, d.1]));
        }
    }
    widest
}
