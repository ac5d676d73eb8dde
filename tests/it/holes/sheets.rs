//! Sheets of skin with closed forms.

use std::f64::consts::TAU;

use tonsure::geometry::{Point, Vector};
use tonsure::mesh::{TriMesh, submesh};

pub(super) const SHAPES: [Shape; 4] = [Shape::Plane, Shape::Sphere, Shape::Ellipsoid, Shape::Torus];

/// A surface over the plane z = 0, top at the origin's axis.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Plane,
    /// Radius 90 mm.
    Sphere,
    /// Half axes 60, 90, 75 mm.
    Ellipsoid,
    /// The saddle at the inner side of a ring of radius 70 mm with a tube of 30 mm.
    Torus,
}

impl Shape {
    /// 0 on the surface.
    fn level(self, p: &Point) -> f64 {
        match self {
            Self::Plane => p.z,
            Self::Sphere => p.coords.norm_squared() / (90.0 * 90.0) - 1.0,
            Self::Ellipsoid => (p.x / 60.0).powi(2) + (p.y / 90.0).powi(2) + (p.z / 75.0).powi(2) - 1.0,
            // The axis lies along y, 40 mm above: the tube's nearest side is at z = 0.
            Self::Torus => {
                let out = p.x.hypot(40.0 - p.z) - 70.0;
                1.0 - (out * out + p.y * p.y) / 900.0
            }
        }
    }

    fn gradient(self, p: &Point) -> Vector {
        let along = |axis| {
            let step = Vector::ith(axis, 1e-5);
            (self.level(&(p + step)) - self.level(&(p - step))) / 2e-5
        };
        Vector::new(along(0), along(1), along(2))
    }

    /// Distance from the surface, mm, to first order.
    pub(super) fn distance(self, p: &Point) -> f64 {
        self.level(p).abs() / self.gradient(p).norm()
    }

    /// The place over (x, y).
    pub(super) fn place(self, x: f64, y: f64) -> Point {
        let mut p = Point::new(
            x,
            y,
            match self {
                Self::Plane | Self::Torus => 0.0,
                Self::Sphere => 90.0,
                Self::Ellipsoid => 75.0,
            },
        );
        for _ in 0..60 {
            p.z -= self.level(&p) / self.gradient(&p).z;
        }
        p
    }
}

/// A square sheet over a grid, its inner vertices moved by parts of a cell and by noise.
pub(super) struct Sheet {
    mesh: TriMesh,
    cells: u32,
    edge: f64,
}

impl Sheet {
    pub(super) fn new(shape: Shape, side: f64, edge: f64, noise_mm: f64) -> Self {
        let cells = (side / edge).round() as u32;
        let at = |i: u32| f64::from(i) * edge - side / 2.0;
        let vertices = (0..=cells).flat_map(|j| (0..=cells).map(move |i| (i, j))).map(|(i, j)| {
            let id = j * (cells + 1) + i;
            let moved = if noise_mm > 0.0 { 0.1 * edge } else { 0.0 };
            let p = shape.place(at(i) + moved * gauss(3 * id), at(j) + moved * gauss(3 * id + 1));
            p + Vector::z() * (noise_mm * gauss(3 * id + 2))
        });
        let vertices = vertices.collect();
        let id = |i: u32, j: u32| j * (cells + 1) + i;
        let cell = |(i, j)| [[id(i, j), id(i + 1, j), id(i + 1, j + 1)], [id(i, j), id(i + 1, j + 1), id(i, j + 1)]];
        let triangles = (0..cells).flat_map(|j| (0..cells).map(move |i| (i, j))).flat_map(cell).collect();
        Self { mesh: TriMesh::new(vertices, triangles).unwrap(), cells, edge }
    }

    /// Without the cells whose middles in the plane are gone.
    pub(super) fn without(&self, gone: impl Fn(&Point) -> bool) -> TriMesh {
        let half = f64::from(self.cells) * self.edge / 2.0;
        self.without_cells(|cell| {
            let [i, j] =
                [cell as u32 % self.cells, cell as u32 / self.cells].map(|k| (f64::from(k) + 0.5) * self.edge - half);
            gone(&Point::new(i, j, 0.0))
        })
    }

    pub(super) fn without_cells(&self, gone: impl Fn(usize) -> bool) -> TriMesh {
        submesh(&self.mesh, |t| !gone(t as usize / 2)).unwrap().0
    }

    /// Slit open along y = 0 for `length`, its sides drawn `width` apart.
    pub(super) fn slit(&self, length: f64, width: f64) -> TriMesh {
        let (mut vertices, mut triangles) = self.mesh.clone().into_parts();
        let row = self.cells / 2;
        let half = (length / self.edge / 2.0) as u32;
        for i in row - half + 1..row + half {
            let lower = row * (self.cells + 1) + i;
            let upper = vertices.len() as u32;
            let at = vertices[lower as usize];
            vertices.push(at + Vector::y() * (width / 2.0));
            vertices[lower as usize] = at - Vector::y() * (width / 2.0);
            for triangle in triangles.iter_mut().skip((row * self.cells * 2) as usize) {
                for v in triangle.iter_mut().filter(|v| **v == lower) {
                    *v = upper;
                }
            }
        }
        TriMesh::new(vertices, triangles).unwrap()
    }
}

/// A tube with a half ball on top, open below.
pub(super) fn tube(radius: f64, length: f64, sectors: u32) -> TriMesh {
    let rings = 40;
    let along = |k: u32| f64::from(k) / f64::from(rings) * (length + radius * TAU / 4.0);
    let place = |k: u32, s: u32| {
        let (way, turn) = (along(k), f64::from(s) / f64::from(sectors) * TAU);
        let (out, up) = if way < radius * TAU / 4.0 {
            ((way / radius).sin(), radius * (way / radius).cos())
        } else {
            (1.0, radius * TAU / 4.0 - way)
        };
        Point::new(radius * out * turn.cos(), radius * out * turn.sin(), up)
    };
    let mut vertices = vec![Point::new(0.0, 0.0, radius)];
    vertices.extend((1..=rings).flat_map(|k| (0..sectors).map(move |s| place(k, s))));
    let id = |k: u32, s: u32| 1 + (k - 1) * sectors + s % sectors;
    let mut triangles: Vec<[u32; 3]> = (0..sectors).map(|s| [0, id(1, s), id(1, s + 1)]).collect();
    for k in 1..rings {
        triangles
            .extend((0..sectors).flat_map(|s| {
                [[id(k, s), id(k + 1, s), id(k + 1, s + 1)], [id(k, s), id(k + 1, s + 1), id(k, s + 1)]]
            }));
    }
    TriMesh::new(vertices, triangles).unwrap()
}

/// Vertices and middles of triangles behind the given numbers of old ones.
pub(super) fn patch_places(mesh: &TriMesh, triangles: usize, vertices: usize) -> Vec<Point> {
    let middles = mesh.triangles()[triangles..]
        .iter()
        .map(|t| Point::from(t.iter().map(|&v| mesh.vertices()[v as usize].coords).sum::<Vector>() / 3.0));
    mesh.vertices()[vertices..].iter().copied().chain(middles).collect()
}

/// A number that looks normally distributed, the same each time.
pub(super) fn gauss(seed: u32) -> f64 {
    let uniform = |salt: u64| {
        let mut mixed = (u64::from(seed) << 8 | salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        ((mixed ^ (mixed >> 32)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    (-2.0 * (1.0 - uniform(1)).ln()).sqrt() * (TAU * uniform(2)).cos()
}
