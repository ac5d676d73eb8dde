use std::f64::consts::SQRT_2;

use super::block::tip_limit;
use super::look_ahead::circle;
use crate::rig::{Dialect, Joints, Profile};

/// What a family of controllers does between two moves, and with a wait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MotionRules {
    /// How fast a corner is taken.
    pub corners: Corners,
    /// Whom the limits of the linear axes bind.
    pub limits: Limits,
    /// Share of the tip's acceleration, 0 to 1, that is not used to run up to a peak and down again: short moves to and
    /// fro shake less (Klipper's `minimum_cruise_ratio`).
    pub cruise_share: f64,
    /// Largest change of acceleration by axis, mm/s³ or degrees/s³; none for constant acceleration.
    pub jerk: Option<Joints>,
    /// Waits are rounded up to a multiple of this, s; 0 where they are not.
    pub dwell_step_s: f64,
    /// What each standstill takes besides, s: the settling of grbl's `$1` where the motors are let go.
    pub standstill_s: f64,
}

/// How fast a controller passes from one move to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Corners {
    /// It stops at the end of every move.
    Stop,
    /// As fast as a circle may be run that touches both moves and leaves the corner by so much, over all axes: grbl and
    /// Marlin.
    Deviation {
        /// Distance of the circle from the corner, mm.
        deviation_mm: f64,
    },
    /// The same over the linear axes, with the deviation that gives this speed at a right angle, no circle longer than
    /// half of a move, and a largest sudden change of speed of the rotary axes: Klipper.
    Square {
        /// Speed at a right angle, mm/s.
        speed_mm_s: f64,
        /// Largest sudden change of a rotary axis, degrees/s (`instantaneous_corner_velocity`).
        rotary_deg_s: f64,
    },
}

/// Whom the limits of the linear axes bind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// Each axis its own.
    EachAxis,
    /// The tip as a whole that of the slower of X and Y, and Z its own besides: Klipper's `max_velocity`, `max_accel`.
    Tip,
}

/// A right angle between a hop and a stroke, rounded by a circle that all axes run.
#[derive(Debug, Clone, Copy)]
pub(in crate::rig) struct StrokeCorner {
    /// Of a circle that the slower of the two moves' accelerations would hold, mm.
    radius: f64,
    /// Acceleration of the stroke in any direction, mm/s².
    acceleration: f64,
}

impl StrokeCorner {
    /// How long a hop with this acceleration along its way, over all axes, takes to speed up to the corner's speed, s.
    #[inline]
    pub(in crate::rig) fn enter_s(&self, acceleration: f64) -> f64 {
        (self.radius * acceleration.min(self.acceleration)).sqrt() / acceleration
    }
}

impl MotionRules {
    /// grbl 1.1 with its default junction deviation (`$11`), motors always on (`$1=255`) and waits in steps of
    /// `DWELL_TIME_STEP`.
    pub const GRBL: Self = Self {
        corners: Corners::Deviation { deviation_mm: 0.01 },
        limits: Limits::EachAxis,
        cruise_share: 0.0,
        jerk: None,
        dwell_step_s: 0.05,
        standstill_s: 0.0,
    };
    /// LinuxCNC in exact-path mode (`G61`) with a servo cycle of 1 ms: one and a half of them are lost at each end.
    pub const LINUXCNC: Self = Self { corners: Corners::Stop, dwell_step_s: 0.0, standstill_s: 0.0015, ..Self::GRBL };
    /// Marlin 2.1 with its default `JUNCTION_DEVIATION_MM` and without `S_CURVE_ACCELERATION`.
    pub const MARLIN: Self =
        Self { corners: Corners::Deviation { deviation_mm: 0.013 }, dwell_step_s: 0.0, ..Self::GRBL };
    /// Klipper with its default `square_corner_velocity`, `minimum_cruise_ratio` and `instantaneous_corner_velocity`.
    pub const KLIPPER: Self = Self {
        corners: Corners::Square { speed_mm_s: 5.0, rotary_deg_s: 1.0 },
        limits: Limits::Tip,
        cruise_share: 0.5,
        dwell_step_s: 0.0,
        ..Self::GRBL
    };

    /// The rules of a profile's controller. A profile that names jerk or junction deviation replaces them here.
    pub fn of(profile: &Profile) -> Self {
        let mut rules = Self::of_dialect(profile.dialect);
        if let Some(deviation_mm) = profile.junction_deviation_mm {
            rules.corners = Corners::Deviation { deviation_mm };
        }
        if profile.axes.iter().any(|axis| axis.max_jerk.is_some()) {
            let jerk = |axis: usize| profile.axes.get(axis).and_then(|axis| axis.max_jerk).unwrap_or(f64::INFINITY);
            rules.jerk = Some(Joints::of_axes(profile.axes.len(), jerk));
        }
        rules
    }

    pub(super) fn of_dialect(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Grbl | Dialect::Grblhal => Self::GRBL,
            Dialect::Fluidnc => Self { dwell_step_s: 0.0, ..Self::GRBL },
            // RepRapFirmware's corners (M566) are near to Marlin's, and strikes are stops on both.
            Dialect::Marlin | Dialect::Reprap => Self::MARLIN,
            Dialect::Klipper => Self::KLIPPER,
            Dialect::Linuxcnc => Self::LINUXCNC,
        }
    }

    /// Where the limits bind the tip as a whole: its speed, its acceleration, and what is left of that for moves without
    /// cruise; mm and s.
    pub(in crate::rig) fn tip_limits(&self, profile: &Profile) -> Option<[f64; 3]> {
        let acceleration = tip_limit(profile, |axis| axis.max_acceleration);
        let calm = acceleration * (1.0 - self.cruise_share);
        (self.limits == Limits::Tip).then(|| [tip_limit(profile, |axis| axis.max_speed), acceleration, calm])
    }

    /// The corner between a hop and a stroke, where corners are rounded by a deviation.
    pub(in crate::rig) fn stroke_corner(&self, profile: &Profile) -> Option<StrokeCorner> {
        let Corners::Deviation { deviation_mm } = self.corners else { return None };
        let linear = profile.axes.iter().take(Joints::LINEAR).map(|axis| axis.max_acceleration);
        // Both moves have a share of 1 / sqrt(2) in the acceleration along the bisector.
        let radius = SQRT_2 * deviation_mm * circle(0.0);
        Some(StrokeCorner { radius, acceleration: linear.fold(f64::INFINITY, f64::min) })
    }

    /// How long the controller waits when asked to wait `dwell_s`, s.
    pub fn wait_s(&self, dwell_s: f64) -> f64 {
        if self.dwell_step_s == 0.0 {
            return dwell_s;
        }
        // A millionth of a step forgives the decimal that has no exact binary form.
        (dwell_s / self.dwell_step_s - 1e-6).ceil().max(0.0) * self.dwell_step_s
    }
}
