//! Blocks, patches and orders that keep near points apart.

use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use tonsure::geometry::Point;
use tonsure::route::{
    Apart, Budget, Ends, EuclideanCost, Options, Progress, length, pairs_too_near, patches, solve, solve_apart,
    solve_blocks,
};

use super::{assert_permutation, cap_points, options, random_points};

/// Length of the best order that takes block after block, by trying all.
fn best_in_blocks(points: &[Point], blocks: &[u32], closed: bool) -> f64 {
    fn extend(order: &mut Vec<u32>, blocks: &[u32], visit: &mut impl FnMut(&[u32])) {
        if order.len() == blocks.len() {
            return visit(order);
        }
        let left = |order: &[u32]| (0..blocks.len() as u32).filter(|i| !order.contains(i)).collect::<Vec<_>>();
        let open = left(order);
        let first = open.iter().map(|&i| blocks[i as usize]).min();
        for next in open.into_iter().filter(|&i| Some(blocks[i as usize]) == first) {
            order.push(next);
            extend(order, blocks, visit);
            order.pop();
        }
    }
    let cost = EuclideanCost::new(points);
    let mut best = f64::INFINITY;
    extend(&mut Vec::new(), blocks, &mut |order| best = best.min(length(&cost, order, closed)));
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn blocks_come_one_after_another_at_little_more_than_the_best_length(
        spots in proptest::collection::vec((proptest::array::uniform3(0.0_f64..9.0), 0_u32..3), 1..8),
        closed in any::<bool>(),
    ) {
        let points: Vec<Point> = spots.iter().map(|(spot, _)| Point::from(*spot)).collect();
        let blocks: Vec<u32> = spots.iter().map(|&(_, block)| 7 * block).collect();
        let ends = if closed { Ends::Closed } else { Ends::default() };
        let tour = solve_blocks(&points, &EuclideanCost::new(&points), &blocks, &options(ends)).unwrap();
        assert_permutation(&tour.order, points.len());
        prop_assert!(tour.order.iter().map(|&i| blocks[i as usize]).is_sorted());
        let real = length(&EuclideanCost::new(&points), &tour.order, closed);
        prop_assert!((tour.length - real).abs() < 1e-9 && tour.length <= tour.start_length + 1e-9);
        let best = best_in_blocks(&points, &blocks, closed);
        prop_assert!(tour.length >= best - 1e-9 && tour.length <= 1.35 * best + 1e-9, "{} for {best}", tour.length);
    }

    #[test]
    fn no_cut_into_patches_beats_the_one_by_dynamic_programming(
        spots in proptest::collection::vec(0_u8..20, 0..11), visit in 0_u8..3, most in 3_u8..30,
    ) {
        let points: Vec<Point> = spots.iter().map(|&x| Point::new(f64::from(x), 0.0, 0.0)).collect();
        let cost = EuclideanCost::new(&points);
        let order: Vec<u32> = (0..points.len() as u32).collect();
        let (visit, most) = (f64::from(visit), f64::from(most));
        let of = |range: &std::ops::Range<usize>| {
            length(&cost, &order[range.clone()], false) + visit * range.len() as f64
        };
        let found = patches(&cost, &order, visit, most).unwrap();
        prop_assert!(found.iter().flat_map(Clone::clone).eq(0..points.len()));
        prop_assert!(found.iter().all(|range| !range.is_empty() && of(range) <= most));
        let value = |cut: &[std::ops::Range<usize>]| (cut.len(), cut.iter().map(of).sum::<f64>());
        let gaps = points.len().saturating_sub(1);
        for cuts in 0_u32..1 << gaps {
            let mut other = Vec::new();
            let mut begin = 0;
            for end in 1..=points.len() {
                if end == points.len() || cuts & (1 << (end - 1)) != 0 {
                    other.push(begin..end);
                    begin = end;
                }
            }
            if other.iter().all(|range| of(range) <= most) {
                let [(found_count, found_cost), (count, cost)] = [value(&found), value(&other)];
                prop_assert!(found_count < count || (found_count == count && found_cost <= cost + 1e-9), "{other:?}");
            }
        }
    }

    #[test]
    fn pairs_too_near_are_counted_as_looking_at_all_pairs_does(
        spots in proptest::collection::vec(proptest::array::uniform2(0_u8..6), 0..14),
        steps in 0_u32..9, distance in 0.0_f64..5.0, closed in any::<bool>(),
    ) {
        let points: Vec<Point> = spots.iter().map(|[x, y]| Point::new(f64::from(*x), f64::from(*y), 0.0)).collect();
        let order: Vec<u32> = (0..points.len() as u32).collect();
        let count = points.len();
        let mut expected = 0;
        for a in 0..count {
            for b in a + 1..count {
                let apart = if closed { (b - a).min(count - (b - a)) } else { b - a };
                let is_near = nalgebra::distance(&points[a], &points[b]) < distance;
                expected += usize::from(is_near && apart < steps as usize);
            }
        }
        prop_assert_eq!(pairs_too_near(&points, &order, closed, Apart { distance, steps }), expected);
    }
}

