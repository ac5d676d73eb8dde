use std::collections::BTreeMap;

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::grid::Cell;
use crate::error::{Error, Result, from_json};

/// Version tag of the format of calibrations.
pub const CALIBRATION_FORMAT: &str = "tonsure-calibration/1";

/// How wide dots become, by depth and dwell, for each tool: fitted to measured ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// `tonsure-calibration/1`.
    pub format: String,
    /// SHA-256 of the patch test's plan.
    pub plan_sha256: String,
    /// One fit for each tool that was tried.
    pub tools: Vec<ToolFit>,
}

/// `diameter = c0 + c1 depth + c2 dwell + c3 depth dwell`, mm and s; what the test did not vary has no share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolFit {
    /// Number of the tool.
    pub tool: u32,
    /// What it was, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// `c0` to `c3`.
    pub coefficients: [f64; 4],
    /// Depths that were tried, mm, rising.
    pub depths_mm: Vec<f64>,
    /// Dwells that were tried, s, rising.
    pub dwells_s: Vec<f64>,
    /// Fitted diameters, mm: a row for each dwell, with one for each depth.
    pub diameter_mm: Vec<Vec<f64>>,
    /// Number of measured dots.
    pub count: usize,
    /// Those that weigh less than half, as they lie far off the rest.
    pub outliers: usize,
    /// Robust standard deviation of one dot about the fit, mm.
    pub sd_mm: f64,
    /// What was measured in each cell.
    pub cells: Vec<CellFit>,
}

/// Measured dots of one combination of depth and dwell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellFit {
    /// Its label in the key.
    pub label: String,
    /// Depth, mm.
    pub depth_mm: f64,
    /// Time in the skin, s.
    pub dwell_s: f64,
    /// Number of measured dots.
    pub count: usize,
    /// Their median diameter, mm.
    pub median_mm: f64,
    /// The fitted one, mm.
    pub fitted_mm: f64,
    /// Median less fitted, mm.
    pub residual_mm: f64,
}

/// A measured dot of a patch test.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What it was made with.
    pub cell: Cell,
    /// Its diameter, mm.
    pub diameter_mm: f64,
}

/// A singular value below this share of the design's norm is rounding.
const RANK_SHARE: f64 = 1e-9;
/// Rounds of reweighting.
const ROUNDS: usize = 30;
/// Tukey's biweight keeps 95 % of the efficiency for normal noise with this many standard deviations.
const BIWEIGHT: f64 = 4.685;
/// Standard deviation of normal noise over its median absolute deviation.
const SD_OF_MAD: f64 = 1.4826;
/// Noise below this is taken for this: an instrument's step, mm.
const LEAST_SD_MM: f64 = 0.001;

impl Calibration {
    /// Fits measured dots, tool by tool.
    ///
    /// # Errors
    /// Fewer dots of a tool than the fit has coefficients and two more, or too few different cells of them.
    pub fn fit(plan_sha256: &str, measured: &[Measured], tool_text: impl Fn(u32) -> String) -> Result<Self> {
        let mut by_tool: BTreeMap<u32, Vec<&Measured>> = BTreeMap::new();
        for dot in measured {
            by_tool.entry(dot.cell.tool).or_default().push(dot);
        }
        let fits = by_tool.into_iter().map(|(tool, dots)| ToolFit::of(tool, tool_text(tool), &dots));
        let tools = fits.collect::<Result<Vec<_>>>()?;
        if tools.is_empty() {
            return Err(Error::input("no measured dot").expected("dots of the patch test, each with its diameter_mm"));
        }
        Ok(Self { format: CALIBRATION_FORMAT.to_owned(), plan_sha256: plan_sha256.to_owned(), tools })
    }

