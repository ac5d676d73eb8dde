use nalgebra::{Matrix3, Matrix6, Rotation3, Vector6};

use super::Fit;
use super::marks::middle;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Placement, Point, Vector};
use crate::mesh::{SurfaceHit, SurfaceIndex};

/// Fewest probed points: a placement has six degrees of freedom.
const LEAST_POINTS: usize = 6;
/// A point farther from the scan than this is not on the head that was scanned, mm.
const FARTHEST_MM: f64 = 10.0;
/// Largest share of points that may not fit.
const MOST_REJECTED: f64 = 1.0 / 3.0;
/// Points that lie farther off after the fit than this many times their stated error, RMS, lie on another surface.
const MOST_OFF: f64 = 4.0;
/// A refinement that moves a fiducial by more than so many times its localisation error contradicts the fiducials.
const MOST_MOVED: f64 = 6.0;
/// Least ratio of the best and the worst known of the six degrees of freedom (turns taken at the data's RMS radius).
const LEAST_CONDITION: f64 = 1e-3;
/// Steps after which there is no convergence to be hoped for.
const MOST_STEPS: usize = 100;
/// A step below this, mm at the data's radius, changes nothing that could be measured.
const STILL_MM: f64 = 1e-4;
/// Steps after which each next one is shortened: points may change to and fro between two triangles for ever.
const FULL_STEPS: usize = 10;
/// Twice the area below which a triangle has no direction, mm².
const LEAST_AREA_MM2: f64 = 1e-9;
/// How far rounding may move a place, mm.
const ROUNDING_MM: f64 = 1e-6;
/// Points farther off than this many standard deviations get no weight: Tukey's biweight with 95 % of the efficiency of
/// least squares (P. J. Huber, E. M. Ronchetti, "Robust Statistics", 2nd edition, Wiley 2009, chapter 4).
const TUKEY: f64 = 4.685;
/// Standard deviation of a normal distribution per median of absolute deviations.
const PER_MEDIAN: f64 = 1.482_6;

/// How far fiducials and probed points may be off, RMS: the inverse squares are their weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Error of locating one fiducial in space, mm; infinite for no say.
    pub fle_mm: f64,
    /// Error of a probed point across the surface, that of the scan included, mm.
    pub surface_error_mm: f64,
}

/// A fit moved so that probed points of the skin lie on the scan.
#[derive(Debug, Clone, PartialEq)]
pub struct Refinement {
    /// Scan (mm) to rig (mm).
    pub mesh_to_rig: Placement,
    /// RMS distance of the points that count from the scan, mm.
    pub rms_mm: f64,
    /// Numbers of the points that do not fit and got no weight.
    pub rejected: Vec<usize>,
    /// Number of points.
    pub count: usize,
    /// Largest distance by which a fiducial was moved, mm.
    pub moved_mm: f64,
    /// Where turns are taken around, in the scan, mm.
    centre: Point,
    /// Of turns (rad) and shifts (mm).
    covariance: Matrix6<f64>,
}

/// Moves a fit so that points of the skin, probed in the rig (mm), lie on the scan, with the fiducials held by their own
/// weight: iterated closest points with distances taken along the surface's normals.
///
/// References: Y. Chen, G. Medioni, "Object modelling by registration of multiple range images", Image and Vision
/// Computing 10(3), 1992; weights after Tukey, so that points on hair, an ear or a fold do not pull. Errors: too few
/// points, points off the head, more than a third that do not fit, points and fiducials that contradict each other, a
/// degree of freedom that neither holds, no convergence.
pub fn refine(
    fit: &Fit,
    mesh: &[Point],
    rig: &[Point],
    probed: &[Point],
    scan: &SurfaceIndex,
    weights: Weights,
) -> Result<Refinement> {
    if probed.len() < LEAST_POINTS {
        return refuse(format!("{} points", probed.len()), "six or more, better thirty", "probe more points");
    }
    if !probed.iter().all(|place| place.iter().all(|c| c.is_finite())) {
        return refuse("a coordinate that is not finite".into(), "finite coordinates", "probe again");
    }
    let centre = middle(mesh);
    let to_mesh = fit.mesh_to_rig.inverse();
    let reach = probed.iter().map(|p| (to_mesh.point(p) - centre).norm_squared()).sum::<f64>() / probed.len() as f64;
    let problem = Problem { mesh, rig, probed, scan, weights, centre, radius_mm: reach.sqrt().max(1.0) };
    let mut mesh_to_rig = fit.mesh_to_rig;
    for number in 1..=MOST_STEPS {
        let share = (FULL_STEPS as f64 / number as f64).min(1.0).powi(2);
        let step = problem.equations(&mesh_to_rig)?.solve()? * share;
        let turn = Rotation3::new(step.fixed_rows::<3>(0).into_owned());
        let shift = step.fixed_rows::<3>(3).into_owned();
        let about = Placement::new(&turn, &(centre.coords + shift - turn * centre.coords));
        mesh_to_rig = about.then(&mesh_to_rig);
        if step.fixed_rows::<3>(0).norm() * problem.radius_mm + shift.norm() < STILL_MM {
            return problem.finish(fit, mesh_to_rig);
        }
    }
    refuse(
        format!("no convergence in {MOST_STEPS} steps"),
        "points on the scanned skin",
        "probe points around the head",
    )
}

