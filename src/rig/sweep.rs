use super::kinematics::{Chain, carriage};
use super::{Joints, Profile, Rotaries};
use crate::geometry::{Point, Vector};

/// Upper bounds on what a move that is linear in the joints does to the tool as seen from the head.
///
/// A place that an axis turns moves by at most the angle times its distance from a place on the axis. Distances of the
/// tool from an axis of the head rest are largest at one of the ends of the move, as the carriage goes straight.
#[derive(Debug, Clone, Copy)]
pub struct Sweep {
    /// Way of X, Y and Z, mm.
    carried_mm: f64,
    /// Way of a plunge axis, mm.
    plunged_mm: f64,
    /// Turns of the nearer and the farther axis, rad.
    turns_rad: [f64; 2],
    /// Largest distances of the tip from places on them, mm.
    tip_arms_mm: [f64; 2],
    /// The same of any part of needle and holder, mm.
    tool_arms_mm: [f64; 2],
    /// By how much the rest turns, rad.
    rest_rad: f64,
}

impl Sweep {
    /// Of the move from one place to another.
    pub fn new(profile: &Profile, from: &Joints, to: &Joints) -> Self {
        let [start, end] = [from, to].map(|joints| carriage(profile, joints));
        let mut sweep = Self {
            carried_mm: (end - start).norm(),
            plunged_mm: (profile.plunged_mm(to) - profile.plunged_mm(from)).abs(),
            turns_rad: [0.0; 2],
            tip_arms_mm: [0.0; 2],
            tool_arms_mm: [0.0; 2],
            rest_rad: 0.0,
        };
        let (Some(near), Some(Chain { near: near_hinge, far: far_hinge, .. })) =
            (profile.kinematics.near_axis(), Chain::new(profile, profile.turns_at_zero()))
        else {
            return sweep;
        };
        let turn = |index: usize| (to.turns()[index] - from.turns()[index]).abs().to_radians();
        sweep.turns_rad = [turn(near), turn(1 - near)];
        let (near, far) = (near_hinge.centre, far_hinge.centre);
        let arms = |reach_mm: f64| {
            let on_needle = [0.0, reach_mm].map(|height_mm| Point::origin() + Vector::z() * height_mm);
            let longest = |centre: &Point| on_needle.iter().map(|p| (p - centre).norm()).fold(0.0, f64::max);
            let carried = |p: Vector| [start, end].map(|at| (at + p).coords.norm()).into_iter().fold(0.0, f64::max);
            match profile.rotaries {
                Rotaries::HeadHead => [longest(&far) + (far - near).norm(), longest(&far)],
                Rotaries::HeadTable => [carried(far - near) + longest(&far), longest(&far)],
                Rotaries::TableTable => {
                    let from_far = carried(-far.coords) + reach_mm;
                    [from_far + (far - near).norm(), from_far]
                }
            }
        };
        sweep.tip_arms_mm = arms(0.0);
        sweep.tool_arms_mm = arms(profile.holder.end_mm());
        sweep.rest_rad = match profile.rotaries {
            Rotaries::HeadHead => 0.0,
            Rotaries::HeadTable => sweep.turns_rad[0],
            Rotaries::TableTable => sweep.turns_rad.iter().sum(),
        };
        sweep
    }

    /// Longest way of the tip, mm.
    pub fn tip_mm(&self) -> f64 {
        let turned_mm: f64 = self.turns_rad.iter().zip(&self.tip_arms_mm).map(|(turn, arm)| turn * arm).sum();
        self.carried_mm + self.plunged_mm + turned_mm
    }

    /// Fastest that the tip may be while each axis goes at the speed given for it (mm/s, degrees/s), wherever within their travel the axes
    /// stand, mm/s.
    pub fn tip_mm_s_anywhere(profile: &Profile, speed: impl Fn(usize) -> f64) -> f64 {
        // The carriage is farthest from any place in one of the corners of its travel.
        let at_corner = |corner: usize| {
            let from = Joints::of_axes(profile.axes.len(), |index| {
                let axis = &profile.axes[index];
                if index >= Joints::LINEAR {
                    axis.zero
                } else if corner & (1 << index) == 0 {
                    axis.min
                } else {
                    axis.max
                }
            });
            let turned = from.map(|axis, at| if axis < Joints::LINEAR { at } else { at + speed(axis) });
            Self::new(profile, &from, &turned).tip_mm()
        };
        let turned_mm_s = (0..1 << Joints::LINEAR).map(at_corner).fold(0.0, f64::max);
        let carried_mm_s = (0..Joints::LINEAR).map(|axis| speed(axis).powi(2)).sum::<f64>().sqrt();
        carried_mm_s + turned_mm_s
    }

    /// Largest acceleration of any part of needle and holder while the move takes a unit of time, mm: a piece of the move
    /// that takes the share `s` of it leaves its chord by at most an eighth of this times `s²`.
    ///
    /// It is that of the turns, of turning while moving on in a rest that turns, and of pushing out a needle that turns.
    pub fn bend_mm(&self) -> f64 {
        let turn: f64 = self.turns_rad.iter().sum();
        let arm_mm = self.tool_arms_mm.iter().copied().fold(0.0, f64::max);
        arm_mm * turn.powi(2) + 2.0 * (self.rest_rad * self.carried_mm + turn * self.plunged_mm)
    }
}
