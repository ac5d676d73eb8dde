//! From an order of dots to motions that the rig can make, stops included.

use crate::case::Stops;
use crate::error::{Error, Result};
use crate::geometry::{Placement, Point, Vector};
use crate::mesh::SurfaceIndex;
use crate::rig::time::rapid_s;
use crate::rig::{Profile, with_tip};
use crate::schedule::{self, DotTime, Halt, HaltKind};
use crate::toolpath::{Blocked, BuildError, Mode, MotionKind, Stop, Times, Toolpath, build_with_halts};

/// Times that a toolpath is tried anew without the dots that were blocked.
const MOST_ROUNDS: usize = 16;
/// Times that patches are cut anew when one of them turned out to take too long.
const MOST_CUTS: usize = 6;

/// Builds the motions of one program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ways<'a> {
    pub(super) profile: &'a Profile,
    pub(super) stops: &'a Stops,
    pub(super) mesh_to_rig: &'a Placement,
    pub(super) scan: &'a SurfaceIndex,
}

/// The motions of one program.
#[derive(Debug)]
pub(super) struct Built {
    /// Which of the two orders is taken.
    pub(super) taken: usize,
    /// Travel time of each of the orders without stops, s.
    pub(super) travel_s: [f64; 2],
    /// The dots in the order that is taken.
    pub(super) stops: Vec<Stop>,
    pub(super) halts: Vec<Halt>,
    pub(super) treat: Toolpath,
    pub(super) air: Toolpath,
    /// Of the treatment.
    pub(super) times: Times,
    /// Dots to which nothing leads.
    pub(super) lost: Vec<Blocked>,
}

impl Ways<'_> {
    /// Toolpath and air run over that one of two orders whose program takes less time, the first where they are equal.
    /// Dots to which nothing leads are taken out and told; the others are tried again without them.
    pub(super) fn build(&self, mut orders: [Vec<Stop>; 2]) -> Result<Built> {
        let mut lost: Vec<Blocked> = Vec::new();
        for _ in 0..MOST_ROUNDS {
            let blocked = match self.attempt(&orders) {
                Ok(built) => return Ok(Built { lost, ..built }),
                Err(BuildError::Blocked(blocked)) => blocked,
                Err(BuildError::Rig(error)) => return Err(error),
            };
            for order in &mut orders {
                order.retain(|stop| !blocked.iter().any(|other| other.dot == stop.dot));
            }
            lost.extend(blocked);
        }
        Err(Error::from(&BuildError::Blocked(lost)))
    }

    /// Toolpath and air run over an order with its stops. Dots to which nothing leads are taken out and told.
    pub(super) fn along(&self, mut stops: Vec<Stop>, mut halts: Vec<Halt>) -> Result<Built> {
        let mut lost: Vec<Blocked> = Vec::new();
        for _ in 0..MOST_ROUNDS {
            let both = || {
                let treat = self.toolpath(&stops, &halts, Mode::Treat)?;
                Ok((treat, self.toolpath(&stops, &halts, Mode::Air)?))
            };
            let blocked = match both() {
                Ok((treat, air)) => {
                    let times = treat.times(self.profile);
                    let travel_s = [times.split.travel_s; 2];
                    return Ok(Built { taken: 0, travel_s, stops, halts, treat, air, times, lost });
                }
                Err(BuildError::Blocked(blocked)) => blocked,
                Err(BuildError::Rig(error)) => return Err(error),
            };
            let stays: Vec<bool> = stops.iter().map(|stop| blocked.iter().all(|other| other.dot != stop.dot)).collect();
            let left_before = |order: usize| stays[..order].iter().filter(|stays| **stays).count();
            for halt in &mut halts {
                halt.before = left_before(halt.before);
            }
            let mut keep = stays.iter();
            stops.retain(|_| keep.next().is_some_and(|stays| *stays));
            halts.retain(|halt| halt.before < stops.len());
            halts.dedup();
            lost.extend(blocked);
        }
        Err(Error::from(&BuildError::Blocked(lost)))
    }

    fn attempt(&self, orders: &[Vec<Stop>; 2]) -> Result<Built, BuildError> {
        let [first, second] = orders;
        let (first, second) =
            rayon::join(|| self.toolpath(first, &[], Mode::Treat), || self.toolpath(second, &[], Mode::Treat));
        let paths = [first?, second?];
        let times = [&paths[0], &paths[1]].map(|path| path.times(self.profile));
        let [time_s, other_s] = [&times[0], &times[1]].map(|times| times.split.motion_s());
        let taken = usize::from(other_s < time_s);
        let travel_s = [&times[0], &times[1]].map(|times| times.split.travel_s);

        let stops = orders[taken].clone();
        let ([path, other], [own_times, other_times]) = (paths, times);
        let (path, own_times) = if taken == 0 { (path, own_times) } else { (other, other_times) };
        let (halts, treat, times) = self.with_halts(&stops, path, own_times)?;
        let air = self.toolpath(&stops, &halts, Mode::Air)?;
        Ok(Built { taken, travel_s, stops, halts, treat, air, times, lost: Vec::new() })
    }

    fn toolpath(&self, stops: &[Stop], halts: &[Halt], mode: Mode) -> Result<Toolpath, BuildError> {
        build_with_halts(stops, halts, self.profile, self.mesh_to_rig, self.scan, mode)
    }

    /// The toolpath with all its stops. Patches are cut by an estimate of the ways to the service place, and cut smaller
    /// when the simulated time of one of them is too long after all.
    fn with_halts(
        &self,
        stops: &[Stop],
        path: Toolpath,
        times: Times,
    ) -> Result<(Vec<Halt>, Toolpath, Times), BuildError> {
        if !self.stops.any() {
            return Ok((Vec::new(), path, times));
        }
        let counted = schedule::counted(stops.len(), self.stops);
        let Some(most_s) = self.stops.max_minutes_between_registration.map(|minutes| minutes * 60.0) else {
            let treat = self.toolpath(stops, &counted, Mode::Treat)?;
            let times = treat.times(self.profile);
            return Ok((counted, treat, times));
        };
        let dots = self.dot_times(&path, times.dots);
        let halt_s = |kind: HaltKind| kind.seconds(&self.profile.stop_times);
        let mut aim_s = most_s;
        let mut cuts = 1;
        loop {
            let starts = schedule::patch_starts(&dots, &counted, aim_s, halt_s);
            let registrations = starts.iter().map(|&before| Halt { before, kind: HaltKind::Registration });
            let mut halts: Vec<Halt> = counted.iter().copied().chain(registrations).collect();
            halts.sort_unstable();
            let treat = self.toolpath(stops, &halts, Mode::Treat)?;
            let times = treat.times(self.profile);
            if times.longest_patch_s <= most_s || cuts == MOST_CUTS || starts.len() == dots.len() {
                return Ok((halts, treat, times));
            }
            aim_s *= 0.995 * most_s / times.longest_patch_s;
            cuts += 1;
        }
    }

    /// Times around the dots of a path without stops, with the straight way to the service place.
    fn dot_times(&self, path: &Toolpath, mut dots: Vec<DotTime>) -> Vec<DotTime> {
        let place = Point::from(Vector::from(self.profile.service_mm.unwrap_or(self.profile.park_mm)));
        let Ok(service) = with_tip(self.profile, &place, self.profile.turns_at_zero()) else { return dots };
        let above = path.motions.iter().filter(|motion| motion.kind == MotionKind::Retract);
        for (dot, motion) in dots.iter_mut().zip(above) {
            dot.service_s = self.profile.drive.spin_up_s() + rapid_s(self.profile, &motion.joints, &service);
        }
        dots
    }
}
