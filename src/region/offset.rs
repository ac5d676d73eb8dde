use std::collections::BTreeMap;

use super::keep_out::Obstacle;
use crate::error::Result;
use crate::geometry::Point;
use crate::mesh::{TriMesh, bisect, submesh};

/// What is removed around an obstacle beyond the reach asked for, mm.
const EXCESS_MM: f64 = 0.01;
/// Least edge length of the triangles along the new edge, mm: bounds their number where the reach is small. The excess
/// is then up to `sqrt(reach² + 0.07²/3) - reach`, at most 0.041 mm.
const LEAST_EDGE_MM: f64 = 0.07;
/// Least share of an edge on either side of a point on it.
const EDGE_MARGIN: f64 = 1e-6;
/// Halvings of an edge on the way to the place where the new edge crosses it.
const HALVINGS: u32 = 30;

/// What an offset leaves.
#[derive(Debug)]
pub(super) struct Remainder {
    pub(super) mesh: TriMesh,
    /// Old triangle of each triangle.
    pub(super) parents: Vec<u32>,
    /// Whether anything was removed.
    pub(super) is_less: bool,
    /// The new edges as lines, mm; closed ones repeat their first point.
    pub(super) rims: Vec<Vec<Point>>,
}

/// Removes the surface closer to the obstacle than its reach D, and a little more, but never less.
///
/// A point with weights `w` in a triangle whose corners are `d` away from some place is exactly
/// `sqrt(sum w_i d_i² - sum w_i w_j |v_i - v_j|²)` away from it (both sums over corners and pairs; Leibniz), and
/// `sum w_i w_j <= 1/3`. So a triangle with edges of at most h and corners at least `D' = sqrt(D² + h²/3)` away is at
/// least D away everywhere. Triangles that may hold both sides are halved until they are that small, then cut where
/// their edges are D' away.
pub(super) fn offset(mesh: &TriMesh, obstacle: &Obstacle) -> Result<Remainder> {
    let reach = obstacle.reach_mm;
    let edge = (3.0 * ((reach + EXCESS_MM).powi(2) - reach * reach)).sqrt().max(LEAST_EDGE_MM);
    // The margin at the ends of edges gives away less than this last term.
    let level = (reach * reach + edge * edge / 3.0).sqrt() + EDGE_MARGIN * edge;
    let is_coarse = |corners: &[Point; 3]| {
        let longest = (0..3).map(|i| (corners[(i + 1) % 3] - corners[i]).norm()).fold(0.0, f64::max);
        let middle = Point::from((corners[0].coords + corners[1].coords + corners[2].coords) / 3.0);
        let radius = corners.iter().map(|c| (c - middle).norm()).fold(0.0, f64::max);
        let distance = obstacle.distance_mm(&middle, level + radius);
        longest > edge && distance < level + radius && distance + radius > reach
    };
    let (fine, parents) = bisect(mesh, is_coarse)?;
    let clearance: Vec<f64> =
        fine.vertices().iter().map(|v| obstacle.distance_mm(v, 2.0 * level + edge) - level).collect();
    let (cut, fine_parents, rim) = keep_non_negative(&fine, &clearance, |outer, inner| {
        let (mut outer_share, mut inner_share) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let share = f64::midpoint(outer_share, inner_share);
            let at = outer + (inner - outer) * share;
            if obstacle.distance_mm(&at, 2.0 * level) < level { inner_share = share } else { outer_share = share }
        }
        outer_share
    })?;
    let rims = chains(&rim).iter().map(|line| line.iter().map(|&v| cut.vertices()[v as usize]).collect()).collect();
    Ok(Remainder {
        mesh: submesh(&cut, |_| true)?.0,
        parents: fine_parents.iter().map(|&t| parents[t as usize]).collect(),
        is_less: clearance.iter().any(|&value| value < 0.0),
        rims,
    })
}

/// Cuts triangles whose corners have values of both signs, and keeps the side that is not negative. `crossing` says at
/// which share of the way from a kept to a dropped corner.
fn keep_non_negative(
    mesh: &TriMesh,
    value: &[f64],
    crossing: impl Fn(Point, Point) -> f64,
) -> Result<(TriMesh, Vec<u32>, Vec<[u32; 2]>)> {
    let mut vertices = mesh.vertices().to_vec();
    let mut crossings = BTreeMap::<[u32; 2], u32>::new();
    let mut between = |outer: u32, inner: u32| {
        *crossings.entry([outer, inner]).or_insert_with(|| {
            let [from, to] = [outer, inner].map(|v| vertices[v as usize]);
            vertices.push(from + (to - from) * crossing(from, to).clamp(EDGE_MARGIN, 1.0 - EDGE_MARGIN));
            vertices.len() as u32 - 1
        })
    };
    let (mut triangles, mut parents, mut rim) = (Vec::new(), Vec::new(), Vec::new());
    for (t, &corners) in (0..).zip(mesh.triangles()) {
        let kept = corners.map(|v| value[v as usize] >= 0.0);
        let turned = |first: usize| [corners[first], corners[(first + 1) % 3], corners[(first + 2) % 3]];
        match kept.iter().filter(|&&k| k).count() {
            3 => triangles.push(corners),
            2 => {
                let [a, b, dropped] = turned((0..3).find(|&i| !kept[(i + 2) % 3]).unwrap_or_default());
                let (p, q) = (between(b, dropped), between(a, dropped));
                triangles.extend([[a, b, p], [a, p, q]]);
                rim.push([p, q]);
            }
            1 => {
                let [a, b, c] = turned((0..3).find(|&i| kept[i]).unwrap_or_default());
                let (p, q) = (between(a, b), between(a, c));
                triangles.push([a, p, q]);
                rim.push([p, q]);
            }
            _ => {}
        }
        parents.resize(triangles.len(), t);
    }
    Ok((TriMesh::new(vertices, triangles)?, parents, rim))
}

/// Joins edges end to end into lines; closed ones repeat their first vertex.
fn chains(edges: &[[u32; 2]]) -> Vec<Vec<u32>> {
    let mut at = BTreeMap::<u32, Vec<usize>>::new();
    for (i, edge) in edges.iter().enumerate() {
        for &v in edge {
            at.entry(v).or_default().push(i);
        }
    }
    let mut used = vec![false; edges.len()];
    let mut lines = Vec::new();
    // Open lines are taken from their ends; what is then left is closed.
    let (ends, others): (Vec<u32>, Vec<u32>) = at.keys().copied().partition(|v| at[v].len() == 1);
    for start in ends.into_iter().chain(others) {
        let mut line = vec![start];
        let mut last = start;
        while let Some(&i) = at[&last].iter().find(|&&i| !used[i]) {
            used[i] = true;
            last = if edges[i][0] == last { edges[i][1] } else { edges[i][0] };
            line.push(last);
        }
        if line.len() > 1 {
            lines.push(line);
        }
    }
    lines
}
