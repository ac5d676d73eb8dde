//! Surfaces with known areas and distances.

use tonsure::geometry::Point;
use tonsure::mesh::{SurfaceIndex, Topology, TriMesh};
use tonsure::region::Scalp;

/// A mesh with what the region asks of it.
pub(super) struct Scan {
    pub(super) mesh: TriMesh,
    pub(super) topology: Topology,
    pub(super) index: SurfaceIndex,
}

impl Scan {
    pub(super) fn new(mesh: TriMesh) -> Self {
        Self { topology: Topology::build(&mesh), index: SurfaceIndex::build(&mesh), mesh }
    }

    /// The surface as it stands, nothing of it a patch.
    pub(super) fn scalp(&self) -> Scalp {
        Scalp {
            mesh: self.mesh.clone(),
            topology: self.topology.clone(),
            index: SurfaceIndex::build(&self.mesh),
            patched: vec![false; self.mesh.triangles().len()],
            left_open: Vec::new(),
            findings: Vec::new(),
        }
    }

    pub(super) fn of(vertices: Vec<Point>, triangles: Vec<[u32; 3]>) -> Self {
        Self::new(TriMesh::new(vertices, triangles).unwrap())
    }
}

/// A flat square of `cells` times `cells` cells around the origin, without the cells for which `hole` holds.
pub(super) fn square(side: f64, cells: u32, hole: impl Fn(u32, u32) -> bool) -> Scan {
    let step = side / f64::from(cells);
    let at = |i: u32| f64::from(i) * step - side / 2.0;
    let vertices = (0..=cells).flat_map(|j| (0..=cells).map(move |i| Point::new(at(i), at(j), 0.0))).collect();
    let id = |i: u32, j: u32| j * (cells + 1) + i;
    let cell = |(i, j)| [[id(i, j), id(i + 1, j), id(i + 1, j + 1)], [id(i, j), id(i + 1, j + 1), id(i, j + 1)]];
    let kept = (0..cells).flat_map(|j| (0..cells).map(move |i| (i, j))).filter(|&(i, j)| !hole(i, j));
    Scan::of(vertices, kept.flat_map(cell).collect())
}

/// A sphere around the origin: an icosahedron whose triangles were quartered `levels` times.
pub(super) fn sphere(radius: f64, levels: u32) -> TriMesh {
    let g = f64::midpoint(1.0, 5f64.sqrt());
    let mut vertices: Vec<Point> = [[0., 1., g], [0., -1., g], [0., 1., -g], [0., -1., -g]]
        .into_iter()
        .flat_map(|[x, y, z]| [[x, y, z], [z, x, y], [y, z, x]])
        .map(|[x, y, z]| Point::new(x, y, z))
        .collect();
    let near = |a: &Point, b: &Point| (a - b).norm() < 2.1;
    let mut triangles = Vec::new();
    for a in 0..12_u32 {
        for b in a + 1..12 {
            for c in b + 1..12 {
                let [p, q, r] = [a, b, c].map(|i| vertices[i as usize]);
                if near(&p, &q) && near(&q, &r) && near(&r, &p) {
                    let outwards = (q - p).cross(&(r - p)).dot(&p.coords) > 0.0;
                    triangles.push(if outwards { [a, b, c] } else { [a, c, b] });
                }
            }
        }
    }
    for _ in 0..levels {
        let mut middles = std::collections::BTreeMap::new();
        let mut middle = |a: u32, b: u32| {
            *middles.entry([a.min(b), a.max(b)]).or_insert_with(|| {
                vertices.push(nalgebra::center(&vertices[a as usize], &vertices[b as usize]));
                vertices.len() as u32 - 1
            })
        };
        triangles = triangles
            .iter()
            .flat_map(|&[a, b, c]: &[u32; 3]| {
                let (ab, bc, ca) = (middle(a, b), middle(b, c), middle(c, a));
                [[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]
            })
            .collect();
        for v in &mut vertices {
            v.coords.normalize_mut();
        }
    }
    TriMesh::new(vertices.iter().map(|v| Point::from(v.coords.normalize() * radius)).collect(), triangles).unwrap()
}

/// A cone with its apex at the origin, opening downwards: `rings` rings of `sectors` vertices up to slant height `slant`.
/// `sine` is that of half the opening angle.
pub(super) fn cone(slant: f64, sine: f64, rings: u32, sectors: u32) -> Scan {
    let mut vertices = vec![Point::origin()];
    let mut triangles = Vec::new();
    let id = |ring: u32, sector: u32| 1 + ring * sectors + sector % sectors;
    for ring in 0..rings {
        let s = slant * f64::from(ring + 1) / f64::from(rings);
        vertices.extend(circle(sectors, s * sine).map(|p| Point::new(p.x, p.y, -s * (1.0 - sine * sine).sqrt())));
        for k in 0..sectors {
            if ring == 0 {
                triangles.push([0, id(0, k), id(0, k + 1)]);
            } else {
                triangles.push([id(ring - 1, k), id(ring, k), id(ring, k + 1)]);
                triangles.push([id(ring - 1, k), id(ring, k + 1), id(ring - 1, k + 1)]);
            }
        }
    }
    Scan::of(vertices, triangles)
}

/// Points of a circle around the origin in the plane z = 0.
pub(super) fn circle(count: u32, radius: f64) -> impl Iterator<Item = Point> {
    (0..count).map(move |k| {
        let angle = f64::from(k) / f64::from(count) * std::f64::consts::TAU;
        Point::new(radius * angle.cos(), radius * angle.sin(), 0.0)
    })
}

/// Both meshes as one, the first one's triangles first.
pub(super) fn together(a: &TriMesh, b: &TriMesh) -> Scan {
    let shift = a.vertices().len() as u32;
    let vertices = a.vertices().iter().chain(b.vertices()).copied().collect();
    let shifted = b.triangles().iter().map(|t| t.map(|v| v + shift));
    Scan::of(vertices, a.triangles().iter().copied().chain(shifted).collect())
}
