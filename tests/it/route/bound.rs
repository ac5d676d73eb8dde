//! The lower bound: below every optimum, and near it.

use std::path::Path;

use proptest::prelude::*;
use tonsure::geometry::Point;
use tonsure::route::{
    Budget, Chebyshev, Cost, Ends, EuclideanCost, MetricCost, Options, TsplibMetric, lower_bound, read_tsp, solve,
};

use super::{Plain, all_ends, cap_points, exact_length, options, random_points};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_bound_is_above_the_optimum(
        grid in proptest::collection::vec(proptest::array::uniform3(0_u8..9), 0..11),
        metric in 0..4,
    ) {
        let points: Vec<Point> = grid.into_iter().map(|cell| cell.map(f64::from).into()).collect();
        for ends in all_ends(points.len()) {
            let (bound, best) = match metric {
                0 => of(&points, &EuclideanCost::new(&points), ends),
                1 => of(&points, &MetricCost::<Chebyshev>::new(&points), ends),
                2 => of(&points, &MetricCost::with(TsplibMetric::Euclidean, &points), ends),
                // A cost that says nothing about distances.
                _ => of(&points, &Plain(&points), ends),
            };
            prop_assert!(bound <= best + 1e-9 * best, "{:?}: {bound} above {best}", ends);
            prop_assert!(bound >= 0.6 * best, "{:?}: {bound} far below {best}", ends);
        }
    }

    /// The sparse graph of the ascent holds few of the edges that join clusters; the tree that counts holds them all.
    #[test]
    fn clusters_are_bounded_by_edges_that_no_list_of_neighbours_holds(
        seed in any::<u64>(), clusters in 2_usize..4,
    ) {
        let mut points = random_points(4 * clusters, seed);
        for (i, point) in points.iter_mut().enumerate() {
            *point = Point::from(point.coords * 0.001) + nalgebra::Vector3::x() * (1000 * (i / 4)) as f64;
        }
        let (bound, best) = of(&points, &EuclideanCost::new(&points), Ends::Closed);
        // One of the two long edges between clusters is in every spanning tree.
        prop_assert!(bound <= best * (1.0 + 1e-9) && bound > 0.6 * best, "{bound} {best}");
    }
}

fn of(points: &[Point], cost: &impl Cost, ends: Ends) -> (f64, f64) {
    (lower_bound(points, cost, ends, None).unwrap(), exact_length(points.len() as u32, cost, ends))
}

/// The bound is sharp on a convex curve: the shortest tour follows it.
#[test]
fn the_bound_of_a_circle_is_its_polygon() {
    let points: Vec<Point> = (0..300)
        .map(|i| {
            let (sin, cos) = (f64::from(i) * std::f64::consts::TAU / 300.0).sin_cos();
            Point::new(cos, sin, 0.0)
        })
        .collect();
    let polygon = 300.0 * 2.0 * (std::f64::consts::PI / 300.0).sin();
    let bound = |ends| lower_bound(&points, &EuclideanCost::new(&points), ends, None).unwrap();
    assert!((bound(Ends::Closed) / polygon - 1.0).abs() < 1e-6);
    assert!((bound(Ends::default()) / (polygon * 299.0 / 300.0) - 1.0).abs() < 1e-6);
}

/// Held and Karp's bound of `pcb442` is 50,500 and that of `pr2392` 373,490 (D. S. Johnson, L. A. `McGeoch`,
/// E. E. Rothberg, Asymptotic experimental analysis for the Held-Karp traveling salesman bound, SODA 1996).
#[test]
fn published_optima_are_above_the_bound_and_near_it() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/tsplib"));
    for (name, optimum, gap) in [("pcb442", 50_778.0, 0.008), ("pr2392", 378_032.0, 0.014)] {
        let Ok(bytes) = std::fs::read(folder.join(name).with_extension("tsp")) else {
            eprintln!("skipped: no {name}.tsp in {}", folder.display());
            continue;
        };
        let instance = read_tsp(&bytes).unwrap();
        let bound = lower_bound(&instance.points, &instance.cost(), Ends::Closed, None).unwrap();
        assert!(bound <= optimum && bound >= (1.0 - gap) * optimum, "{name}: {bound}");
    }
}

#[test]
fn open_and_closed_bounds_are_within_two_hundredths_of_what_a_search_finds() {
    let points = cap_points(800, 31);
    let cost = EuclideanCost::new(&points);
    for ends in all_ends(points.len()) {
        let bound = lower_bound(&points, &cost, ends, None).unwrap();
        let options = Options { budget: Budget::KicksPerPoint(20.0), ..options(ends) };
        let found = solve(&points, &cost, &options).unwrap().length;
        assert!(bound <= found && bound >= 0.98 * found, "{ends:?}: {bound} {found}");
    }
}

#[test]
fn a_bound_that_is_stopped_still_holds_and_threads_do_not_change_it() {
    let points = cap_points(700, 32);
    let cost = EuclideanCost::new(&points);
    let whole = lower_bound(&points, &cost, Ends::Closed, None).unwrap();
    let stop = || true;
    let cut = lower_bound(&points, &cost, Ends::Closed, Some(&stop)).unwrap();
    assert!(0.0 < cut && cut <= whole);
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let there = pool.install(|| lower_bound(&points, &cost, Ends::Closed, None)).unwrap();
        assert_eq!(there.to_bits(), whole.to_bits());
    }
}

#[test]
fn equal_points_far_coordinates_and_broken_ones() {
    let equal = vec![Point::new(3.0, 4.0, 5.0); 500];
    assert_eq!(lower_bound(&equal, &EuclideanCost::new(&equal), Ends::Closed, None).unwrap().to_bits(), 0);
    let far: Vec<Point> = cap_points(300, 33).iter().map(|p| Point::from(p.coords * 1e7)).collect();
    let near = cap_points(300, 33);
    let [a, b] =
        [&near, &far].map(|points| lower_bound(points, &EuclideanCost::new(points), Ends::Closed, None).unwrap());
    assert!((b / a / 1e7 - 1.0).abs() < 1e-3, "{a} {b}");
    let broken = [Point::origin(), Point::new(f64::NAN, 0.0, 0.0)];
    assert!(lower_bound(&broken, &EuclideanCost::new(&broken), Ends::Closed, None).is_err());
}
