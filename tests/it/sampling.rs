//! Tests: sampling. The judges are brute force and share nothing with the sampler.

mod fixed;
pub(crate) mod judge;
pub(crate) mod surfaces;

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tonsure::geometry::{Point, PointsTable, Vector};
use tonsure::mesh::{SurfacePoint, TriMesh};
use tonsure::sampling::{
    BORDER, Domain, FixedDot, Options, SATURATION, Sample, Samples, Spacing, audit, expected_count, progressive_order,
    sample, spacing_for_density_mm, write_dots_csv,
};

use judge::{keeps_the_rule, widest_gap};
use surfaces::{Shape, disc, grid, plane, shape};

fn constant(mesh: &TriMesh, spacing_mm: f64, seed: u64) -> Samples {
    let domain = Domain { mesh, spacing: Spacing::Constant(spacing_mm) };
    sample(&domain, &[], &Options { seed, sheets_apart: true, ..Options::default() }).unwrap()
}

/// Dots at random places of the mesh, crowded or not, some without a normal.
fn random_fixed(mesh: &TriMesh, count: usize, spacing_mm: f64, seed: u64) -> Vec<FixedDot> {
    let mut rng = Pcg64::seed_from_u64(seed);
    let dot = |_| {
        let triangle = rng.random_range(0..mesh.triangles().len()) as u32;
        let (u, v) = (rng.random::<f64>(), rng.random::<f64>());
        let at = SurfacePoint { triangle, weights: [1.0 - u, u * (1.0 - v), u * v] };
        let normal = rng.random_bool(0.7).then(|| mesh.normal(triangle)).filter(|n| *n != Vector::zeros());
        FixedDot { position: at.position(mesh), normal, spacing_mm: spacing_mm * rng.random_range(0.3..1.5) }
    };
    (0..count).map(dot).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn dots_keep_the_rule_and_leave_no_room(
        shape in shape(),
        dots_wanted in 1.0..250.0_f64,
        wave in prop::option::of(0.05..0.3_f64),
        fixed_count in 0_usize..12,
        sheets_apart: bool,
        seed: u64,
    ) {
        let Shape { mesh, name } = shape;
        let spacing = (SATURATION * mesh.area_mm2() / dots_wanted).sqrt();
        // Slope at most 0.3, so the sampler has nothing to limit.
        let field: Vec<f64> = mesh.vertices().iter().map(|v| {
            let phase = (v.x + 0.7 * v.y - 0.4 * v.z) / (1.3 * spacing);
            spacing * (1.0 + wave.unwrap_or(0.0) * phase.sin())
        }).collect();
        let fixed = random_fixed(&mesh, fixed_count, spacing, seed);
        let asked = if wave.is_some() { Spacing::PerVertex(&field) } else { Spacing::Constant(spacing) };
        let options = Options { seed, sheets_apart, ..Options::default() };
        let samples = sample(&Domain { mesh: &mesh, spacing: asked }, &fixed, &options).unwrap();
        prop_assert!(samples.findings.iter().all(|f| f.code == "triangles-without-area"), "{:?}", samples.findings);
        for dot in &samples.dots {
            prop_assert_eq!(dot.position, dot.at.position(&mesh));
            prop_assert!(dot.at.weights.iter().all(|w| *w >= 0.0) && (dot.at.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            prop_assert!((dot.spacing_mm - dot.at.interpolate(&mesh, &field)).abs() < 1e-12 * spacing);
        }
        prop_assert!(keeps_the_rule(&mesh, &samples.dots, &fixed, sheets_apart), "{}", name);
        let gap = widest_gap(&mesh, &field, &samples.dots, &fixed, sheets_apart, 1e-6);
        prop_assert!(gap <= 2e-6, "{}: room of {} spacings", name, gap);
    }

    #[test]
    fn every_order_is_a_permutation(shape in shape(), dots_wanted in 1.0..200.0_f64, seed: u64) {
        let spacing = (SATURATION * shape.mesh.area_mm2() / dots_wanted).sqrt();
        let dots = constant(&shape.mesh, spacing, seed).dots;
        let mut order = progressive_order(&dots, seed).unwrap();
        prop_assert_eq!(&order, &progressive_order(&dots, seed).unwrap());
        order.sort_unstable();
        prop_assert_eq!(order, (0..dots.len() as u32).collect::<Vec<_>>());
    }

    #[test]
    fn the_audit_agrees_with_brute_force(shape in shape(), dots_wanted in 2.0..200.0_f64, shrink in 0.5..1.2_f64, seed: u64) {
        let mesh = shape.mesh;
        let spacing = (SATURATION * mesh.area_mm2() / dots_wanted).sqrt();
        let mut dots = constant(&mesh, spacing, seed).dots;
        // Some dots claim another spacing than they kept.
        dots.iter_mut().step_by(3).for_each(|dot| dot.spacing_mm /= shrink);
        let (mut nearest, mut least, mut broken, mut facing) = (f64::INFINITY, f64::INFINITY, 0, 0);
        for (i, p) in dots.iter().enumerate() {
            for q in &dots[..i] {
                let distance = (p.position - q.position).norm();
                let over = distance / p.spacing_mm.min(q.spacing_mm);
                nearest = nearest.min(distance);
                if mesh.normal(p.at.triangle).dot(&mesh.normal(q.at.triangle)) > 0.0 {
                    least = least.min(over);
                    broken += usize::from(over < 1.0);
                } else {
                    facing += usize::from(over < 1.0);
                }
            }
        }
        let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(spacing) };
        let audit = audit(&domain, &dots, &[], true).unwrap();
        prop_assert_eq!((audit.violations, audit.facing_pairs), (broken, facing));
        if nearest < 2.0 * spacing.min(spacing / shrink) {
            prop_assert_eq!(audit.nearest_pair_mm.to_bits(), nearest.to_bits());
        }
        if least < 2.0 * (spacing / shrink).min(spacing) / spacing.max(spacing / shrink) {
            prop_assert_eq!(audit.min_over_rule.to_bits(), least.to_bits());
        }
    }
}

#[test]
fn blocks_join_without_a_gap_and_without_a_crowd() {
    // Some ten blocks, whose sizes follow the spacing.
    let mesh = surfaces::torus(6.0, 2.5, 12);
    let field: Vec<f64> = mesh.vertices().iter().map(|v| 0.25 + 0.06 * (v.x + 8.5)).collect();
    let domain = Domain { mesh: &mesh, spacing: Spacing::PerVertex(&field) };
    let options = Options { seed: 4, sheets_apart: true, ..Options::default() };
    let samples = sample(&domain, &[], &options).unwrap();
    assert!(samples.dots.len() > 1000, "{}", samples.dots.len());
    assert!(keeps_the_rule(&mesh, &samples.dots, &[], true));
    assert!(widest_gap(&mesh, &field, &samples.dots, &[], true, 1e-6) <= 2e-6);
}

#[test]
fn plain_darts_saturate_at_the_known_constant() {
    // Twenty thousand dots in some sixty blocks: their borders must not show in the count.
    let mesh = grid(60, 170.0);
    let dots = constant(&mesh, 1.0, 11).dots.len() as f64;
    let interior = dots - SATURATION * BORDER * 4.0 * 170.0;
    let reached = interior / (170.0 * 170.0);
    assert!((reached - SATURATION).abs() < 0.005, "{reached}");
}

#[test]
fn neighbours_are_near_each_other_in_the_result() {
    let mesh = grid(40, 100.0);
    let dots = constant(&mesh, 1.0, 1).dots;
    let way: f64 = dots.windows(2).map(|pair| (pair[0].position - pair[1].position).norm()).sum();
    // 100 mm wide, 0.52 of that between random places.
    assert!(way / (dots.len() as f64) < 20.0);
}

#[test]
fn the_judges_see_a_missing_and_a_moved_dot() {
    let mesh = surfaces::torus(4.0, 1.5, 9);
    let field = vec![0.8; mesh.vertices().len()];
    let mut dots = constant(&mesh, 0.8, 1).dots;
    assert!(widest_gap(&mesh, &field, &dots, &[], true, 1e-6) <= 2e-6);
    dots.pop();
    assert!(widest_gap(&mesh, &field, &dots, &[], true, 1e-6) > 1e-3);
    assert!(keeps_the_rule(&mesh, &dots, &[], true));
    let nudged = Sample { position: dots[0].position + Vector::x() * 0.799_999, ..dots[0] };
    assert!(!keeps_the_rule(&mesh, &[dots[0], nudged], &[], true));
}

#[test]
fn threads_do_not_matter_and_the_seed_does() {
    let mesh = grid(40, 40.0);
    let dots = |seed, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| constant(&mesh, 0.9, seed))
    };
    let one = dots(1, 1);
    assert_eq!(one, dots(1, 2));
    assert_eq!(one, dots(1, 3));
    assert_ne!(one.dots, dots(2, 1).dots);
}

