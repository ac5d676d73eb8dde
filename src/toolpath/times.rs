use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::{Motion, MotionKind, Toolpath};
use crate::rig::Profile;
use crate::schedule::{DotTime, HaltKind};

/// What the time of a program goes into, s.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeSplit {
    /// From dot to dot, and from the park place and back to it.
    pub travel_s: f64,
    /// Strike cycles: into the skin, dwell, and out.
    pub strike_s: f64,
    /// The way to the service place and back, which stops cost besides what is done there.
    pub stop_travel_s: f64,
    /// Waits for the needle's drive.
    pub drive_s: f64,
    /// What is done at stops, by kind, as long as the profile states.
    pub stops_s: BTreeMap<HaltKind, f64>,
    /// The lines of the rig's owner, as long as the profile states.
    pub hooks_s: f64,
}

impl TimeSplit {
    /// What the machine does by itself, s.
    pub fn motion_s(&self) -> f64 {
        self.travel_s + self.strike_s + self.stop_travel_s + self.drive_s
    }

    /// All of it, s.
    pub fn sum_s(&self) -> f64 {
        self.stops_s.values().fold(self.motion_s() + self.hooks_s, |sum, stop_s| sum + stop_s)
    }
}

impl AddAssign<&Self> for TimeSplit {
    fn add_assign(&mut self, other: &Self) {
        let Self { travel_s, strike_s, stop_travel_s, drive_s, stops_s, hooks_s } = other;
        self.travel_s += travel_s;
        self.strike_s += strike_s;
        self.stop_travel_s += stop_travel_s;
        self.drive_s += drive_s;
        self.hooks_s += hooks_s;
        for (kind, stop_s) in stops_s {
            *self.stops_s.entry(*kind).or_default() += stop_s;
        }
    }
}

/// A stop in the time of its program.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HaltTime {
    /// Why.
    pub kind: HaltKind,
    /// The dot before which it comes.
    pub before_dot: Option<u32>,
    /// Time since the program's start when it begins, s.
    pub at_s: f64,
}

/// The time of a toolpath, and where it goes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Times {
    /// By purpose.
    pub split: TimeSplit,
    /// Every stop, in their order.
    pub halts: Vec<HaltTime>,
    /// Length of the tip's way to the service place and back, mm.
    pub stop_way_mm: f64,
    /// Around each dot, in visiting order; the way to service and back is not among it.
    pub dots: Vec<DotTime>,
    /// Longest time from the end of a registration, or from the start, to the next one or the end, s.
    pub longest_patch_s: f64,
}

impl Toolpath {
    /// Where the time goes.
    pub fn times(&self, profile: &Profile) -> Times {
        let laps_s = self.motion_times_s(profile);
        let last_halt = self.motions.iter().rposition(|motion| matches!(motion.kind, MotionKind::Halt(_)));
        let mut times = Times { dots: Vec::with_capacity(self.strikes), ..Times::default() };
        times.split.hooks_s = profile.hooks.start_s + profile.hooks.end_s;
        let (mut at_s, mut patch_from_s, mut dot) = (profile.hooks.start_s, 0.0, DotTime::default());
        // Between the last stroke before a stop and the first one after it.
        let mut away = false;
        let mut tip = self.motions.first().map(|motion| motion.pose.tip);
        for (index, (motion, &lap_s)) in self.motions.iter().zip(&laps_s).enumerate() {
            let Motion { kind, dot: leads_to, pose, .. } = motion;
            let way_mm = tip.replace(pose.tip).map_or(0.0, |tip| (pose.tip - tip).norm());
            match *kind {
                MotionKind::Start | MotionKind::Travel | MotionKind::Approach => {
                    away |= leads_to.is_none() && last_halt.is_some_and(|last| index < last) && index > 0;
                    if away {
                        times.split.stop_travel_s += lap_s;
                        times.stop_way_mm += way_mm;
                    } else {
                        times.split.travel_s += lap_s;
                        dot.hop_s += lap_s;
                    }
                }
                MotionKind::Probe { .. } | MotionKind::Strike | MotionKind::Dwell { .. } | MotionKind::Retract => {
                    away = false;
                    times.split.strike_s += lap_s;
                    dot.strike_s += lap_s;
                    if *kind == MotionKind::Retract {
                        times.dots.push(std::mem::take(&mut dot));
                    }
                }
                MotionKind::NeedleOn | MotionKind::NeedleOff => times.split.drive_s += lap_s,
                MotionKind::Halt(kind) => {
                    times.halts.push(HaltTime { kind, before_dot: *leads_to, at_s });
                    *times.split.stops_s.entry(kind).or_default() += lap_s;
                    if kind == HaltKind::Registration {
                        times.longest_patch_s = times.longest_patch_s.max(at_s - patch_from_s);
                        patch_from_s = at_s + lap_s;
                    }
                }
                MotionKind::Message(_) => {}
            }
            at_s += lap_s;
        }
        times.longest_patch_s = times.longest_patch_s.max(at_s - patch_from_s);
        times
    }
}
