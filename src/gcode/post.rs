//! What differs from one dialect to the next.

use crate::rig::{Dialect, Profile};

/// One dialect. Comments are `;` to the end of the line in all of them.
#[derive(Debug)]
pub(super) struct Post {
    /// All modal state that a program relies on, a line each.
    pub(super) modal: &'static [&'static str],
    /// Whether a motion word holds until another comes; else every move names its own.
    pub(super) modal_motion: bool,
    /// What a rapid needs to be one.
    pub(super) rapids: Rapids,
    /// How a travel is made to take longer than the axes need.
    pub(super) slowing: Slowing,
    /// Unit of `G4 P`.
    pub(super) dwell: DwellUnit,
    /// How a numbered output is switched.
    pub(super) outputs: Outputs,
    /// Waits until the machine stands, where a controller would switch or stop ahead of its motion.
    pub(super) settle: Option<&'static str>,
    /// Stops until the operator goes on.
    pub(super) pause: &'static str,
    /// What stands before and behind a text that is shown to the operator.
    pub(super) message: Option<(&'static str, &'static str)>,
    /// Ends the program.
    pub(super) end: &'static str,
    /// Sets the count of lines before a program whose lines are numbered and have checksums; none where numbers are not looked at.
    pub(super) numbering: Option<&'static str>,
    /// Stops only while the switch for optional stops is on; none where there is no such stop.
    pub(super) optional_pause: Option<&'static str>,
    /// How a stroke counts from the place where a probe has touched; none where a probe that touches nothing would not end the program.
    pub(super) contact: Option<Contact>,
    /// What the operator has to know about this controller.
    pub(super) advice: &'static [&'static str],
}

/// How a stroke counts from a touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contact {
    /// `G91`: from where the axes have come to rest.
    Relative,
    /// By the parameters in which the controller keeps the touch.
    Parameters,
}

/// What `G0` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rapids {
    /// As fast as the axes can.
    AxisLimits,
    /// At the feed in force: each names its own.
    OwnFeed,
}

/// How a travel is slowed down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slowing {
    /// `G93`: the move says how long it takes, whatever the axes that take part.
    InverseTime,
    /// By its feed, which is that of X, Y and Z; where none of them moves, that of the rotary axes as [`Turning`] says.
    Feed(Turning),
}

/// What the feed of a move of rotary axes alone counts, degrees per minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turning {
    /// The root of the sum of squares, as for lengths.
    Norm,
    /// The axis that turns farthest.
    Farthest,
}

/// Unit of a dwell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DwellUnit {
    /// With decimals.
    Seconds,
    /// Whole ones.
    Milliseconds,
}

/// How a numbered output is switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outputs {
    /// `M64 P…` on, `M65 P…` off.
    OnOff,
    /// `M42 P… S…` and for fans `M106 P… S…`, with this value for on and 0 for off.
    Value(u16),
}

impl Post {
    /// That of a profile's dialect.
    pub(super) fn of(profile: &Profile) -> &'static Self {
        use super::dialects::{fluidnc, grbl, grblhal, klipper, linuxcnc, marlin, reprap};
        match profile.dialect {
            Dialect::Grbl => &grbl::POST,
            Dialect::Grblhal => &grblhal::POST,
            Dialect::Fluidnc => &fluidnc::POST,
            Dialect::Marlin => &marlin::POST,
            Dialect::Klipper => &klipper::POST,
            Dialect::Reprap => &reprap::POST,
            Dialect::Linuxcnc => &linuxcnc::POST,
        }
    }
}
