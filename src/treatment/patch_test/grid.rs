use serde::Serialize;

use crate::error::{Error, Result};
use crate::plan::Plan;

/// What is tried on a patch: every depth with every dwell, once for each tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Depths, mm, rising: the columns A, B, C, ….
    pub depths_mm: Vec<f64>,
    /// Times in the skin, s, rising: the rows 1, 2, 3, ….
    pub dwells_s: Vec<f64>,
    /// Tools by number: one block of rows for each, one below the other.
    pub tools: Vec<u32>,
    /// Dots of each combination.
    pub repeats: usize,
    /// Distance between two dots of a combination, mm.
    pub pitch_mm: f64,
}

/// One combination of depth, dwell and tool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// `A1`; with several tools `2:A1`, the number of the tool first.
    pub label: String,
    /// Depth, mm.
    pub depth_mm: f64,
    /// Time in the skin, s.
    pub dwell_s: f64,
    /// Tool.
    pub tool: u32,
}

/// A dot of a test, before it is laid on skin.
#[derive(Debug, Clone, PartialEq)]
pub struct GridDot {
    /// Place from the middle of the patch: to the right and up, mm.
    pub place_mm: [f64; 2],
    /// What it is made with; none for the mark beside the first cell.
    pub cell: Option<Cell>,
}

/// Between two cells, in pitches.
const GAP: f64 = 1.5;
/// Most columns and rows of a block: columns have the letters of the alphabet.
const MOST: usize = 26;
/// Most dots of a combination.
const MOST_REPEATS: usize = 25;
/// A coin is that wide, mm; a larger patch is told.
pub(super) const COIN_MM: f64 = 25.0;

impl Grid {
    /// The grid around a design: four depths from 0.6 to 1.2 of its own, as far as the cap allows, and one, two and three times its
    /// dwell. Suggestions, to be confirmed by a practitioner.
    pub fn around(depth_mm: f64, cap_mm: f64, dwell_s: f64, tools: Vec<u32>) -> Self {
        let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
        let mut depths_mm: Vec<f64> = [0.6, 0.8, 1.0, 1.2].map(|part| rounded(part * depth_mm).min(cap_mm)).into();
        depths_mm.dedup();
        let step_s = if dwell_s > 0.0 { dwell_s } else { 0.05 };
        let dwells_s = [0.0, 1.0, 2.0].map(|steps| rounded(dwell_s + steps * step_s)).into();
        Self { depths_mm, dwells_s, tools, repeats: 4, pitch_mm: 1.5 }
    }

    /// Checks every number. Errors name the option.
    pub fn check(&self, cap_mm: f64) -> Result<()> {
        rising(
            "--depths-mm",
            &self.depths_mm,
            |depth| depth > 0.0 && depth <= cap_mm,
            &format!("depths above 0 and at most {cap_mm} mm, the cap of the rig, rising"),
        )?;
        rising("--dwells-s", &self.dwells_s, |dwell| (0.0..=5.0).contains(&dwell), "times from 0 to 5 s, rising")?;
        if !(1..=MOST_REPEATS).contains(&self.repeats) {
            return Err(Error::usage(self.repeats.to_string())
                .place("--repeats")
                .expected(format!("1 to {MOST_REPEATS}")));
        }
        if !(0.75..=10.0).contains(&self.pitch_mm) {
            return Err(Error::usage(format!("{} mm", self.pitch_mm))
                .place("--pitch-mm")
                .expected("0.75 to 10 mm: dots that can be told apart"));
        }
        Ok(())
    }

    /// Dots along a side of a cell.
    fn side(&self) -> usize {
        (1..=self.repeats).find(|side| side * side >= self.repeats).unwrap_or(1)
    }

    /// Columns and rows of all blocks.
    fn shape(&self) -> [usize; 2] {
        [self.depths_mm.len(), self.dwells_s.len() * self.tools.len()]
    }

    /// Distance from one cell to the next, mm.
    pub(super) fn step_mm(&self) -> f64 {
        (self.side() as f64 - 1.0 + GAP) * self.pitch_mm
    }

