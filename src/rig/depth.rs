use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Dialect, Drive, Profile};
use crate::error::{Error, Result};

/// Farthest that a nose may give way, mm.
const SOFTEST_MM: f64 = 10.0;
/// Farthest below the scan that skin may be sought, mm.
const FARTHEST_SEARCH_MM: f64 = 5.0;
/// How far the axes may run on after a touch, mm.
const RUN_ON_MM: f64 = 0.01;
/// Shortest way from the approach point to skin that lies above the scan, mm.
const LEAST_STROKE_MM: f64 = 1.0;

/// What the depth of a strike counts from. The depth itself is the case's; the profile caps it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", tag = "mode")]
pub enum DepthMode {
    /// From the skin as the scan and the registration have it.
    #[default]
    Absolute,
    /// From a nose around the needle that rides on the skin: the needle is set to stand out of it by the depth. The tip is driven deeper
    /// than the scan asks for, so that the nose rests on the skin wherever it is, and the nose's spring takes up the rest.
    Nose {
        /// How far the needle stands out of its nose, mm: the depth of all dots of a case on this rig.
        protrusion_mm: f64,
        /// How much deeper than the scan asks for the tip is driven, mm: what scan, registration and skin may be off. At most
        /// `compliance_mm`.
        over_travel_mm: f64,
        /// How far the nose gives way before it stops, mm.
        compliance_mm: f64,
    },
    /// From a touch: the needle goes down its axis until the rig's probe input trips, by `G38.2`. The input has to trip
    /// when the place of the needle's tip touches the skin. The controller ends the program when nothing was touched.
    ///
    /// Before each strike, which then counts from the touch as the controller has it; or, as controllers do not fit
    /// planes, in a program of its own that touches the skin at every so many dots and strikes none
    /// (`session-K.SETUP.probe.…`). What was touched there is given with `tonsure gcode --probed`, and the strikes
    /// count from local planes through the touches.
    Probe {
        /// Speed of the way to the skin, mm/s.
        feed_mm_s: f64,
        /// How far below the scan the skin is sought, mm. Skin farther off the scan than this, up or down, is refused.
        search_mm: f64,
        /// One touch for so many dots. Default 1: every strike has its own.
        #[serde(default = "each", skip_serializing_if = "is_each")]
        every_dots: u32,
    },
}

fn each() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_each(every_dots: &u32) -> bool {
    *every_dots == each()
}

