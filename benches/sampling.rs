//! Benchmarks: sampling. Time a dot for a flat square of small triangles, constant and graded, and for the order.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tonsure::geometry::Point;
use tonsure::mesh::TriMesh;
use tonsure::sampling::{Domain, Options, Spacing, progressive_order, sample, spacing_for_density_mm};

/// A bowl 200 mm wide of `n` by `n` pairs of triangles.
fn bowl(n: u32) -> TriMesh {
    let step = 200.0 / f64::from(n);
    let vertex = |i: u32| {
        let (x, y) = (f64::from(i % (n + 1)) * step - 100.0, f64::from(i / (n + 1)) * step - 100.0);
        Point::new(x, y, 0.004 * (x * x + y * y))
    };
    let corners = |i: u32| {
        let a = i / n * (n + 1) + i % n;
        [[a, a + 1, a + n + 2], [a, a + n + 2, a + n + 1]]
    };
    let mesh = TriMesh::new((0..(n + 1) * (n + 1)).map(vertex).collect(), (0..n * n).flat_map(corners).collect());
    mesh.unwrap_or_default()
}

fn dots(c: &mut Criterion) {
    let mut group = c.benchmark_group("sampling");
    group.sample_size(10);
    let mesh = bowl(150);
    for count in [10_000.0, 40_000.0] {
        let spacing_mm = spacing_for_density_mm(100.0 * count / mesh.area_mm2(), mesh.area_mm2(), 800.0);
        let graded: Vec<f64> = mesh.vertices().iter().map(|v| spacing_mm * (1.0 + v.x / 200.0)).collect();
        group.throughput(Throughput::Elements(count as u64));
        for (name, spacing) in [("constant", Spacing::Constant(spacing_mm)), ("graded", Spacing::PerVertex(&graded))] {
            let domain = Domain { mesh: &mesh, spacing };
            let id = BenchmarkId::new(name, count);
            group.bench_function(id, |b| b.iter(|| sample(black_box(&domain), &[], &Options::default())));
        }
        let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(spacing_mm) };
        let samples = sample(&domain, &[], &Options::default()).unwrap_or_default();
        let id = BenchmarkId::new("order", count);
        group.bench_function(id, |b| b.iter(|| progressive_order(black_box(&samples.dots), 0)));
    }
    group.finish();
}

criterion_group!(benches, dots);
criterion_main!(benches);