    /// Radius of a disc around the middle that holds all dots, mm.
    pub fn radius_mm(&self) -> f64 {
        let half = self.dots().iter().map(|dot| dot.place_mm[0].hypot(dot.place_mm[1])).fold(0.0, f64::max);
        half + self.pitch_mm
    }

    /// Whether the patch is larger than a coin.
    pub fn is_large(&self) -> bool {
        2.0 * self.radius_mm() > COIN_MM
    }

    /// The dots, row by row from above, each cell from its upper left; first of all the mark: a lone dot to the left of the first
    /// cell, which tells where up is.
    pub fn dots(&self) -> Vec<GridDot> {
        let (side, step_mm) = (self.side(), self.step_mm());
        let [columns, rows] = self.shape();
        let width_mm = |count: usize| (count as f64 - 1.0) * step_mm + (side as f64 - 1.0) * self.pitch_mm;
        let corner = [-0.5 * width_mm(columns), 0.5 * width_mm(rows)];
        let mut dots = vec![GridDot { place_mm: [corner[0] - GAP * self.pitch_mm, corner[1]], cell: None }];
        for (row, (&tool, &dwell_s)) in
            self.tools.iter().flat_map(|tool| self.dwells_s.iter().map(move |dwell_s| (tool, dwell_s))).enumerate()
        {
            for (column, &depth_mm) in self.depths_mm.iter().enumerate() {
                let label = label(self.tools.len() > 1, tool, column, row % self.dwells_s.len());
                for repeat in 0..self.repeats {
                    let right = column as f64 * step_mm + (repeat % side) as f64 * self.pitch_mm;
                    let down = row as f64 * step_mm + (repeat / side) as f64 * self.pitch_mm;
                    let cell = Some(Cell { label: label.clone(), depth_mm, dwell_s, tool });
                    dots.push(GridDot { place_mm: [corner[0] + right, corner[1] - down], cell });
                }
            }
        }
        dots
    }
}

fn label(several_tools: bool, tool: u32, column: usize, row: usize) -> String {
    let letter = char::from(b'A' + (column % MOST) as u8);
    let prefix = if several_tools { format!("{tool}:") } else { String::new() };
    format!("{prefix}{letter}{}", row + 1)
}

fn rising(option: &str, values: &[f64], fits: impl Fn(f64) -> bool, expected: &str) -> Result<()> {
    let in_order = values.is_sorted_by(|a, b| a < b);
    if (1..=MOST).contains(&values.len()) && in_order && values.iter().all(|&value| fits(value)) {
        return Ok(());
    }
    let found = values.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
    Err(Error::usage(found).place(option).expected(expected).remedy("correct the list"))
}

impl Cell {
    /// The cell of each dot of a patch test's plan, by the dot's number; none for the mark.
    ///
    /// # Errors
    /// A plan that is none of a patch test.
    pub fn of_plan(plan: &Plan) -> Result<Vec<Option<Self>>> {
        if plan.dwells_s.is_empty() || plan.dwells_s.len() > plan.dots.len() {
            return Err(Error::input("a plan with one dwell for all dots")
                .expected("the plan.json of a patch test")
                .remedy("give the plan that `tonsure patch-test` left"));
        }
        let struck = || plan.dots.iter().filter(|dot| plan.dwells_s.contains_key(&dot.id));
        let levels = |values: Vec<f64>| {
            let mut values = values;
            values.sort_by(f64::total_cmp);
            values.dedup();
            values
        };
        let depths_mm = levels(struck().map(|dot| dot.depth_mm).collect());
        let dwells_s = levels(plan.dwells_s.values().copied().collect());
        let tools = struck().map(|dot| dot.tool).collect::<std::collections::BTreeSet<u32>>();
        let place = |values: &[f64], value: f64| values.partition_point(|&other| other < value);
        let of_dot = |dot: &crate::plan::Dot| {
            let dwell_s = *plan.dwells_s.get(&dot.id)?;
            let (column, row) = (place(&depths_mm, dot.depth_mm), place(&dwells_s, dwell_s));
            let label = label(tools.len() > 1, dot.tool, column, row);
            Some(Self { label, depth_mm: dot.depth_mm, dwell_s, tool: dot.tool })
        };
        Ok(plan.dots.iter().map(of_dot).collect())
    }
}