    /// Reads a calibration. Errors name the key.
    pub fn parse(bytes: &[u8], file: &str) -> Result<Self> {
        let read: Self = from_json(bytes, file)?;
        let finite = |fit: &ToolFit| {
            fit.coefficients.iter().all(|number| number.is_finite())
                && !fit.depths_mm.is_empty()
                && !fit.dwells_s.is_empty()
                && fit.depths_mm.iter().chain(&fit.dwells_s).all(|number| number.is_finite() && *number >= 0.0)
        };
        if read.format != CALIBRATION_FORMAT || read.tools.is_empty() || !read.tools.iter().all(finite) {
            return Err(Error::input(format!("\"{}\" with {} fits", read.format, read.tools.len()))
                .file(file)
                .place("format")
                .expected(format!("\"{CALIBRATION_FORMAT}\" with a fit at least, of finite numbers"))
                .remedy("write it anew with `tonsure patch-test --measured`"));
        }
        Ok(read)
    }

    /// The fit of a tool; none where it was not tried.
    pub fn of_tool(&self, tool: u32) -> Option<&ToolFit> {
        self.tools.iter().find(|fit| fit.tool == tool)
    }
}

impl ToolFit {
    /// Iteratively reweighted least squares with Tukey's biweight, begun at the medians of the cells, so that a few bad dots do not
    /// count (P. J. Huber, E. M. Ronchetti, "Robust Statistics", 2nd ed., 2009, chapter 7).
    fn of(tool: u32, text: String, dots: &[&Measured]) -> Result<Self> {
        let depths_mm = levels(dots.iter().map(|dot| dot.cell.depth_mm));
        let dwells_s = levels(dots.iter().map(|dot| dot.cell.dwell_s));
        let (by_depth, by_dwell) = (depths_mm.len() > 1, dwells_s.len() > 1);
        let cells = by_cell(dots);
        let both = by_depth && by_dwell && cells.len() > 3;
        let has = [true, by_depth, by_dwell, both];
        let terms: Vec<usize> = (0..4).filter(|&term| has[term]).collect();
        if dots.len() < terms.len() + 2 {
            return Err(Error::input(format!("{} measured dots of tool {tool}", dots.len()))
                .expected(format!("{} or more for {} coefficients", terms.len() + 2, terms.len()))
                .remedy("measure more dots of the patch test"));
        }
        let row = |depth_mm: f64, dwell_s: f64| terms.iter().map(move |&term| basis(depth_mm, dwell_s)[term]);
        let design = DMatrix::from_row_iterator(
            dots.len(),
            terms.len(),
            dots.iter().flat_map(|dot| row(dot.cell.depth_mm, dot.cell.dwell_s)),
        );
        let tells_apart = |design: &DMatrix<f64>| design.rank(RANK_SHARE * design.norm()) == terms.len();
        let apart = |rows: &DMatrix<f64>| {
            if tells_apart(rows) {
                return Ok(());
            }
            Err(Error::input(format!("measured cells of tool {tool} that do not tell depth and dwell apart"))
                .expected(format!("cells for {} coefficients", terms.len()))
                .remedy("measure dots of more cells of the patch test"))
        };
        apart(&design)?;
        let sizes = DVector::from_iterator(dots.len(), dots.iter().map(|dot| dot.diameter_mm));
        let medians = DVector::from_iterator(dots.len(), dots.iter().map(|dot| cells[&dot.cell.label].median_mm));
        let unsolved = || Error::system("measured dots that give no fit");
        let mut solution = weighted(&design, &medians, &DVector::repeat(dots.len(), 1.0)).ok_or_else(unsolved)?;
        let (mut weights, mut sd_mm) = (DVector::repeat(dots.len(), 1.0), 0.0);
        for _ in 0..ROUNDS {
            let residuals = &sizes - &design * &solution;
            sd_mm = (SD_OF_MAD * median(residuals.iter().map(|r| r.abs()).collect())).max(LEAST_SD_MM);
            weights = residuals.map(|r| {
                let scaled = r / (BIWEIGHT * sd_mm);
                if scaled.abs() < 1.0 { (1.0 - scaled * scaled).powi(2) } else { 0.0 }
            });
            solution = weighted(&design, &sizes, &weights).ok_or_else(unsolved)?;
        }
        // What is left once far ones do not count.
        apart(&scaled(&design, &weights))?;
        let mut coefficients = [0.0; 4];
        for (&term, &value) in terms.iter().zip(solution.iter()) {
            coefficients[term] = value;
        }
        let mut fit = Self {
            tool,
            text,
            coefficients,
            diameter_mm: Vec::new(),
            depths_mm,
            dwells_s,
            count: dots.len(),
            outliers: weights.iter().filter(|weight| **weight < 0.5).count(),
            sd_mm,
            cells: cells.into_values().collect(),
        };
        for cell in &mut fit.cells {
            cell.fitted_mm = value(&coefficients, cell.depth_mm, cell.dwell_s);
            cell.residual_mm = cell.median_mm - cell.fitted_mm;
        }
        fit.diameter_mm = (fit.dwells_s.iter())
            .map(|&dwell_s| fit.depths_mm.iter().map(|&depth_mm| value(&coefficients, depth_mm, dwell_s)).collect())
            .collect();
        Ok(fit)
    }

