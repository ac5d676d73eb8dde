//! Benchmarks: sampling. Time a dot on a bowl of 80,000 triangles: constant spacing from 10,000 to 1,000,000 dots, a
//! spacing that grows tenfold across the bowl, fixed dots, and the order.
//!
//! `RAYON_NUM_THREADS=1 cargo bench --bench sampling` gives the time of one core.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tonsure::geometry::Point;
use tonsure::mesh::TriMesh;
use tonsure::sampling::{
    Domain, FixedDot, Options, SATURATION, Spacing, progressive_order, sample, spacing_for_density_mm,
};

const WIDTH_MM: f64 = 200.0;

/// A bowl of `n` by `n` pairs of triangles.
fn bowl(n: u32) -> TriMesh {
    let step = WIDTH_MM / f64::from(n);
    let vertex = |i: u32| {
        let [x, y] = [i % (n + 1), i / (n + 1)].map(|k| f64::from(k) * step - 0.5 * WIDTH_MM);
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
    let mesh = bowl(200);
    let area_mm2 = mesh.area_mm2();
    for count in [10_000.0, 100_000.0, 1_000_000.0] {
        let spacing_mm = spacing_for_density_mm(100.0 * count / area_mm2, area_mm2, 4.0 * WIDTH_MM);
        let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(spacing_mm) };
        group.throughput(Throughput::Elements(count as u64));
        let id = BenchmarkId::new("constant", count);
        group.bench_function(id, |b| b.iter(|| sample(black_box(&domain), &[], &Options::default())));
    }

    let count = 100_000.0;
    group.throughput(Throughput::Elements(count as u64));
    // From r to 10 r on the way across; the area over the squared spacing is that of the constant sqrt(10) r.
    let least_mm = (SATURATION * area_mm2 / count / 10.0).sqrt();
    let graded: Vec<f64> = mesh.vertices().iter().map(|v| least_mm * 10.0_f64.powf(v.x / WIDTH_MM + 0.5)).collect();
    let domain = Domain { mesh: &mesh, spacing: Spacing::PerVertex(&graded) };
    group.bench_function("tenfold", |b| b.iter(|| sample(black_box(&domain), &[], &Options::default())));

    let spacing_mm = spacing_for_density_mm(100.0 * count / area_mm2, area_mm2, 4.0 * WIDTH_MM);
    let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(spacing_mm) };
    let dots = sample(&domain, &[], &Options::default()).unwrap_or_default().dots;
    let fixed: Vec<FixedDot> = (dots.iter().step_by(2))
        .map(|dot| FixedDot { position: dot.position, normal: None, spacing_mm: 0.8 * spacing_mm })
        .collect();
    group.bench_function("half fixed", |b| b.iter(|| sample(black_box(&domain), &fixed, &Options::default())));
    group.bench_function("order", |b| b.iter(|| progressive_order(black_box(&dots), 0)));
    group.finish();
}

criterion_group!(benches, dots);
criterion_main!(benches);
