//! Tests: measures of regularity against closed forms, and what relaxation promises.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tonsure::geometry::Point;
use tonsure::mesh::{SurfacePoint, TriMesh};
use tonsure::sampling::{
    Domain, FixedDot, Measures, Options, Sample, Spacing, audit, expected_count, open_edge_length_mm, sample,
    sample_regular,
};

/// A square of `n` by `n` pairs of triangles on a bowl of that depth.
fn bowl(side: f64, n: u32, depth: f64) -> TriMesh {
    let step = side / f64::from(n);
    let vertex = |i: u32| {
        let [x, y] = [i % (n + 1), i / (n + 1)].map(|k| f64::from(k) * step);
        Point::new(x, y, depth * ((x / side - 0.5).powi(2) + (y / side - 0.5).powi(2)))
    };
    let corners = |i: u32| {
        let a = i / n * (n + 1) + i % n;
        [[a, a + 1, a + n + 2], [a, a + n + 2, a + n + 1]]
    };
    TriMesh::new((0..(n + 1) * (n + 1)).map(vertex).collect(), (0..n * n).flat_map(corners).collect()).unwrap()
}

/// Dots at the given places of a flat square of one pair of triangles.
fn flat_dots(mesh: &TriMesh, places: impl Iterator<Item = [f64; 2]>) -> Vec<Sample> {
    let dot = |[x, y]: [f64; 2]| {
        let at = SurfacePoint::closest_in(mesh, u32::from(y > x), &Point::new(x, y, 0.0));
        Sample { at, position: at.position(mesh), spacing_mm: 1.0 }
    };
    places.map(dot).collect()
}

#[test]
fn a_hexagonal_lattice_has_no_variation() {
    let mesh = bowl(60.0, 1, 0.0);
    let height = 0.75_f64.sqrt();
    let row =
        |j: i32| (0..60).map(move |i| [f64::from(i) + 0.25 + 0.5 * f64::from(j % 2), (f64::from(j) + 0.5) * height]);
    let measures = Measures::of(&mesh, &flat_dots(&mesh, (0..69).flat_map(row)), &[]).unwrap().unwrap();
    assert!((measures.hexagonal - 1.0).abs() < 0.01 && (measures.nearest_mean - 1.0).abs() < 0.01, "{measures:?}");
    assert!(measures.nearest_cv < 1e-6 && (measures.psi6 - 1.0).abs() < 1e-9, "{measures:?}");
    assert!((measures.first_peak().0 - 1.0).abs() < 0.1 && measures.first_peak().1 > 6.0, "{measures:?}");
    assert!(measures.pair_correlation[..9].iter().all(|&g| g == 0.0));
    // The reciprocal lattice begins at 2 / sqrt 3; before that there is nothing.
    let first = measures.frequencies().zip(&measures.power).find(|(_, power)| **power > 1.0).unwrap().0;
    assert!((first - 2.0 / 3.0_f64.sqrt()).abs() < 0.1, "{measures:?}");
    assert!(measures.power[..5].iter().all(|&power| power < 0.02), "{:?}", measures.power);
}

#[test]
fn a_poisson_process_has_the_known_statistics() {
    let mesh = bowl(120.0, 1, 0.0);
    let mut rng = Pcg64::seed_from_u64(8);
    let places: Vec<[f64; 2]> = (0..16_000).map(|_| [0.0; 2].map(|_: f64| rng.random_range(0.0..120.0))).collect();
    let measures = Measures::of(&mesh, &flat_dots(&mesh, places.into_iter()), &[]).unwrap().unwrap();
    // sqrt(4 / pi - 1), and 1/2 over sqrt(2 / sqrt 3).
    assert!((measures.nearest_cv - 0.5227).abs() < 0.012, "{measures:?}");
    assert!((measures.nearest_mean - 0.4653).abs() < 0.01, "{measures:?}");
    // Six random directions: about sqrt(pi / 24).
    assert!((measures.psi6 - 0.365).abs() < 0.012, "{measures:?}");
    assert!(measures.pair_correlation[3..].iter().all(|&g| (g - 1.0).abs() < 0.1), "{measures:?}");
    assert!(measures.power[2..].iter().all(|&power| (power - 1.0).abs() < 0.15), "{measures:?}");
}

