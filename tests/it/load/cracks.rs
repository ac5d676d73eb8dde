//! Cracks: corners that were meant to be the same and are not quite.

use std::fmt::Write;

use proptest::prelude::*;
use tonsure::mesh::{Format, Loaded};

use super::solid::{codes, read};

const CELLS: u32 = 12;
const STEP_MM: f64 = 5.0;

/// A bent sheet of two halves, whose corners along the line between them stand apart by `gap_mm` in ways of their own.
fn two_halves(gap_mm: f64, ways: &[[f64; 3]]) -> Loaded {
    let mut text = String::new();
    let height = |i: u32| 0.02 * (f64::from(i) * STEP_MM - 30.0).powi(2);
    let half = CELLS / 2;
    for (from, to) in [(0, half), (half, CELLS)] {
        for i in from..=to {
            for j in 0..=CELLS {
                let [x, y, z] = if from == half && i == half { ways[j as usize % ways.len()] } else { [0.0; 3] };
                let place = [f64::from(i) * STEP_MM, f64::from(j) * STEP_MM, height(i)];
                writeln!(text, "v {} {} {}", place[0] + gap_mm * x, place[1] + gap_mm * y, place[2] + gap_mm * z)
                    .unwrap();
            }
        }
    }
    let rows = half + 1;
    for first in [0, rows * (CELLS + 1)] {
        for (i, j) in (0..half).flat_map(|i| (0..CELLS).map(move |j| (i, j))) {
            let id = |i: u32, j: u32| first + i * (CELLS + 1) + j + 1;
            writeln!(text, "f {} {} {}", id(i, j), id(i + 1, j), id(i + 1, j + 1)).unwrap();
            writeln!(text, "f {} {} {}", id(i, j), id(i + 1, j + 1), id(i, j + 1)).unwrap();
        }
    }
    read(text.as_bytes(), Format::Obj).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn cracks_are_closed_and_nothing_is_moved(
        gap_mm in 1e-4..0.015_f64,
        ways in prop::collection::vec(prop::array::uniform3(-0.57..0.57_f64), 1..20),
    ) {
        let whole = two_halves(0.0, &[[0.0; 3]]);
        let closed = two_halves(gap_mm, &ways);
        prop_assert_eq!(closed.mesh.triangles(), whole.mesh.triangles());
        prop_assert_eq!(closed.mesh.vertices(), whole.mesh.vertices());
        prop_assert_eq!((closed.summary.components, closed.summary.open_edges), (1, 4 * CELLS as usize));
        let told = closed.findings.iter().find(|finding| finding.code == "cracks").map_or(0, |finding| finding.count);
        let moved = (0..=CELLS).filter(|&j| ways[j as usize % ways.len()].iter().any(|&c| gap_mm * c.abs() > 1e-5)).count();
        prop_assert!((moved..=CELLS as usize + 1).contains(&told), "{told} of {moved}");
    }

    #[test]
    fn gaps_stay_gaps(gap_mm in 0.05..1.0_f64, sign in prop::sample::select(vec![-1.0, 1.0])) {
        let torn = two_halves(gap_mm, &[[sign, 0.0, 0.0]]);
        prop_assert_eq!(torn.summary.components, 2);
        prop_assert!(!codes(&torn).contains(&"cracks"));
    }
}