#[test]
fn counts_follow_area_and_edge() {
    let cases = [
        ("square", plane(20.0), 400.0, 80.0, 30_u32),
        ("square of small triangles", grid(30, 20.0), 400.0, 80.0, 10),
        ("disc", disc(10.0, 360), 314.159, 62.832, 30),
        ("large disc", disc(40.0, 360), 5026.5, 251.33, 3),
    ];
    for (name, mesh, area, edge, seeds) in cases {
        let total: usize = (0..seeds).map(|seed| constant(&mesh, 1.0, u64::from(seed)).dots.len()).sum();
        let mean = total as f64 / f64::from(seeds);
        let expected = expected_count(1.0, area, edge);
        let standard_error = 0.26 * (expected / f64::from(seeds)).sqrt();
        assert!((mean - expected).abs() < 4.0 * standard_error, "{name}: {mean} against {expected}");
    }
}

#[test]
fn closed_surfaces_reach_the_saturation_constant() {
    let mesh = surfaces::sphere(10.0, 24);
    let dots = constant(&mesh, 0.5, 3).dots.len() as f64;
    let constant = dots * 0.25 / mesh.area_mm2();
    assert!((constant / SATURATION - 1.0).abs() < 0.02, "{constant}");
}

#[test]
fn a_density_becomes_a_count_within_one_percent() {
    for (density, side_mm, seeds) in [(40.0, 100.0, 2), (150.0, 100.0, 1), (40.0, 31.6, 16), (150.0, 31.6, 6)] {
        let mesh = plane(side_mm);
        let spacing = spacing_for_density_mm(density, side_mm * side_mm, 4.0 * side_mm);
        let total: usize = (0..seeds).map(|seed| constant(&mesh, spacing, seed).dots.len()).sum();
        let reached = total as f64 / seeds as f64 / (side_mm * side_mm / 100.0);
        assert!((reached / density - 1.0).abs() < 0.01, "{reached} asked {density} on {side_mm} mm");
    }
}

