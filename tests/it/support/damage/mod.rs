//! Damaged versions of a head, and a judge of what becomes of them.
//!
//! [`KINDS`] names them all with what must come out; [`Head`] is the undamaged truth; [`judge`] holds a run against it.

mod company;
mod decimate;
mod file;
mod frame;
mod head;
mod judge;
mod kinds;
mod run;
mod skin;
mod texture;

use tonsure::case::Landmarks;
use tonsure::geometry::{Placement, Point, Units};
use tonsure::mesh::TriMesh;

pub(crate) use file::write_case;
pub(crate) use head::Head;
pub(crate) use judge::judge;
pub(crate) use kinds::{Effort, Expected, KINDS, Kind};
pub(crate) use run::{Outcome, Way, run};

/// Vertices and triangles as a file may hold them, in whatever state, mm.
#[derive(Debug, Clone, Default)]
pub(crate) struct Soup {
    pub(crate) vertices: Vec<Point>,
    pub(crate) triangles: Vec<[u32; 3]>,
}

impl Soup {
    /// Adds a copy of a mesh.
    pub(crate) fn add(&mut self, vertices: &[Point], triangles: &[[u32; 3]]) {
        let shift = self.vertices.len() as u32;
        self.vertices.extend_from_slice(vertices);
        self.triangles.extend(triangles.iter().map(|corners| corners.map(|v| v + shift)));
    }

    pub(crate) fn corners(&self, triangle: usize) -> [Point; 3] {
        self.triangles[triangle].map(|v| self.vertices[v as usize])
    }

    /// What of it is a mesh.
    pub(crate) fn mesh(&self) -> TriMesh {
        let proper = |&[a, b, c]: &[u32; 3]| a != b && b != c && c != a;
        let triangles = self.triangles.iter().copied().filter(|corners| proper(corners)).collect();
        TriMesh::new(self.vertices.clone(), triangles).unwrap()
    }
}

/// A place where skin was taken away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hole {
    pub(crate) centre: Point,
    pub(crate) radius_mm: f64,
}

/// In what file a damaged head comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// PLY with `double` coordinates.
    Ply,
    /// Binary STL: loose triangles with `float` coordinates.
    Stl,
}

/// A damaged head, still in mm and the axes of the undamaged one; `placement` and units are applied on writing.
#[derive(Debug, Clone)]
pub(crate) struct Damaged {
    /// What is left of the scan.
    pub(crate) scan: Soup,
    /// What does not belong to the head.
    pub(crate) foreign: Soup,
    pub(crate) holes: Vec<Hole>,
    pub(crate) line: Vec<Point>,
    pub(crate) inside: Point,
    pub(crate) landmarks: Landmarks,
    pub(crate) placement: Placement,
    pub(crate) file: FileKind,
    /// Unit of the numbers in the mesh file.
    pub(crate) units: Units,
    /// Unit that the case says it is.
    pub(crate) units_said: Units,
    /// Unit of the numbers in the boundary file, and what that file says.
    pub(crate) line_units: [Units; 2],
    /// How far vertices were moved, mm: standard deviation, or half a step.
    pub(crate) noise_mm: f64,
    /// Whether the skin itself has another shape than the true one.
    pub(crate) is_deformed: bool,
    /// The scan, and not the line, is mirrored at this axis: the mirrored skin is the true one.
    pub(crate) mirrored_axis: Option<usize>,
}

impl Damaged {
    /// The head as it is.
    pub(crate) fn of(head: &Head) -> Self {
        Self::with(head, head.soup())
    }

    /// The head with another scan.
    pub(crate) fn with(head: &Head, scan: Soup) -> Self {
        Self {
            scan,
            foreign: Soup::default(),
            holes: Vec::new(),
            line: head.line.clone(),
            inside: head.inside,
            landmarks: head.landmarks,
            placement: Placement::IDENTITY,
            file: FileKind::Ply,
            units: Units::Millimetre,
            units_said: Units::Millimetre,
            line_units: [Units::Millimetre; 2],
            noise_mm: 0.0,
            is_deformed: false,
            mirrored_axis: None,
        }
    }
}
