//! Triangulates the zero level of a field on a rectilinear lattice by surface nets (Gibson, "Constrained Elastic
//! Surface Nets", MICCAI 1998), then evens the triangles out along the surface.

use std::collections::BTreeMap;

use tonsure::geometry::{Point, Vector};
use tonsure::mesh::TriMesh;

use super::field::normal;

/// Rounds of moving each vertex to the middle of its neighbours and back onto the surface.
const EVENING_ROUNDS: usize = 4;

/// The surface where `field` is 0, with outward triangles (the field is negative inside). `axes` are the lattice's
/// planes. Where the surface leaves the lattice, which must be at its lowest plane, the mesh ends in a level border.
pub(super) fn polygonise(axes: &[Vec<f64>; 3], field: impl Fn(&Point) -> f64) -> TriMesh {
    let size = axes.each_ref().map(Vec::len);
    let id = |[i, j, k]: [usize; 3]| (k * size[1] + j) * size[0] + i;
    let at = |[i, j, k]: [usize; 3]| Point::new(axes[0][i], axes[1][j], axes[2][k]);
    let nodes = cells(size);
    let values: Vec<f64> = nodes.clone().map(|node| field(&at(node))).collect();

    let inside = |node: [usize; 3]| values[id(node)] < 0.0;
    let mut vertices = Vec::new();
    let mut vertex_of = BTreeMap::new();
    for cell in cells(size.map(|n| n - 1)) {
        let edges = cell_edges(cell);
        let crossed: Vec<usize> = (0..12).filter(|&e| inside(edges[e].0) != inside(edges[e].1)).collect();
        let sheets = sheets(cell, &edges, &crossed, inside);
        for first in crossed.iter().copied().filter(|&e| sheets[e] == e) {
            let sheet = crossed.iter().copied().filter(|&e| sheets[e] == first);
            let (mut count, mut sum) = (0_u32, Vector::zeros());
            for e in sheet {
                let (a, b) = edges[e];
                let (fa, fb) = (values[id(a)], values[id(b)]);
                vertex_of.insert((id(cell), e), vertices.len() as u32);
                sum += at(a).coords + (at(b) - at(a)) * (fa / (fa - fb));
                count += 1;
            }
            vertices.push(Point::from(sum / f64::from(count)));
        }
    }

    let mut quads: Vec<[u32; 4]> = Vec::new();
    for node in nodes {
        for axis in 0..3 {
            let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
            if node[axis] + 1 >= size[axis] || [u, v].iter().any(|&w| node[w] == 0 || node[w] + 1 >= size[w]) {
                continue;
            }
            let end = stepped(node, axis, 1);
            if inside(node) == inside(end) {
                continue;
            }
            let [a, b, c, d] = [(1, 1), (0, 1), (0, 0), (1, 0)].map(|(du, dv)| {
                let mut cell = node;
                cell[u] -= du;
                cell[v] -= dv;
                vertex_of[&(id(cell), axis * 4 + du * 2 + dv)]
            });
            quads.push(if inside(node) { [a, b, c, d] } else { [d, c, b, a] });
        }
    }
    settle(&mut vertices, &quads, &field, f64::midpoint(axes[2][0], axes[2][1]));
    let triangles = quads.iter().flat_map(|&[a, b, c, d]| {
        let length = |i: u32, j: u32| (vertices[i as usize] - vertices[j as usize]).norm();
        if length(a, c) <= length(b, d) { [[a, b, c], [a, c, d]] } else { [[b, c, d], [b, d, a]] }
    });
    let triangles = triangles.collect();
    TriMesh::new(vertices, triangles).unwrap()
}

fn cells([nx, ny, nz]: [usize; 3]) -> impl Iterator<Item = [usize; 3]> + Clone {
    (0..nz).flat_map(move |k| (0..ny).flat_map(move |j| (0..nx).map(move |i| [i, j, k])))
}

fn stepped(mut node: [usize; 3], axis: usize, by: usize) -> [usize; 3] {
    node[axis] += by;
    node
}