#[test]
fn a_lone_dot_falls_anywhere_alike() {
    let corners = vec![Point::origin(), Point::new(1.0, 0.0, 0.0), Point::new(0.0, 2.0, 1.0)];
    let mesh = TriMesh::new(corners, vec![[0, 1, 2]]).unwrap();
    let mut counts = [0_u32; 4];
    let trials = 4000;
    for seed in 0..trials {
        let dots = constant(&mesh, 10.0, seed).dots;
        assert_eq!(dots.len(), 1);
        // The quarters of the triangle: at a corner, or in the middle.
        counts[dots[0].at.weights.iter().position(|w| *w > 0.5).unwrap_or(3)] += 1;
    }
    let expected = trials as f64 / 4.0;
    let chi_squared: f64 = counts.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
    assert!(chi_squared < 16.3, "{counts:?}: a chance below 0.001 for three degrees of freedom");
}

#[test]
fn a_maximal_set_leaves_nothing_to_add() {
    let mesh = surfaces::fold(12, 6.0, 0.3);
    let first = constant(&mesh, 0.7, 5).dots;
    let fixed = |dot: &Sample| FixedDot {
        position: dot.position,
        normal: Some(mesh.normal(dot.at.triangle)),
        spacing_mm: dot.spacing_mm,
    };
    let fixed: Vec<_> = first.iter().map(fixed).collect();
    let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(0.7) };
    assert_eq!(
        sample(&domain, &fixed, &Options { seed: 9, sheets_apart: true, ..Options::default() }).unwrap().dots,
        []
    );
    let with_a_hole =
        sample(&domain, &fixed[1..], &Options { seed: 9, sheets_apart: true, ..Options::default() }).unwrap().dots;
    assert!(!with_a_hole.is_empty() && with_a_hole.iter().all(|d| (d.position - first[0].position).norm() < 0.7));
}

