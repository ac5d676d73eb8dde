use super::marks::{Marks, covariance};
use crate::error::{Error, Result};
use crate::geometry::{Point, Units};

/// Least RMS distance of the marks from their middle, mm: a tenth of a head's width. Nearer marks hold no head.
const LEAST_RADIUS_MM: f64 = 15.0;
/// Least RMS distance of the marks from the line that fits them best, mm. Below it the head could turn around that
/// line by more than a millimetre at the crown without the marks showing it.
const LEAST_OFF_LINE_MM: f64 = 6.0;
/// Marks nearer to each other than this are one mark, mm.
const LEAST_APART_MM: f64 = 1.0;
/// RMS distance from the middle that marks on a head may have, mm.
const ON_A_HEAD_MM: std::ops::Range<f64> = 15.0..160.0;
/// Two sets of marks whose sizes differ by less than this factor are in the same unit: the nearest two units that are
/// in use differ by 2.54.
const SAME_UNIT: f64 = 1.5;
/// How well the ratio of two sizes has to agree with that of two units.
const UNIT_TOLERANCE: f64 = 0.05;

/// Refuses marks that cannot hold a head, whatever the fit: too few, not finite, in different units, at one place, on a
/// line, in a cluster.
pub(super) fn check(marks: &Marks) -> Result<()> {
    let count = marks.mesh.len();
    if count != marks.rig.len() || count < 3 {
        let found = format!("{count} in the scan and {} in the rig", marks.rig.len());
        return refuse(found, "the same three or more, better six", "measure more fiducials");
    }
    if !marks.mesh.iter().chain(&marks.rig).all(|place| place.iter().all(|c| c.is_finite())) {
        return refuse("a coordinate that is not finite".into(), "finite coordinates", "measure again");
    }
    check_units(marks)?;
    check_apart(marks)?;
    for (places, whose) in [(&marks.mesh, "the scan"), (&marks.rig, "the rig")] {
        check_shape(places, whose)?;
    }
    Ok(())
}

fn refuse(found: String, expected: &str, remedy: &str) -> Result<()> {
    Err(Error::input(found).place("fiducials").expected(expected).remedy(remedy))
}

/// Names the unit when one set is larger than the other by the ratio of two units.
fn check_units(marks: &Marks) -> Result<()> {
    let [in_scan, in_rig] = marks.radii_mm();
    let ratio = in_scan / in_rig;
    if !ratio.is_normal() || (1.0 / SAME_UNIT..SAME_UNIT).contains(&ratio) {
        return Ok(());
    }
    let fits = |factor: f64| (ratio / factor - 1.0).abs() < UNIT_TOLERANCE;
    let rig_units = Units::ALL.into_iter().filter(|unit| fits(unit.in_mm()) && ON_A_HEAD_MM.contains(&in_scan));
    let scan_units = (Units::ALL.into_iter())
        .filter(|unit| fits(marks.units.in_mm() / unit.in_mm()) && ON_A_HEAD_MM.contains(&in_rig));
    let guesses: Vec<(String, String)> = rig_units
        .map(|unit| (format!("the rig's in {unit}"), "convert the rig's coordinates to mm".to_owned()))
        .chain(scan_units.map(|unit| {
            let remedy = format!("convert the coordinates in the scan to {}", marks.units);
            (format!("the scan's in {unit} instead of {}", marks.units), remedy)
        }))
        .collect();
    let size = |mm: f64| crate::geometry::decimal(mm, if mm < 10.0 { 3 } else { 1 });
    let found = format!(
        "fiducials {} times as far apart in the scan as in the rig ({} and {} mm RMS from their middle)",
        size(ratio),
        size(in_scan),
        size(in_rig)
    );
    let expected = "the same distances in both";
    if guesses.is_empty() {
        return refuse(found, expected, "check the units and the names of the fiducials");
    }
    let (units, remedies): (Vec<String>, Vec<String>) = guesses.into_iter().unzip();
    let found = format!("{found}, as if coordinates were in another unit: {}", units.join(", or "));
    refuse(found, expected, &remedies.join(", or "))
}

/// Two names for one place are one mark.
fn check_apart(marks: &Marks) -> Result<()> {
    let mut by_x: Vec<(f64, usize)> = marks.mesh.iter().map(|place| place.x).zip(0..).collect();
    by_x.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    for (i, &(x, a)) in by_x.iter().enumerate() {
        for &(_, b) in by_x[i + 1..].iter().take_while(|(other, _)| other - x < LEAST_APART_MM) {
            let apart_mm = (marks.mesh[a] - marks.mesh[b]).norm();
            if apart_mm < LEAST_APART_MM {
                let [a, b] = [a.min(b), a.max(b)].map(|i| &marks.names[i]);
                let found = format!("\"{a}\" and \"{b}\" within {apart_mm:.2} mm of each other in the scan");
                return refuse(found, "different places", "measure another mark");
            }
        }
    }
    Ok(())
}

fn check_shape(places: &[Point], whose: &str) -> Result<()> {
    let spread = covariance(places, places);
    let radius_mm = spread.trace().max(0.0).sqrt();
    let off_line_mm = (spread.trace() - spread.symmetric_eigenvalues().max()).max(0.0).sqrt();
    let remedy = "place fiducials around the head: forehead, behind both ears, nape";
    if radius_mm < LEAST_RADIUS_MM {
        let found = format!("fiducials clustered within {radius_mm:.2} mm RMS of their middle in {whose}");
        return refuse(found, &format!("at least {LEAST_RADIUS_MM} mm, so that the turn of the head is seen"), remedy);
    }
    if off_line_mm < LEAST_OFF_LINE_MM {
        let found = format!("fiducials within {off_line_mm:.2} mm RMS of one line in {whose}");
        let expected = format!("at least {LEAST_OFF_LINE_MM} mm, so that no turn around the line goes unseen");
        return refuse(found, &expected, remedy);
    }
    Ok(())
}