/// Three stripes side by side: the links between them are where the stripes end, and the whole costs hardly more than
/// three separate paths.
#[test]
fn ends_of_neighbouring_blocks_are_chosen_together() {
    let mut random = Pcg64::seed_from_u64(51);
    let points: Vec<Point> =
        (0..1500).map(|_| Point::new(random.random_range(0.0..90.0), random.random_range(0.0..30.0), 0.0)).collect();
    let blocks: Vec<u32> = points.iter().map(|point| (point.x / 30.0) as u32).collect();
    let cost = EuclideanCost::new(&points);
    let options = Options { budget: Budget::KicksPerPoint(8.0), ..Options::default() };
    let tour = solve_blocks(&points, &cost, &blocks, &options).unwrap();
    let separate: f64 = (0..3)
        .map(|block| {
            let members: Vec<Point> = points.iter().zip(&blocks).filter(|x| *x.1 == block).map(|x| *x.0).collect();
            solve(&members, &EuclideanCost::new(&members), &options).unwrap().length
        })
        .sum();
    assert!(tour.length < 1.02 * separate, "{} and {separate}", tour.length);
    let free = solve(&points, &cost, &options).unwrap().length;
    assert!(tour.length < 1.04 * free, "{} and {free}", tour.length);
}

#[test]
fn blocks_keep_fixed_ends_and_are_the_same_on_any_number_of_threads() {
    let points = cap_points(600, 52);
    let blocks: Vec<u32> = (0..600).map(|i| i / 200).collect();
    let cost = EuclideanCost::new(&points);
    let fixed = Ends::Open { start: Some(150), end: Some(450) };
    let tour = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| solve_blocks(&points, &cost, &blocks, &options(fixed))).unwrap()
    };
    let one = tour(1);
    assert_eq!((one.order[0], one.order[599]), (150, 450));
    assert!(one.reproducible && one.serpentine_length.unwrap() > one.length);
    assert_eq!(one, tour(3));
    let refused = |ends: Ends, blocks: &[u32], text: &str| {
        let error = solve_blocks(&points, &cost, blocks, &options(ends)).unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    };
    refused(Ends::Open { start: Some(250), end: None }, &blocks, "the start 250 in block 1");
    refused(Ends::Open { start: None, end: Some(0) }, &blocks, "the end 0 in block 0");
    refused(Ends::Closed, &blocks[1..], "599 block numbers for 600 points");
}

#[test]
fn blocks_are_searched_until_stopped() {
    let points = cap_points(300, 53);
    let blocks: Vec<u32> = (0..300).map(|i| i % 2).collect();
    let asked = std::sync::atomic::AtomicU32::new(0);
    let stop = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 400;
    let told = std::sync::Mutex::new(Vec::new());
    let progress = |at: Progress| told.lock().unwrap().push(at);
    let options =
        Options { budget: Budget::UntilStopped, stop: Some(&stop), progress: Some(&progress), ..Options::default() };
    let endless = Options { stop: None, ..options };
    assert!(solve_blocks(&points, &EuclideanCost::new(&points), &blocks, &endless).is_err());
    let tour = solve_blocks(&points, &EuclideanCost::new(&points), &blocks, &options).unwrap();
    assert!(!tour.reproducible && tour.length <= tour.start_length);
    assert!(tour.order.iter().map(|&i| blocks[i as usize]).is_sorted());
    let told = told.into_inner().unwrap();
    assert!(
        told.len() > 4 && told.iter().all(|at| at.budget.is_none()),
        "several rounds of two blocks: {}",
        told.len()
    );
    assert!(told.is_sorted_by(|before, after| before.kicks <= after.kicks), "no round begins from 0");
}

