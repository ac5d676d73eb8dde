mod zone;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use self::zone::Zone;
use super::gcode::PlanFolder;
use super::inputs::{Inputs, read_registration};
use super::plan::unnamed;
use super::progress::Stages;
use super::surface;
use crate::case::Landmarks;
use crate::error::{Error, Finding, Result, Severity, read_file};
use crate::geometry::{Placement, Point, Units};
use crate::mesh::{SurfaceIndex, TriMesh};
use crate::report;
use crate::rig::{Located, Profile, Registration, TreLimits, best_addition, head_frame};

/// What to do otherwise than the files say.
#[derive(Debug, Clone, Copy, Default)]
pub struct RegistrationOptions<'a> {
    /// The fiducials, instead of those that the case names.
    pub registration: Option<&'a Path>,
    /// Error of locating one fiducial, mm RMS.
    pub fle_mm: Option<f64>,
}

/// How well fiducials hold a head.
#[derive(Debug, Clone, Serialize)]
pub struct RegistrationReport {
    /// Setup in which they were measured.
    pub setup: String,
    /// Scan (mm) to rig (mm).
    pub mesh_to_rig: Placement,
    /// RMS distance that remains at the fiducials, mm.
    pub fre_mm: f64,
    /// Error of locating one fiducial as stated, mm RMS.
    pub stated_fle_mm: f64,
    /// The same as used for predictions: larger where the residuals speak of more.
    pub fle_mm: f64,
    /// What remains at each fiducial.
    pub fiducials: Vec<FiducialResidual>,
    /// Errors predicted at the dots, or over the region of a case, all together first, then by zone of the head.
    pub zones: Vec<ZoneTre>,
    /// Where one more fiducial helps most.
    pub advice: Option<Advice>,
    /// What was seen.
    pub findings: Vec<Finding>,
    /// The worst of the findings.
    pub verdict: Severity,
}

/// What remains at a fiducial.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FiducialResidual {
    /// Its name.
    pub name: String,
    /// Distance between its place in the rig and where the fit puts it, mm.
    pub residual_mm: f64,
}

/// Errors predicted in a part of what is treated.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ZoneTre {
    /// `all`, `crown`, `front`, `left`, `right` or `back`.
    pub name: String,
    /// Number of dots; of places 4 mm apart for a case.
    pub count: usize,
    /// Root mean square, mm.
    pub rms_mm: f64,
    /// Largest, mm.
    pub largest_mm: f64,
}

/// Where one more fiducial helps most.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// The place, in the scan's axes, mm.
    pub place_mm: [f64; 3],
    /// The landmark nearest to it, and how far it is.
    pub near: Option<String>,
    /// Largest predicted error now and with it, mm RMS.
    pub largest_mm: [f64; 2],
    /// Mean predicted error now and with it, mm.
    pub mean_mm: [f64; 2],
}

/// What is treated, and on what.
struct Patient {
    units: Units,
    landmarks: Landmarks,
    profile: Profile,
    scan: TriMesh,
    index: SurfaceIndex,
    region: TriMesh,
    /// The dots of a plan, or places all over the region.
    places: Vec<Point>,
    registration: Option<Registration>,
}

/// Distance between places that stand for a region, or for the places where a mark could be put, mm.
const RASTER_MM: f64 = 4.0;

/// Judges a registration for a case or for a plan.
pub fn registration(
    input: &Path,
    options: RegistrationOptions<'_>,
    stages: &mut Stages<'_>,
) -> Result<RegistrationReport> {
    stages.begin("load");
    let patient = Patient::read(input, stages)?;
    let (mut measured, file) = match (options.registration, &patient.registration) {
        (Some(path), _) => (read_registration(path, patient.units)?.0, path),
        (None, Some(own)) => (own.clone(), input),
        (None, None) => {
            return Err(Error::usage("no registration")
                .file(input.display().to_string())
                .expected("fiducials measured on the rig")
                .remedy("name a file with --registration"));
        }
    };
    if let Some(fle_mm) = options.fle_mm {
        if !(fle_mm > 0.0 && fle_mm.is_finite()) {
            let error = Error::usage(format!("--fle-mm {fle_mm}")).expected("a length above 0 mm");
            return Err(error.remedy("state the error of locating one fiducial"));
        }
        measured.fle_mm = Some(fle_mm);
    }
    stages.begin("fit");
    let located =
        (measured.locate(patient.units, &patient.index)).map_err(|error| error.file(file.display().to_string()))?;
    stages.begin("advice");
    Ok(patient.report(&measured, &located))
}

