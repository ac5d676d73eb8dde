use super::head_frame::HeadFrame;
use crate::geometry::{Point, Vector};
use crate::mesh::SurfaceIndex;

/// From where the head is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The face.
    Front,
    /// From above, the face down the page.
    Top,
    /// The subject's left side.
    Left,
    /// The subject's right side.
    Right,
    /// The back of the head.
    Back,
}

impl View {
    /// All views.
    pub const ALL: [Self; 5] = [Self::Front, Self::Top, Self::Left, Self::Right, Self::Back];

    /// Name for people and layers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Top => "top",
            Self::Left => "left",
            Self::Right => "right",
            Self::Back => "back",
        }
    }

    /// Heading on the sheet.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Front => "Front",
            Self::Top => "Top",
            Self::Left => "Left side",
            Self::Right => "Right side",
            Self::Back => "Back",
        }
    }

    /// Unit directions in the head's axes: to the right of the page, up the page, towards the viewer.
    pub fn axes(self) -> [Vector; 3] {
        let (x, y, z) = (Vector::x(), Vector::y(), Vector::z());
        match self {
            Self::Front => [x, z, -y],
            Self::Top => [x, y, z],
            Self::Left => [y, z, x],
            Self::Right => [-y, z, -x],
            Self::Back => [-x, z, y],
        }
    }

    /// A vector in the head's axes as seen: to the right, up, towards the viewer.
    pub(super) fn turned(self, vector: &Vector) -> Vector {
        let [right, up, towards] = self.axes();
        Vector::new(vector.dot(&right), vector.dot(&up), vector.dot(&towards))
    }
}

/// A view of one scan: where its points come to lie and which of them are seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Eye<'a> {
    pub(super) view: View,
    pub(super) frame: &'a HeadFrame,
    scan: &'a SurfaceIndex,
    towards: Vector,
}

/// A sight line starts this far above the surface, mm, or the surface hides itself.
const LIFT_MM: f64 = 0.3;
/// No head is deeper than this, mm.
const FAR_MM: f64 = 2000.0;

impl<'a> Eye<'a> {
    pub(super) fn new(view: View, frame: &'a HeadFrame, scan: &'a SurfaceIndex) -> Self {
        let towards = frame.scan_to_head.inverse().direction(&view.axes()[2]);
        Self { view, frame, scan, towards }
    }

    /// Place on the drawing, mm: to the right, up.
    pub(super) fn place(&self, point: &Point) -> [f64; 2] {
        let seen = self.view.turned(&self.frame.point(point).coords);
        [seen.x, seen.y]
    }

    /// Whether a place on the surface with this unit normal faces the viewer and nothing of the scan is in between.
    pub(super) fn sees(&self, point: &Point, normal: &Vector) -> bool {
        normal.dot(&self.towards) > 0.0 && !self.scan.is_occluded(&(point + normal * LIFT_MM), &self.towards, FAR_MM)
    }
}
