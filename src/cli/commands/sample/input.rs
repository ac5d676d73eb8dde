use std::path::Path;

use super::super::load_mesh;
use crate::cli::args::SampleArgs;
use crate::error::{Error, Finding, Result};
use crate::geometry::{PointsTable, Units, Vector};
use crate::job::{self, read_input};
use crate::mesh::{self, TriMesh};
use crate::sampling::{self, FixedDot, PROGRESSIVE_SHARE};

/// What is asked for.
pub(super) enum Ask {
    /// One spacing everywhere, mm.
    Constant(f64),
    /// A spacing at each vertex, mm.
    PerVertex(Vec<f64>),
    /// So many dots.
    Count(usize),
}

/// A surface with what is asked on it.
pub(super) struct Surface {
    pub(super) mesh: TriMesh,
    pub(super) ask: Ask,
    pub(super) findings: Vec<Finding>,
}

impl Surface {
    pub(super) fn read(args: &SampleArgs) -> Result<Self> {
        if let Some(name) = &args.spacing_property {
            let (mesh, values) = read_graded(args, name)?;
            return Ok(Self { mesh, ask: Ask::PerVertex(values), findings: Vec::new() });
        }
        let scan = load_mesh(&args.mesh, args.units, args.smooth)?;
        let (mesh, findings) = match &args.boundary {
            None => (scan.mesh, scan.findings),
            Some(boundary) => {
                let units = args.units.unwrap_or(scan.summary.units);
                let region = job::region_of_loop(scan.mesh, boundary, units)?;
                (region.mesh, scan.findings.into_iter().chain(region.findings).collect())
            }
        };
        let ask = match (args.count, args.spacing_mm, args.density_per_cm2) {
            (Some(count), ..) => Ask::Count(count),
            (_, Some(spacing_mm), _) => Ask::Constant(spacing_mm),
            (.., Some(density)) => {
                // The order costs a few dots; relaxed ones are put in order afterwards.
                let share = if args.progressive && args.regularity == 0.0 { PROGRESSIVE_SHARE } else { 1.0 };
                Ask::Constant(spacing_of_density(&mesh, density)? * share.sqrt())
            },
            _ => return Err(Error::usage("no spacing").remedy("give --spacing-mm, --density-per-cm2 or --count")),
        };
        Ok(Self { mesh, ask, findings })
    }

    /// No spacing of new dots is wider than this, mm.
    pub(super) fn widest_mm(&self, area_mm2: f64) -> f64 {
        match &self.ask {
            Ask::Constant(spacing_mm) => *spacing_mm,
            Ask::PerVertex(values) => values.iter().copied().fold(0.0, f64::max),
            // Nothing is denser than a hexagonal lattice, but at open edges.
            Ask::Count(count) => 4.0 * (area_mm2 / (*count).max(1) as f64).sqrt(),
        }
    }
}

fn spacing_of_density(mesh: &TriMesh, density_per_cm2: f64) -> Result<f64> {
    let area_mm2 = mesh.area_mm2();
    if !(density_per_cm2.is_finite() && density_per_cm2 > 0.0 && area_mm2 > 0.0) {
        return Err(Error::usage(format!("{density_per_cm2} dots per cm² on {area_mm2} mm²"))
            .expected("a finite density above 0, and a surface with an area")
            .remedy("correct --density-per-cm2"));
    }
    Ok(sampling::spacing_for_density_mm(density_per_cm2, area_mm2, sampling::open_edge_length_mm(mesh)))
}

/// A PLY is read as it stands, without welding, so that its vertex property keeps its place.
fn read_graded(args: &SampleArgs, name: &str) -> Result<(TriMesh, Vec<f64>)> {
    let file = args.mesh.display().to_string();
    let to_mm = args.units.unwrap_or(Units::Millimetre).in_mm();
    let (mesh, mut properties) = mesh::read_region_ply(&read_input(&args.mesh)?).map_err(|error| error.file(&file))?;
    let Some(values) = properties.remove(name) else {
        let known: Vec<&str> = properties.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(Error::input(format!("no vertex property \"{name}\""))
            .file(file)
            .expected(format!("one of its scalar vertex properties: {known}"))
            .remedy("correct --spacing-property"));
    };
    let (vertices, triangles) = mesh.into_parts();
    let mesh = TriMesh::new(vertices.into_iter().map(|v| v * to_mm).collect(), triangles)?;
    Ok((mesh, values))
}

/// Dots from a table. Without a column for it they keep `widest_mm`: new dots stay away by their own spacing then.
pub(super) fn fixed_dots(path: &Path, widest_mm: f64) -> Result<Vec<FixedDot>> {
    let file = path.display().to_string();
    let table = PointsTable::read(&read_input(path)?).map_err(|error| error.file(&file))?;
    let column = |name: &str| table.column(name).map_err(|error| error.file(&file));
    let spacing = match (column("spacing_mm")?, column("radius_mm")?) {
        (Some(_), Some(_)) => {
            return Err(Error::input("the columns spacing_mm and radius_mm")
                .file(&file)
                .expected("one of them: both mean the distance that new dots keep")
                .remedy("remove one of the columns"));
        }
        (spacing, radius) => spacing.or(radius),
    };
    let normals = match (column("nx")?, column("ny")?, column("nz")?) {
        (Some(x), Some(y), Some(z)) => Some([x, y, z]),
        _ => None,
    };
    let normal_of = |row: usize| {
        let [x, y, z] = normals.as_ref()?.each_ref().map(|axis| axis[row]);
        Vector::new(x, y, z).try_normalize(0.0)
    };
    let rows = table.points.iter().enumerate().map(|(row, &position)| FixedDot {
        position,
        normal: normal_of(row),
        spacing_mm: spacing.as_ref().map_or(widest_mm, |values| values[row]),
    });
    Ok(rows.collect())
}
