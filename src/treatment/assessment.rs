//! Step 1: what there is to treat, how much of it, and what to ask before.

use serde::Serialize;

use super::zones::ZoneFigures;
use crate::case::{Case, Zone};
use crate::density;
use crate::error::{Finding, Severity};
use crate::geometry::decimal;
use crate::rig::time::Stopwatch;
use crate::rig::{Joints, Profile};

/// What is to be asked before anything is done to a client, as questions: the program draws nothing from the answers.
///
/// What trade and hospital pages name as reasons not to treat, to wait or to ask a doctor, and what consent has to cover.
pub const QUESTIONS: [&str; 14] = [
    "Is there a known allergy to dyes, pigments, latex or local anaesthetics?",
    "Is there a tendency to keloids or raised scars?",
    "Are there lesions, open skin, psoriasis, eczema or a suspicion of skin cancer in the area?",
    "Is there an infection, a burn or a sunburn at present?",
    "Was there surgery or a hair transplant in the area within the last six months?",
    "Is there diabetes, a clotting disorder or blood-thinning medication? Ask the doctor first.",
    "Is there epilepsy, a cardiac condition, cancer or its treatment? Ask the doctor first.",
    "Is there a pregnancy, or is the client nursing?",
    "Was the patch test made at least 48 hours ago, and is its place without itch, redness and nodules?",
    "Is the client of age, and did they have time to think?",
    "Were fading, touch-ups, later hair loss and the way back (laser removal) explained?",
    "Were the risks explained: infection, allergy, granuloma, wrong colour, disturbance of MRI?",
    "Did the client see and approve hairline, density and shade?",
    "Were the ink's name, batch and ingredients noted, and is the consent signed?",
];

/// What a zone needs, and what it will take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ZoneAssessment {
    /// Area, dots asked.
    #[serde(flatten)]
    pub figures: ZoneFigures,
    /// Whether dots are asked in it.
    pub treated: bool,
    /// Machine time for its dots without stops, h.
    pub hours: f64,
    /// What the scan has there.
    pub scan: ScanQuality,
}

/// What a scan has in a zone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct ScanQuality {
    /// Median length of the scan's edges, mm; none where it has no triangle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub median_edge_mm: Option<f64>,
    /// Noise of the surface, mm RMS, where there are enough places to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise_mm: Option<f64>,
    /// Share of the area that lies on patches over holes.
    pub patched_share: f64,
}

impl ZoneAssessment {
    /// A zone by its figures; `dot_s` is the time of a dot.
    pub fn new(figures: ZoneFigures, dot_s: f64, scan: ScanQuality) -> Self {
        const S_PER_H: f64 = 3600.0;
        Self { figures, treated: figures.dots_asked >= 1.0, hours: figures.dots_asked * dot_s / S_PER_H, scan }
    }
}

/// Time from one dot to the next at a spacing on a rig, by the motions of its programs on flat skin and without turning, s: up
/// to the approach height, across, down, into the skin, dwell, and out.
pub fn dot_s(case: &Case, profile: &Profile, spacing_mm: f64) -> f64 {
    const DOTS: u32 = 20;
    let [x, y, z] = profile.park_mm;
    let count = profile.axes.len();
    // The last axis plunges where there is one for it; else the tool goes down along z.
    let at = |step: f64, height_mm: f64| {
        let plunges = profile.plunge_axis().is_some();
        let place = |axis: usize| match axis {
            0 => x + step * spacing_mm,
            1 => y,
            2 => {
                if plunges {
                    z
                } else {
                    z - profile.approach_mm + height_mm
                }
            }
            axis if plunges && axis + 1 == count => profile.approach_mm - height_mm,
            _ => 0.0,
        };
        Joints::of_axes(count, place)
    };
    let mut watch = Stopwatch::new(profile, at(0.0, profile.approach_mm));
    for step in (1..=DOTS).map(f64::from) {
        watch.move_to(&at(step, profile.approach_mm), None);
        watch.move_to(&at(step, -case.design.depth_mm), Some(profile.speeds.strike_mm_s));
        watch.dwell(case.design.dwell_s);
        watch.move_to(&at(step, profile.approach_mm), Some(profile.speeds.retract_mm_s));
    }
    watch.stop() / f64::from(DOTS)
}

/// Which zones the stage takes, in words.
pub fn stage_finding(case: &Case) -> Option<Finding> {
    let stage = case.norwood?;
    let tell = |zone: Zone| {
        let name = zone.name().replace('_', "-");
        let asked = density::asked_in(case, zone);
        if asked > 0.0 { format!("{name} {} per cm²", decimal(asked, 0)) } else { format!("{name} none") }
    };
    let zones = Zone::ALL.map(tell).join(", ");
    let message = format!("stage {} on the Norwood-Hamilton scale: {zones}", stage.name());
    Some(
        Finding::new("norwood", Severity::Pass, message)
            .remedy("name zones in design.zones where the technician sees it otherwise"),
    )
}
