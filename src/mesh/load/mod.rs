//! Mesh intake: bytes of a file become one welded, consistently wound [`TriMesh`] in mm.
//!
//! Each reader fills a [`Soup`] of vertices and polygons in file units and knows nothing else; what follows is the same
//! for all formats: weld, triangulate, remove what has no area or is there twice, cut apart what is no manifold, wind
//! outwards, check. Normals, colours and animations are not read, texture
//! coordinates for painted maps only.

mod format;
mod gltf;
mod lines;
mod mapped;
mod obj;
mod off;
mod ply;
mod polygon;
mod soup;
mod stl;

use std::path::Path;

use super::check::{Defects, MeshSummary, Repairs, check};
use super::singular::{self, Singularities};
use super::{Topology, TriMesh, orient, repair, seam, weld};
use crate::error::{Error, Finding, Result, read_file};
use crate::geometry::{Aabb, Units, sha256};

pub use format::Format;
pub use mapped::{MappedMesh, read_mapped};
pub use ply::read_region_ply;
use soup::Soup;

/// A mesh as it came in, and what was found on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The surface, mm: welded, without degenerate or duplicate triangles, wound outwards.
    pub mesh: TriMesh,
    /// Everything that was found or repaired, always in the same order; empty for a perfect mesh.
    pub findings: Vec<Finding>,
    /// The figures.
    pub summary: MeshSummary,
    /// SHA-256 of the file's bytes, lower-case hex; side files of a `.gltf` are not part of it.
    pub sha256: String,
}

/// Reads a mesh file: STL, OBJ, PLY, glTF 2.0 or OFF by its extension.
///
/// `units` says what one unit of the coordinates is. Without it glTF is in metres, as its specification says, and
/// everything else in mm.
///
/// Errors name the file and the place in it.
pub fn load(path: &Path, units: Option<Units>) -> Result<Loaded> {
    let name = path.display().to_string();
    let bytes = read_file(path)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    Format::of_path(path)
        .and_then(|format| Content::read(&bytes, format, &|side_file| read_file(&folder.join(side_file))))
        .and_then(|content| {
            // Not needed any more, and as large as the mesh.
            drop(bytes);
            content.intake(units)
        })
        .map_err(|error| error.file(name))
}

/// Reads a mesh from the bytes of a file; `side_files` gives the bytes of the files that a `.gltf` names.
///
/// Units as in [`load`]. Errors name the place; the caller adds the file.
pub fn read(
    bytes: &[u8],
    format: Format,
    units: Option<Units>,
    side_files: &dyn Fn(&str) -> Result<Vec<u8>>,
) -> Result<Loaded> {
    Content::read(bytes, format, side_files)?.intake(units)
}

/// What stands in a file.
struct Content {
    soup: Soup,
    /// The unit that the format lays down.
    own_units: Units,
    sha256: String,
}

impl Content {
    fn read(bytes: &[u8], format: Format, side_files: &dyn Fn(&str) -> Result<Vec<u8>>) -> Result<Self> {
        format.confirm(bytes)?;
        let mut digest = String::new();
        let soup = rayon::in_place_scope(|scope| {
            scope.spawn(|_| digest = sha256(bytes));
            match format {
                Format::Stl => stl::read(bytes),
                Format::Obj => obj::read(bytes),
                Format::Ply => ply::read(bytes),
                Format::Gltf => gltf::read(bytes, side_files),
                Format::Off => off::read(bytes),
            }
        })?;
        let own_units = if format == Format::Gltf { Units::Metre } else { Units::Millimetre };
        Ok(Self { soup, own_units, sha256: digest })
    }

    fn intake(self, units: Option<Units>) -> Result<Loaded> {
        let (mesh, findings, summary) = intake(self.soup, units.unwrap_or(self.own_units))?;
        Ok(Loaded { mesh, findings, summary, sha256: self.sha256 })
    }
}

/// Two vertices closer than this share of the diagonal of the mesh are one: some times the rounding of a 32-bit float,
/// and far below any edge of a scan (0.03 µm on a head).
const WELD_SHARE_OF_DIAGONAL: f64 = 1e-7;
/// But no farther apart than this, mm: a stray triangle a kilometre away makes the diagonal long, not the scan coarse.
const WIDEST_WELD_MM: f64 = 1e-3;

fn intake(mut soup: Soup, units: Units) -> Result<(TriMesh, Vec<Finding>, MeshSummary)> {
    soup.check_indices()?;
    let mut findings = std::mem::take(&mut soup.findings);
    soup.scale(units.in_mm());
    let mut repairs = Repairs { unreferenced: soup.drop_unreferenced(), ..Repairs::default() };
    let tolerance_mm = (WELD_SHARE_OF_DIAGONAL * diagonal_mm(&soup)).min(WIDEST_WELD_MM);
    repairs.welded = soup.weld(|vertices| weld::weld(vertices, tolerance_mm));
    let (mut vertices, mut triangles, polygons) = soup.triangulate()?;
    repairs.crossed_polygons = polygons.crossed;
    repairs.degenerate = polygons.too_short;
    repairs.degenerate.append(&repair::remove_degenerate(&vertices, &mut triangles));
    repairs.duplicate = repair::remove_duplicates(&vertices, &mut triangles);
    repair::drop_unreferenced(&mut vertices, triangles.as_flattened_mut());
    if triangles.is_empty() {
        return Err(empty_mesh(&repairs.degenerate));
    }
    let mesh = TriMesh::new(vertices, triangles)?;
    let (mesh, mut topology, singularities) = manifold(mesh, &mut repairs)?;
    let (mesh, orientation) = orient::orient(mesh, &mut topology)?;
    let (summary, of_mesh) = check(&mesh, &topology, &singularities, &orientation, &repairs, units);
    findings.extend(of_mesh);
    Ok((mesh, findings, summary))
}

/// The mesh with its cracks closed and cut apart where it is no manifold. Counts as singular what was so in the file.
fn manifold(mesh: TriMesh, repairs: &mut Repairs) -> Result<(TriMesh, Topology, Singularities)> {
    let (mesh, topology, singularities) = singular::split(mesh)?;
    let (mesh, cracks) = seam::close(mesh, &topology)?;
    repairs.cracks = cracks;
    if repairs.cracks.count == 0 {
        return Ok((mesh, topology, singularities));
    }
    drop(topology);
    let (mut vertices, mut triangles) = mesh.into_parts();
    repairs.duplicate.append(&repair::remove_duplicates(&vertices, &mut triangles));
    repair::drop_unreferenced(&mut vertices, triangles.as_flattened_mut());
    let (mesh, topology, _) = singular::split(TriMesh::new(vertices, triangles)?)?;
    Ok((mesh, topology, singularities))
}

fn diagonal_mm(soup: &Soup) -> f64 {
    if soup.vertices().is_empty() { 0.0 } else { Aabb::around(soup.vertices()).size().norm() }
}

fn empty_mesh(degenerate: &Defects) -> Error {
    let found = match degenerate.count {
        0 => "no triangles".to_owned(),
        count => format!("no triangles besides {count} without area"),
    };
    Error::input(found).expected("a surface of triangles or polygons").remedy("export the scan again, as a mesh")
}
