//! Costs other than the straight line, and ends, against dynamic programming.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tonsure::geometry::Point;
use tonsure::route::{
    Budget, Chebyshev, Cost, Ends, Euclidean, Metric, MetricCost, Options, TsplibMetric, length, read_tsp, solve,
};

use super::{all_ends, assert_permutation, exact_length, options, random_points};

/// Costs that have nothing to do with places: of each point those to all points before it.
struct Table(Vec<Vec<f64>>);

impl Table {
    fn random(count: usize, seed: u64) -> Self {
        let mut random = Pcg64::seed_from_u64(seed);
        let lower: Vec<Vec<f64>> =
            (0..count).map(|a| (0..a).map(|_| random.random_range(0.0..100.0_f64).floor()).collect()).collect();
        Self(lower)
    }
}

impl Cost for Table {
    fn cost(&self, a: u32, b: u32) -> f64 {
        if a == b { 0.0 } else { self.0[a.max(b) as usize][a.min(b) as usize] }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_symmetric_cost_of_a_dozen_points_is_solved_exactly(count in 0_usize..12, seed in any::<u64>()) {
        let points = random_points(count, seed);
        let cost = Table::random(count, seed);
        for ends in all_ends(count) {
            let tour = solve(&points, &cost, &options(ends)).unwrap();
            assert_permutation(&tour.order, count);
            let best = exact_length(count as u32, &cost, ends);
            prop_assert!((tour.length - best).abs() < 1e-9, "{:?}: {} instead of {best}", ends, tour.length);
        }
    }

    #[test]
    fn fourteen_points_come_within_a_hundredth_of_the_optimum_for_all_ends_and_metrics(seed in any::<u64>()) {
        let points = random_points(14, seed);
        for ends in all_ends(points.len()) {
            let cost = MetricCost::<Euclidean>::new(&points);
            let found = solve(&points, &cost, &options(ends)).unwrap().length;
            let best = exact_length(14, &cost, ends);
            prop_assert!(found <= 1.01 * best && found >= best * (1.0 - 1e-12), "{:?}: {found} {best}", ends);
            let cost = MetricCost::<Chebyshev>::new(&points);
            let found = solve(&points, &cost, &options(ends)).unwrap().length;
            let best = exact_length(14, &cost, ends);
            prop_assert!(found <= 1.01 * best && found >= best * (1.0 - 1e-12), "{:?}: {found} {best}", ends);
        }
    }

    #[test]
    fn no_cost_falls_below_what_its_metric_says_of_the_distance(
        a in proptest::array::uniform3(-1e3_f64..1e3), b in proptest::array::uniform3(-1e3_f64..1e3), flat in any::<bool>(),
    ) {
        let [a, b] = [a, b].map(|[x, y, z]| Point::new(x, y, if flat { 0.0 } else { z }));
        let distance = nalgebra::distance(&a, &b);
        prop_assert!(Euclidean.between(&a, &b) >= Euclidean.at_least(distance));
        prop_assert!(Chebyshev.between(&a, &b) >= Chebyshev.at_least(distance));
        for metric in [
            TsplibMetric::Euclidean, TsplibMetric::EuclideanUp, TsplibMetric::Manhattan, TsplibMetric::Maximum,
            TsplibMetric::PseudoEuclidean,
        ] {
            prop_assert!(metric.between(&a, &b) >= metric.at_least(distance), "{metric:?} {a} {b}");
            prop_assert_eq!(metric.between(&a, &b).to_bits(), metric.between(&b, &a).to_bits());
        }
    }

    #[test]
    fn arcs_are_no_shorter_than_the_chords_that_stand_for_them(
        places in proptest::collection::vec((-90.0_f64..90.0, -180.0_f64..180.0), 2),
    ) {
        let nodes: Vec<String> = places.iter().zip(1..).map(|((x, y), i)| format!("{i} {x:.2} {y:.2}\n")).collect();
        let text = format!("DIMENSION: 2\nEDGE_WEIGHT_TYPE: GEO\nNODE_COORD_SECTION\n{}EOF\n", nodes.concat());
        let instance = read_tsp(text.as_bytes()).unwrap();
        let chord = nalgebra::distance(&instance.places()[0], &instance.places()[1]);
        let cost = instance.cost();
        prop_assert!(cost.cost(0, 1) >= cost.at_least(chord) && cost.cost(0, 1) <= 1.58 * chord + 1.0);
    }
}

/// Published optima of TSPLIB with geographic distances.
#[test]
fn geographic_instances_have_their_published_optima() {
    let burma14 = "16.47 96.10,16.47 94.44,20.09 92.54,22.39 93.37,25.23 97.24,22.00 96.05,20.47 97.02,17.20 96.29,\
                   16.30 97.38,14.05 98.12,16.53 97.38,21.52 95.59,19.41 97.13,20.09 94.55";
    let ulysses16 = "38.24 20.42,39.57 26.15,40.56 25.32,36.26 23.12,33.48 10.54,37.56 12.19,38.42 13.11,37.52 20.44,\
                     41.23 9.10,41.17 13.05,36.08 -5.21,38.47 15.13,38.15 15.35,37.51 15.17,35.49 14.32,39.36 19.56";
    for (nodes, optimum) in [(burma14, 3323.0), (ulysses16, 6859.0)] {
        let nodes: Vec<String> = nodes.split(',').zip(1..).map(|(node, i)| format!("{i} {node}\n")).collect();
        let head = format!("DIMENSION: {}\nEDGE_WEIGHT_TYPE: GEO\nNODE_COORD_SECTION\n", nodes.len());
        let instance = read_tsp((head + &nodes.concat() + "EOF\n").as_bytes()).unwrap();
        let cost = instance.cost();
        let options = Options { budget: Budget::KicksPerPoint(200.0), ..options(Ends::Closed) };
        let tour = solve(&instance.places(), &cost, &options).unwrap();
        assert_eq!(tour.length.to_bits(), f64::to_bits(optimum), "{}", tour.length);
        assert_eq!(length(&cost, &tour.order, true).to_bits(), f64::to_bits(optimum));
    }
}

#[test]
fn a_chebyshev_path_is_shorter_by_its_own_measure() {
    let points = random_points(1200, 40);
    let costs = (MetricCost::<Euclidean>::new(&points), MetricCost::<Chebyshev>::new(&points));
    let both = |order: &[u32]| [length(&costs.0, order, false), length(&costs.1, order, false)];
    let straight = both(&solve(&points, &costs.0, &Options::default()).unwrap().order);
    let largest = both(&solve(&points, &costs.1, &Options::default()).unwrap().order);
    assert!(straight[0] < largest[0] && largest[1] < straight[1], "{straight:?} {largest:?}");
}