impl Patient {
    fn read(input: &Path, stages: &mut Stages<'_>) -> Result<Self> {
        let is_plan = read_file(input)?.windows(14).take(4096).any(|bytes| bytes == b"\"tonsure-plan/");
        if is_plan {
            let PlanFolder { plan, scan, region, .. } = PlanFolder::read(input)?;
            stages.begin("index");
            return Ok(Self {
                units: plan.case.mesh.units,
                landmarks: unnamed(&plan.landmarks_mm),
                profile: plan.rig,
                index: SurfaceIndex::build(&scan),
                places: plan.dots.iter().map(|dot| Point::from(dot.position_mm)).collect(),
                scan,
                region,
                registration: None,
            });
        }
        let mut inputs = Inputs::read(input, None)?;
        stages.begin("region");
        let (scalp, region) = surface::region(&mut inputs)?;
        Ok(Self {
            units: inputs.case.mesh.units,
            landmarks: inputs.landmarks,
            profile: inputs.profile,
            places: raster(region.mesh.vertices()),
            region: region.mesh,
            index: scalp.index,
            scan: scalp.mesh,
            registration: inputs.registration,
        })
    }

    fn report(&self, measured: &Registration, located: &Located) -> RegistrationReport {
        let tre_mm: Vec<f64> = self.places.iter().map(|place| located.tre_mm(place)).collect();
        let mut findings = located.findings();
        findings.push(TreLimits::default().judge(tre_mm.iter().copied(), located.fit.fre_mm, located.fle_mm));
        findings.extend(self.turned(&measured.setup, &located.mesh_to_rig()));
        let residuals = measured.fiducials.iter().zip(&located.fit.residuals_mm);
        RegistrationReport {
            setup: measured.setup.clone(),
            mesh_to_rig: located.mesh_to_rig(),
            fre_mm: located.fit.fre_mm,
            stated_fle_mm: located.stated_fle_mm,
            fle_mm: located.fle_mm,
            fiducials: residuals
                .map(|(fiducial, &residual_mm)| FiducialResidual { name: fiducial.name.clone(), residual_mm })
                .collect(),
            zones: self.zones(&tre_mm),
            advice: self.advice(measured, located),
            verdict: report::verdict(&findings),
            findings,
        }
    }

    fn head_frame(&self) -> Option<Placement> {
        let Landmarks { left_tragus, right_tragus, vertex, .. } = self.landmarks;
        head_frame(left_tragus.map(Point::from), right_tragus.map(Point::from), vertex.map(Point::from)).ok()
    }

    /// Warns where the head lies quite otherwise than on its rest: fiducials near a plane fit upside down as well.
    fn turned(&self, setup: &str, mesh_to_rig: &Placement) -> Option<Finding> {
        const MOST_DEG: f64 = 45.0;
        let expected = self.head_frame()?.then(self.profile.head_rest.get(setup)?);
        let turn = expected.inverse().then(mesh_to_rig).rotation;
        let cos = 0.5 * (turn[0][0] + turn[1][1] + turn[2][2] - 1.0);
        let turned_deg = cos.clamp(-1.0, 1.0).acos().to_degrees();
        (turned_deg > MOST_DEG).then(|| {
            let message =
                format!("the fiducials turn the head by {turned_deg:.0}° from how the rig's head rest holds it");
            Finding::new("registration-turned", Severity::Warn, message)
                .times(1)
                .remedy("check the setup, and that left and right of flat sets of fiducials are not exchanged")
        })
    }

