//! Shortest paths and distances along the surface against closed forms, brute force, and under rigid motion.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use nalgebra::Rotation3;
use proptest::prelude::*;
use tonsure::geometry::{Placement, Point, Vector};
use tonsure::mesh::{
    PathPoint, SurfaceIndex, SurfaceLoop, SurfacePoint, Topology, TriMesh, cut, distance_to_edges, geodesic,
};

/// A number from -1 to 1 that looks random, the same each time.
fn noise(seed: usize) -> f64 {
    let mixed = (seed as u32 ^ (seed as u32 >> 15)).wrapping_mul(0x2c1b_3c6d);
    let mixed = (mixed ^ (mixed >> 12)).wrapping_mul(0x297a_2d39);
    f64::from(mixed ^ (mixed >> 15)) / f64::from(u32::MAX) * 2.0 - 1.0
}

/// A grid of `cells` over the unit square, inner vertices moved by up to `jitter` of a cell, laid into space.
fn patch(cells: [usize; 2], jitter: f64, lay: impl Fn(f64, f64) -> Point) -> TriMesh {
    let [columns, rows] = cells;
    let mut vertices = Vec::new();
    let mut triangles = Vec::new();
    for j in 0..=rows {
        for i in 0..=columns {
            let at = vertices.len();
            let inner = i > 0 && j > 0 && i < columns && j < rows;
            let shift = |salt| if inner { jitter * noise(2 * at + salt) } else { 0.0 };
            vertices.push(lay((i as f64 + shift(0)) / columns as f64, (j as f64 + shift(1)) / rows as f64));
            if i < columns && j < rows {
                let [a, b, c, d] = [at, at + 1, at + columns + 2, at + columns + 1].map(|v| v as u32);
                triangles.extend([[a, b, c], [a, c, d]]);
            }
        }
    }
    TriMesh::new(vertices, triangles).unwrap()
}

fn length(mesh: &TriMesh, [from, to]: [Point; 2]) -> f64 {
    let (index, topology) = (SurfaceIndex::build(mesh), Topology::build(mesh));
    let [from, to] = [from, to].map(|p| index.closest(&p).unwrap().at);
    geodesic(mesh, &topology, from, to).unwrap().length_mm(mesh)
}

/// Paths between a few places of a patch against the closed form, at edges of 2.5 to 13 mm, even and uneven.
fn assert_exact(size: [f64; 2], lay: impl Fn(f64, f64) -> Point, exact: impl Fn([f64; 2], [f64; 2]) -> f64) {
    for (edge, jitter) in [(13.0, 0.0), (6.0, 0.2), (2.5, 0.2)] {
        let cells = [(size[0] / edge).ceil() as usize, (size[1] / edge).ceil() as usize];
        let mesh = patch(cells, jitter, &lay);
        for [from, to] in [[[0.05, 0.1], [0.9, 0.85]], [[0.1, 0.52], [0.93, 0.5]], [[0.45, 0.02], [0.55, 0.97]]] {
            let found = length(&mesh, [from, to].map(|[u, v]| lay(u, v)));
            let ratio = found / exact(from, to);
            // The coarse polyhedra are inside the surfaces and truly have shorter paths.
            let short = if edge > 10.0 { 0.99 } else { 0.997 };
            assert!((short..1.001).contains(&ratio), "{ratio} from {from:?} to {to:?}, edges {edge}, {jitter}");
        }
    }
}

/// Needles, 15 mm by 2.5 mm. On a curved surface they would be a Schwarz lantern, which has longer ways.
#[test]
fn geodesics_over_needles_in_a_plane_are_straight() {
    let mesh = patch([10, 48], 0.2, |u, v| Point::new(150.0 * u, 120.0 * v, 0.0));
    for ends in [[[5.0, 9.0], [141.0, 111.0]], [[77.0, 3.0], [70.0, 118.0]], [[4.0, 61.0], [147.0, 59.0]]] {
        let ends = ends.map(|[x, y]| Point::new(x, y, 0.0));
        let ratio = length(&mesh, ends) / (ends[1] - ends[0]).norm();
        assert!((0.9995..1.0005).contains(&ratio), "{ratio}");
    }
}

