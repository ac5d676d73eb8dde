//! Surfaces to sample.

use proptest::prelude::*;
use tonsure::geometry::Point;
use tonsure::mesh::TriMesh;

/// A mesh and what it is.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) mesh: TriMesh,
    pub(crate) name: &'static str,
}

/// Any of the surfaces below.
pub(crate) fn shape() -> impl Strategy<Value = Shape> {
    let named = |name| move |mesh| Shape { mesh, name };
    let corner = prop::array::uniform3(-5.0..5.0_f64);
    prop_oneof![
        (3_usize..9).prop_map(|n| sphere(5.0, n)).prop_map(named("sphere")),
        (1.0..2.5_f64, 4_usize..12).prop_map(|(tube, n)| torus(4.0, tube, n)).prop_map(named("torus")),
        (1_usize..9, 0.05..0.5_f64).prop_map(|(n, gap)| fold(n, 5.0, gap)).prop_map(named("fold")),
        (-6.0..-1.0_f64, 1_usize..4).prop_map(|(width, n)| slivers(10.0_f64.powf(width), n)).prop_map(named("slivers")),
        prop::array::uniform3(corner)
            .prop_map(|c| TriMesh::new(c.map(Point::from).to_vec(), vec![[0, 1, 2]]).unwrap())
            .prop_filter("a needle holds more dots than its area", |mesh| mesh.area_mm2() > 0.5)
            .prop_map(named("triangle")),
    ]
}

/// Rows of points joined into triangles; `wrap` closes rows and columns.
fn rows(columns: usize, count: usize, wrap: [bool; 2], point: impl Fn(usize, usize) -> Point) -> TriMesh {
    let vertices = (0..count * columns).map(|i| point(i % columns, i / columns)).collect();
    let mut triangles = Vec::new();
    for j in 0..count - usize::from(!wrap[1]) {
        for i in 0..columns - usize::from(!wrap[0]) {
            let at = |i: usize, j: usize| ((j % count) * columns + i % columns) as u32;
            let [a, b, c, d] = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
            triangles.extend([[a, b, c], [a, c, d]]);
        }
    }
    TriMesh::new(vertices, triangles).unwrap()
}

/// A square in the plane z = 0 of `n` by `n` pairs of triangles.
pub(crate) fn grid(n: usize, side: f64) -> TriMesh {
    let step = side / n as f64;
    rows(n + 1, n + 1, [false; 2], |i, j| Point::new(i as f64 * step, j as f64 * step, 0.0))
}

/// A square of two triangles.
pub(crate) fn plane(side: f64) -> TriMesh {
    grid(1, side)
}

/// A fan of triangles around the origin.
pub(crate) fn disc(radius: f64, n: u32) -> TriMesh {
    let rim = (0..n).map(|i| {
        let angle = f64::from(i) / f64::from(n) * std::f64::consts::TAU;
        Point::new(radius * angle.cos(), radius * angle.sin(), 0.0)
    });
    let vertices = std::iter::once(Point::origin()).chain(rim).collect();
    TriMesh::new(vertices, (0..n).map(|i| [0, 1 + i, 1 + (i + 1) % n]).collect()).unwrap()
}

/// An octahedron of which each face is divided into `n` squared triangles, blown up.
pub(crate) fn sphere(radius: f64, n: usize) -> TriMesh {
    let mut vertices = Vec::new();
    let mut triangles = Vec::new();
    for face in 0..8 {
        let sign = [0, 1, 2].map(|axis| if face >> axis & 1 == 0 { 1.0 } else { -1.0 });
        let outward = sign[0] * sign[1] * sign[2] > 0.0;
        let first = vertices.len();
        let number = |i: usize, j: usize| (first + i * (2 * n + 3 - i) / 2 + j) as u32;
        for i in 0..=n {
            for j in 0..=n - i {
                let [x, y] = [i, j].map(|k| k as f64);
                let p = nalgebra::Vector3::new(sign[0] * x, sign[1] * y, sign[2] * (n as f64 - x - y));
                vertices.push(Point::from(p.normalize() * radius));
                if i + j < n {
                    triangles.push([number(i, j), number(i + 1, j), number(i, j + 1)]);
                }
                if i + j + 1 < n {
                    triangles.push([number(i + 1, j), number(i + 1, j + 1), number(i, j + 1)]);
                }
            }
        }
        if !outward {
            let new = triangles.len() - n * n;
            triangles[new..].iter_mut().for_each(|t| t.swap(0, 1));
        }
    }
    TriMesh::new(vertices, triangles).unwrap()
}

/// A ring of `3 n` by `n` pairs of triangles.
pub(crate) fn torus(ring: f64, tube: f64, n: usize) -> TriMesh {
    let angle = |i: usize, of: usize| i as f64 / of as f64 * std::f64::consts::TAU;
    rows(3 * n, n, [true; 2], |i, j| {
        let (u, v) = (angle(i, 3 * n), angle(j, n));
        let r = ring + tube * v.cos();
        Point::new(r * u.cos(), r * u.sin(), tube * v.sin())
    })
}

/// Two parallel squares `gap` apart, joined along one side, the normals outwards.
pub(crate) fn fold(n: usize, side: f64, gap: f64) -> TriMesh {
    let step = side / n as f64;
    rows(2 * n + 2, n + 1, [false; 2], |i, j| {
        let y = j as f64 * step;
        if i <= n { Point::new((n - i) as f64 * step, y, gap) } else { Point::new((i - n - 1) as f64 * step, y, 0.0) }
    })
}

/// A strip in which rows of tall triangles and rows of the given small width alternate.
pub(crate) fn slivers(width: f64, n: usize) -> TriMesh {
    rows(4, 2 * n + 1, [false; 2], |i, j| {
        let y = (j / 2) as f64 * (1.0 + width) + (j % 2) as f64;
        Point::new(i as f64 * 2.0, y, 0.0)
    })
}