fn refuse<T>(found: String, expected: &str, remedy: &str) -> Result<T> {
    Err(Error::input(found).place("surface_points").expected(expected).remedy(remedy))
}

/// What does not change from step to step.
struct Problem<'a> {
    mesh: &'a [Point],
    rig: &'a [Point],
    probed: &'a [Point],
    scan: &'a SurfaceIndex,
    weights: Weights,
    centre: Point,
    /// RMS distance of the points from the centre.
    radius_mm: f64,
}

/// The linear problem of one step: turns first, then shifts.
struct Equations {
    left: Matrix6<f64>,
    right: Vector6<f64>,
    radius_mm: f64,
    /// Distance from the scan along its normal, and weight from 0 to 1, of each point.
    points: Vec<(f64, f64)>,
}

impl Problem<'_> {
    fn equations(&self, mesh_to_rig: &Placement) -> Result<Equations> {
        let to_mesh = mesh_to_rig.inverse();
        let mut met = Vec::with_capacity(self.probed.len());
        for (i, place) in self.probed.iter().enumerate() {
            let place = to_mesh.point(place);
            let Some((foot, normal)) = self.scan.closest_within(&place, FARTHEST_MM).and_then(|hit| self.plane(&hit))
            else {
                let found = format!("point {i} more than {FARTHEST_MM} mm off the scan");
                return refuse(found, "points on the scanned skin", "leave it out, or check the fiducials");
            };
            met.push((foot, normal, normal.dot(&(place - foot))));
        }
        let mut offs: Vec<f64> = met.iter().map(|(.., off)| off.abs()).collect();
        offs.sort_by(f64::total_cmp);
        let sigma = (PER_MEDIAN * offs[offs.len() / 2]).max(self.weights.surface_error_mm);

        let mut left = Matrix6::zeros();
        let mut right = Vector6::zeros();
        let mut points = Vec::with_capacity(met.len());
        for (foot, normal, off) in met {
            let share = off / (TUKEY * sigma);
            let weight = if share.abs() < 1.0 { (1.0 - share * share).powi(2) } else { 0.0 };
            let turn = (foot - self.centre).cross(&normal);
            let row = Vector6::new(turn.x, turn.y, turn.z, normal.x, normal.y, normal.z);
            left += row * row.transpose() * (weight / (sigma * sigma));
            right += row * (off * weight / (sigma * sigma));
            points.push((off, weight));
        }
        // The error of one fiducial is that of three coordinates.
        let weight = 3.0 / (self.weights.fle_mm * self.weights.fle_mm);
        for (m, r) in self.mesh.iter().zip(self.rig) {
            let off = to_mesh.point(r) - m;
            // A turn w moves the fiducial by w × (m - c) = -[m - c]× w.
            let cross = -(m - self.centre).cross_matrix();
            let mut rows = nalgebra::Matrix3x6::zeros();
            rows.fixed_view_mut::<3, 3>(0, 0).copy_from(&cross);
            rows.fixed_view_mut::<3, 3>(0, 3).copy_from(&Matrix3::identity());
            left += rows.transpose() * rows * weight;
            right += rows.transpose() * off * weight;
        }
        Ok(Equations { left, right, radius_mm: self.radius_mm, points })
    }

    /// The plane of the triangle that was hit, or of its largest neighbour where it has no area; `None` without any.
    fn plane(&self, hit: &SurfaceHit) -> Option<(Point, Vector)> {
        // The place was rounded, and may lie beside a flat box by that.
        let margin = Vector::repeat(ROUNDING_MM);
        let around = [hit.position - margin, hit.position, hit.position + margin];
        let (mut own, mut largest) = (Vector::zeros(), Vector::zeros());
        self.scan.for_each_touching(&around, |triangle, [a, b, c]| {
            let area = (b - a).cross(&(c - a));
            if triangle == hit.at.triangle {
                own = area;
            }
            if area.norm_squared() > largest.norm_squared() {
                largest = area;
            }
        });
        let normal = own.try_normalize(LEAST_AREA_MM2).or_else(|| largest.try_normalize(LEAST_AREA_MM2))?;
        Some((hit.position, normal))
    }

    fn finish(&self, fit: &Fit, mesh_to_rig: Placement) -> Result<Refinement> {
        let equations = self.equations(&mesh_to_rig)?;
        let rejected: Vec<usize> =
            (equations.points.iter().zip(0..)).filter(|((_, weight), _)| *weight == 0.0).map(|(_, i)| i).collect();
        let count = self.probed.len();
        if rejected.len() as f64 > MOST_REJECTED * count as f64 {
            let found = format!("{} of {count} points that do not fit the others", rejected.len());
            return refuse(found, "at most a third", "probe bare skin only, and check the fiducials");
        }
        let moved = self.mesh.iter().map(|m| (mesh_to_rig.point(m) - fit.mesh_to_rig.point(m)).norm());
        let moved_mm = moved.fold(0.0, f64::max);
        if moved_mm > MOST_MOVED * self.weights.fle_mm {
            let found = format!("points that move a fiducial by {moved_mm:.2} mm");
            let expected =
                format!("at most {:.2} mm, {MOST_MOVED} localisation errors", MOST_MOVED * self.weights.fle_mm);
            return refuse(found, &expected, "check the fiducials, and whether the head moved in between");
        }
        let kept: Vec<f64> = equations.points.iter().filter(|(_, weight)| *weight > 0.0).map(|(off, _)| *off).collect();
        let rms_mm = (kept.iter().map(|off| off * off).sum::<f64>() / kept.len().max(1) as f64).sqrt();
        let most_mm = MOST_OFF * self.weights.surface_error_mm;
        if rms_mm > most_mm {
            let found = format!("points that lie {rms_mm:.2} mm RMS off the scan where it fits best");
            let expected = format!("at most {most_mm:.2} mm, {MOST_OFF} times their error");
            return refuse(found, &expected, "check the fiducials, and whether the head moved in between");
        }
        let Some(covariance) = equations.left.try_inverse() else { return loose(0.0) };
        Ok(Refinement { mesh_to_rig, rms_mm, rejected, count, moved_mm, centre: self.centre, covariance })
    }
}