#[test]
fn geodesics_in_a_plane_are_straight() {
    let exact = |[a, b]: [f64; 2], [c, d]: [f64; 2]| (150.0 * (a - c)).hypot(120.0 * (b - d));
    assert_exact([150.0, 120.0], |u, v| Point::new(150.0 * u, 120.0 * v, 0.0), exact);
}

#[test]
fn geodesics_on_a_cylinder_are_helices() {
    let turn = |u: f64| 2.5 * u;
    let exact = |[a, b]: [f64; 2], [c, d]: [f64; 2]| (80.0 * turn(a - c)).hypot(150.0 * (b - d));
    assert_exact([200.0, 150.0], |u, v| Point::new(80.0 * turn(u).cos(), 80.0 * turn(u).sin(), 150.0 * v), exact);
}

#[test]
fn geodesics_on_a_cone_are_straight_when_it_is_unrolled() {
    let (sine, angle, slant) = (0.6_f64, |u: f64| 2.4 * u, |v: f64| 30.0 + 100.0 * v);
    let lay = |u: f64, v: f64| {
        let r = slant(v) * sine;
        Point::new(r * angle(u).cos(), r * angle(u).sin(), -slant(v) * 0.8)
    };
    let exact = |[a, b]: [f64; 2], [c, d]: [f64; 2]| {
        let (s, t) = (slant(b), slant(d));
        (s * s + t * t - 2.0 * s * t * ((angle(a) - angle(c)) * sine).cos()).sqrt()
    };
    assert_exact([190.0, 100.0], lay, exact);
}

#[test]
fn geodesics_on_a_sphere_are_great_circles() {
    let lay = |u: f64, v: f64| {
        let (longitude, latitude) = (2.2 * (u - 0.5), 1.8 * (v - 0.5));
        Point::from(
            Vector::new(longitude.cos() * latitude.cos(), longitude.sin() * latitude.cos(), latitude.sin()) * 85.0,
        )
    };
    let exact = |[a, b]: [f64; 2], [c, d]: [f64; 2]| 85.0 * lay(a, b).coords.angle(&lay(c, d).coords);
    assert_exact([187.0, 153.0], lay, exact);
}

/// Two layers 1 mm apart that hang together at one side only: the way from one to the other leads round that side.
#[test]
fn a_path_goes_round_and_never_through_to_another_sheet() {
    let fold = |u: f64, v: f64| {
        let along = 202.0 * u;
        let (x, z) = if along <= 100.0 {
            (along, 0.0)
        } else {
            (100.0 - (along - 102.0).max(0.0), -0.5 * (along - 100.0).min(2.0))
        };
        Point::new(x, 60.0 * v, z)
    };
    let mesh = patch([101, 30], 0.0, fold);
    let found = length(&mesh, [Point::new(81.0, 31.0, 0.4), Point::new(81.0, 31.0, -1.4)]);
    assert!((found - 39.0).abs() < 0.05, "{found} mm");
}

#[test]
fn pieces_without_a_way_between_are_told() {
    let flat = patch([4, 4], 0.0, |u, v| Point::new(30.0 * u, 30.0 * v, 0.0));
    let (mut vertices, mut triangles) = flat.into_parts();
    let count = vertices.len() as u32;
    vertices.extend(vertices.clone().iter().map(|v| v + Vector::new(0.0, 0.0, 1.0)));
    triangles.extend(triangles.clone().iter().map(|t| t.map(|v| v + count)));
    let mesh = TriMesh::new(vertices, triangles).unwrap();
    let [from, to] = [0, 40].map(|triangle| SurfacePoint { triangle, weights: [0.2, 0.5, 0.3] });
    let message = geodesic(&mesh, &Topology::build(&mesh), from, to).unwrap_err().to_string();
    assert!(message.contains("different pieces") && message.contains("(6.00, 2.25, 0.00)"), "{message}");
    let same = geodesic(&mesh, &Topology::build(&mesh), from, from).unwrap();
    assert!(same.length_mm(&mesh) < 1e-12 && same.triangles == [0]);
}

