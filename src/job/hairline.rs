use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::files::read_input;
use super::sides::{self, Sides};
use crate::case::{BoundaryFile, Landmarks, Norwood};
use crate::error::{Error, Finding, Result, from_json};
use crate::geometry::{Point, Units};
use crate::hairline::{
    CONTROL_POINTS, ControlPoint, FaceMarks, HeadMarks, Measures, Shape, Skin, close_frontal, line_through, propose,
};
use crate::mesh::{SurfaceIndex, TriMesh};
use crate::region::boundary::{check_area, check_span};
use crate::region::{Options, Preparation, Region, Scalp};
use crate::report;

/// A hairline file with all that the project writes into it; coordinates in its unit and the scan's axes. What it lacks
/// of a line is what a proposal adds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct HairlineFile {
    #[serde(default)]
    name: String,
    #[serde(default, rename = "mesh")]
    _mesh: Option<String>,
    units: Option<Units>,
    #[serde(default)]
    hairline: Vec<[f64; 3]>,
    /// False for a frontal curve from ear to ear.
    #[serde(default)]
    closed: Option<bool>,
    #[serde(default)]
    inside_point: Option<[f64; 3]>,
    #[serde(default)]
    landmarks: Landmarks,
    #[serde(default)]
    control_points: Vec<NamedPoint>,
    #[serde(default)]
    rounded: bool,
    #[serde(default)]
    face: Face,
}

/// Places on the face by which a line is judged.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Face {
    #[serde(skip_serializing_if = "Option::is_none")]
    subnasale: Option<[f64; 3]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    menton: Option<[f64; 3]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_canthus: Option<[f64; 3]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    right_canthus: Option<[f64; 3]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    wrinkles: Vec<Vec<[f64; 3]>>,
}

impl Face {
    fn marks(&self, in_mm: f64) -> FaceMarks {
        let place = |place: [f64; 3]| Point::from(place) * in_mm;
        FaceMarks {
            subnasale: self.subnasale.map(place),
            menton: self.menton.map(place),
            canthi: [self.left_canthus.map(place), self.right_canthus.map(place)],
            wrinkles: self.wrinkles.iter().map(|line| line.iter().copied().map(place).collect()).collect(),
        }
    }

