use std::collections::BTreeSet;
use std::path::Path;

use crate::case::{CalibrationFile, Case};
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{parse_finite, sha256};
use crate::job::files::read_input;
use crate::plan::{Dot, Plan};
use crate::rig::Profile;
use crate::treatment::patch_test::{Calibration, Cell, Measured};

/// An expected size that is off by more than this share is warned of.
const OFF: f64 = 0.1;
/// Dots wider than this were not made by one needle, mm.
const WIDEST_MM: f64 = 5.0;

/// Fits the measured sizes of a patch test's dots: a table with `dot_id` or `cell`, as `key.csv` names them, and `diameter_mm`.
///
/// # Errors
/// A plan of no patch test; rows that name no dot or cell of it, or have no size; too few of them.
pub fn calibrate(plan_path: &Path, sizes: &Path) -> Result<Calibration> {
    let bytes = read_input(plan_path)?;
    let file = plan_path.display().to_string();
    let plan = Plan::parse(&bytes, &file)?;
    let cells = Cell::of_plan(&plan).map_err(|error| error.file(file))?;
    let table = sizes.display().to_string();
    let measured = measured(&read_input(sizes)?, &plan, &cells).map_err(|error| error.file(&table))?;
    Calibration::fit(&sha256(&bytes), &measured, |tool| plan.case.tool_text(tool)).map_err(|error| error.file(table))
}

fn measured(bytes: &[u8], plan: &Plan, cells: &[Option<Cell>]) -> Result<Vec<Measured>> {
    let wrong = |found: String, expected: &str| {
        Error::input(found).expected(expected).remedy("complete key.csv of the patch test with a column diameter_mm")
    };
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let broken = |error: csv::Error| wrong(error.to_string(), "a CSV table with a header");
    let header = table.headers().map_err(broken)?.clone();
    let column = |name: &str| header.iter().position(|field| field == name);
    let (by_dot, by_cell, size) = (column("dot_id"), column("cell"), column("diameter_mm"));
    let (Some(size), true) = (size, by_dot.is_some() || by_cell.is_some()) else {
        let found = format!("the columns \"{}\"", header.iter().collect::<Vec<_>>().join(","));
        return Err(wrong(found, "diameter_mm, and dot_id or cell").place("header"));
    };
    let mut dots = Vec::new();
    for (index, row) in table.records().enumerate() {
        let row = row.map_err(broken)?;
        let place = || row.position().map_or_else(|| format!("row {}", index + 1), |at| format!("line {}", at.line()));
        let text = |column: Option<usize>| column.and_then(|column| row.get(column)).unwrap_or_default();
        // A dot that was not measured, or does not show.
        if text(Some(size)).is_empty() {
            continue;
        }
        let sized = parse_finite(text(Some(size))).filter(|&mm| mm > 0.0 && mm <= WIDEST_MM);
        let diameter_mm = sized.ok_or_else(|| {
            wrong(format!("\"{}\"", text(Some(size)).escape_debug()), "a diameter above 0 and at most 5 mm")
                .place(place())
        })?;
        let of_dot = || cells.get(crate::plan::position(&plan.dots, text(by_dot).parse().ok()?)?)?.clone();
        let of_cell = || cells.iter().flatten().find(|cell| cell.label == text(by_cell)).cloned();
        let cell = if by_dot.is_some() { of_dot() } else { of_cell() };
        let named = if by_dot.is_some() { text(by_dot) } else { text(by_cell) };
        let cell = cell.ok_or_else(|| {
            wrong(format!("\"{}\"", named.escape_debug()), "a dot or cell of this patch test").place(place())
        })?;
        dots.push(Measured { cell, diameter_mm });
    }
    Ok(dots)
}

/// The calibration that a case names, with its digest.
pub(in crate::job) fn read_calibration(choice: &CalibrationFile, folder: &Path) -> Result<(Calibration, String)> {
    let path = folder.join(&choice.file);
    let bytes = read_input(&path)?;
    Ok((Calibration::parse(&bytes, &path.display().to_string())?, sha256(&bytes)))
}