/// The edges of a cell; edge `axis * 4 + du * 2 + dv` runs along `axis` at the offset `du`, `dv` in the next two axes.
fn cell_edges(cell: [usize; 3]) -> [([usize; 3], [usize; 3]); 12] {
    std::array::from_fn(|e| {
        let axis = e / 4;
        let start = stepped(stepped(cell, (axis + 1) % 3, e / 2 % 2), (axis + 2) % 3, e % 2);
        (start, stepped(start, axis, 1))
    })
}

/// For each crossed edge the lowest edge of its sheet. Where thin parts or creases bring two sheets into one cell, each
/// gets a vertex of its own, which keeps the surface manifold (Nielson, "Dual Marching Cubes", IEEE Visualization 2004).
fn sheets(
    cell: [usize; 3],
    edges: &[([usize; 3], [usize; 3]); 12],
    crossed: &[usize],
    inside: impl Fn([usize; 3]) -> bool,
) -> [usize; 12] {
    let mut sheet = std::array::from_fn(|e| e);
    for (axis, side) in (0..3).flat_map(|axis| [(axis, 0), (axis, 1)]) {
        let on_face = |e: &usize| [edges[*e].0, edges[*e].1].iter().all(|node| node[axis] == cell[axis] + side);
        let face: Vec<usize> = crossed.iter().copied().filter(on_face).collect();
        let inner = |e: usize| if inside(edges[e].0) { edges[e].0 } else { edges[e].1 };
        for &e in &face {
            // Four crossings are two lines, each around one of the inner corners.
            for &f in face.iter().filter(|&&f| face.len() == 2 || inner(e) == inner(f)) {
                let (low, high) = (sheet[e].min(sheet[f]), sheet[e].max(sheet[f]));
                sheet.iter_mut().filter(|s| **s == high).for_each(|s| *s = low);
            }
        }
    }
    sheet
}

/// Evens the vertices out over the surface, and the border out to the level `border_z`.
fn settle(vertices: &mut [Point], quads: &[[u32; 4]], field: &impl Fn(&Point) -> f64, border_z: f64) {
    let mut edges: Vec<[u32; 2]> = Vec::new();
    for quad in quads {
        edges.extend((0..4).map(|i| (quad[i], quad[(i + 1) % 4])).map(|(a, b)| [a.min(b), a.max(b)]));
    }
    edges.sort_unstable();
    let mut border = vec![false; vertices.len()];
    for edge in edges.chunk_by(|a, b| a == b).filter(|shared| shared.len() == 1) {
        edge[0].iter().for_each(|&v| border[v as usize] = true);
    }
    edges.dedup();
    let level = |vertices: &mut [Point]| {
        onto_surface(vertices, field);
        vertices.iter_mut().zip(&border).filter(|(_, border)| **border).for_each(|(v, _)| v.z = border_z);
    };
    level(vertices);
    for _ in 0..EVENING_ROUNDS {
        let mut sums = vec![(0.0, Vector::zeros()); vertices.len()];
        for [a, b] in edges.iter().map(|edge| edge.map(|v| v as usize)) {
            sums[a] = (sums[a].0 + 1.0, sums[a].1 + vertices[b].coords);
            sums[b] = (sums[b].0 + 1.0, sums[b].1 + vertices[a].coords);
        }
        for (v, vertex) in vertices.iter_mut().enumerate().filter(|(v, _)| !border[*v]) {
            let shift = sums[v].1 / sums[v].0 - vertex.coords;
            let outward = normal(field, vertex);
            *vertex += (shift - outward * shift.dot(&outward)) * 0.5;
        }
        level(vertices);
    }
}

/// Newton steps along the gradient, short ones, because the field is only close to a true distance.
fn onto_surface(vertices: &mut [Point], field: &impl Fn(&Point) -> f64) {
    for vertex in vertices {
        for _ in 0..3 {
            let step = field(vertex).clamp(-1.0, 1.0);
            *vertex -= normal(field, vertex) * step;
        }
    }
}