#[test]
fn facing_sheets_are_filled_each_for_itself() {
    let dots = constant(&surfaces::fold(10, 10.0, 0.3), 1.0, 2).dots;
    let lower = dots.iter().filter(|dot| dot.position.z < 0.01).count() as f64;
    let upper = dots.iter().filter(|dot| dot.position.z > 0.29).count() as f64;
    // Each sheet has one edge at the crease and three open ones.
    let least = expected_count(1.0, 100.0, 30.0) - 8.0;
    assert!(lower > least && upper > least, "{lower}, {upper}, at least {least}");
}

#[test]
fn a_rough_scan_keeps_the_spacing_whatever_its_facets_face() {
    let mesh = surfaces::fold(10, 10.0, 0.3);
    let domain = Domain { mesh: &mesh, spacing: Spacing::Constant(1.0) };
    let dots = sample(&domain, &[], &Options { seed: 2, ..Options::default() }).unwrap().dots;
    assert!(audit(&domain, &dots, &[], false).unwrap().nearest_pair_mm >= 1.0);
    assert!(dots.len() < constant(&mesh, 1.0, 2).dots.len() * 2 / 3);
}

#[test]
fn a_sliver_with_a_flipped_normal_is_no_sheet_of_its_own() {
    // A square of which one edge has a flap 1e-7 wide, folded over.
    let points = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [2.0, 1e-7]];
    let points = points.map(|[x, y]| Point::new(x, y, 0.0)).to_vec();
    let mesh = TriMesh::new(points, vec![[0, 1, 2], [0, 2, 3], [1, 0, 4]]).unwrap();
    assert!(mesh.normal(2).z < 0.0);
    for seed in 0..20 {
        let dots = constant(&mesh, 0.6, seed).dots;
        for (i, p) in dots.iter().enumerate() {
            assert!(dots[..i].iter().all(|q| (p.position - q.position).norm() >= 0.6), "seed {seed}");
        }
    }
}

#[test]
fn spacing_may_be_far_above_and_below_the_triangles() {
    assert_eq!(constant(&plane(10.0), 1e3, 0).dots.len(), 1);
    assert_eq!(constant(&grid(60, 10.0), 1e3, 0).dots.len(), 1);
    let many = constant(&plane(10.0), 0.1, 0).dots.len() as f64;
    assert!((many / expected_count(0.1, 100.0, 40.0) - 1.0).abs() < 0.02, "{many}");
}

#[test]
fn prefixes_are_spread_well() {
    let mesh = surfaces::torus(6.0, 2.5, 24);
    let graded: Vec<f64> = mesh.vertices().iter().map(|v| 0.35 + 0.02 * (v.x + 8.5)).collect();
    for spacing in [Spacing::Constant(0.4), Spacing::PerVertex(&graded)] {
        let domain = Domain { mesh: &mesh, spacing };
        let dots = sample(&domain, &[], &Options::default()).unwrap().dots;
        let order = progressive_order(&dots, 0).unwrap();
        for percent in (5..=95).step_by(10) {
            let prefix: Vec<_> = order[..dots.len() * percent / 100].iter().map(|&i| dots[i as usize]).collect();
            // Relative to the hexagonal spacing of as many dots, in units of the local spacing.
            let mut least = f64::INFINITY;
            for (i, p) in prefix.iter().enumerate() {
                for q in &prefix[..i] {
                    least = least.min((p.position - q.position).norm() / p.spacing_mm.min(q.spacing_mm));
                }
            }
            let share = prefix.len() as f64 / dots.len() as f64;
            let relative_radius = least * (3.0_f64.sqrt() / 2.0 * SATURATION * share).sqrt();
            assert!(relative_radius > 0.61, "{percent} %: {relative_radius}");
        }
    }
}

