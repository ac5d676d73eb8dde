use super::marlin;
use crate::gcode::post::{Post, Slowing, Turning};

/// Klipper. One command a line; outputs are switched in the order of the text. Moves of rotary axes alone are as long
/// as the farthest of them turns (`toolhead.py`). It knows no end of a program.
pub(in crate::gcode) const POST: Post = Post {
    modal: &["G21", "G90", "SET_GCODE_OFFSET X=0 Y=0 Z=0", "M220 S100"],
    slowing: Slowing::Feed(Turning::Farthest),
    settle: None,
    pause: "PAUSE",
    numbering: None,
    advice: &[
        "home all axes first, which also ends a G92 that is left over",
        "rotary axes: MANUAL_STEPPER STEPPER=name GCODE_AXIS=letter each",
        "needs pause_resume, display_status, and the pin as output_pin",
        "a pause does not stop the needle drive",
    ],
    ..marlin::POST
};
