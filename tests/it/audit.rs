//! Tests: the audit of dots against closed forms, brute force, and dots broken on purpose.

use proptest::prelude::*;
use tonsure::geometry::{Point, Vector};
use tonsure::mesh::{SurfacePoint, TriMesh};
use tonsure::sampling::{Audit, Domain, FixedDot, Options, Sample, Spacing, audit, sample};

/// A square in the plane z = 0 of `n` by `n` pairs of triangles, with the height `z(x, y)`.
fn square(side: f64, n: u32, z: impl Fn(f64, f64) -> f64) -> TriMesh {
    let step = side / f64::from(n);
    let vertex = |i: u32| {
        let (x, y) = (f64::from(i % (n + 1)) * step, f64::from(i / (n + 1)) * step);
        Point::new(x, y, z(x, y))
    };
    let corners = |i: u32| {
        let a = i / n * (n + 1) + i % n;
        [[a, a + 1, a + n + 2], [a, a + n + 2, a + n + 1]]
    };
    TriMesh::new((0..(n + 1) * (n + 1)).map(vertex).collect(), (0..n * n).flat_map(corners).collect()).unwrap()
}

/// Two squares that face each other `gap` apart, their normals outwards.
fn facing(side: f64, n: u32, gap: f64) -> TriMesh {
    let (mut vertices, mut triangles) = square(side, n, |_, _| gap).into_parts();
    let below = square(side, n, |_, _| 0.0);
    let first = vertices.len() as u32;
    triangles.extend(below.triangles().iter().map(|[a, b, c]| [first + a, first + c, first + b]));
    vertices.extend(below.vertices());
    TriMesh::new(vertices, triangles).unwrap()
}

/// The dot on the mesh nearest to a point, by looking at every triangle.
fn dot_at(mesh: &TriMesh, field: impl Fn(&Point) -> f64, p: Point) -> Sample {
    let on = |t: usize| SurfacePoint::closest_in(mesh, t as u32, &p);
    let far = |at: &SurfacePoint| (at.position(mesh) - p).norm();
    let at = (0..mesh.triangles().len()).map(on).min_by(|a, b| far(a).total_cmp(&far(b))).unwrap();
    let values: Vec<f64> = mesh.vertices().iter().map(field).collect();
    Sample { at, position: at.position(mesh), spacing_mm: at.interpolate(mesh, &values) }
}

/// The gap at one place: all dots, no bounds.
fn gap_at(mesh: &TriMesh, at: &SurfacePoint, field: &[f64], dots: &[Sample], fixed: &[FixedDot], apart: bool) -> f64 {
    let (place, asked) = (at.position(mesh), at.interpolate(mesh, field));
    let normal = mesh.normal(at.triangle);
    let new = dots.iter().map(|dot| (dot.position, dot.spacing_mm, Some(mesh.normal(dot.at.triangle))));
    let all = new.chain(fixed.iter().map(|dot| (dot.position, dot.spacing_mm, dot.normal)));
    let near = all.filter(|(.., other)| !apart || other.is_none_or(|other| other.dot(&normal) > 0.0));
    near.map(|(position, spacing, _)| (position - place).norm() / spacing.min(asked)).fold(f64::INFINITY, f64::min)
}

/// Places all over the mesh: every triangle on a lattice of `n` to the edge.
fn places(mesh: &TriMesh, n: u32) -> impl Iterator<Item = SurfacePoint> {
    let share = move |k: u32| f64::from(k) / f64::from(n);
    let weights = (0..=n).flat_map(move |i| (0..=n - i).map(move |j| [share(i), share(j), share(n - i - j)]));
    let lattice: Vec<[f64; 3]> = weights.collect();
    (0..mesh.triangles().len() as u32)
        .flat_map(move |triangle| lattice.clone().into_iter().map(move |weights| SurfacePoint { triangle, weights }))
}

fn passes(audit: &Audit) -> bool {
    audit.findings().is_empty()
}

