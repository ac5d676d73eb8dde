//! Reading the drawn line: `*.hairline.json`, 3D Slicer markups (`*.mrk.json`) and point lists (`*.fcsv`), MeshLab picked
//! points (`*.pp`).
//!
//! Slicer and MeshLab files carry no unit that means anything (Slicer writes `mm` whatever the scan is in): their
//! numbers are those of the scan's file, in the scan's unit. A `*.hairline.json` names its own unit.
//!
//! Slicer has two systems of axes, LPS and RAS, which differ by the signs of x and y. Since version 4.11 it takes a
//! mesh file to be in LPS unless the file says otherwise, so an LPS line is used as it stands and a RAS line is turned
//! into LPS. A scan that was loaded as RAS needs [`Boundary::turned`]; [`Boundary::settle_axes`] finds that out.

mod fiducial_list;
mod hairline_json;
mod labels;
mod picked_points;
mod slicer;

use crate::case::Landmarks;
use crate::error::{
    Error, Finding, MOST_BYTES_BY_HAND, MOST_COORDINATE, MOST_LINE_POINTS, Result, Severity, check_limit,
};
use crate::geometry::{Aabb, Point, Units, decimal};

/// Least and greatest size of a hairline loop on a head, mm: the longest edge of the box around it.
pub const PLAUSIBLE_SPAN_MM: [f64; 2] = [100.0, 350.0];

/// A line that spans no more than this is a point, whatever the unit, mm.
const ONE_PLACE_MM: f64 = 1e-6;

/// Least and greatest area that a hairline loop can leave to be treated, cm²: less than a hand's breadth square is no
/// region for which 10,000 dots are planned; more than the skin of a large head above the neck is no scalp.
const PLAUSIBLE_AREA_CM2: [f64; 2] = [15.0, 1300.0];

/// Points of a line farther apart than this leave the shape between them open, mm.
const WIDE_GAP_MM: f64 = 15.0;

/// A drawn line with what was marked beside it, mm, in the scan's axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary {
    /// Name of the drawing; the file's name when the file gives none.
    pub name: String,
    /// Unit of the numbers in the file, by which they were converted to mm.
    pub units: Units,
    /// Points of the line in order, at least three; the first is not repeated.
    pub points: Vec<Point>,
    /// True for a loop, false for an open curve (a frontal hairline from ear to ear).
    pub closed: bool,
    /// A place on the side that is to be treated.
    pub inside_point: Option<Point>,
    /// Landmarks marked in the same file, mm.
    pub landmarks: Landmarks,
    /// What was left out or looks odd.
    pub findings: Vec<Finding>,
}

impl Boundary {
    /// Drops repeated points, checks what is left, and fills in the name.
    fn checked(mut self, file_name: &str) -> Result<Self> {
        check_limit(self.points.len(), MOST_LINE_POINTS, "points in the line")?;
        let fits = |p: &Point| p.iter().all(|c| c.abs() <= MOST_COORDINATE);
        if let Some(index) = self.points.iter().chain(&self.inside_point).position(|p| !fits(p)) {
            return Err(Error::input("a coordinate too large for a number of mm")
                .place(format!("point {index}"))
                .expected(format!("coordinates of at most {MOST_COORDINATE:e} mm"))
                .remedy("correct the point, or the unit"));
        }
        let drawn = self.points.len();
        self.points.dedup();
        if self.closed {
            while self.points.len() > 1 && self.points.first() == self.points.last() {
                self.points.pop();
            }
        }
        if self.points.len() < 3 {
            return Err(Error::input(format!("{} different points in the line", self.points.len()))
                .expected("at least 3")
                .remedy("draw the line with more points"));
        }
        let repeated = drawn - self.points.len();
        if repeated > 0 {
            let message = format!("{repeated} of {drawn} points repeat the one before and are left out");
            self.findings.push(Finding::new("boundary-repeated-points", Severity::Pass, message).times(repeated));
        }
        if self.name.is_empty() {
            file_name.rsplit(['/', '\\']).next().unwrap_or(file_name).clone_into(&mut self.name);
        }
        Ok(self)
    }

    /// The same drawing with the signs of x and y turned: from LPS to RAS or back.
    #[must_use]
    pub fn turned(&self) -> Self {
        let turn = |p: Point| Point::new(-p.x, -p.y, p.z);
        let turn_landmark = |p: Option<[f64; 3]>| p.map(|[x, y, z]| [-x, -y, z]);
        let Landmarks { glabella, left_tragus, right_tragus, inion, vertex } = self.landmarks;
        Self {
            points: self.points.iter().copied().map(turn).collect(),
            inside_point: self.inside_point.map(turn),
            landmarks: Landmarks {
                glabella: turn_landmark(glabella),
                left_tragus: turn_landmark(left_tragus),
                right_tragus: turn_landmark(right_tragus),
                inion: turn_landmark(inion),
                vertex: turn_landmark(vertex),
            },
            ..self.clone()
        }
    }

    /// Keeps the drawing as it is when all of its points lie within `tolerance_mm` of the scan; otherwise turns it
    /// between LPS and RAS when that brings them all there, and adds a finding that says so. `distance_mm` measures
    /// from a point to the scan.
    #[must_use]
    pub fn settle_axes(self, tolerance_mm: f64, distance_mm: impl Fn(&Point) -> f64) -> Self {
        let worst = |boundary: &Self| boundary.points.iter().map(&distance_mm).fold(0.0, f64::max);
        let as_read = worst(&self);
        if as_read <= tolerance_mm {
            return self;
        }
        let mut turned = self.turned();
        let as_turned = worst(&turned);
        if as_turned > tolerance_mm {
            return self;
        }
        let message = format!(
            "the line lies up to {} mm off the scan as read, and within {} mm with the signs of x and y turned (LPS and \
             RAS); it is used turned",
            decimal(as_read, 1),
            decimal(as_turned, 2)
        );
        turned.findings.push(
            Finding::new("boundary-axes-turned", Severity::Warn, message)
                .remedy("save the line and the scan in the same coordinate system"),
        );
        turned
    }

