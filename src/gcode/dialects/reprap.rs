use super::marlin;
use crate::gcode::post::{Outputs, Post, Slowing};

/// `RepRapFirmware` 3.5 and later, switched to its CNC mode (`M453`), in which places beyond the travel are errors.
/// There `G0` is as fast as the axes can; in the printer's mode it keeps the feed in force, so that each names its own.
/// `M0` ends the job, `M226` pauses it.
pub(in crate::gcode) const POST: Post = Post {
    modal: &["M453", "G21", "G90", "G94", "G54", "M220 S100"],
    slowing: Slowing::InverseTime,
    outputs: Outputs::Value(1),
    pause: "M226",
    end: "M0",
    advice: &[
        "run it from a file: M226 pauses no other source",
        "rotary axes made with M584 and R1, home all axes first",
        "stop.g, pause.g and resume.g must not move: they run at stops",
        "a pause does not stop the needle drive",
    ],
    ..marlin::POST
};