    /// Diameter to be expected, mm.
    pub fn diameter_at_mm(&self, depth_mm: f64, dwell_s: f64) -> f64 {
        value(&self.coefficients, depth_mm, dwell_s)
    }

    /// Depth at which a dot of that diameter comes out, mm; none where dots do not become wider with depth.
    pub fn depth_for_mm(&self, diameter_mm: f64, dwell_s: f64) -> Option<f64> {
        let [c0, c1, c2, c3] = self.coefficients;
        let slope = c1 + c3 * dwell_s;
        (slope > 0.0).then(|| (diameter_mm - c0 - c2 * dwell_s) / slope)
    }

    /// Least and greatest of the depths that were tried, mm.
    pub fn depths_tried_mm(&self) -> [f64; 2] {
        [self.depths_mm.first(), self.depths_mm.last()].map(|depth| depth.copied().unwrap_or_default())
    }
}

fn basis(depth_mm: f64, dwell_s: f64) -> [f64; 4] {
    [1.0, depth_mm, dwell_s, depth_mm * dwell_s]
}

fn value(coefficients: &[f64; 4], depth_mm: f64, dwell_s: f64) -> f64 {
    basis(depth_mm, dwell_s).iter().zip(coefficients).map(|(a, b)| a * b).sum()
}

fn weighted(design: &DMatrix<f64>, sizes: &DVector<f64>, weights: &DVector<f64>) -> Option<DVector<f64>> {
    scaled(design, weights).svd(true, true).solve(&sizes.component_mul(&weights.map(f64::sqrt)), 1e-12).ok()
}

/// The rows, each by the root of its weight.
fn scaled(design: &DMatrix<f64>, weights: &DVector<f64>) -> DMatrix<f64> {
    let mut rows = design.clone();
    for (mut row, weight) in rows.row_iter_mut().zip(weights.iter()) {
        row *= weight.sqrt();
    }
    rows
}

fn by_cell(dots: &[&Measured]) -> BTreeMap<String, CellFit> {
    let mut sizes: BTreeMap<&str, Vec<&Measured>> = BTreeMap::new();
    for dot in dots {
        sizes.entry(&dot.cell.label).or_default().push(dot);
    }
    let of = |(label, dots): (&str, Vec<&Measured>)| {
        let Cell { depth_mm, dwell_s, .. } = dots[0].cell;
        let median_mm = median(dots.iter().map(|dot| dot.diameter_mm).collect());
        let cell = CellFit {
            label: label.to_owned(),
            depth_mm,
            dwell_s,
            count: dots.len(),
            median_mm,
            fitted_mm: 0.0,
            residual_mm: 0.0,
        };
        (label.to_owned(), cell)
    };
    sizes.into_iter().map(of).collect()
}

fn levels(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

/// Mean of the two middle ones.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let count = values.len();
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    if count == 0 { 0.0 } else { f64::midpoint(at((count - 1) / 2), at(count / 2)) }
}