/// Chooses depths by a calibration where the case asks for it, and tells what sizes are to be expected.
///
/// Errors: depths to be chosen for a tool that was not tried on the patch test, or by one on which depth did not matter.
pub(in crate::job) fn use_calibration(
    calibration: &Calibration,
    case: &Case,
    profile: &Profile,
    dots: &mut [Dot],
) -> Result<Vec<Finding>> {
    let dwell_s = case.design.dwell_s;
    let chooses = case.design.calibration.as_ref().is_some_and(|choice| choice.choose_depth);
    let most_mm = case.design.depth_mm.min(profile.depth_cap_mm);
    let (mut expected, mut expected_mm, mut asked_mm, mut sd_mm, mut bounded) = (0_u32, 0.0, 0.0, 0.0_f64, 0);
    for dot in dots.iter_mut() {
        let Some(fit) = calibration.of_tool(dot.tool) else {
            if chooses {
                return Err(not_tried(calibration, dot.tool));
            }
            continue;
        };
        expected += 1;
        if chooses {
            let [least_mm, deepest_mm] = fit.depths_tried_mm();
            let wanted_mm = fit.depth_for_mm(dot.diameter_mm, dwell_s).ok_or_else(no_slope)?;
            let top_mm = deepest_mm.min(most_mm);
            // The least depth that was tried may be more than the case allows: the case's word holds.
            dot.depth_mm = wanted_mm.clamp(least_mm.min(top_mm), top_mm);
            bounded += usize::from((dot.depth_mm - wanted_mm).abs() > 1e-9);
        }
        expected_mm += fit.diameter_at_mm(dot.depth_mm, dwell_s);
        asked_mm += dot.diameter_mm;
        sd_mm = sd_mm.max(fit.sd_mm);
    }
    if chooses {
        profile.depth.fits(dots.iter().map(|dot| dot.depth_mm))?;
    }
    let mut findings = other_tools(calibration, case, dots);
    if expected == 0 {
        return Ok(findings);
    }
    let count = f64::from(expected);
    let (expected_mm, asked_mm) = (expected_mm / count, asked_mm / count);
    let depth =
        if chooses { "the depths chosen".to_owned() } else { format!("a depth of {} mm", case.design.depth_mm) };
    let message = format!(
        "by the patch test {depth} and a dwell of {dwell_s} s make dots of {expected_mm:.3} mm on average, {sd_mm:.3} mm about the fit; \
         {asked_mm:.3} mm are asked"
    );
    let is_off = (expected_mm / asked_mm - 1.0).abs() > OFF;
    let severity = if is_off { Severity::Warn } else { Severity::Pass };
    let remedy = if is_off { "change the depth, the dwell or the diameter asked" } else { "" };
    findings.push(Finding::new("calibration", severity, message).remedy(remedy));
    if bounded > 0 {
        let message = format!(
            "{bounded} dots would need a depth beyond what was tried on the patch test or beyond the {} mm of the case; they get the nearest \
             one allowed",
            case.design.depth_mm
        );
        findings.push(
            Finding::new("calibration-bounded", Severity::Warn, message)
                .times(bounded)
                .remedy("try more depths on a patch test, or ask for other diameters"),
        );
    }
    Ok(findings)
}

/// What the patch test does not tell: tools that were not tried on it, or were others then.
fn other_tools(calibration: &Calibration, case: &Case, dots: &[Dot]) -> Vec<Finding> {
    let used: BTreeSet<u32> = dots.iter().map(|dot| dot.tool).collect();
    let told = used.into_iter().filter_map(|tool| match calibration.of_tool(tool) {
        None => Some(format!("tool {tool} was not tried on the patch test")),
        Some(fit) if fit.text != case.tool_text(tool) => {
            Some(format!("tool {tool} was \"{}\" on the patch test and is \"{}\" now", fit.text, case.tool_text(tool)))
        }
        Some(_) => None,
    });
    let warned = |message| {
        Finding::new("calibration-tool", Severity::Warn, message).remedy("make a patch test with the tools of the case")
    };
    told.map(warned).collect()
}

fn not_tried(calibration: &Calibration, tool: u32) -> Error {
    let tried: Vec<String> = calibration.tools.iter().map(|fit| fit.tool.to_string()).collect();
    Error::input(format!("no fit for tool {tool}"))
        .place("design.calibration")
        .expected(format!(
            "a fit for each tool of the case, to choose depths by; there are those of {}",
            tried.join(", ")
        ))
        .remedy("set choose_depth to false, or try that tool on a patch test")
}

fn no_slope() -> Error {
    Error::input("a calibration in which dots do not become wider with depth")
        .place("design.calibration")
        .expected("several depths on the patch test, and wider dots at greater depth")
        .remedy("set choose_depth to false, or make the patch test anew")
}