/// Shortest way over a graph of `per_edge` points on every edge: an upper bound that comes close with many.
fn over_graph(mesh: &TriMesh, [from, to]: [SurfacePoint; 2], per_edge: u32) -> f64 {
    let mut nodes = BTreeMap::<(u32, u32, u32), usize>::new();
    let mut places = vec![from.position(mesh), to.position(mesh)];
    let mut in_triangle: Vec<Vec<usize>> = vec![Vec::new(); mesh.triangles().len()];
    for (t, corners) in mesh.triangles().iter().enumerate() {
        for [a, b] in [[corners[0], corners[1]], [corners[1], corners[2]], [corners[2], corners[0]]] {
            let (low, high) = (a.min(b), a.max(b));
            for k in 0..=per_edge {
                let key = if k == 0 {
                    (low, low, 0)
                } else if k == per_edge {
                    (high, high, 0)
                } else {
                    (low, high, k)
                };
                let node = *nodes.entry(key).or_insert_with(|| {
                    let [p, q] = [low, high].map(|v| mesh.vertices()[v as usize]);
                    places.push(p + (q - p) * (f64::from(k) / f64::from(per_edge)));
                    places.len() - 1
                });
                in_triangle[t].push(node);
            }
        }
    }
    in_triangle[from.triangle as usize].push(0);
    in_triangle[to.triangle as usize].push(1);
    let mut triangles_of: Vec<Vec<usize>> = vec![Vec::new(); places.len()];
    for (t, nodes) in in_triangle.iter().enumerate() {
        for &node in nodes {
            triangles_of[node].push(t);
        }
    }
    let mut best = vec![f64::INFINITY; places.len()];
    best[0] = 0.0;
    let mut open = BinaryHeap::from([Reverse((0.0_f64.to_bits(), 0))]);
    while let Some(Reverse((cost, node))) = open.pop() {
        let cost = f64::from_bits(cost);
        if cost > best[node] {
            continue;
        }
        for &next in triangles_of[node].iter().flat_map(|&t| &in_triangle[t]) {
            let total = cost + (places[next] - places[node]).norm();
            if total < best[next] {
                best[next] = total;
                open.push(Reverse((total.to_bits(), next)));
            }
        }
    }
    best[1]
}

