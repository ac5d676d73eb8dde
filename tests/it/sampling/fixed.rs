//! Dots that are there already.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tonsure::geometry::Point;
use tonsure::sampling::{Domain, FixedDot, Options, Spacing, audit, sample};

use super::judge::{keeps_the_rule, widest_gap};
use super::random_fixed;
use super::surfaces::{self, grid};

#[test]
fn a_crowd_of_fixed_dots_is_kept_clear_of() {
    // Far more of them than there are bits for the discs of a tile.
    let mesh = grid(3, 6.0);
    let mut rng = Pcg64::seed_from_u64(1);
    let mut crowd = |count: usize, spacing_mm: f64| -> Vec<FixedDot> {
        let mut place = || Point::new(rng.random_range(1.0..5.0), rng.random_range(2.0..4.0), 0.0);
        (0..count).map(|_| FixedDot { position: place(), normal: None, spacing_mm }).collect()
    };
    let fixed = [crowd(300, 0.04), crowd(60, 2.0)].concat();
    let field = vec![0.5; mesh.vertices().len()];
    let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(0.5) };
    for fixed in [&fixed[..], &fixed[..300]] {
        let samples = sample(&domain, fixed, &Options::default()).unwrap();
        assert!(!samples.dots.is_empty());
        assert!(keeps_the_rule(&mesh, &samples.dots, fixed, false));
        assert!(widest_gap(&mesh, &field, &samples.dots, fixed, false, 1e-6) <= 2e-6);
    }
}

#[test]
fn a_hundred_thousand_fixed_dots_are_filled_around() {
    // Some stand in a crowd, some alone; about as many new ones find room.
    let mesh = surfaces::torus(30.0, 10.0, 40);
    let spacing = 0.22;
    let fixed = random_fixed(&mesh, 100_000, 0.3 * spacing, 3);
    let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(spacing) };
    let options = Options { seed: 8, sheets_apart: true, ..Options::default() };
    let samples = sample(&domain, &fixed, &options).unwrap();
    assert!(
        samples.findings.is_empty() && samples.dots.len() > 50_000,
        "{} {:?}",
        samples.dots.len(),
        samples.findings
    );
    // New ones only: nothing stands where a fixed dot does.
    let audit = audit(&domain, &samples.dots, &fixed, true).unwrap();
    assert!(audit.findings().is_empty() && audit.min_over_rule >= 1.0, "{audit:?}");
}