impl DepthMode {
    /// Name in profiles and headers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Absolute => "absolute",
            Self::Nose { .. } => "nose",
            Self::Probe { .. } => "probe",
        }
    }

    /// How much deeper than the depth the tip is driven where the scan has the skin, mm.
    pub fn over_travel_mm(&self) -> f64 {
        if let Self::Nose { over_travel_mm, .. } = self { *over_travel_mm } else { 0.0 }
    }

    /// How far below the scan the tip may get beyond the depth, mm.
    pub fn beyond_mm(&self) -> f64 {
        if let Self::Probe { search_mm, .. } = self { *search_mm } else { self.over_travel_mm() }
    }

    /// Speed of the way to the skin, mm/s; none where it is not sought.
    pub fn probe_mm_s(&self) -> Option<f64> {
        if let Self::Probe { feed_mm_s, .. } = self { Some(*feed_mm_s) } else { None }
    }

    /// Whether each strike is preceded by a touch of its own.
    pub fn touches_each(&self) -> bool {
        matches!(self, Self::Probe { every_dots: 1, .. })
    }

    /// One touch for so many dots, in a program of its own; none where there is no such program.
    pub fn survey_every(&self) -> Option<u32> {
        if let Self::Probe { every_dots, .. } = self { Some(*every_dots).filter(|&every| every > 1) } else { None }
    }

    /// In one line, for headers.
    pub fn line(&self) -> String {
        match self {
            Self::Absolute => "depth=absolute counts from the scan as registered".to_owned(),
            Self::Nose { protrusion_mm, over_travel_mm, .. } => {
                format!("depth=nose protrusion_mm={protrusion_mm} over_travel_mm={over_travel_mm}")
            }
            Self::Probe { feed_mm_s, search_mm, every_dots: 1 } => {
                format!("depth=probe counts from a touch feed_mm_s={feed_mm_s} search_mm={search_mm}")
            }
            Self::Probe { feed_mm_s, search_mm, every_dots } => format!(
                "depth=probe counts from planes through touches every_dots={every_dots} feed_mm_s={feed_mm_s} \
                 search_mm={search_mm}"
            ),
        }
    }

    /// Whether this rig can hold the depth so. Errors say why not, and what would.
    pub(super) fn check(&self, profile: &Profile) -> Result<()> {
        let wrong = |key: &str, found: String, expected: String| {
            Err(Error::input(found).place(format!("depth.{key}")).expected(expected).remedy("correct the rig profile"))
        };
        let holder_mm = profile.holder.from_tip_mm;
        let least_mm = profile.holder.radius_mm + profile.depth_cap_mm + self.beyond_mm() + profile.clearance_mm;
        match *self {
            Self::Absolute => return Ok(()),
            Self::Nose { protrusion_mm, over_travel_mm, compliance_mm } => {
                let cap_mm = profile.depth_cap_mm;
                if !(protrusion_mm > 0.0 && protrusion_mm <= cap_mm) {
                    let expected = format!("above 0 and at most depth_cap_mm, which is {cap_mm}");
                    return wrong("protrusion_mm", protrusion_mm.to_string(), expected);
                }
                if !(compliance_mm > 0.0 && compliance_mm <= SOFTEST_MM) {
                    let expected = format!("above 0 and at most {SOFTEST_MM} mm");
                    return wrong("compliance_mm", compliance_mm.to_string(), expected);
                }
                if !(over_travel_mm > 0.0 && over_travel_mm <= compliance_mm) {
                    let expected = format!("above 0 and at most compliance_mm, which is {compliance_mm}");
                    return wrong("over_travel_mm", over_travel_mm.to_string(), expected);
                }
            }
            Self::Probe { feed_mm_s, search_mm, every_dots } => {
                if let Some(reason) = no_probe(profile) {
                    return Err(Error::input("\"probe\"").place("depth.mode").expected(reason).remedy(
                        "use a rig with the dialect grbl, grblhal, fluidnc or linuxcnc, or the depth mode \"nose\" or \"absolute\"",
                    ));
                }
                if !profile.hooks.strike.is_empty() || !profile.hooks.retract.is_empty() {
                    return wrong(
                        "mode",
                        "\"probe\" with hooks.strike or hooks.retract".to_owned(),
                        "one of the two".to_owned(),
                    );
                }
                let brake = profile.axes.iter().take(3).map(|axis| axis.max_acceleration).fold(f64::INFINITY, f64::min);
                let fastest = (2.0 * brake * RUN_ON_MM).sqrt().min(profile.speeds.strike_mm_s);
                if !(feed_mm_s > 0.0 && feed_mm_s <= fastest) {
                    let expected = format!(
                        "above 0 and at most {fastest:.2} mm/s, from which the axes stop within {RUN_ON_MM} mm"
                    );
                    return wrong("feed_mm_s", feed_mm_s.to_string(), expected);
                }
                if !(search_mm > 0.0 && search_mm <= FARTHEST_SEARCH_MM) {
                    let expected = format!("above 0 and at most {FARTHEST_SEARCH_MM} mm");
                    return wrong("search_mm", search_mm.to_string(), expected);
                }
                if every_dots == 0 {
                    return wrong("every_dots", "0".to_owned(), "1 or above".to_owned());
                }
                // Where the skin lies that much higher, a strike is still one.
                if every_dots > 1 && search_mm > profile.approach_mm - LEAST_STROKE_MM {
                    let expected = format!(
                        "at most {} mm, {LEAST_STROKE_MM} less than approach_mm",
                        profile.approach_mm - LEAST_STROKE_MM
                    );
                    return wrong("search_mm", search_mm.to_string(), expected);
                }
            }
        }
        let body_mm = profile.holder.body.map_or(f64::NEG_INFINITY, |body| {
            body.radius_mm + profile.depth_cap_mm + self.beyond_mm() + profile.clearance_mm
        });
        if profile.holder.to_tip_mm <= body_mm {
            let expected =
                format!("less than what leaves the holder's body clear of the skin: to_tip_mm above {body_mm}");
            return wrong("mode", format!("{} mm beyond the depth", self.beyond_mm()), expected);
        }
        if holder_mm <= least_mm {
            let expected = format!("less than what leaves the holder clear of the skin: from_tip_mm above {least_mm}");
            return wrong("mode", format!("{} mm beyond the depth", self.beyond_mm()), expected);
        }
        Ok(())
    }

    /// Whether a case's depths can be held so. Errors name the first one that cannot.
    pub fn fits(&self, depths_mm: impl IntoIterator<Item = f64>) -> Result<()> {
        let Self::Nose { protrusion_mm, .. } = *self else { return Ok(()) };
        let other = depths_mm.into_iter().find(|depth_mm| (depth_mm - protrusion_mm).abs() > 1e-9);
        other.map_or(Ok(()), |depth_mm| {
            Err(Error::input(format!("a depth of {depth_mm} mm"))
                .place("design.depth_mm")
                .expected(format!("{protrusion_mm} mm, by which the needle of this rig stands out of its nose"))
                .remedy("set the nose to the depth and say so in the rig's depth.protrusion_mm, or change the depth"))
        })
    }
}

/// Why a rig cannot strike from a touch.
fn no_probe(profile: &Profile) -> Option<&'static str> {
    match profile.dialect {
        _ if profile.drive == Drive::Plunge => Some("a drive other than \"plunge\": probes move X, Y and Z"),
        Dialect::Klipper => {
            Some("a dialect that can strike from a touch; Klipper has no G38.2 and no moves that count from one")
        }
        Dialect::Marlin => Some(
            "a dialect that ends the program when nothing is touched; Marlin goes on, and builds without G38.2 pass over it",
        ),
        Dialect::Reprap => {
            Some("a dialect that ends the program when nothing is touched; RepRapFirmware is not known to do so")
        }
        Dialect::Grbl | Dialect::Grblhal | Dialect::Fluidnc | Dialect::Linuxcnc => None,
    }
}