fn place() -> impl Strategy<Value = SurfacePoint> {
    (0..2 * 14 * 12_u32, 0.05..0.6_f64, 0.05..0.35_f64)
        .prop_map(|(triangle, v, w)| SurfacePoint { triangle, weights: [1.0 - v - w, v, w] })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// On hilly ground the way is a true one, and hardly longer than the best one of a graph with 16 points on every edge.
    /// The margin is for a wrong side of a hill, where both are nearly as long.
    #[test]
    fn geodesics_over_hills_are_the_shortest(ends in [place(), place()], height in 0.0..9.0_f64, jitter in 0.0..0.4_f64) {
        let mesh = patch([14, 12], jitter, |u, v| {
            Point::new(90.0 * u, 80.0 * v, height * (9.0 * u).sin() * (11.0 * v + 2.0 * u).cos())
        });
        let topology = Topology::build(&mesh);
        let path = geodesic(&mesh, &topology, ends[0], ends[1]).unwrap();
        let (found, graph) = (path.length_mm(&mesh), over_graph(&mesh, ends, 16));
        prop_assert!(found <= 1.04 * graph + 0.02, "{} mm, over the graph {} mm", found, graph);
        prop_assert!(found >= 0.985 * graph - 0.02, "{} mm, over the graph {} mm", found, graph);
        prop_assert_eq!(path.points.len(), path.triangles.len() + 1);
        for (step, &triangle) in path.points.windows(2).zip(&path.triangles) {
            let is_in = |point: &PathPoint| match point {
                PathPoint::Inside(at) => at.triangle == triangle,
                PathPoint::Across { edge, .. } => edge.iter().all(|v| mesh.triangles()[triangle as usize].contains(v)),
            };
            prop_assert!(step.iter().all(is_in));
        }
    }

    /// Symmetric meshes have ways of equal length: which one is taken does not hang on rounding.
    #[test]
    fn paths_and_distances_move_with_the_mesh(
        angles in prop::array::uniform3(-3.0_f64..3.0), shift in prop::array::uniform3(-300.0_f64..300.0)
    ) {
        let by = Placement::new(&Rotation3::from_euler_angles(angles[0], angles[1], angles[2]), &Vector::from(shift));
        let mesh = patch([20, 20], 0.0, |u, v| {
            let (x, y) = (60.0 * u - 30.0, 60.0 * v - 30.0);
            Point::new(x, y, (6400.0 - x * x - y * y).sqrt())
        });
        let moved = TriMesh::new(mesh.vertices().iter().map(|v| by.point(v)).collect(), mesh.triangles().to_vec()).unwrap();
        let rim: Vec<[u32; 2]> = (0..20).flat_map(|i| [[i, i + 1], [420 + i, 421 + i], [21 * i, 21 * i + 21]]).collect();
        for (here, there) in distance_to_edges(&mesh, &rim).iter().zip(distance_to_edges(&moved, &rim)) {
            prop_assert!((here - there).abs() < 1e-6, "{} mm and {} mm", here, there);
        }
        let topology = Topology::build(&mesh);
        let ends = [3, 796].map(|triangle| SurfacePoint { triangle, weights: [0.4, 0.3, 0.3] });
        let [here, there] = [&mesh, &moved].map(|mesh| geodesic(mesh, &topology, ends[0], ends[1]).unwrap());
        prop_assert_eq!(&here.triangles, &there.triangles);
        for (p, q) in here.points.iter().zip(&there.points) {
            prop_assert!((by.point(&p.position(&mesh)) - q.position(&moved)).norm() < 1e-6);
        }
    }
}