#[test]
fn gaps_of_known_layouts_are_found_to_the_bound() {
    let mesh = square(10.0, 3, |_, _| 0.0);
    let spacing = 2.0;
    let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(spacing) };
    let one = |x: f64, y: f64| dot_at(&mesh, |_| spacing, Point::new(x, y, 0.0));
    // The worst place of one dot is the farthest corner.
    let found = audit(&domain, &[one(2.0, 3.0)], &[], false).unwrap();
    let farthest = (8.0_f64.powi(2) + 7.0_f64.powi(2)).sqrt() / spacing;
    assert!((found.worst_gap / farthest - 1.0).abs() < 1e-12, "{found:?}");
    assert_eq!(found.worst_gap_at, Some(Point::new(10.0, 10.0, 0.0)));
    assert!(found.worst_gap_bound >= found.worst_gap && found.worst_gap_bound < found.worst_gap * (1.0 + 2e-7));
    assert!(found.room >= 20 && !passes(&found));
    // A square lattice: half its diagonal.
    for step in [2.0, 2.5, 2.9] {
        let count = (10.0_f64 / step).floor() as usize;
        let start = (10.0 - step * count as f64) / 2.0;
        let at = |k: usize| start + step * k as f64;
        let lattice: Vec<Sample> =
            (0..=count).flat_map(|i| (0..=count).map(move |j| (i, j))).map(|(i, j)| one(at(i), at(j))).collect();
        let found = audit(&domain, &lattice, &[], false).unwrap();
        let expected = step / 2.0_f64.sqrt() / spacing;
        assert!((found.worst_gap / expected - 1.0).abs() < 1e-7, "{step}: {found:?}");
        assert!((found.nearest_pair_mm - step).abs() < 1e-12);
        assert_eq!(found.room > 0, expected > 1.0, "{step}");
    }
}

#[test]
fn without_any_dot_the_gap_has_no_bound() {
    let mesh = facing(4.0, 2, 0.3);
    let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(1.0) };
    let empty = audit(&domain, &[], &[], false).unwrap();
    assert!(empty.worst_gap.is_infinite() && empty.room >= 12 && empty.tightest_pair.is_none());
    assert!(empty.nearest_pair_mm.is_infinite() && empty.mean_nearest_mm.is_nan());
    // Dots above do nothing for the sheet below.
    let above = sample(&domain, &[], &Options { sheets_apart: true, ..Options::default() }).unwrap().dots;
    let above: Vec<Sample> = above.into_iter().filter(|dot| dot.position.z > 0.1).collect();
    let found = audit(&domain, &above, &[], true).unwrap();
    assert!(found.worst_gap.is_infinite() && found.worst_gap_at.unwrap().z == 0.0 && found.room >= 6, "{found:?}");
    let together = audit(&domain, &above, &[], false).unwrap();
    assert!(together.worst_gap < (1.0_f64 + 0.3 * 0.3).sqrt() + 1e-9, "{together:?}");
}

#[test]
fn dots_broken_on_purpose_are_found() {
    let mesh = square(30.0, 12, |x, y| 0.02 * (x * y - 3.0 * x));
    let field: Vec<f64> = mesh.vertices().iter().map(|v| 1.0 + 0.03 * v.x).collect();
    let domain = Domain { mesh: &mesh, spacing: Spacing::PerVertex(&field) };
    let whole = sample(&domain, &[], &Options::default()).unwrap().dots;
    assert!(passes(&audit(&domain, &whole, &[], false).unwrap()));
    for k in (0..whole.len()).step_by(whole.len() / 25) {
        let gone = whole[k];
        let mut dots = whole.clone();
        dots.remove(k);
        let found = audit(&domain, &dots, &[], false).unwrap();
        assert!(found.worst_gap >= 1.0 && (1..=5).contains(&found.room) && found.violations == 0, "{k}: {found:?}");
        assert!((found.worst_gap_at.unwrap() - gone.position).norm() < 2.0 * gone.spacing_mm, "{k}");
        assert!(found.findings().iter().any(|finding| finding.code == "room-left"));
        // As a fixed dot it fills its place again, with the spacing that it had.
        let back = FixedDot { position: gone.position, normal: None, spacing_mm: gone.spacing_mm };
        assert!(passes(&audit(&domain, &dots, &[back], false).unwrap()), "{k}");
        // Its neighbour moved onto another dot.
        let other = whole[(k + 1) % whole.len()];
        let near = dots
            .iter_mut()
            .filter(|dot| dot.position != other.position)
            .min_by(|a, b| (a.position - gone.position).norm().total_cmp(&(b.position - gone.position).norm()));
        let moved = near.unwrap();
        (moved.at, moved.position) = (other.at, other.position);
        let found = audit(&domain, &dots, &[], false).unwrap();
        assert!(found.violations >= 1 || found.off_count >= 1, "{k}: {found:?}");
    }
    let mut lifted = whole.clone();
    lifted[3].position.z += 0.01;
    lifted[5].spacing_mm *= 0.9;
    let found = audit(&domain, &lifted, &[], false).unwrap();
    assert!(
        found.off_count == 2 && (found.off_surface_mm - 0.01).abs() < 1e-12 && (found.off_spacing - 0.1).abs() < 1e-12
    );
}

