//! Benchmarks: queries on a mesh of the size of a fine head scan, and distance along it.

#![allow(clippy::unwrap_used, missing_docs, reason = "a bench stops at what is wrong")]

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tonsure::geometry::{Aabb, Point, Vector};
use tonsure::mesh::{SurfaceIndex, TriMesh, distance_to_edges, load};

const RADIUS_MM: f64 = 90.0;

/// A bumpy ball of `20 * 4^depth` triangles: 327,680 for a depth of 7.
fn ball(depth: u32) -> TriMesh {
    let golden = f64::midpoint(1.0, 5.0_f64.sqrt());
    let mut vertices: Vec<Vector> = [(1.0, golden), (-1.0, golden), (1.0, -golden), (-1.0, -golden)]
        .into_iter()
        .flat_map(|(a, b)| [Vector::new(0.0, a, b), Vector::new(a, b, 0.0), Vector::new(b, 0.0, a)])
        .collect();
    // Faces of the icosahedron: three corners at the least distance, 2, from each other.
    let near = |a: usize, b: usize| (vertices[a] - vertices[b]).norm() < 2.1;
    let mut triangles = Vec::new();
    for a in 0..12 {
        for b in a + 1..12 {
            for c in b + 1..12 {
                if near(a, b) && near(b, c) && near(c, a) {
                    let outward = vertices[a].dot(&vertices[b].cross(&vertices[c])) > 0.0;
                    triangles.push(if outward { [a, b, c] } else { [a, c, b] });
                }
            }
        }
    }
    for _ in 0..depth {
        let mut middles = BTreeMap::new();
        let mut middle = |a: usize, b: usize| {
            *middles.entry([a.min(b), a.max(b)]).or_insert_with(|| {
                vertices.push((vertices[a].normalize() + vertices[b].normalize()).normalize());
                vertices.len() - 1
            })
        };
        triangles = triangles
            .iter()
            .flat_map(|&[a, b, c]| {
                let [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
                [[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]
            })
            .collect();
    }
    let bumpy = vertices.iter().map(|v| {
        let out = v.normalize();
        let bump = (9.0 * out.x).sin() * (8.0 * out.y).sin() * (7.0 * out.z).sin();
        Point::from(out * (RADIUS_MM + 2.0 * bump))
    });
    TriMesh::new(bumpy.collect(), triangles.iter().map(|t| t.map(|v| v as u32)).collect()).unwrap()
}

/// Directions spread evenly over the sphere (Fibonacci lattice).
fn directions(count: u32) -> Vec<Vector> {
    let turn = std::f64::consts::PI * (3.0 - 5.0_f64.sqrt());
    (0..count)
        .map(|i| {
            let z = 1.0 - (f64::from(i) + 0.5) * 2.0 / f64::from(count);
            let (sin, cos) = (f64::from(i) * turn).sin_cos();
            let out = (1.0 - z * z).sqrt();
            Vector::new(out * cos, out * sin, z)
        })
        .collect()
}

/// A real head of 314,806 triangles, which lies beside the project.
const HEAD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes/colin27_scalp.ply");

/// Points spread evenly over the surface and up to `off_mm` off it on both sides, in Morton order.
fn points_off(mesh: &TriMesh, count: u32, off_mm: f64) -> Vec<Point> {
    let mut random = Pcg64::seed_from_u64(1);
    let mut points = Vec::with_capacity(count as usize);
    let (total, mut seen) = (mesh.area_mm2(), 0.0);
    for t in 0..mesh.triangles().len() as u32 {
        seen += mesh.triangle_area_mm2(t);
        let [a, b, c] = mesh.corners(t);
        while (points.len() as f64) < seen / total * f64::from(count) {
            let (mut s, mut t_): (f64, f64) = (random.random(), random.random());
            if s + t_ > 1.0 {
                (s, t_) = (1.0 - s, 1.0 - t_);
            }
            points.push(a + (b - a) * s + (c - a) * t_ + mesh.normal(t) * random.random_range(-off_mm..off_mm));
        }
    }
    let bounds = Aabb::around(&points);
    points.sort_by_cached_key(|point| {
        let cell = ((point - bounds.min) / bounds.size().max()).map(|share| (share * 2_097_151.0) as u64);
        (0..21)
            .fold(0_u64, |key, bit| (0..3).fold(key, |key, axis| key | ((cell[axis] >> bit) & 1) << (3 * bit + axis)))
    });
    points
}

/// Closest points as a scan check asks for them.
///
/// CPU time a query on one busy core for a million points within 1 and 5 mm of the head: here 0.63 and 1.01 µs,
/// parry3d-f64 0.83 and 1.93 µs, libigl's AABB 1.36 and 3.26 µs, Embree by point-cloud-utils 2.2 and 4.2 µs.
fn closest_points(c: &mut Criterion) {
    let head = std::path::Path::new(HEAD);
    let mesh = if head.is_file() { load(head, None).unwrap().mesh } else { ball(7) };
    let index = SurfaceIndex::build(&mesh);
    let mut group = c.benchmark_group("closest_on_head");
    group.sample_size(10);
    for off_mm in [1.0, 5.0] {
        let points = points_off(&mesh, 1_000_000, off_mm);
        group.throughput(Throughput::Elements(points.len() as u64));
        group.bench_function(format!("within_{off_mm}mm"), |b| {
            b.iter(|| points.iter().map(|p| index.closest(p).unwrap().distance_mm).sum::<f64>());
        });
    }
    group.finish();
}

/// The same surface in 3,000,000 triangles and more.
fn build(c: &mut Criterion) {
    let mesh = ball(9);
    let mut group = c.benchmark_group("build");
    group.sample_size(10);
    group.bench_function("5_243k", |b| b.iter(|| SurfaceIndex::build(black_box(&mesh))));
    group.finish();
}

fn queries(c: &mut Criterion) {
    let mesh = ball(7);
    let index = SurfaceIndex::build(&mesh);
    let directions = directions(1000);
    let mut group = c.benchmark_group("surface_index");
    group.sample_size(10);
    group.bench_function("build_328k", |b| b.iter(|| SurfaceIndex::build(black_box(&mesh))));
    group.bench_function("closest_1mm_off_1000", |b| {
        b.iter(|| {
            directions
                .iter()
                .map(|d| index.closest(&Point::from(d * (RADIUS_MM + 1.0))).unwrap().distance_mm)
                .sum::<f64>()
        });
    });
    group.bench_function("closest_20mm_off_1000", |b| {
        b.iter(|| {
            directions
                .iter()
                .map(|d| index.closest(&Point::from(d * (RADIUS_MM + 20.0))).unwrap().distance_mm)
                .sum::<f64>()
        });
    });
    group.bench_function("ray_1000", |b| {
        b.iter(|| directions.iter().map(|d| index.ray(&Point::origin(), d, 1e3).unwrap().t).sum::<f64>());
    });
    group.bench_function("needle_holder_1000", |b| {
        let holder = |d: &Vector| (Point::from(d * (RADIUS_MM + 5.0)), Point::from(d * (RADIUS_MM + 65.0)));
        b.iter(|| {
            directions.iter().map(holder).map(|(tip, top)| index.segment_distance(&tip, &top, 20.0)).sum::<f64>()
        });
    });
    group.bench_function("travel_leg_1000", |b| {
        let leg = |pair: &[Vector]| pair.iter().map(|d| Point::from(d * (RADIUS_MM + 5.0))).collect::<Vec<_>>();
        let legs: Vec<_> = directions.windows(22).map(|w| leg(&[w[0], w[21]])).collect();
        b.iter(|| legs.iter().map(|leg| index.segment_distance(&leg[0], &leg[1], 10.0)).sum::<f64>());
    });
    group.finish();
}

fn distance(c: &mut Criterion) {
    let mesh = ball(7);
    let crosses = |a: u32, b: u32| {
        let [a, b] = [a, b].map(|v| mesh.vertices()[v as usize].z > 0.0);
        a && b
    };
    // The rim of the upper half: edges of triangles that stick out of it.
    let rim: Vec<[u32; 2]> = mesh
        .triangles()
        .iter()
        .flat_map(|&[x, y, z]| [[x, y, z], [y, z, x], [z, x, y]])
        .filter(|&[a, b, c]| crosses(a, b) && !crosses(b, c))
        .map(|[a, b, _]| [a, b])
        .collect();
    let mut group = c.benchmark_group("distance");
    group.sample_size(10);
    group.bench_function("to_rim_328k", |b| b.iter(|| distance_to_edges(black_box(&mesh), &rim)));
    group.finish();
}

criterion_group!(benches, closest_points, build, queries, distance);
criterion_main!(benches);