#[test]
fn too_few_dots_have_no_measures() {
    let mesh = bowl(8.0, 1, 0.0);
    assert_eq!(Measures::of(&mesh, &flat_dots(&mesh, (0..8).map(|i| [f64::from(i), 4.0])), &[]).unwrap(), None);
    assert_eq!(Measures::of(&mesh, &[], &[]).unwrap(), None);
    assert!((open_edge_length_mm(&mesh) - 32.0).abs() < 1e-12);
}

#[test]
fn both_guarantees_hold_at_every_regularity() {
    let mesh = bowl(24.0, 10, 8.0);
    let graded: Vec<f64> = mesh.vertices().iter().map(|v| 0.35 + 0.015 * v.x).collect();
    let fixed: Vec<FixedDot> =
        sample(&Domain { mesh: &mesh, spacing: Spacing::Constant(4.0) }, &[], &Options::default())
            .unwrap()
            .dots
            .iter()
            .map(|dot| FixedDot { position: dot.position, normal: None, spacing_mm: 0.4 })
            .collect();
    for (spacing, sheets_apart) in [(Spacing::Constant(0.5), false), (Spacing::PerVertex(&graded), true)] {
        let domain = Domain { mesh: &mesh, spacing };
        let options = Options { seed: 5, sheets_apart, ..Options::default() };
        let natural = sample(&domain, &fixed, &options).unwrap();
        assert_eq!(sample_regular(&domain, &fixed, &options, 0.0).unwrap(), natural);
        let mut last = Measures::of(&mesh, &natural.dots, &fixed).unwrap().unwrap();
        for regularity in [0.1, 0.6, 1.0] {
            let relaxed = sample_regular(&domain, &fixed, &options, regularity).unwrap();
            let findings = audit(&domain, &relaxed.dots, &fixed, sheets_apart).unwrap().findings();
            assert!(findings.is_empty(), "{regularity}: {findings:?}");
            let measures = Measures::of(&mesh, &relaxed.dots, &fixed).unwrap().unwrap();
            // More bonds of a triangle's angles, and wider apart; the CV rises first, as the crowd at the spacing dissolves.
            assert!(
                measures.psi6 > last.psi6 && measures.nearest_mean > last.nearest_mean,
                "{measures:?} after {last:?}"
            );
            last = measures;
        }
        assert!(last.psi6 > 0.48, "{last:?}");
    }
    let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(1.0) };
    for wrong in [-0.1, 1.1, f64::NAN] {
        let error = sample_regular(&domain, &[], &Options::default(), wrong).unwrap_err().to_string();
        assert!(error.contains("regularity"), "{error}");
    }
}

#[test]
fn relaxed_dots_do_not_depend_on_the_threads() {
    let mesh = bowl(40.0, 8, 10.0);
    let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(0.8) };
    let [one, three] = [1, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let dots = sample_regular(&domain, &[], &Options::default(), 0.3).unwrap().dots;
            let found = (audit(&domain, &dots, &[], false).unwrap(), Measures::of(&mesh, &dots, &[]).unwrap());
            (dots, found)
        })
    });
    assert!(one == three);
}

#[test]
fn relaxed_dots_are_as_dense_as_natural_ones() {
    let mesh = bowl(60.0, 20, 0.0);
    let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(1.0) };
    for regularity in [0.0, 0.25, 0.4, 1.0] {
        let count =
            sample_regular(&domain, &[], &Options { seed: 3, ..Options::default() }, regularity).unwrap().dots.len();
        let expected = expected_count(1.0, 3600.0, 240.0);
        assert!((count as f64 / expected - 1.0).abs() < 0.015, "{regularity}: {count} against {expected}");
    }
}
