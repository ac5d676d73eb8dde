use crate::geometry::{Aabb, Point};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FlawKind {
    /// Triangles that pass through each other.
    SelfIntersection,
    /// Surface is missing inside a rim.
    Hole,
    /// A hole that is many times as long as wide.
    Slit,
    /// Edges with more than two triangles.
    NonManifold,
    /// A component on the outer side of the main sheet.
    Piece,
    /// A component under the main sheet.
    InnerPiece,
    /// A rim at which the surface ends: a neck's cut.
    ScanEdge,
}

impl FlawKind {
    /// All kinds, in the order in which they are told.
    pub const ALL: [Self; 7] = [
        Self::SelfIntersection,
        Self::Hole,
        Self::Slit,
        Self::NonManifold,
        Self::Piece,
        Self::InnerPiece,
        Self::ScanEdge,
    ];

    /// Stable name in kebab case.
    pub fn code(self) -> &'static str {
        match self {
            Self::SelfIntersection => "self-intersection",
            Self::Hole => "hole",
            Self::Slit => "slit",
            Self::NonManifold => "non-manifold",
            Self::Piece => "piece",
            Self::InnerPiece => "inner-piece",
            Self::ScanEdge => "scan-edge",
        }
    }
}

/// Defects of one kind that lie close together.
#[derive(Debug, Clone, PartialEq)]
pub struct Flaw {
    /// What is wrong.
    pub kind: FlawKind,
    /// How many defects there are.
    pub count: usize,
    /// Box around them, mm.
    pub bounds: Aabb,
    /// Points of the surface at the defects, mm; at least one.
    pub places: Vec<Point>,
    /// Closed lines around the defects, mm, where they have any.
    pub outlines: Vec<Vec<Point>>,
    /// Size of the largest defect, mm: how wide a hole is, how long everything else.
    pub size_mm: f64,
    /// What and how large, as the beginning of a sentence.
    pub what: String,
}

impl Flaw {
    /// A flaw at the given places; `outlines` are empty.
    pub(super) fn new(kind: FlawKind, count: usize, places: Vec<Point>, size_mm: f64, what: String) -> Self {
        Self { kind, count, bounds: Aabb::around(&places), places, outlines: Vec::new(), size_mm, what }
    }
}
