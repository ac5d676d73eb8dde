use crate::geometry::Point;

/// Places on the face by which a line is judged beside the landmarks, mm, in the scan's axes. Each may be missing: rules that need it
/// are then told as not judged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FaceMarks {
    /// Where the nose meets the upper lip.
    pub subnasale: Option<Point>,
    /// Lowest point of the chin.
    pub menton: Option<Point>,
    /// Outer corners of the eyes, left and right.
    pub canthi: [Option<Point>; 2],
    /// The uppermost wrinkle of the forehead with the brows raised, as drawn lines.
    pub wrinkles: Vec<Vec<Point>>,
}

impl FaceMarks {
    /// Names of the single places, in files and options.
    pub const NAMES: [&str; 4] = ["subnasale", "menton", "left_canthus", "right_canthus"];

    /// The place of that name, one of [`FaceMarks::NAMES`].
    pub fn place_mut(&mut self, name: &str) -> Option<&mut Option<Point>> {
        let [left, right] = &mut self.canthi;
        match name {
            "subnasale" => Some(&mut self.subnasale),
            "menton" => Some(&mut self.menton),
            "left_canthus" => Some(left),
            "right_canthus" => Some(right),
            _ => None,
        }
    }
}
