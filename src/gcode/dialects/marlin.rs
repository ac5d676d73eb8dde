use crate::gcode::post::{DwellUnit, Outputs, Post, Rapids, Slowing, Turning};

/// Marlin 2.1. One command a line, in capitals. `G0` keeps the feed in force, and outputs are switched ahead of the motion unless it is
/// waited for (`M400`). Words that it does not know and places beyond the travel are passed over without an error. Its longest line is 96.
pub(in crate::gcode) const POST: Post = Post {
    modal: &["G21", "G90", "M220 S100"],
    modal_motion: false,
    rapids: Rapids::OwnFeed,
    slowing: Slowing::Feed(Turning::Norm),
    dwell: DwellUnit::Milliseconds,
    outputs: Outputs::Value(255),
    settle: Some("M400"),
    pause: "M0",
    message: Some(("M117 ", "")),
    end: "M400",
    numbering: Some("M110 N0"),
    optional_pause: None,
    contact: None,
    advice: &[
        "home all axes first: places beyond the travel of a homed axis are",
        "cut off without a word, those of an axis not homed are driven to",
        "stops need a display or EMERGENCY_PARSER, M0 is passed over else",
        "rotary axes in degrees, with these letters in AXIS4_NAME and on",
        "a host that pauses does not stop the needle drive",
    ],
};
