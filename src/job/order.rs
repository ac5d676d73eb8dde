//! In which order the dots of a program are visited.

use std::sync::atomic::{AtomicU32, Ordering};

use super::progress::Progress;
use crate::error::Result;
use crate::geometry::{Placement, Point, Vector};
use crate::plan::OrderFigures;
use crate::rig::{HopTime, Pose, Profile};
use crate::route::{self, Cost, EuclideanCost};
use crate::schedule::{Reached, Target};

/// Dots of one program.
pub(super) type Members = [(Target, Reached)];

/// An order of members by number, found for the rig's time, and one found for length.
#[derive(Debug)]
pub(super) struct Orders {
    /// For the rig's time, then for length.
    pub(super) found: [Vec<u32>; 2],
    /// Length of the tour from which the order of least length was improved, mm.
    pub(super) start_tour_mm: f64,
    serpentine: Vec<u32>,
    points: Vec<Point>,
    hop_time: HopTime,
}

impl Orders {
    /// Searches the one of least length, and from there the one for the rig's time, which comes sooner and never lasts longer.
    pub(super) fn find(
        members: &Members,
        profile: &Profile,
        mesh_to_rig: &Placement,
        seed: u64,
        shares: [&(dyn Fn(f64) + Sync); 2],
    ) -> Result<Self> {
        let points: Vec<Point> = members.iter().map(|(target, _)| target.position).collect();
        let above: Vec<Pose> = members.iter().map(|member| above(member, profile, mesh_to_rig)).collect();
        let hop_time = HopTime::new(profile, &above);
        let (by_length, serpentine) = rayon::join(
            || search(&points, &EuclideanCost::new(&points), seed, None, shares[1]),
            || route::serpentine(&points),
        );
        let by_length = by_length?;
        let by_time = search(&points, &hop_time, seed, Some(&by_length.order), shares[0])?;
        Ok(Self {
            start_tour_mm: by_length.start_length,
            found: [by_time.order, by_length.order],
            serpentine,
            points,
            hop_time,
        })
    }

    /// The order in which the members stand, as both.
    pub(super) fn kept(members: &Members, profile: &Profile, mesh_to_rig: &Placement) -> Self {
        let points: Vec<Point> = members.iter().map(|(target, _)| target.position).collect();
        let above: Vec<Pose> = members.iter().map(|member| above(member, profile, mesh_to_rig)).collect();
        let order: Vec<u32> = (0..).take(members.len()).collect();
        Self {
            start_tour_mm: 0.0,
            found: [order.clone(), order],
            serpentine: route::serpentine(&points),
            hop_time: HopTime::new(profile, &above),
            points,
        }
    }

    /// What the two orders and the serpentine cost over those members that are struck.
    pub(super) fn figures(&self, is_struck: impl Fn(u32) -> bool) -> [OrderFigures; 3] {
        let euclidean = EuclideanCost::new(&self.points);
        [&self.found[0], &self.found[1], &self.serpentine].map(|order| {
            let struck: Vec<u32> = order.iter().copied().filter(|&member| is_struck(member)).collect();
            OrderFigures {
                length_mm: route::length(&euclidean, &struck, false),
                hops_s: route::length(&self.hop_time, &struck, false),
                travel_s: None,
            }
        })
    }
}

/// The needle above a dot, in the rig's frame.
fn above((target, reached): &(Target, Reached), profile: &Profile, mesh_to_rig: &Placement) -> Pose {
    let needle: Vector = mesh_to_rig.direction(&reached.needle).normalize();
    Pose { tip: mesh_to_rig.point(&target.position), needle }.drawn_back(profile.approach_mm)
}

fn search(
    points: &[Point],
    cost: &impl Cost,
    seed: u64,
    start: Option<&[u32]>,
    share: &(dyn Fn(f64) + Sync),
) -> Result<route::Tour> {
    let report = |at: route::Progress| {
        if let Some(budget) = at.budget.filter(|&budget| budget > 0) {
            share(at.kicks as f64 / budget as f64);
        }
    };
    let progress = Some(&report as _);
    // A wide search takes twice as long, and saves a few seconds of the hours for which the machine runs.
    let options = route::Options {
        breadth: route::Breadth::Narrow,
        seed,
        start,
        progress,
        serpentine: false,
        ..route::Options::default()
    };
    route::solve(points, cost, &options)
}

/// How far several searches have come together.
pub(super) struct Shares<'a> {
    progress: &'a dyn Progress,
    permille: Vec<AtomicU32>,
}

impl<'a> Shares<'a> {
    pub(super) fn new(progress: &'a dyn Progress, searches: usize) -> Self {
        Self { progress, permille: (0..searches).map(|_| AtomicU32::new(0)).collect() }
    }

    pub(super) fn tell(&self, search: usize, share: f64) {
        if let Some(own) = self.permille.get(search) {
            own.store((share * 1e3) as u32, Ordering::Relaxed);
        }
        let sum: u32 = self.permille.iter().map(|own| own.load(Ordering::Relaxed)).sum();
        self.progress.fraction(f64::from(sum) / 1e3 / self.permille.len() as f64);
    }
}
