use super::grbl;
use crate::gcode::post::{Contact, Post};

/// LinuxCNC 2.8 and later. `G61` visits every point exactly; a program without `M2` is refused. A tool is changed at an `M0`: where `M6`
/// drives to depends on the configuration, and `T` needs an entry in the tool table.
pub(in crate::gcode) const POST: Post = Post {
    modal: &["G21 G90 G94 G17 G40 G49 G80 G54 G61 G92.1"],
    optional_pause: Some("M1"),
    contact: Some(Contact::Parameters),
    message: Some(("(MSG,", ")")),
    advice: &[
        "joint positions for trivkins, no tool-centre-point module",
        "feed hold does not stop the needle: wire it to machine enable",
    ],
    ..grbl::POST
};
