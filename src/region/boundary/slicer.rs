use serde::Deserialize;

use super::Boundary;
use super::labels::Labelled;
use crate::error::{Error, Finding, Result, Severity, from_json};
use crate::geometry::{Point, Units};

/// Markups file of 3D Slicer (schema `markups-schema-v1.0.x`); keys that do not matter here are passed over.
#[derive(Deserialize)]
struct MarkupsFile {
    markups: Vec<Markup>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Markup {
    #[serde(default)]
    name: String,
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    coordinate_system: CoordinateSystem,
    #[serde(default)]
    coordinate_units: Option<Units>,
    #[serde(default)]
    control_points: Vec<ControlPoint>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
enum Kind {
    ClosedCurve,
    Curve,
    Fiducial,
}

/// The schema's default is LPS.
#[derive(Deserialize, Clone, Copy, Default, PartialEq, Eq)]
#[serde(try_from = "SystemName")]
pub(super) enum CoordinateSystem {
    #[default]
    Lps,
    Ras,
}

/// Slicer's older point lists number the systems.
#[derive(Deserialize)]
#[serde(untagged)]
enum SystemName {
    Text(String),
    Number(i64),
}

impl TryFrom<SystemName> for CoordinateSystem {
    type Error = String;

    fn try_from(name: SystemName) -> Result<Self, String> {
        let text = match name {
            SystemName::Text(text) => text,
            SystemName::Number(number) => number.to_string(),
        };
        Self::named(&text)
    }
}

impl CoordinateSystem {
    /// By its name or its number.
    pub(super) fn named(text: &str) -> Result<Self, String> {
        match text {
            "LPS" | "1" => Ok(Self::Lps),
            "RAS" | "0" => Ok(Self::Ras),
            _ => Err(format!("coordinate system \"{text}\", expected LPS (1) or RAS (0)")),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ControlPoint {
    #[serde(default)]
    label: String,
    /// Points that were announced but never placed have none.
    #[serde(default)]
    position: Option<[f64; 3]>,
    #[serde(default)]
    position_status: Option<String>,
}

pub(super) fn read(bytes: &[u8], file_name: &str, mesh_units: Units) -> Result<Boundary> {
    let file: MarkupsFile = from_json(bytes, file_name)?;
    let curves: Vec<usize> =
        (0..file.markups.len()).filter(|&index| file.markups[index].kind != Kind::Fiducial).collect();
    if let [first, second, ..] = curves[..] {
        return Err(Error::input(format!(
            "{} curves (the first two are markups[{first}] and [{second}])",
            curves.len()
        ))
        .expected("one curve, and point lists for the landmarks")
        .remedy("save the hairline in a file of its own"));
    }
    let mut boundary = Boundary {
        name: String::new(),
        units: mesh_units,
        points: Vec::new(),
        closed: true,
        inside_point: None,
        landmarks: crate::case::Landmarks::default(),
        findings: Vec::new(),
    };
    let mut listed = Labelled::default();
    let mut unplaced = 0;
    for (index, markup) in file.markups.into_iter().enumerate() {
        check_units(markup.coordinate_units, mesh_units, index, &mut boundary.findings)?;
        let is_curve = markup.kind != Kind::Fiducial;
        if is_curve || boundary.name.is_empty() {
            boundary.name.clone_from(&markup.name);
        }
        for (number, control) in markup.control_points.into_iter().enumerate() {
            let placed = control.position_status.as_deref().is_none_or(|status| status == "defined");
            let Some(position) = control.position.filter(|_| placed) else {
                unplaced += 1;
                continue;
            };
            let point = into_lps(position, markup.coordinate_system, mesh_units);
            if is_curve {
                boundary.points.push(point);
            } else {
                let place = || format!("markups[{index}].controlPoints[{number}]");
                listed.add(&control.label, point).map_err(|error| error.place(place()))?;
            }
        }
        if is_curve {
            boundary.closed = markup.kind == Kind::ClosedCurve;
        }
    }
    if curves.is_empty() {
        boundary.points = listed.line;
    } else if !listed.line.is_empty() {
        let count = listed.line.len();
        let message = format!("{count} listed points are neither landmarks nor part of the curve and are left out");
        boundary.findings.push(Finding::new("boundary-points-unused", Severity::Warn, message).times(count));
    }
    if unplaced > 0 {
        let message = format!("{unplaced} points without a defined position are left out");
        boundary.findings.push(Finding::new("boundary-points-unplaced", Severity::Warn, message).times(unplaced));
    }
    (boundary.inside_point, boundary.landmarks) = (listed.inside_point, listed.landmarks);
    Ok(boundary)
}

pub(super) fn into_lps([x, y, z]: [f64; 3], system: CoordinateSystem, units: Units) -> Point {
    let in_mm = units.in_mm();
    let sign = if system == CoordinateSystem::Ras { -in_mm } else { in_mm };
    Point::new(x * sign, y * sign, z * in_mm)
}

/// Slicer knows no unit of a mesh and says `mm` of everything; only a unit that was set by hand can contradict.
fn check_units(said: Option<Units>, mesh_units: Units, index: usize, findings: &mut Vec<Finding>) -> Result<()> {
    match said {
        None => {}
        Some(unit) if unit == mesh_units => {}
        Some(Units::Millimetre) => {
            let message = format!(
                "markups[{index}] says mm, as Slicer always does; its numbers are taken in the scan's unit, {mesh_units}"
            );
            findings.push(Finding::new("boundary-units-of-scan", Severity::Pass, message));
        }
        Some(unit) => {
            return Err(Error::input(format!("unit {unit}"))
                .place(format!("markups[{index}].coordinateUnits"))
                .expected(format!("the scan's unit, {mesh_units}"))
                .remedy("correct the unit of the scan in the case, or of the line"));
        }
    }
    Ok(())
}
