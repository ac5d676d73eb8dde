//! Whether the dots of a plan look like hair that grew: what of them would be seen as made, and where.
//!
//! The dots themselves are measured, not the design that they come from: edge, ramp, pattern, both sides, and density. Limits are
//! those of the project: practice says what reads as fake (a ruled line, a grid, mirrored sides, too many dots) but not from where on.

mod front;
mod pattern;
mod sides;

use serde::Serialize;

use self::front::{Front, FrontLine};
use crate::case::Landmarks;
use crate::density::{HeadZones, ZoneBorders};
use crate::error::{Finding, Result, Severity};
use crate::geometry::{Aabb, Point, decimal};
use crate::mesh::TriMesh;
use crate::plan::{Dot, Plan};

/// A first row of dots that keeps its distance from the line better than this is a ruled line, mm RMS.
const LEAST_ROUGHNESS_MM: f64 = 0.5;
/// Density that rises over less than this stops at an edge, mm.
const LEAST_RAMP_MM: f64 = 3.0;
/// Nearest neighbours that vary less than this stand in a grid, those that vary more in clumps.
const NEAREST_CV: [f64; 2] = [0.05, 0.45];
/// Practitioners count 65 to 110 follicular units on a cm², about 80 in the mean: more dots are no hair.
const MOST_PER_CM2: f64 = 110.0;
/// Discs hold a few dots more or less by chance.
const BY_CHANCE: f64 = 1.05;
/// Sides that differ by more than this are crooked, mm in the mean.
const MOST_OFFSET_MM: f64 = 3.0;
/// By chance at most one dot in fifteen has another one where its mirror image would be.
const MOST_MIRRORED: f64 = 0.3;

/// A measured value, and the box around the place where it is worst, mm, in the scan's axes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Placed {
    /// The value.
    pub value: f64,
    /// Lower and upper corner.
    pub bounds_mm: [[f64; 3]; 2],
}

impl Placed {
    fn around<'a>(value: f64, places: impl IntoIterator<Item = &'a Point>) -> Self {
        let bounds = Aabb::around(places);
        Self { value, bounds_mm: [bounds.min.into(), bounds.max.into()] }
    }
}

/// What was measured. Each is none where there are too few dots to tell, or where landmarks are missing that say where the
/// hairline is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Naturalness {
    /// How far the distance of the first dots from the line varies, mm RMS; placed where it varies least.
    pub edge_roughness_mm: Option<Placed>,
    /// Way behind the line over which the density rises from a tenth to nine tenths, mm.
    pub ramp_mm: Option<f64>,
    /// Coefficient of variation of the distance to the nearest dot, in spacings asked there, after each session.
    pub nearest_cv: Vec<f64>,
    /// The same on discs of 1 cm radius: the lowest.
    pub most_even_cv: Option<Placed>,
    /// And the highest.
    pub most_clumped_cv: Option<Placed>,
    /// Dots on 2 cm² where they stand densest, per cm².
    pub densest_per_cm2: Option<Placed>,
    /// Mean distance between the first dots on the left, mirrored, and those on the right, mm; placed where they are farthest apart.
    pub offset_mm: Option<Placed>,
    /// Share of the dots behind the left line whose mirror image is another dot.
    pub mirrored_share: Option<Placed>,
}

impl Naturalness {
    /// Measures all dots of a plan, those that were there before included, on the region, mm.
    ///
    /// # Errors
    /// When no search tree over the dots can be built.
    pub fn of(plan: &Plan, landmarks: &Landmarks, region: &TriMesh) -> Result<Self> {
        let mut found = Self::default();
        pattern::measure(&plan.dots, region, &mut found)?;
        let Ok(zones) = HeadZones::new(landmarks, ZoneBorders::default()) else { return Ok(found) };
        let line = FrontLine::of(plan, region, &zones);
        let Some(front) = Front::of(&line, &plan.dots) else { return Ok(found) };
        found.edge_roughness_mm = front.roughness_mm();
        found.ramp_mm = front.ramp_mm(region);
        sides::measure(&front, zones.into_head(), &mut found)?;
        Ok(found)
    }

