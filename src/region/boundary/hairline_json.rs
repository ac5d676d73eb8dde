use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Boundary;
use crate::case::Landmarks;
use crate::error::{Result, from_json};
use crate::geometry::{Point, Units};

/// The project's own format; coordinates in `units` and in the scan's axes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HairlineFile {
    #[serde(default)]
    name: String,
    /// The scan it was drawn on; for people, the case says which scan is used.
    #[serde(default, rename = "mesh")]
    _mesh: Option<String>,
    units: Units,
    hairline: Vec<[f64; 3]>,
    /// False for a frontal curve from ear to ear.
    #[serde(default = "closed")]
    closed: bool,
    inside_point: Option<[f64; 3]>,
    #[serde(default)]
    landmarks: Landmarks,
    /// From what a proposed line was drawn; the line itself counts.
    #[serde(default, rename = "control_points")]
    _control_points: IgnoredAny,
    #[serde(default, rename = "rounded")]
    _rounded: IgnoredAny,
    #[serde(default, rename = "face")]
    _face: IgnoredAny,
}

fn closed() -> bool {
    true
}

pub(super) fn read(bytes: &[u8], file_name: &str) -> Result<Boundary> {
    let file: HairlineFile = from_json(bytes, file_name)?;
    let in_mm = file.units.in_mm();
    let point = |[x, y, z]: [f64; 3]| Point::new(x * in_mm, y * in_mm, z * in_mm);
    let landmark = |place: Option<[f64; 3]>| place.map(|p| p.map(|c| c * in_mm));
    Ok(Boundary {
        name: file.name,
        units: file.units,
        points: file.hairline.into_iter().map(point).collect(),
        closed: file.closed,
        inside_point: file.inside_point.map(point),
        landmarks: Landmarks {
            glabella: landmark(file.landmarks.glabella),
            left_tragus: landmark(file.landmarks.left_tragus),
            right_tragus: landmark(file.landmarks.right_tragus),
            inion: landmark(file.landmarks.inion),
            vertex: landmark(file.landmarks.vertex),
        },
        findings: Vec::new(),
    })
}