#[test]
fn tables_of_dots_read_back_to_the_bit() {
    let mesh = surfaces::sphere(3.0, 6);
    let dots = constant(&mesh, 0.5, 1).dots;
    let normals: Vec<Vector> = dots.iter().map(|dot| mesh.normal(dot.at.triangle)).collect();
    let mut bytes = Vec::new();
    write_dots_csv(&mut bytes, &mesh, &dots).unwrap();
    let table = PointsTable::read(&bytes).unwrap();
    assert_eq!(table.points, dots.iter().map(|dot| dot.position).collect::<Vec<_>>());
    assert_eq!(table.column("spacing_mm").unwrap().unwrap(), dots.iter().map(|d| d.spacing_mm).collect::<Vec<_>>());
    assert_eq!(table.column("nz").unwrap().unwrap(), normals.iter().map(|n| n.z).collect::<Vec<_>>());
    let smaller = surfaces::sphere(3.0, 2);
    assert!(write_dots_csv(Vec::new(), &smaller, &dots).is_err());
}

#[test]
fn progress_rises_to_one() {
    let seen = std::sync::Mutex::new(Vec::new());
    let options = Options { progress: &|share| seen.lock().unwrap().push(share), ..Options::default() };
    sample(&Domain { mesh: &plane(40.0), spacing: Spacing::Constant(0.5) }, &[], &options).unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.is_sorted() && seen.len() > 20 && seen.last() == Some(&1.0), "{seen:?}");
}

#[test]
fn what_cannot_be_filled_is_refused() {
    let message = |mesh: &TriMesh, spacing, fixed: &[FixedDot]| {
        sample(&Domain { mesh, spacing: Spacing::Constant(spacing) }, fixed, &Options::default())
            .unwrap_err()
            .to_string()
    };
    let flat = TriMesh::new([0.0, 1.0, 2.0].map(|x| Point::new(x, 0.0, 0.0)).to_vec(), vec![[0, 1, 2]]).unwrap();
    for mesh in [&TriMesh::default(), &flat] {
        assert!(message(mesh, 1.0, &[]).starts_with("found a surface without area"));
    }
    let absurd = message(&plane(100.0), 1e-4, &[]);
    assert!(absurd.contains("about 6.966e11 dots would come; expected at most 5e7 dots"), "{absurd}");
    let needle = [[0.0, 0.0], [1e3, 0.0], [0.0, 1e-9]].map(|[x, y]| Point::new(x, y, 0.0)).to_vec();
    assert!(message(&TriMesh::new(needle, vec![[0, 1, 2]]).unwrap(), 1e-6, &[]).contains("about 1.000e9 dots"));
    let dot = FixedDot { position: Point::origin(), normal: None, spacing_mm: 1.0 };
    let lost = FixedDot { position: Point::new(f64::NAN, 0.0, 0.0), ..dot };
    assert!(message(&plane(1.0), 1.0, &[dot, lost]).starts_with("fixed dot 1: found"));
    assert!(message(&plane(1.0), 1.0, &[FixedDot { spacing_mm: -1.0, ..dot }]).starts_with("fixed dot 0: found"));
}

#[test]
fn odd_input_is_reported() {
    let codes = |samples: Samples| samples.findings.into_iter().map(|f| (f.code, f.count)).collect::<Vec<_>>();
    let square = plane(4.0);
    let far = FixedDot { position: Point::new(0.0, 0.0, 9.0), normal: None, spacing_mm: 1.0 };
    let near = FixedDot { position: Point::new(2.0, 2.0, 0.5), ..far };
    let domain = Domain { mesh: &square, spacing: Spacing::Constant(1.0) };
    let samples = sample(&domain, &[far, near], &Options::default()).unwrap();
    assert_eq!(codes(samples), [("fixed-dots-off-surface".to_owned(), 1)]);

    let (mut vertices, mut triangles) = square.into_parts();
    vertices.push(Point::new(2.0, 0.0, 0.0));
    triangles.push([0, 4, 1]);
    let samples = constant(&TriMesh::new(vertices, triangles).unwrap(), 0.5, 0);
    assert!(samples.dots.iter().all(|dot| dot.at.triangle < 2));
    assert_eq!(codes(samples), [("triangles-without-area".to_owned(), 1)]);

    let domain = Domain { mesh: &plane(4.0), spacing: Spacing::PerVertex(&[0.5, 9.0, 9.0, 9.0]) };
    let samples = sample(&domain, &[], &Options::default()).unwrap();
    assert_eq!(codes(samples), [("spacing-too-steep".to_owned(), 3)]);
}
