//! Surfaces with closed forms.

use tonsure::geometry::Point;
use tonsure::mesh::TriMesh;

/// The unit sphere from an octahedron, each face divided in four `depth` times.
pub(super) fn octasphere(depth: usize) -> TriMesh {
    let mut vertices: Vec<Point> =
        [[1., 0., 0.], [0., 1., 0.], [-1., 0., 0.], [0., -1., 0.], [0., 0., 1.], [0., 0., -1.]].map(Point::from).into();
    let mut triangles: Vec<[u32; 3]> =
        vec![[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4], [1, 0, 5], [2, 1, 5], [3, 2, 5], [0, 3, 5]];
    for _ in 0..depth {
        let mut middles = std::collections::BTreeMap::new();
        let mut middle = |a: u32, b: u32| {
            *middles.entry([a.min(b), a.max(b)]).or_insert_with(|| {
                let sum = vertices[a as usize].coords + vertices[b as usize].coords;
                vertices.push(Point::from(sum.normalize()));
                vertices.len() as u32 - 1
            })
        };
        let mut finer = Vec::new();
        for [a, b, c] in triangles {
            let [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
            finer.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
        }
        triangles = finer;
    }
    TriMesh::new(vertices, triangles).unwrap()
}

/// A number from -1 to 1 that looks random, the same each time.
fn noise(seed: u32) -> f64 {
    let mixed = (seed ^ (seed >> 15)).wrapping_mul(0x2c1b_3c6d);
    let mixed = (mixed ^ (mixed >> 12)).wrapping_mul(0x297a_2d39);
    f64::from(mixed ^ (mixed >> 15)) / f64::from(u32::MAX) * 2.0 - 1.0
}

/// A flat square of `cells` by `cells` halved squares; inner vertices are moved by up to `jitter` of an edge.
pub(super) fn square(cells: u32, edge: f64, jitter: f64) -> TriMesh {
    let mut vertices = Vec::new();
    let mut triangles = Vec::new();
    for j in 0..=cells {
        for i in 0..=cells {
            let inner = i > 0 && j > 0 && i < cells && j < cells;
            let at = vertices.len() as u32;
            let shift = |salt| if inner { jitter * noise(2 * at + salt) } else { 0.0 };
            vertices.push(Point::new((f64::from(i) + shift(0)) * edge, (f64::from(j) + shift(1)) * edge, 0.0));
            if i < cells && j < cells {
                let (right, up) = (at + 1, at + cells + 1);
                triangles.extend([[at, right, up + 1], [at, up + 1, up]]);
            }
        }
    }
    TriMesh::new(vertices, triangles).unwrap()
}

/// What a flat disc is bent to.
#[derive(Clone, Copy)]
pub(super) enum Disc {
    /// Around the pole of a sphere, out to `angle` from the axis.
    Cap { radius: f64, angle: f64 },
    /// A cone with its tip up.
    Cone { radius: f64, height: f64 },
}

/// A disc of rings with 6, 12, 18 … vertices, bent; inner vertices are moved by up to `jitter` of an edge.
pub(super) fn disc(rings: u32, jitter: f64, shape: Disc) -> TriMesh {
    let place = |ring: f64, turn: f64| {
        let (share, (sin, cos)) = (ring / f64::from(rings), (turn * std::f64::consts::TAU).sin_cos());
        match shape {
            Disc::Cap { radius, angle } => {
                let (out, up) = (share * angle).sin_cos();
                Point::new(radius * out * cos, radius * out * sin, radius * up)
            }
            Disc::Cone { radius, height } => {
                Point::new(radius * share * cos, radius * share * sin, height * (1.0 - share))
            }
        }
    };
    let start = |ring: u32| if ring == 0 { 0 } else { 1 + 3 * ring * (ring - 1) };
    let mut vertices = vec![place(0.0, 0.0)];
    let mut triangles = Vec::new();
    for ring in 1..=rings {
        let count = 6 * ring;
        for k in 0..count {
            let at = vertices.len() as u32;
            let shift = |salt| if ring < rings { jitter * noise(2 * at + salt) } else { 0.0 };
            vertices.push(place(f64::from(ring) + shift(0), (f64::from(k) + shift(1)) / f64::from(count)));
            // Ring `ring - 1` has one vertex less in each sixth.
            let (sixth, step) = (k / ring, k % ring);
            let inner = |k: u32| start(ring - 1) + if ring == 1 { 0 } else { k % (6 * (ring - 1)) };
            let outer = |k: u32| start(ring) + k % count;
            let below = sixth * (ring - 1) + step;
            triangles.push([outer(k), outer(k + 1), inner(below)]);
            if step > 0 {
                triangles.push([outer(k), inner(below), inner(below - 1)]);
            }
        }
    }
    TriMesh::new(vertices, triangles).unwrap()
}

/// The edges with one triangle.
pub(super) fn outline(mesh: &TriMesh) -> Vec<[u32; 2]> {
    let sides = mesh.triangles().iter().flat_map(|&[a, b, c]| [[a, b], [b, c], [c, a]]);
    let mut sides: Vec<[u32; 2]> = sides.map(|[a, b]| [a.min(b), a.max(b)]).collect();
    sides.sort_unstable();
    sides.chunk_by(|a, b| a == b).filter(|same| same.len() == 1).map(|same| same[0]).collect()
}
