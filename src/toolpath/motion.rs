use super::heights::TravelHeights;
use super::turning::Swings;
use crate::geometry::Aabb;
use crate::rig::time::Stopwatch;
use crate::rig::{Joints, Pose, Profile, counted_length, norm};
use crate::schedule::HaltKind;

/// What a motion is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MotionKind {
    /// From wherever the machine stands to the park place: up in Z, then the rotary axes, then X and Y.
    Start,
    /// A rapid that keeps the clearance.
    Travel,
    /// A rapid along the needle's axis down to the approach point; keeps the clearance.
    Approach,
    /// Along the needle's axis until the skin is touched, at the latest at `farthest`; where the scan has the skin is the motion's end.
    Probe {
        /// Where the axes stand at the lowest place that may be sought.
        farthest: Joints,
    },
    /// Along the needle's axis into the skin, at the profile's strike speed; behind a probe as far as from the scanned skin, but from the
    /// touch.
    Strike,
    /// A wait.
    Dwell {
        /// How long, s.
        seconds: f64,
    },
    /// Back out along the needle's axis to the approach point, at the profile's retract speed.
    Retract,
    /// Starts the needle's drive and waits for it.
    NeedleOn,
    /// Stops the needle's drive.
    NeedleOff,
    /// The work stops, needle off, until somebody resumes it.
    Halt(HaltKind),
    /// Something to tell; nothing moves.
    Message(Message),
}

/// What a program tells while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// The next patch begins.
    Patch {
        /// Its number, from 1.
        number: u32,
        /// How many there are.
        of: u32,
    },
    /// The tool that is put in at the stop that follows.
    Tool {
        /// Its number.
        number: u32,
    },
}

/// One step of a toolpath.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Motion {
    /// What it is for.
    pub kind: MotionKind,
    /// Where the axes stand at its end.
    pub joints: Joints,
    /// Where the needle is at its end, in the rig's frame.
    pub pose: Pose,
    /// Time that a travel has to take at least for the tip to keep to the cap, s; `None` where the axes are no faster.
    pub least_s: Option<f64>,
    /// The dot that it leads to, strikes or leaves.
    pub dot: Option<u32>,
}

impl Motion {
    /// Speed of the tip in a stroke, mm/s; `None` for travels and for what does not move.
    pub fn feed_mm_s(&self, profile: &Profile) -> Option<f64> {
        match self.kind {
            MotionKind::Strike => Some(profile.speeds.strike_mm_s),
            MotionKind::Retract => Some(profile.speeds.retract_mm_s),
            MotionKind::Probe { .. } => profile.depth.probe_mm_s(),
            _ => None,
        }
    }
}

/// The motions of one program, from park to park, in one setup of one session.
#[derive(Debug, Clone, PartialEq)]
pub struct Toolpath {
    /// In the order in which they are run.
    pub motions: Vec<Motion>,
    /// Number of strikes; none where the skin is only touched.
    pub strikes: usize,
    /// How high the ways from dot to dot go.
    pub heights: TravelHeights,
    /// What the route asks of the rotary axes.
    pub swings: Swings,
}

impl Toolpath {
    /// Estimated time from the park place back to it, s: motions, waits, and stops as long as the profile states.
    pub fn time_s(&self, profile: &Profile) -> f64 {
        self.timed(profile).stop()
    }

    /// What each motion takes, in their order, s.
    pub fn motion_times_s(&self, profile: &Profile) -> Vec<f64> {
        self.timed(profile).laps_s()
    }

    /// A stopwatch that has been through all motions, one lap each.
    fn timed<'a>(&self, profile: &'a Profile) -> Stopwatch<'a> {
        let start = self.motions.first().map_or(Joints::new([]), |first| first.joints);
        let mut stopwatch = Stopwatch::new(profile, start);
        let mut at = start;
        for motion in &self.motions {
            match motion.kind {
                MotionKind::Dwell { seconds } => stopwatch.dwell(seconds),
                MotionKind::NeedleOn => stopwatch.dwell(profile.drive.spin_up_s()),
                MotionKind::Halt(kind) => stopwatch.pause(kind.seconds(&profile.stop_times)),
                MotionKind::NeedleOff => stopwatch.pause(0.0),
                // A message does not stop the machine: a lap that goes nowhere.
                MotionKind::Message(_) => stopwatch.move_to(&motion.joints, None),
                _ => {
                    let slowed = motion.least_s.map(|seconds| length(&at, &motion.joints) / seconds);
                    stopwatch.move_to(&motion.joints, slowed.or(motion.feed_mm_s(profile)));
                }
            }
            at = motion.joints;
        }
        stopwatch
    }

    /// Box around the ends of all motions of the tip, rig coordinates, mm.
    pub fn bounds(&self) -> Aabb {
        Aabb::around(self.motions.iter().map(|motion| &motion.pose.tip))
    }
}

/// Length of a move as controllers count it: that of X, Y and Z, mm, or of the rotary axes where nothing else moves,
/// degrees.
fn length(from: &Joints, to: &Joints) -> f64 {
    counted_length(&to.map(|axis, position| position - from[axis]), norm)
}
