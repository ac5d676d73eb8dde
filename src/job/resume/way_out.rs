use std::path::Path;

use super::done::Done;
use crate::error::{Finding, Severity};
use crate::geometry::decimal;
use crate::job::files::read_input;
use crate::job::needles::Needles;
use crate::plan::{Dot, Plan};
use crate::rig::Joints;

/// Code of the finding.
pub(super) const CODE: &str = "way-out";
/// How far the needle is drawn out beyond the approach height, mm.
const LIFT_MM: f64 = 10.0;
/// Decimals of a way, mm.
const PLACES: usize = 3;

/// How a needle that was left in the skin comes out: along its axis, from wherever it stands there, by a move that counts from where the axes are.
/// A program cannot do that, as none knows how the axes stand when it is started. None where it is not known how they stood at the last dot.
pub(super) fn finding(plan_path: &Path, plan: &Plan, done: &Done) -> Option<Finding> {
    let dot = plan.dot(done.last()?)?;
    let needles = Needles::new(&plan.case, &plan.rig);
    let rig = needles.with(dot.tool);
    let joints = strike(plan_path, dot)?;
    let turns = rig.axes.iter().zip(joints.iter()).skip(Joints::LINEAR);
    let turns: Vec<String> = turns.map(|(axis, at)| format!("{}{}", axis.letter, decimal(*at, PLACES))).collect();
    let at = if turns.is_empty() { String::new() } else { format!(", with {}", turns.join(" ")) };
    let advice = if let Some(axis) = rig.plunge_axis() {
        format!("G90 G1 {}{}", axis.letter, decimal(axis.zero, PLACES))
    } else {
        let way_mm = rig.way_out_mm(&joints, rig.approach_mm + dot.depth_mm + LIFT_MM).ok()?;
        let words: Vec<String> =
            rig.axes.iter().zip(way_mm).map(|(axis, by)| format!("{}{}", axis.letter, decimal(by, PLACES))).collect();
        format!("G91, then G1 {} F{}, then G90", words.join(" "), decimal(rig.speeds.retract_mm_s * 60.0, 1))
    };
    let message =
        format!("if the needle still stands in dot {}{at}, it has to come out along its axis before all else", dot.id);
    Some(Finding::new(CODE, Severity::Warn, message).remedy(format!("there alone: {advice}")))
}

/// Where the axes stood at a strike, by the map beside the plan.
fn strike(plan_path: &Path, dot: &Dot) -> Option<Joints> {
    let name = format!("session-{}.{}.map.csv", dot.session, dot.setup.as_ref()?);
    let bytes = read_input(&plan_path.with_file_name(name)).ok()?;
    let mut table = csv::Reader::from_reader(&bytes[..]);
    let row = table.records().filter_map(Result::ok).find(|row| row.get(1) == Some(&dot.id.to_string()))?;
    let places: Option<Vec<f64>> = row.iter().skip(2).map(|field| field.parse().ok()).collect();
    match *places?.as_slice() {
        [x, y, z] => Some(Joints::new([x, y, z])),
        [x, y, z, u] => Some(Joints::new([x, y, z, u])),
        [x, y, z, a, b] => Some(Joints::new([x, y, z, a, b])),
        [x, y, z, a, b, u] => Some(Joints::new([x, y, z, a, b, u])),
        _ => None,
    }
}
