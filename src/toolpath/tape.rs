use super::build::slowest_s;
use super::{Message, Mode, Motion, MotionKind};
use crate::rig::{Drive, Joints, Pose, Profile, Sweep};
use crate::schedule::{Halt, HaltKind};

/// Where the axes stand and where the needle then is.
type Place = (Joints, Pose);

/// Takes down motions one after the other.
#[derive(Debug)]
pub(super) struct Tape<'a> {
    profile: &'a Profile,
    /// Whether there is a drive to switch.
    switches: bool,
    at: Joints,
    patches: u32,
    patch: u32,
    pub(super) motions: Vec<Motion>,
}

impl<'a> Tape<'a> {
    /// Starts at a place of rest.
    pub(super) fn new(profile: &'a Profile, mode: Mode, place: Place, halts: &[Halt], dots: usize) -> Self {
        let patches = halts.iter().filter(|halt| halt.kind == HaltKind::Registration).count() as u32;
        let switches = mode == Mode::Treat && profile.drive != Drive::Plunge;
        let motions = Vec::with_capacity(4 * dots + 8);
        let mut tape = Self { profile, switches, at: place.0, patches, patch: 0, motions };
        tape.push(MotionKind::Start, place, None);
        tape
    }

    pub(super) fn push(&mut self, kind: MotionKind, (joints, pose): Place, dot: Option<u32>) {
        let least_s = match kind {
            MotionKind::Travel | MotionKind::Approach => slowed_s(self.profile, &self.at, &joints),
            _ => None,
        };
        self.at = joints;
        self.motions.push(Motion { kind, joints, pose, least_s, dot });
    }

    /// What is to be done at a place of rest before a dot; then the needle runs.
    pub(super) fn halt(&mut self, place: Place, halts: &[Halt], dot: Option<u32>) {
        for halt in halts {
            self.push(MotionKind::Halt(halt.kind), place, dot);
            if halt.kind == HaltKind::Registration {
                self.patch += 1;
                let message = Message::Patch { number: self.patch, of: self.patches };
                self.push(MotionKind::Message(message), place, dot);
            }
        }
        if self.switches {
            self.push(MotionKind::NeedleOn, place, None);
        }
    }

    /// The needle stops where it is.
    pub(super) fn needle_off(&mut self, place: Place) {
        if self.switches {
            self.push(MotionKind::NeedleOff, place, None);
        }
    }
}

/// How long a move has to take so that the tip keeps to the cap; `None` where the axes are no faster than that anyway.
pub(super) fn slowed_s(profile: &Profile, from: &Joints, to: &Joints) -> Option<f64> {
    let least_s = Sweep::new(profile, from, to).tip_mm() / profile.speeds.cap_mm_s;
    (slowest_s(profile, from, to) < least_s).then_some(least_s)
}
