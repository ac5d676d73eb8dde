//! Benchmarks of ordering: random dots on a half ellipsoid the size of a scalp.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tonsure::geometry::Point;
use tonsure::route::{Budget, Ends, EuclideanCost, Options, lower_bound, serpentine, solve};

fn scalp(count: u32) -> Vec<Point> {
    let mut random = Pcg64::seed_from_u64(u64::from(count));
    (0..count)
        .map(|_| {
            let height = random.random_range(0.0..1.0_f64);
            let (sin, cos) = random.random_range(0.0..std::f64::consts::TAU).sin_cos();
            let radius = (1.0 - height * height).sqrt();
            Point::new(95.0 * radius * cos, 75.0 * radius * sin, 115.0 * height)
        })
        .collect()
}

fn ordering(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("route");
    group.sample_size(10);
    for count in [1_000, 10_000, 40_000] {
        let points = scalp(count);
        let cost = EuclideanCost::new(&points);
        group.throughput(Throughput::Elements(u64::from(count)));
        for (name, budget) in [("descent", Budget::KicksPerPoint(0.0)), ("default", Budget::default())] {
            let options = Options { budget, serpentine: false, ..Options::default() };
            group.bench_function(format!("{name}/{count}"), |bencher| {
                bencher.iter(|| solve(black_box(&points), &cost, &options));
            });
        }
        group.bench_function(format!("bound/{count}"), |bencher| {
            bencher.iter(|| lower_bound(black_box(&points), &cost, Ends::default(), None));
        });
        group.bench_function(format!("serpentine/{count}"), |bencher| bencher.iter(|| serpentine(black_box(&points))));
    }
    group.finish();
}

criterion_group!(benches, ordering);
criterion_main!(benches);
