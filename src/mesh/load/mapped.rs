//! Surfaces with texture coordinates, on which maps are painted.

use super::format::Format;
use super::soup::Soup;
use super::{gltf, obj};
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::Units;
use crate::mesh::TriMesh;

/// Texture coordinates may lie so far outside of the image by rounding; they are taken to its edge.
const ROUNDING: f64 = 1e-4;

/// A surface whose vertices have places on an image.
#[derive(Debug, Clone, PartialEq)]
pub struct MappedMesh {
    /// The triangles as they stand in the file, mm: not welded, as vertices on a seam of the map have several places.
    pub mesh: TriMesh,
    /// Place of each vertex on the image, 0 to 1: to the right, and down from its upper edge.
    pub uv: Vec<[f64; 2]>,
    /// The image that the file itself has for its base colour, as it stands there, if it was asked for.
    pub image: Option<Vec<u8>>,
    /// What was left out.
    pub findings: Vec<Finding>,
}

/// Reads the parts of an OBJ (`vt`) or glTF 2.0 (`TEXCOORD_n`) file that have texture coordinates. One unit of the coordinates is
/// `units`; `side_files` gives the bytes of the files that a `.gltf` names.
///
/// With `own_image` a glTF's parts with an image for their base colour are taken, by the texture coordinates that go with it, and the
/// image comes along; without, all with `TEXCOORD_0`.
///
/// # Errors
/// Other formats; no texture coordinates at all, or some off the image; several images, or one that is moved by an extension.
/// Errors name the place; the caller adds the file.
pub fn read_mapped(
    bytes: &[u8],
    format: Format,
    units: Units,
    own_image: bool,
    side_files: &dyn Fn(&str) -> Result<Vec<u8>>,
) -> Result<MappedMesh> {
    format.confirm(bytes)?;
    let mapped = match format {
        Format::Obj => obj::read_mapped(bytes)?,
        Format::Gltf => gltf::read_mapped(bytes, own_image, side_files)?,
        other => {
            return Err(Error::input(format!("a file in {} format", other.name()))
                .expected("an OBJ or a glTF, which have texture coordinates")
                .remedy("export the painted head as .glb or .obj, or name a vertex \"property\" of a PLY instead"));
        }
    };
    mapped.finish(units)
}

/// What readers of texture coordinates fill. Each vertex has a place.
#[derive(Debug, Default)]
pub(super) struct Mapped {
    pub(super) soup: Soup,
    pub(super) uv: Vec<[f64; 2]>,
    pub(super) image: Option<Vec<u8>>,
    /// Faces or primitives without texture coordinates.
    pub(super) without: usize,
}

impl Mapped {
    /// The place on the image of the next vertex, from its upper left corner.
    pub(super) fn push_place(&mut self, uv: [f64; 2], place: impl FnOnce() -> String) -> Result<()> {
        if !uv.iter().all(|c| (-ROUNDING..=1.0 + ROUNDING).contains(c)) {
            return Err(Error::input(format!("the texture place ({}, {}) off the image", uv[0], uv[1]))
                .place(place())
                .expected("0 to 1; repeated images and tiles (UDIM) are not read")
                .remedy("lay the head on one image, and paint and export it again"));
        }
        self.uv.push(uv.map(|c| c.clamp(0.0, 1.0)));
        Ok(())
    }

    fn finish(mut self, units: Units) -> Result<MappedMesh> {
        let mut findings = std::mem::take(&mut self.soup.findings);
        if self.uv.is_empty() {
            return Err(Error::input("no texture coordinates")
                .expected("faces with places on an image")
                .remedy("unwrap the head (UV), paint and export it again with texture coordinates"));
        }
        if self.without > 0 {
            let message =
                format!("{} faces or primitives without texture coordinates are not on the map", self.without);
            findings.push(
                Finding::new("map-without-places", Severity::Warn, message)
                    .times(self.without)
                    .remedy("lay them on the image too, if they are scalp"),
            );
        }
        self.soup.scale(units.in_mm());
        let (vertices, triangles, _) = self.soup.triangulate()?;
        Ok(MappedMesh { mesh: TriMesh::new(vertices, triangles)?, uv: self.uv, image: self.image, findings })
    }
}