    /// What would be seen as made, why, and what to change.
    pub fn findings(&self, plan: &Plan) -> Vec<Finding> {
        let mm = |value: f64| decimal(value, 2);
        let warn = |code: &str, message: String, remedy: &str, at: Option<Placed>| {
            let finding = Finding::new(code, Severity::Warn, message).remedy(remedy);
            at.map_or(finding.clone(), |at| finding.bounds_mm(at.bounds_mm))
        };
        let mut told = Vec::new();
        // One finding for the edge: what makes it hard is the same.
        let ruled = self.edge_roughness_mm.filter(|rough| rough.value < LEAST_ROUGHNESS_MM);
        let steep = self.ramp_mm.filter(|ramp| *ramp < LEAST_RAMP_MM);
        if ruled.is_some() || steep.is_some() {
            let ruled_so = ruled.map(|rough| {
                format!(
                    "the first dots keep to the line within {} mm RMS, as if ruled; from {LEAST_ROUGHNESS_MM} mm on it looks grown",
                    mm(rough.value)
                )
            });
            let steep_so = steep.map(|ramp| {
                format!(
                    "the density is full {} mm behind the line, as at the edge of a cap; over {LEAST_RAMP_MM} mm or more it looks grown",
                    mm(ramp)
                )
            });
            let message = ruled_so.into_iter().chain(steep_so).collect::<Vec<_>>().join("; ");
            let remedy = match plan.case.design.edge {
                None => {
                    "soften the line: set design.edge with width_mm 5 to 10, edge_share 0.25 to 0.4, waves and sentinels"
                }
                Some(_) => "give design.edge more width_mm, stronger waves, spots and sentinels",
            };
            told.push(warn("hairline-hard", message, remedy, self.edge_roughness_mm));
        }
        let [grid, clumps] = NEAREST_CV;
        if let Some((session, cv)) = (1..).zip(&self.nearest_cv).find(|(_, cv)| **cv < grid) {
            let message = format!(
                "after session {session} the distances to the nearest dot vary by {} % only: below {} % dots read as a grid",
                decimal(100.0 * cv, 1),
                100.0 * grid
            );
            told.push(warn("dots-like-a-grid", message, "take the dots as tonsure samples them", self.most_even_cv));
        }
        if let Some(worst) = self.most_clumped_cv.filter(|worst| worst.value > clumps) {
            let message = format!(
                "within 1 cm the distances to the nearest dot vary by {} %: above {} % dots read as clumps and gaps",
                decimal(100.0 * worst.value, 0),
                100.0 * clumps
            );
            let remedy = "look for maps, scars or hair that change the density too fast there, and soften them";
            told.push(warn("dots-in-clumps", message, remedy, Some(worst)));
        }
        if let Some(worst) = self.densest_per_cm2.filter(|worst| worst.value > BY_CHANCE * MOST_PER_CM2) {
            let message = format!(
                "{} dots per cm² where they stand densest; follicular units stand 65 to {MOST_PER_CM2} on a cm², and more dots run \
                 together into a shade",
                decimal(worst.value, 0)
            );
            told.push(warn("denser-than-hair", message, "lower the density there", Some(worst)));
        }
        if let Some(worst) = self.offset_mm.filter(|worst| worst.value > MOST_OFFSET_MM) {
            let message = format!(
                "the first dots on the left and on the right differ by {} mm in the mean; more than {MOST_OFFSET_MM} mm is seen as crooked",
                mm(worst.value)
            );
            let remedy = "straighten the drawn line against the face, or check the landmarks; `tonsure hairline` judges the line";
            told.push(warn("hairline-crooked", message, remedy, Some(worst)));
        }
        if let Some(worst) = self.mirrored_share.filter(|worst| worst.value > MOST_MIRRORED) {
            let message = format!(
                "{} % of the dots on the left have their mirror image on the right: perfect symmetry reads as made",
                decimal(100.0 * worst.value, 0)
            );
            told.push(warn("dots-mirrored", message, "lay out both sides by themselves", Some(worst)));
        }
        told
    }

    /// Codes of [`findings`](Self::findings).
    pub const CODES: [&'static str; 6] = [
        "hairline-hard",
        "dots-like-a-grid",
        "dots-in-clumps",
        "denser-than-hair",
        "hairline-crooked",
        "dots-mirrored",
    ];
}

fn place(dot: &Dot) -> Point {
    Point::from(dot.position_mm)
}