impl Equations {
    fn solve(&self) -> Result<Vector6<f64>> {
        let mut even = self.left;
        for i in 0..3 {
            even.row_mut(i).scale_mut(1.0 / self.radius_mm);
            even.column_mut(i).scale_mut(1.0 / self.radius_mm);
        }
        let values = even.symmetric_eigenvalues();
        let condition = values.min() / values.max();
        if condition.is_nan() || condition < LEAST_CONDITION {
            return loose(condition.max(0.0));
        }
        self.left.cholesky().map_or_else(|| loose(condition), |cholesky| Ok(cholesky.solve(&self.right)))
    }
}

/// Points and fiducials that leave a degree of freedom open.
fn loose<T>(condition: f64) -> Result<T> {
    let found = format!("points that leave a turn or shift open ({condition:.1e} of the best known one)");
    refuse(
        found,
        &format!("at least {LEAST_CONDITION:.0e}"),
        "probe points on all sides of the head, and more fiducials",
    )
}

impl Refinement {
    /// Expected registration error at a place of the scan, to first order, mm RMS.
    pub fn tre_mm(&self, place: &Point) -> f64 {
        let cross = -(place - self.centre).cross_matrix();
        let turns = self.covariance.fixed_view::<3, 3>(0, 0);
        let both = self.covariance.fixed_view::<3, 3>(0, 3);
        let shifts = self.covariance.fixed_view::<3, 3>(3, 3);
        let squared = (cross * turns * cross.transpose()).trace() + 2.0 * (cross * both).trace() + shifts.trace();
        squared.max(0.0).sqrt()
    }

    /// What the points said.
    pub fn finding(&self) -> Finding {
        let message = format!(
            "{} points of the skin lie {:.2} mm RMS off the scan; {} do not fit and do not count; fiducials moved by up to \
             {:.2} mm",
            self.count,
            self.rms_mm,
            self.rejected.len(),
            self.moved_mm
        );
        let severity = if self.rejected.is_empty() { Severity::Pass } else { Severity::Warn };
        let remedy = if self.rejected.is_empty() { "" } else { "probe them again on bare skin" };
        Finding::new("surface-points", severity, message).times(self.rejected.len()).remedy(remedy)
    }
}
