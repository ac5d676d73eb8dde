use crate::case::Landmarks;
use crate::error::{Error, Result};
use crate::geometry::Point;

const NAMES: [&str; 6] = ["glabella", "left_tragus", "right_tragus", "inion", "vertex", "inside_point"];

/// Likeness above which a label counts as a misspelt landmark rather than as a name of a point of the line.
const MISSPELT: f64 = 0.9;

/// Points of a list, sorted by their labels into the line, the landmarks and the inside point.
#[derive(Default)]
pub(super) struct Labelled {
    pub(super) line: Vec<Point>,
    pub(super) inside_point: Option<Point>,
    pub(super) landmarks: Landmarks,
}

impl Labelled {
    /// Sorts one point in; case, blanks and hyphens of the label do not matter. Errors: a landmark given twice, a
    /// label that is nearly a landmark's.
    pub(super) fn add(&mut self, label: &str, point: Point) -> Result<()> {
        let name = label.trim().to_ascii_lowercase().replace([' ', '-'], "_");
        if name == "inside_point" {
            return put(&mut self.inside_point, point, label);
        }
        let slot = match name.as_str() {
            "glabella" => &mut self.landmarks.glabella,
            "left_tragus" => &mut self.landmarks.left_tragus,
            "right_tragus" => &mut self.landmarks.right_tragus,
            "inion" => &mut self.landmarks.inion,
            "vertex" => &mut self.landmarks.vertex,
            _ => {
                if let Some(meant) = NAMES.into_iter().find(|known| strsim::jaro_winkler(known, &name) > MISSPELT) {
                    return Err(Error::input(format!("a point labelled \"{label}\""))
                        .expected("a landmark's name, or a label unlike one")
                        .remedy(format!("did you mean \"{meant}\"?")));
                }
                self.line.push(point);
                return Ok(());
            }
        };
        put(slot, point.into(), label)
    }
}

fn put<T>(slot: &mut Option<T>, value: T, label: &str) -> Result<()> {
    if slot.replace(value).is_some() {
        return Err(Error::input(format!("a second point labelled \"{label}\""))
            .expected("each landmark once")
            .remedy("delete the wrong one"));
    }
    Ok(())
}
