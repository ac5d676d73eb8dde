use std::path::Path;

use super::inputs::{Inputs, read_boundary};
use crate::case::{BoundaryFile, KeepOut, Landmarks};
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Point, Units, decimal};
use crate::hairline;
use crate::mesh::{self, SurfaceIndex, SurfacePoint, TriMesh};
use crate::region::boundary::{Boundary, check_area, check_span};
use crate::region::{KeepOutShape, Options, Preparation, Region, ResolvedKeepOut, Scalp};

/// The treatable surface of a case. An open frontal curve is closed first; a line drawn in the other one of Slicer's
/// two systems of axes is turned. Both are told by findings of the boundary, which is left as it was used.
///
/// The scan goes from the inputs into the scalp.
pub(super) fn region(inputs: &mut Inputs) -> Result<(Scalp, Region)> {
    let index = SurfaceIndex::build(&inputs.scan.mesh);
    let file = inputs.boundary_file.clone();
    let tolerance_mm = inputs.case.boundary.snap_tolerance_mm;
    check_span(&inputs.boundary.points, inputs.boundary.units).map_err(|error| error.file(&file))?;
    check_scan_units(inputs, &index)?;
    inputs.settle(in_axes_of_scan(inputs.boundary.clone(), tolerance_mm, &index));
    inputs.boundary = closed(inputs.boundary.clone(), &inputs.landmarks, &index).map_err(|error| error.file(&file))?;
    let keep_outs: Vec<ResolvedKeepOut> =
        inputs.case.keep_outs.iter().enumerate().map(|(i, keep_out)| resolved(i, keep_out, inputs)).collect();
    let options = Options { snap_tolerance_mm: tolerance_mm, ..Options::default() };
    let (line, inside) = (&inputs.boundary.points, inputs.inside_point()?);
    let scan = std::mem::take(&mut inputs.scan.mesh);
    let preparation =
        Preparation { snap_tolerance_mm: tolerance_mm, close_holes_up_to_mm: inputs.case.mesh.close_holes_up_to_mm };
    let scalp = Scalp::prepare(scan, index, line, inside, &preparation).map_err(|error| error.file(&file))?;
    let region = Region::build(&scalp, line, inside, &keep_outs, &options)
        .map_err(|error| name_noise(error, &scalp).file(&file))?;
    check_face(inputs, &scalp.index, &region).map_err(|error| error.file(&file))?;
    check_area(region.area_mm2).map_err(|error| name_noise(error, &scalp).file(&file))?;
    Ok((scalp, region))
}

/// Adds to an error that the scan is noisy, when that may be its cause: lines trip over folds of noise, and folds add
/// to the area.
fn name_noise(error: Error, scalp: &Scalp) -> Error {
    /// Noise from which on lines were seen to fail, mm.
    const TRIPS_MM: f64 = 0.2;
    match mesh::roughness(&scalp.mesh, &scalp.topology, None).noise_mm {
        Some(noise_mm) if noise_mm >= TRIPS_MM => {
            error.within(&format!("on a scan with noise of {noise_mm:.2} mm, which --smooth takes off"))
        }
        _ => error,
    }
}

/// Refuses a region on the face: the inside point lies on the wrong side of the line.
fn check_face(inputs: &Inputs, index: &SurfaceIndex, region: &Region) -> Result<()> {
    /// Of a place on the region, up to rounding, mm.
    const ON_REGION_MM: f64 = 1e-3;
    let glabella = inputs.landmarks.glabella.and_then(|place| index.closest(&Point::from(place)));
    let is_inside = glabella.is_some_and(|hit| {
        let pieces = (0..).zip(&region.source_triangle).filter(|&(_, &source)| source == hit.at.triangle);
        let mut distances_mm = pieces.map(|(piece, _)| {
            let nearest = SurfacePoint::closest_in(&region.mesh, piece, &hit.position);
            (nearest.position(&region.mesh) - hit.position).norm()
        });
        distances_mm.any(|distance_mm| distance_mm < ON_REGION_MM)
    });
    if !is_inside {
        return Ok(());
    }
    Err(Error::input("an inside point on the same side of the line as the glabella, so that the face would be treated")
        .place("inside point")
        .expected("a point on the scalp, with the glabella outside of the line")
        .remedy("move the inside point to the other side, or correct the landmark glabella"))
}