/// A ball by marching tetrahedra, six to a cube: slivers beside large triangles, as image segmentations give them.
fn marched_ball(radius: f64, step: f64) -> TriMesh {
    let half = (radius / step).ceil() as i32 + 1;
    let at = |[i, j, k]: [i32; 3]| Point::new(f64::from(i) + 0.137, f64::from(j) + 0.211, f64::from(k) + 0.317) * step;
    let field = |node: [i32; 3]| radius - at(node).coords.norm();
    let mut ids = BTreeMap::new();
    let (mut vertices, mut triangles) = (Vec::new(), Vec::new());
    let mut crossing = |inner: [i32; 3], outer: [i32; 3]| {
        *ids.entry((inner, outer)).or_insert_with(|| {
            let share = field(inner) / (field(inner) - field(outer));
            let p = at(inner) + (at(outer) - at(inner)) * share;
            vertices.push(Point::from(p.coords.normalize() * radius));
            vertices.len() as u32 - 1
        })
    };
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for i in -half..half {
        for j in -half..half {
            for k in -half..half {
                for order in orders {
                    let mut tetrahedron = [[i, j, k]; 4];
                    for (corner, axis) in (1..).zip(order) {
                        tetrahedron[corner] = tetrahedron[corner - 1];
                        tetrahedron[corner][axis] += 1;
                    }
                    let (inner, outer): (Vec<_>, Vec<_>) = tetrahedron.into_iter().partition(|&n| field(n) > 0.0);
                    match (&inner[..], &outer[..]) {
                        ([a], [b, c, d]) => triangles.push([crossing(*a, *b), crossing(*a, *c), crossing(*a, *d)]),
                        ([b, c, d], [a]) => triangles.push([crossing(*b, *a), crossing(*c, *a), crossing(*d, *a)]),
                        ([a, b], [c, d]) => {
                            let [ac, ad, bc, bd] =
                                [crossing(*a, *c), crossing(*a, *d), crossing(*b, *c), crossing(*b, *d)];
                            triangles.extend([[ac, ad, bd], [ac, bd, bc]]);
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    for corners in &mut triangles {
        let [a, b, c] = corners.map(|v| vertices[v as usize]);
        if (b - a).cross(&(c - a)).dot(&a.coords) < 0.0 {
            corners.swap(1, 2);
        }
    }
    TriMesh::new(vertices, triangles).unwrap()
}

/// From a circle of latitude to every vertex: within 1 %; within 2 % on the slivers of marching tetrahedra (1.24 % seen).
#[test]
fn distances_on_a_sphere_are_exact_on_every_kind_of_triangles() {
    let radius = 80.0;
    let band = |edge: f64, stretch: f64, jitter: f64| {
        let cells = [(251.0 / edge / stretch) as usize, (160.0 / edge) as usize];
        let lay = |u: f64, v: f64| {
            let (longitude, latitude) = (std::f64::consts::PI * u, 2.0 * v - 1.0);
            Point::from(
                Vector::new(longitude.cos() * latitude.cos(), longitude.sin() * latitude.cos(), latitude.sin())
                    * radius,
            )
        };
        patch(cells, jitter, lay)
    };
    // A band of a sphere has open sides: only the wedge away from them has its shortest ways inside.
    let inside = |p: &Point| p.x.abs() < 0.6 * radius && p.y > 0.0;
    for (name, mesh, edge, whole) in [
        ("moved vertices", band(1.2, 1.0, 0.3), 1.2, false),
        ("needles", band(1.5, 8.0, 0.1), 12.0, false),
        ("coarse", band(12.0, 1.0, 0.3), 12.0, false),
        ("marched", marched_ball(radius, 2.5), 2.5, true),
        ("marched coarsely", marched_ball(radius, 6.0), 6.0, true),
    ] {
        let polar = 1.2_f64;
        let index = SurfaceIndex::build(&mesh);
        let on_line = |turn: f64| Vector::new(turn.cos() * polar.sin(), turn.sin() * polar.sin(), polar.cos()) * radius;
        let (edges, mesh) = if whole {
            let circle = (0..720).map(|k| on_line(f64::from(k).to_radians() / 2.0));
            let places: Vec<SurfacePoint> = circle.map(|p| index.closest(&Point::from(p)).unwrap().at).collect();
            let line = SurfaceLoop::trace(&mesh, &Topology::build(&mesh), &places).unwrap();
            let cut = cut(&mesh, &[line]).unwrap();
            (cut.edges[0].clone(), cut.mesh)
        } else {
            let columns =
                mesh.vertices().iter().position(|v| v.z > -radius * 0.999 * 1.0_f64.sin()).unwrap() as u32 - 1;
            ((0..columns).map(|i| [i, i + 1]).collect(), mesh)
        };
        let exact = |p: &Point| {
            let from_pole = (p.z / p.coords.norm()).acos();
            if whole {
                radius * (from_pole - polar).abs()
            } else {
                radius * (std::f64::consts::FRAC_PI_2 + 1.0 - from_pole)
            }
        };
        let distances = distance_to_edges(&mesh, &edges);
        for (v, d) in mesh.vertices().iter().zip(distances).filter(|(v, _)| whole || inside(v)) {
            let error = (d - exact(v)).abs();
            // Chords of long edges run inside the sphere, and the line itself lies on them.
            let sagitta = edge * edge / 8.0 / radius;
            let (share, near) = if whole { (0.02, 0.04) } else { (0.01, 0.01) };
            assert!(error < share * exact(v) + near * edge + sagitta, "{name}: {d} instead of {} at {v}", exact(v));
        }
    }
}