    /// Errors over all places, then zone by zone.
    fn zones(&self, tre_mm: &[f64]) -> Vec<ZoneTre> {
        let frame = self.head_frame();
        let mut errors: BTreeMap<Zone, Vec<f64>> = BTreeMap::from([(Zone::All, tre_mm.to_vec())]);
        for (place, &tre_mm) in self.places.iter().zip(tre_mm) {
            if let Some(frame) = &frame {
                errors.entry(Zone::of(&frame.point(place))).or_default().push(tre_mm);
            }
        }
        let zone = |(zone, errors): (Zone, Vec<f64>)| ZoneTre {
            name: zone.name().to_owned(),
            count: errors.len(),
            rms_mm: (errors.iter().map(|e| e * e).sum::<f64>() / errors.len().max(1) as f64).sqrt(),
            largest_mm: errors.into_iter().fold(0.0, f64::max),
        };
        errors.into_iter().map(zone).collect()
    }

    fn advice(&self, measured: &Registration, located: &Located) -> Option<Advice> {
        let to_mm = self.units.in_mm();
        let marks: Vec<Point> = measured.fiducials.iter().map(|f| Point::from(f.mesh) * to_mm).collect();
        let candidates = self.candidates();
        let best = best_addition(&marks, &candidates, &self.places, located.fle_mm)?;
        let now: Vec<f64> =
            self.places.iter().map(|place| located.fit.predicted_tre_mm(located.fle_mm, place)).collect();
        let place = candidates.get(best.candidate)?;
        Some(Advice {
            place_mm: (*place).into(),
            near: nearest(&self.landmarks, place),
            largest_mm: [now.iter().copied().fold(0.0, f64::max), best.largest_mm],
            mean_mm: [now.iter().sum::<f64>() / now.len().max(1) as f64, best.mean_mm],
        })
    }

    /// Places of the scan where a mark could be put: outside what is treated and, where landmarks tell, on the head
    /// above its moving parts and beside the ears.
    fn candidates(&self) -> Vec<Point> {
        /// Distance from what is treated, mm.
        const MARGIN_MM: f64 = 5.0;
        /// How far below the tragi a mark behind the ears or on the nape may lie, mm: there the neck begins.
        const BELOW_TRAGI_MM: f64 = 30.0;
        /// Height of the brows above the tragi where no glabella is marked, mm.
        const BROWS_MM: f64 = 35.0;
        /// Distance from the tragi within which the ears are, mm.
        const EAR_MM: f64 = 45.0;
        let frame = self.head_frame();
        let tragi = [self.landmarks.left_tragus, self.landmarks.right_tragus].map(|place| place.map(Point::from));
        let on_an_ear = |place: &Point| tragi.iter().flatten().any(|tragus| nalgebra::distance(tragus, place) < EAR_MM);
        let treated = SurfaceIndex::build(&self.region);
        let brows_mm = (frame.zip(self.landmarks.glabella)).map_or(BROWS_MM, |(f, g)| f.point(&Point::from(g)).z);
        let may_carry = |place: &Point| {
            frame.is_none_or(|frame| {
                let p = frame.point(place);
                // In front, where |x| < -y, it is the face up to the brows that moves.
                p.z > if -p.y > p.x.abs() { brows_mm } else { -BELOW_TRAGI_MM }
            })
        };
        let free =
            |place: &Point| may_carry(place) && !on_an_ear(place) && treated.closest_within(place, MARGIN_MM).is_none();
        let mut places = raster(self.scan.vertices());
        places.retain(free);
        places
    }
}

/// The first place in each cube of a raster.
fn raster(places: &[Point]) -> Vec<Point> {
    let mut first: BTreeMap<[i64; 3], usize> = BTreeMap::new();
    for (i, place) in places.iter().enumerate() {
        let cube = [place.x, place.y, place.z].map(|c| (c / RASTER_MM).floor() as i64);
        first.entry(cube).or_insert(i);
    }
    let mut numbers: Vec<usize> = first.into_values().collect();
    numbers.sort_unstable();
    numbers.into_iter().map(|i| places[i]).collect()
}

/// The nearest landmark and its distance, for people.
fn nearest(landmarks: &Landmarks, place: &Point) -> Option<String> {
    let named = super::plan::named(landmarks);
    let distances = named.iter().map(|(name, &at)| ((Point::from(at) - place).norm(), name));
    let (distance_mm, name) = distances.min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(format!("{}, {distance_mm:.0} mm", name.replace('_', " ")))
}