#[test]
fn blocks_are_improved_further_from_round_to_round() {
    let points = cap_points(160, 55);
    let blocks: Vec<u32> = (0..160).map(|i| i % 2).collect();
    let length = |looks: u32| {
        let asked = std::sync::atomic::AtomicU32::new(0);
        let stop = || asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > looks;
        let options = Options { budget: Budget::UntilStopped, stop: Some(&stop), ..Options::default() };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        pool.install(|| solve_blocks(&points, &EuclideanCost::new(&points), &blocks, &options)).unwrap().length
    };
    // Rough tours and the first paths are the same: they take some 140 looks.
    let lengths = [200, 300, 450].map(length);
    assert!(lengths.is_sorted_by(|before, after| before >= after), "{lengths:?}");
}

#[test]
fn patches_refuse_what_cannot_be() {
    let points = random_points(3, 54);
    let cost = EuclideanCost::new(&points);
    for (visit, most) in [(2.0, 1.0), (-1.0, 5.0), (1.0, f64::NAN), (f64::NAN, 1.0)] {
        assert!(patches(&cost, &[0, 1, 2], visit, most).is_err(), "{visit} {most}");
    }
    assert_eq!(patches(&cost, &[0, 1, 2], 1.0, f64::INFINITY).unwrap(), vec![0..3]);
    assert!(patches(&cost, &[], 1.0, 1.0).unwrap().is_empty());
}

#[test]
fn near_points_are_kept_apart_and_the_price_is_told() {
    let points = cap_points(700, 55);
    let cost = EuclideanCost::new(&points);
    let apart = Apart { distance: 8.0, steps: 5 };
    for ends in [Ends::default(), Ends::Closed, Ends::Open { start: Some(3), end: Some(4) }] {
        let closed = ends == Ends::Closed;
        let found = solve_apart(&points, &cost, apart, &options(ends)).unwrap();
        assert_permutation(&found.tour.order, 700);
        assert_eq!(found.too_near, pairs_too_near(&points, &found.tour.order, closed, apart));
        assert!(found.too_near <= 2, "{ends:?}: {}", found.too_near);
        assert!((found.tour.length - length(&cost, &found.tour.order, closed)).abs() < 1e-9);
        let plain = solve(&points, &cost, &options(ends)).unwrap();
        assert_eq!(found.plain_length.to_bits(), plain.length.to_bits());
        assert!(pairs_too_near(&points, &plain.order, closed, apart) > 200);
        // Hardly a step is shorter than the distance; nor are the steps much longer.
        let ratio = found.tour.length / (700.0 * apart.distance);
        assert!((0.99..2.0).contains(&ratio), "{ends:?}: {ratio}");
        if let Ends::Open { start: Some(start), end: Some(end) } = ends {
            assert_eq!((found.tour.order[0], found.tour.order[699]), (start, end));
        }
    }
}

#[test]
fn what_cannot_be_kept_apart_is_counted() {
    let points = random_points(12, 56);
    let cost = EuclideanCost::new(&points);
    let all = solve_apart(&points, &cost, Apart { distance: 1e3, steps: 3 }, &Options::default()).unwrap();
    assert_eq!(all.too_near, 11 + 10);
    assert_permutation(&all.tour.order, 12);
    let none = solve_apart(&points, &cost, Apart { distance: 0.0, steps: 3 }, &Options::default()).unwrap();
    assert_eq!((none.too_near, none.tour.length.to_bits()), (0, none.plain_length.to_bits()));
    assert!(solve_apart(&points, &cost, Apart { distance: f64::NAN, steps: 3 }, &Options::default()).is_err());
    let crowd = random_points(1500, 57);
    let error =
        solve_apart(&crowd, &EuclideanCost::new(&crowd), Apart { distance: 1e3, steps: 3 }, &Options::default());
    let error = error.unwrap_err().to_string();
    assert!(error.contains("1499 others within 1000") && error.contains("smaller distance"), "{error}");
    for count in 0..5 {
        let few = &points[..count];
        let found = solve_apart(few, &EuclideanCost::new(few), Apart { distance: 50.0, steps: 2 }, &Options::default());
        assert_permutation(&found.unwrap().tour.order, count);
    }
}
