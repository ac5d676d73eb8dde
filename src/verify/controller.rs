//! What each family of controllers makes of words, as far as programs need it: read in their sources and manuals, not in the
//! code that writes programs.

use crate::rig::Dialect;

/// How a controller reads.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is one trait of a controller, independent of the others")]
pub(super) struct Controller {
    /// What a program has to set before it moves, each the only one of its group that is allowed.
    pub(super) modes: &'static [&'static str],
    /// Whether a line may hold several commands, a motion word stays in force, and text in brackets is a comment.
    pub(super) block_language: bool,
    /// Whether there are commands with names, `NAME KEY=value`.
    pub(super) named_commands: bool,
    /// Words in brackets that are shown to the operator.
    pub(super) shows_brackets: bool,
    /// Whether `G0` moves at the feed in force.
    pub(super) rapids_at_feed: bool,
    /// Whether an `F` beside `G0` is passed over, and what is in force afterwards is not sure.
    pub(super) rapids_pass_feed: bool,
    /// Whether there is inverse time, `G93`.
    pub(super) inverse_time: bool,
    /// Whether the feed of rotary axes alone is that of the farthest turn instead of the root of the sum of squares.
    pub(super) feeds_farthest: bool,
    /// Unit of `G4 P`, s, and whether it has to be a whole number.
    pub(super) dwell_unit_s: f64,
    pub(super) whole_dwells: bool,
    /// Value of an output that is on, for `M42` and `M106`; none where outputs are switched by `M64` and `M65`.
    pub(super) full: Option<f64>,
    /// Whether outputs are switched and stops made ahead of the motion, unless `M400` stands before.
    pub(super) runs_ahead: bool,
    /// What stops until the operator goes on.
    pub(super) pauses: &'static str,
    /// What ends a program; none where the text just ends, once all motion is waited for with `M400`.
    pub(super) ends: &'static [&'static str],
    /// Whether numbered lines have checksums.
    pub(super) checksums: bool,
    /// What stops only where the operator's switch for optional stops is on.
    pub(super) optional_stop: Option<&'static str>,
    /// How a stroke can count from where `G38.2` has touched; none where a probe that touches nothing would not end the program.
    pub(super) contact: Option<Contact>,
}

/// How a move counts from the place where a probe has touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contact {
    /// By `G91` from where the axes have come to rest.
    Relative,
    /// By the parameters `#5061` to `#5063`, the touch itself.
    Parameters,
}

/// Plane XY, mm, no radius compensation, no tool length, first work offset, absolute, feed per minute, and no shift of the
/// zero left over (`G92.1`).
const GRBL: Controller = Controller {
    modes: &["G17", "G21", "G40", "G49", "G54", "G90", "G94", "G92.1"],
    block_language: true,
    named_commands: false,
    shows_brackets: false,
    rapids_at_feed: false,
    rapids_pass_feed: false,
    inverse_time: true,
    feeds_farthest: false,
    dwell_unit_s: 1.0,
    whole_dwells: false,
    full: None,
    runs_ahead: false,
    pauses: "M0",
    ends: &["M2", "M30"],
    checksums: false,
    // grbl reads M1 and passes over it.
    optional_stop: None,
    contact: Some(Contact::Relative),
};
const FLUIDNC: Controller = Controller { shows_brackets: true, ..GRBL };
const GRBLHAL: Controller = Controller { optional_stop: Some("M1"), ..FLUIDNC };
/// LinuxCNC needs besides: exact path, and no canned cycle.
const LINUXCNC: Controller = Controller {
    modes: &["G17", "G21", "G40", "G49", "G54", "G61", "G80", "G90", "G94", "G92.1"],
    shows_brackets: true,
    optional_stop: Some("M1"),
    contact: Some(Contact::Parameters),
    ..GRBL
};
const MARLIN: Controller = Controller {
    // What an earlier job has left of a speed factor would multiply every feed.
    modes: &["G21", "G90", "M220"],
    block_language: false,
    rapids_at_feed: true,
    inverse_time: false,
    dwell_unit_s: 0.001,
    full: Some(255.0),
    runs_ahead: true,
    ends: &[],
    checksums: true,
    contact: None,
    ..GRBL
};
const KLIPPER: Controller = Controller {
    modes: &["G21", "G90", "SET_GCODE_OFFSET", "M220"],
    named_commands: true,
    feeds_farthest: true,
    full: None,
    runs_ahead: false,
    pauses: "PAUSE",
    checksums: false,
    ..MARLIN
};
/// In CNC mode (`M453`), which it has to be switched to.
const REPRAP: Controller = Controller {
    modes: &["M453", "G21", "G54", "G90", "G94", "M220"],
    rapids_at_feed: false,
    rapids_pass_feed: true,
    inverse_time: true,
    whole_dwells: true,
    full: Some(1.0),
    pauses: "M226",
    ends: &["M0"],
    ..MARLIN
};

impl Controller {
    pub(super) fn of(dialect: Dialect) -> &'static Self {
        match dialect {
            Dialect::Grbl => &GRBL,
            Dialect::Grblhal => &GRBLHAL,
            Dialect::Fluidnc => &FLUIDNC,
            Dialect::Marlin => &MARLIN,
            Dialect::Klipper => &KLIPPER,
            Dialect::Reprap => &REPRAP,
            Dialect::Linuxcnc => &LINUXCNC,
        }
    }
}
