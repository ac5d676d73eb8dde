use serde::Serialize;

use super::pattern::Pattern;
use crate::case::{Landmarks, Zone};
use crate::density::TreatedZones;
use crate::error::{Finding, Result};
use crate::geometry::Point;
use crate::mesh::{SurfaceIndex, TriMesh};
use crate::plan::{Plan, Surroundings, predicted_tre_mm};
use crate::treatment::naturalness::Naturalness;
use crate::treatment::zones::{self, ZoneFigures};

/// What is measured of a plan's dots on its region.
#[derive(Debug, Clone, Serialize)]
pub struct OnSkin {
    /// What is asked and made by zone of the scalp; none without all landmarks.
    pub(super) zones: Vec<ZoneReport>,
    pub(super) pattern: Option<Pattern>,
    pub(super) naturalness: Naturalness,
    /// What stands around each dot; not for the report, but for the page.
    #[serde(skip)]
    pub(super) around: Surroundings,
}

/// One zone.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ZoneReport {
    #[serde(flatten)]
    figures: ZoneFigures,
    sessions: Vec<ZoneSession>,
    /// Predicted target registration error at its dots, mm; none without fiducials.
    #[serde(skip_serializing_if = "Option::is_none")]
    tre_mm: Option<MeanAndMost>,
}

/// New dots of one session in one zone.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct ZoneSession {
    session: u32,
    dots: usize,
    per_cm2: f64,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct MeanAndMost {
    mean: f64,
    most: f64,
}

impl OnSkin {
    /// Landmarks and region in mm, with queries on it; the density that dots are asked to add at each vertex of the region, where it is known.
    ///
    /// # Errors
    /// When no search tree over the dots can be built.
    pub fn of(
        plan: &Plan,
        landmarks: &Landmarks,
        region: &TriMesh,
        index: &SurfaceIndex,
        density_per_cm2: &[f64],
    ) -> Result<Self> {
        // Each has parts that one thread makes alone.
        let (seen, (naturalness, zones)) = rayon::join(
            || -> Result<_> {
                let around = Surroundings::of(&plan.dots, region)?;
                Ok((Pattern::of(&plan.dots, &around, region, index)?, around))
            },
            || {
                let naturalness = Naturalness::of(plan, landmarks, region);
                let figures = zones::figures(&plan.case, landmarks, region, density_per_cm2, &plan.dots);
                (naturalness, by_session(plan, landmarks, figures))
            },
        );
        let (pattern, around) = seen?;
        Ok(Self { zones, pattern, naturalness: naturalness?, around })
    }

    /// What of the dots would be seen as made.
    pub fn findings(&self, plan: &Plan) -> Vec<Finding> {
        self.naturalness.findings(plan)
    }
}

fn by_session(plan: &Plan, landmarks: &Landmarks, figures: Vec<ZoneFigures>) -> Vec<ZoneReport> {
    let Ok(zones) = TreatedZones::new(&plan.case, landmarks) else { return Vec::new() };
    let last = plan.dots.iter().map(|dot| dot.session).max().unwrap_or(0);
    let of_dots: Vec<Zone> = plan.dots.iter().map(|dot| zones.of(&Point::from(dot.position_mm))).collect();
    let tre_mm = predicted_tre_mm(plan);
    let report = |figures: ZoneFigures| {
        let own = || (0..plan.dots.len()).filter(|&dot| !plan.dots[dot].existing && of_dots[dot] == figures.zone);
        let sessions = (1..=last).map(|session| {
            let dots = own().filter(|&dot| plan.dots[dot].session == session).count();
            ZoneSession { session, dots, per_cm2: 100.0 * dots as f64 / figures.area_mm2 }
        });
        let tre_mm = tre_mm.as_ref().filter(|_| figures.dots > 0).map(|all| {
            let own_mm = || own().map(|dot| all[dot]);
            MeanAndMost { mean: own_mm().sum::<f64>() / figures.dots as f64, most: own_mm().fold(0.0, f64::max) }
        });
        ZoneReport { figures, sessions: sessions.collect(), tre_mm }
    };
    figures.into_iter().map(report).collect()
}