    /// A warning when neighbouring points are so far apart that straight pieces between them are not what was drawn.
    pub fn wide_gaps(&self) -> Option<Finding> {
        let closing = self.closed.then(|| (self.points.len() - 1, 0));
        let gaps = (1..self.points.len()).map(|i| (i - 1, i)).chain(closing);
        let lengths = gaps.map(|(i, j)| (nalgebra::distance(&self.points[i], &self.points[j]), i));
        let wide: Vec<_> = lengths.filter(|(length, _)| *length > WIDE_GAP_MM).collect();
        let (longest, after) = wide.iter().copied().max_by(|a, b| a.0.total_cmp(&b.0))?;
        let message = format!(
            "neighbouring points of the line are up to {} mm apart (after point {after}); the pieces between them are \
             taken to be straight",
            decimal(longest, 1)
        );
        Some(
            Finding::new("boundary-wide-gaps", Severity::Warn, message)
                .times(wide.len())
                .remedy(format!("resample the line to {WIDE_GAP_MM} mm or less before exporting it")),
        )
    }
}

/// Reads a boundary file; the ending of `file_name` tells the format. `mesh_units` is the unit of the scan, used
/// where the file has none of its own.
///
/// Errors: unknown ending, bad syntax (line and column, or path in the file), unknown keys, units or point types,
/// numbers that are not finite, fewer than three points.
pub fn read(bytes: &[u8], file_name: &str, mesh_units: Units) -> Result<Boundary> {
    let lower_case = file_name.to_ascii_lowercase();
    let mut endings = lower_case.rsplit('.');
    check_limit(bytes.len(), MOST_BYTES_BY_HAND, "bytes").map_err(|error| error.file(file_name))?;
    let read = match (endings.next(), endings.next()) {
        _ if bytes.iter().all(u8::is_ascii_whitespace) => {
            Err(Error::input("an empty file").expected("a line of points").remedy("export the line again"))
        }
        (Some("json"), Some("mrk")) => slicer::read(bytes, file_name, mesh_units),
        (Some("json"), _) => hairline_json::read(bytes, file_name),
        (Some("fcsv"), _) => fiducial_list::read(bytes, mesh_units),
        (Some("pp"), _) => picked_points::read(bytes, mesh_units),
        _ => Err(Error::input("a file name with an unknown ending")
            .expected("*.hairline.json, *.mrk.json or *.fcsv (3D Slicer), or *.pp (MeshLab)")
            .remedy("export the line in one of these formats")),
    };
    read.and_then(|boundary| boundary.checked(file_name)).map_err(|error| error.file(file_name))
}

/// Checks that the line has the size of a head: the longest edge of its box lies in [`PLAUSIBLE_SPAN_MM`].
///
/// `units` is the unit that was used to convert the points to mm; the error names those that would fit.
pub fn check_span(points: &[Point], units: Units) -> Result<()> {
    let span_mm = Aabb::around(points).size().max();
    let plausible = |span: f64| (PLAUSIBLE_SPAN_MM[0]..=PLAUSIBLE_SPAN_MM[1]).contains(&span);
    if plausible(span_mm) {
        return Ok(());
    }
    let span = span_mm / units.in_mm();
    let fitting: Vec<String> = (Units::ALL.into_iter().map(|unit| (unit, span * unit.in_mm())))
        .filter(|(_, span_mm)| plausible(*span_mm))
        .map(|(unit, span_mm)| format!("with units {unit} it would be {} mm", decimal(span_mm, 0)))
        .collect();
    let remedy = match fitting.is_empty() {
        true if span_mm <= ONE_PLACE_MM => {
            "no unit fits, because all of its points lie at one place: draw the line".to_owned()
        }
        true => "no unit fits: check the line".to_owned(),
        false => format!("{}; else check the line", fitting.join(", ")),
    };
    Err(Error::input(format!("a line that spans {} mm with units {units}", significant(span_mm)))
        .expected(format!("{} to {} mm", PLAUSIBLE_SPAN_MM[0], PLAUSIBLE_SPAN_MM[1]))
        .remedy(remedy))
}

/// Checks that a hairline loop leaves an area as on a head: neither a strip nor everything.
///
/// # Errors
/// An area outside of 15 to 1300 cm².
pub fn check_area(area_mm2: f64) -> Result<()> {
    let [least, most] = PLAUSIBLE_AREA_CM2;
    let area_cm2 = area_mm2 / 100.0;
    let remedy = if area_cm2 < least {
        "draw the line around the scalp, and check the inside point: it may lie on the wrong side"
    } else if area_cm2 > most {
        "check the inside point: the region lies on the outer side of the line, or the line runs around the whole head"
    } else {
        return Ok(());
    };
    Err(Error::input(format!("a line that leaves {} cm² to be treated", significant(area_cm2)))
        .expected(format!("{least} to {most} cm²"))
        .remedy(remedy))
}

/// Three significant digits below 100, whole numbers above.
fn significant(value: f64) -> String {
    let places = (2.0 - value.abs().max(1e-9).log10().floor()).clamp(0.0, 11.0);
    decimal(value, places as usize)
}