    fn of(marks: &FaceMarks, in_mm: f64) -> Self {
        let place = |place: &Point| (*place / in_mm).coords.into();
        let [left, right] = &marks.canthi;
        Self {
            subnasale: marks.subnasale.as_ref().map(place),
            menton: marks.menton.as_ref().map(place),
            left_canthus: left.as_ref().map(place),
            right_canthus: right.as_ref().map(place),
            wrinkles: marks.wrinkles.iter().map(|line| line.iter().map(place).collect()).collect(),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedPoint {
    name: String,
    point: [f64; 3],
}

/// Where a hairline comes from.
#[derive(Debug, Clone, Copy)]
pub enum HairlineSource {
    /// A proposal of that shape, deeper by the stage.
    Proposal(Shape, Option<Norwood>),
    /// The control points of the file, edited by a person.
    ControlPoints,
    /// The line of the file, to be judged only.
    Drawn,
}

/// What to do to make or judge a hairline.
#[derive(Debug, Clone)]
pub struct HairlineOptions<'a> {
    /// A hairline file: landmarks at least; control points or a line as the source asks.
    pub file: Option<&'a Path>,
    /// Landmarks and places on the face ([`FaceMarks::NAMES`]) by name in the scan's units, which replace those of the file.
    pub landmarks: &'a [(String, [f64; 3])],
    /// Control points by name in the scan's units, which replace those of the proposal or file.
    pub points: &'a [(String, [f64; 3])],
    /// Where the line comes from.
    pub source: HairlineSource,
}

/// A hairline and what is to be said of it.
#[derive(Debug, Clone)]
pub struct Hairline {
    /// Name of the drawing.
    pub name: String,
    /// Unit in which it is written.
    pub units: Units,
    /// The closed loop, mm, in the scan's axes; the frontal part first, from the left ear to the right one.
    pub points: Vec<Point>,
    /// How many of them are the frontal part.
    pub frontal: usize,
    /// Control points of the frontal part; none of a line drawn otherwise.
    pub control_points: Vec<ControlPoint>,
    /// Landmarks, mm.
    pub landmarks: Landmarks,
    /// Places on the face.
    pub face: FaceMarks,
    /// Whether it is judged as a rounded one.
    pub rounded: bool,
    /// Its measures, where it runs over forehead and temples.
    pub measures: Option<Measures>,
    /// Area that it encloses, mm².
    pub area_mm2: f64,
    /// What was seen: lints by their rules.
    pub findings: Vec<Finding>,
}

/// Proposes a hairline on a scan, draws one anew from edited control points, or judges a drawn one.
///
/// # Errors
/// Landmarks that are missing or do not span a head; control points off the skin or unknown; a line that does not separate the
/// scalp from the face.
pub fn hairline(scan: TriMesh, units: Units, options: &HairlineOptions<'_>) -> Result<Hairline> {
    let shown = options.file.map_or_else(|| "the landmarks".to_owned(), |file| file.display().to_string());
    let mut file = match options.file {
        None => HairlineFile { units: Some(units), ..HairlineFile::default() },
        Some(path) => from_json::<HairlineFile>(&read_input(path)?, &shown)?,
    };
    let in_file_mm = file.units.unwrap_or(units).in_mm();
    let mut face = file.face.marks(in_file_mm);
    let landmarks = landmarks_mm(&file.landmarks, in_file_mm, &mut face, options.landmarks, units)?;
    let at_file = |error: Error| error.file(&shown);
    if Sides::of_landmarks(&landmarks) == Some(Sides::Mirrored) {
        return Err(sides::mirrored().file(&shown));
    }
    let marks = HeadMarks::new(&landmarks).map_err(at_file)?;
    let skin = Skin::of_head(&scan, marks).map_err(at_file)?;
    let mut findings = Vec::new();
    let mut rounded = file.rounded;
    let mut control_points = match options.source {
        HairlineSource::Proposal(shape, stage) => {
            let shape = stage.map_or(shape, |stage| shape.at_stage(stage));
            rounded = shape.rounded;
            let (points, seen) = propose(&skin, &shape)?;
            findings.extend(seen);
            points
        }
        HairlineSource::ControlPoints if file.control_points.is_empty() => {
            return Err(Error::input("no control points")
                .file(&shown)
                .place("control_points")
                .expected("a file that `tonsure hairline` wrote, with its control points moved")
                .remedy("make a proposal first"));
        }
        HairlineSource::ControlPoints => std::mem::take(&mut file.control_points)
            .into_iter()
            .map(|NamedPoint { name, point }| ControlPoint { name, position: Point::from(point) * in_file_mm })
            .collect(),
        HairlineSource::Drawn => Vec::new(),
    };
    for (name, place) in options.points {
        let known = control_points.iter().map(|own| own.name.clone()).collect::<Vec<_>>();
        let Some(own) = control_points.iter_mut().find(|own| own.name == *name) else {
            let known = if known.is_empty() { CONTROL_POINTS.join(", ") } else { known.join(", ") };
            return Err(Error::usage(format!("the control point \"{name}\""))
                .place("--point")
                .expected(format!("one of {known}"))
                .remedy("correct the name"));
        };
        own.position = Point::from(*place) * units.in_mm();
    }
    let (points, frontal) = if control_points.is_empty() {
        let drawn: Vec<Point> = file.hairline.iter().map(|&p| Point::from(p) * in_file_mm).collect();
        if drawn.len() < 3 {
            return Err(Error::input("a file without a line")
                .file(&shown)
                .place("hairline")
                .expected("a line to judge"));
        }
        let count = drawn.len();
        if file.closed == Some(false) {
            check_span(&drawn, units).map_err(at_file)?;
            let closed = close_frontal(&drawn, &landmarks, &skin.index).map_err(at_file)?;
            findings.extend(closed.findings);
            (closed.points, count)
        } else {
            (drawn, count)
        }
    } else {
        let line = line_through(&control_points, &skin)?;
        let closed = close_frontal(&line, &landmarks, &skin.index)?;
        findings.extend(closed.findings);
        (closed.points, line.len())
    };
    check_span(&points, units).map_err(at_file)?;
    let measures = Measures::of(&points[..frontal], &skin, &face)?;
    findings.extend(match &measures {
        Some(measures) => measures.findings(rounded),
        None => vec![
            Finding::new(
                "hairline-not-judged",
                crate::error::Severity::Warn,
                "the line does not run over forehead and temples",
            )
            .remedy("draw it from ear to ear over the forehead, or check the landmarks"),
        ],
    });
    let inside = file.inside_point.map(|p| Point::from(p) * in_file_mm);
    let inside = inside.unwrap_or_else(|| marks.into_head.inverse().point(&marks.vertex));
    let area_mm2 = enclosed_mm2(scan, &points, inside)?;
    let name = if file.name.is_empty() { "hairline".to_owned() } else { file.name };
    Ok(Hairline {
        name,
        units,
        points,
        frontal,
        control_points,
        landmarks,
        face,
        rounded,
        measures,
        area_mm2,
        findings,
    })
}

/// The page on which landmarks are clicked and the line is dragged. With all landmarks it starts from a proposal.
///
/// # Errors
/// Those of [`hairline`] where there are landmarks.
pub fn hairline_page(name: &str, scan: &TriMesh, units: Units, options: &HairlineOptions<'_>) -> Result<String> {
    if options.file.is_none() && options.landmarks.is_empty() {
        return report::pick_page(name, scan, &BTreeMap::new(), &[], &json!({}));
    }
    let drawn = hairline(scan.clone(), units, options)?;
    let mut kept = json!({"rounded": drawn.rounded});
    if drawn.face != FaceMarks::default() {
        kept["face"] = json!(Face::of(&drawn.face, Units::Millimetre.in_mm()));
    }
    report::pick_page(name, scan, &super::plan::named(&drawn.landmarks), &drawn.control_points, &kept)
}

/// Area inside the loop, mm²: that it can be cut out of the scan at all.
fn enclosed_mm2(scan: TriMesh, points: &[Point], inside: Point) -> Result<f64> {
    let tolerance_mm = BoundaryFile::DEFAULT_SNAP_TOLERANCE_MM;
    let index = SurfaceIndex::build(&scan);
    let scalp = Scalp::prepare(scan, index, points, inside, &Preparation::default())?;
    let options = Options { snap_tolerance_mm: tolerance_mm, ..Options::default() };
    let region = Region::build(&scalp, points, inside, &[], &options)?;
    check_area(region.area_mm2)?;
    Ok(region.area_mm2)
}

fn landmarks_mm(
    file: &Landmarks,
    file_mm: f64,
    face: &mut FaceMarks,
    own: &[(String, [f64; 3])],
    units: Units,
) -> Result<Landmarks> {
    let mut named = super::plan::named(file);
    for place in named.values_mut() {
        *place = place.map(|c| c * file_mm);
    }
    let known = ["glabella", "left_tragus", "right_tragus", "inion", "vertex"];
    for (name, place) in own {
        if let Some(mark) = face.place_mut(name) {
            *mark = Some(Point::from(*place) * units.in_mm());
            continue;
        }
        if !known.contains(&name.as_str()) {
            return Err(Error::usage(format!("the landmark \"{name}\""))
                .place("--landmark")
                .expected(format!("one of {}, {}", known.join(", "), FaceMarks::NAMES.join(", ")))
                .remedy("correct the name"));
        }
        named.insert(name.clone(), place.map(|c| c * units.in_mm()));
    }
    Ok(super::plan::unnamed(&named))
}

impl Hairline {
    /// The worst of the findings.
    pub fn verdict(&self) -> crate::error::Severity {
        report::verdict(&self.findings)
    }

    /// As `*.hairline.json`: a point a line, to a tenth of a µm.
    pub fn to_json(&self, mesh: &str) -> Result<String> {
        let quoted = |text: &str| serde_json::to_string(text).map_err(|error| Error::system(error.to_string()));
        let place = |point: &Point| {
            // As many digits as the unit takes.
            const DIGITS_OF_MM: f64 = 4.0;
            let digits = (DIGITS_OF_MM + self.units.in_mm().log10().ceil()).max(0.0) as usize;
            let number = |mm: f64| {
                let text = format!("{:.digits$}", mm / self.units.in_mm());
                let text = text.trim_end_matches('0').trim_end_matches('.').to_owned();
                if matches!(text.as_str(), "" | "-0" | "-") { "0".to_owned() } else { text }
            };
            format!("[{}, {}, {}]", number(point.x), number(point.y), number(point.z))
        };
        let list = |rows: Vec<String>| rows.join(",\n  ");
        let mut text = format!(
            "{{\n \"name\": {},\n \"mesh\": {},\n \"units\": \"{}\",\n \"rounded\": {},\n",
            quoted(&self.name)?,
            quoted(mesh)?,
            self.units.symbol(),
            self.rounded
        );
        if !self.control_points.is_empty() {
            let rows = self
                .control_points
                .iter()
                .map(|own| Ok(format!("{{\"name\": {}, \"point\": {}}}", quoted(&own.name)?, place(&own.position))));
            let _ = writeln!(text, " \"control_points\": [\n  {}\n ],", list(rows.collect::<Result<_>>()?));
        }
        let _ = writeln!(text, " \"hairline\": [\n  {}\n ],", list(self.points.iter().map(place).collect()));
        if let Some(vertex) = self.landmarks.vertex {
            let _ = writeln!(text, " \"inside_point\": {},", place(&Point::from(vertex)));
        }
        if self.face != FaceMarks::default() {
            let face = serde_json::to_string(&Face::of(&self.face, self.units.in_mm()));
            let _ = writeln!(text, " \"face\": {},", face.map_err(|error| Error::system(error.to_string()))?);
        }
        let landmarks = super::plan::named(&self.landmarks);
        let rows = landmarks.iter().map(|(name, at)| format!("\"{name}\": {}", place(&Point::from(*at))));
        let _ = write!(text, " \"landmarks\": {{\n  {}\n }}\n}}\n", list(rows.collect()));
        Ok(text)
    }
}