/// A scan in the wrong unit lies far from a line in the right one; says so by the unit in which the line lies on it, or
/// else by the one that makes it as large as a head.
fn check_scan_units(inputs: &Inputs, index: &SurfaceIndex) -> Result<()> {
    let units = inputs.case.mesh.units;
    let tolerance_mm = inputs.case.boundary.snap_tolerance_mm;
    let carries_line = |guess: Units| {
        let growth = guess.in_mm() / units.in_mm();
        inputs.boundary.points.iter().all(|p| index.closest_within(&(p / growth), tolerance_mm / growth).is_some())
    };
    if carries_line(units) {
        return Ok(());
    }
    let others = || Units::ALL.into_iter().filter(|&guess| guess != units);
    let by_size = inputs.scan.summary.unit_guess.filter(|&guess| guess != units);
    let Some(fitting) = others().find(|&guess| carries_line(guess)).or(by_size) else { return Ok(()) };
    let largest_mm = inputs.scan.summary.size_mm.into_iter().fold(0.0, f64::max);
    let in_fitting_mm = largest_mm / units.in_mm() * fitting.in_mm();
    let name = &inputs.case.mesh.file;
    let size_mm = decimal(largest_mm, 4);
    Err(Error::input(format!("a scan \"{name}\" of {size_mm} mm with units {units}, off which the line lies"))
        .file(&inputs.case_file)
        .place("mesh.units")
        .expected("a scan of the size of a head, and the line on it")
        .remedy(format!("with units {fitting} it would be {in_fitting_mm:.0} mm: correct mesh.units in the case")))
}

/// The part of a scan inside the loop of a boundary file, without a case around it.
pub fn region_of_loop(scan: TriMesh, boundary_path: &Path, units: Units) -> Result<Region> {
    let file = boundary_path.display().to_string();
    let (boundary, _) = read_boundary(boundary_path, units)?;
    let index = SurfaceIndex::build(&scan);
    let tolerance_mm = BoundaryFile::DEFAULT_SNAP_TOLERANCE_MM;
    let boundary = in_axes_of_scan(boundary, tolerance_mm, &index);
    check_span(&boundary.points, units).map_err(|error| error.file(&file))?;
    let landmarks = boundary.landmarks;
    let boundary = closed(boundary, &landmarks, &index).map_err(|error| error.file(&file))?;
    let inside = boundary.inside_point.or(landmarks.vertex.map(Point::from)).ok_or_else(|| {
        Error::input("no \"inside_point\"")
            .file(&file)
            .expected("a point on the side to be sampled")
            .remedy("add \"inside_point\", or the landmark \"vertex\"")
    })?;
    let options = Options { snap_tolerance_mm: tolerance_mm, ..Options::default() };
    let mut region = Scalp::prepare(scan, index, &boundary.points, inside, &Preparation::default())
        .and_then(|scalp| {
            let mut region = Region::build(&scalp, &boundary.points, inside, &[], &options)?;
            region.findings.splice(0..0, scalp.findings);
            Ok(region)
        })
        .map_err(|error| error.file(&file))?;
    region.findings.splice(0..0, boundary.findings);
    Ok(region)
}

/// The line, with its landmarks, in the scan's axes.
fn in_axes_of_scan(boundary: Boundary, tolerance_mm: f64, index: &SurfaceIndex) -> Boundary {
    boundary.settle_axes(tolerance_mm, |point| index.closest(point).map_or(f64::INFINITY, |hit| hit.distance_mm))
}

/// The line closed, if it is a frontal curve.
fn closed(mut boundary: Boundary, landmarks: &Landmarks, index: &SurfaceIndex) -> Result<Boundary> {
    if !boundary.closed {
        let closed = hairline::close_frontal(&boundary.points, landmarks, index)?;
        let added = closed.drawn.iter().filter(|&&drawn| !drawn).count();
        let message =
            format!("the open line was closed over the sides and the nape by {added} points from the landmarks");
        boundary.findings.push(
            Finding::new("boundary-closed", Severity::Warn, message)
                .times(added)
                .remedy("check the sides and the nape in the preview"),
        );
        boundary.findings.extend(closed.findings);
        boundary.points = closed.points;
        boundary.closed = true;
    }
    Ok(boundary)
}

fn resolved(number: usize, keep_out: &KeepOut, inputs: &Inputs) -> ResolvedKeepOut {
    let to_mm = |place: &[f64; 3]| Point::from(*place) * inputs.case.mesh.units.in_mm();
    let shape = match (&keep_out.centre, &keep_out.outline) {
        (Some(centre), _) => {
            KeepOutShape::Disc { centre: to_mm(centre), radius_mm: keep_out.radius_mm.unwrap_or_default() }
        }
        (None, outline) => KeepOutShape::Loop { points: outline.iter().flatten().map(to_mm).collect() },
    };
    let name = if keep_out.name.is_empty() { format!("number {number}") } else { keep_out.name.clone() };
    ResolvedKeepOut { name, file: inputs.case_file.clone(), shape, margin_mm: keep_out.margin_mm }
}
