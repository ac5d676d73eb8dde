//! Benchmarks: mesh.

#![allow(missing_docs, clippy::expect_used, reason = "a benchmark stops when something fails")]

use std::f64::consts::TAU;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use tonsure::error::Error;
use tonsure::geometry::Point;
use tonsure::mesh::{self, Format, TriMesh};

/// A torus as large as a head, of `2 n²` triangles.
fn torus(n: u32) -> TriMesh {
    let vertex = |i: u32| {
        let [u, v] = [i / n, i % n].map(|k| TAU * f64::from(k) / f64::from(n));
        let ring = 75.0 + 25.0 * v.cos();
        Point::new(ring * u.cos(), ring * u.sin(), 25.0 * v.sin())
    };
    let triangles = (0..n * n).flat_map(|i| {
        let (row, column) = (i / n, i % n);
        let at = |r: u32, c: u32| (r % n) * n + c % n;
        let [a, b, c, d] = [at(row, column), at(row + 1, column), at(row + 1, column + 1), at(row, column + 1)];
        [[a, b, c], [a, c, d]]
    });
    TriMesh::new((0..n * n).map(vertex).collect(), triangles.collect()).expect("a torus")
}

fn binary_stl(mesh: &TriMesh) -> Vec<u8> {
    let mut bytes = vec![0; 80];
    bytes.extend((mesh.triangles().len() as u32).to_le_bytes());
    for triangle in 0..mesh.triangles().len() as u32 {
        bytes.extend([0; 12]);
        let corners = mesh.corners(triangle);
        bytes.extend(corners.iter().flat_map(|p| p.iter()).flat_map(|&c| (c as f32).to_le_bytes()));
        bytes.extend([0; 2]);
    }
    bytes
}

/// Reading, welding, winding and checking 314,000 triangles.
fn intake(c: &mut Criterion) {
    let torus = torus(396);
    let mut ply = Vec::new();
    mesh::write_ply(&mut ply, &torus, &[]).expect("written to memory");
    let stl = binary_stl(&torus);
    let mut group = c.benchmark_group("intake");
    group.sample_size(10);
    for (name, format, bytes) in [("ply", Format::Ply, &ply), ("stl", Format::Stl, &stl)] {
        group.bench_function(name, |b| {
            b.iter(|| mesh::read(black_box(bytes), format, None, &|_| Err(Error::input("a side file"))));
        });
    }
    group.finish();
}

criterion_group!(benches, intake);
criterion_main!(benches);