#[test]
fn fixed_dots_are_measured_but_not_judged_among_themselves() {
    let mesh = square(6.0, 2, |_, _| 0.0);
    let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(1.0) };
    let fixed = |x: f64, spacing_mm: f64| FixedDot { position: Point::new(x, 3.0, 0.0), normal: None, spacing_mm };
    let crowd = [fixed(3.0, 5.0), fixed(3.1, 0.5), fixed(3.2, 0.5)];
    let dots = sample(&domain, &crowd, &Options::default()).unwrap().dots;
    let found = audit(&domain, &dots, &crowd, false).unwrap();
    assert!(passes(&found) && found.nearest_pair_mm >= 0.5, "{found:?}");
    let more = [crowd[0], crowd[1], crowd[2], FixedDot { position: dots[7].position, ..crowd[1] }];
    let found = audit(&domain, &dots, &more, false).unwrap();
    assert_eq!(
        (found.violations, found.nearest_pair_mm, found.tightest_pair),
        (1, 0.0, Some([7, dots.len() as u32 + 3]))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Places on a lattice are never worse than the bound, and the worst place is as bad as it is said to be.
    #[test]
    fn the_worst_gap_is_that_of_brute_force(
        bend in -0.05..0.05_f64,
        n in 1_u32..9,
        spacing in 0.7..4.0_f64,
        wave in prop::option::of(0.05..0.3_f64),
        keep_every in 1_usize..6,
        fixed_count in 0_usize..6,
        two_sheets: bool,
        sheets_apart: bool,
        seed: u64,
    ) {
        let mesh = if two_sheets { facing(8.0, n, 0.4) } else { square(8.0, n, |x, y| bend * (x * x - y * x)) };
        let field: Vec<f64> = mesh.vertices().iter()
            .map(|v| spacing * (1.0 + wave.unwrap_or(0.0) * ((v.x + 0.7 * v.y) / (1.3 * spacing)).sin()))
            .collect();
        let domain = Domain { mesh: &mesh, spacing: Spacing::PerVertex(&field) };
        let full = sample(&domain, &[], &Options { seed, sheets_apart, ..Options::default() }).unwrap();
        prop_assume!(full.findings.is_empty());
        let dots: Vec<Sample> = full.dots.iter().copied().step_by(keep_every).collect();
        let fixed: Vec<FixedDot> = full.dots.iter().skip(1).step_by(keep_every).take(fixed_count)
            .map(|dot| FixedDot {
                position: dot.position,
                normal: (dot.at.triangle % 3 > 0).then(|| mesh.normal(dot.at.triangle)),
                spacing_mm: dot.spacing_mm * 0.8,
            })
            .collect();
        let found = audit(&domain, &dots, &fixed, sheets_apart).unwrap();
        let worst = places(&mesh, 24).map(|at| gap_at(&mesh, &at, &field, &dots, &fixed, sheets_apart)).fold(0.0, f64::max);
        prop_assert!(worst <= found.worst_gap_bound, "{worst} above {found:?}");
        let at = found.worst_gap_at.unwrap();
        let here = (0..mesh.triangles().len() as u32)
            .map(|t| SurfacePoint::closest_in(&mesh, t, &at))
            .filter(|place| (place.position(&mesh) - at).norm() < 1e-9)
            .map(|place| gap_at(&mesh, &place, &field, &dots, &fixed, sheets_apart))
            .fold(0.0, f64::max);
        prop_assert!(here.min(found.worst_gap).is_infinite() || (here / found.worst_gap - 1.0).abs() < 1e-6, "{here} at {found:?}");
        prop_assert_eq!(found.room == 0, found.worst_gap <= 1.0 + 1e-6);
        let complete = keep_every == 1 && fixed_count == 0;
        prop_assert!(!complete || passes(&found), "{:?}", found);
    }

    /// What is said to fit makes the set maximal: a sampler that starts from the dots adds about as many.
    #[test]
    fn the_room_is_what_a_sampler_finds(spacing in 0.4..1.5_f64, keep_every in 2_usize..9, seed: u64) {
        let mesh = square(10.0, 4, |x, _| 0.02 * x * x);
        let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(spacing) };
        let full = sample(&domain, &[], &Options { seed, ..Options::default() }).unwrap().dots;
        let dots: Vec<Sample> = full.iter().copied().step_by(keep_every).collect();
        let fixed: Vec<FixedDot> =
            dots.iter().map(|d| FixedDot { position: d.position, normal: None::<Vector>, spacing_mm: d.spacing_mm }).collect();
        let room = audit(&domain, &dots, &[], false).unwrap().room as f64;
        let added = sample(&domain, &fixed, &Options { seed: !seed, ..Options::default() }).unwrap().dots.len() as f64;
        prop_assert!((room - added).abs() <= 3.0 + 0.25 * added, "{room} said, {added} added");
    }
}
