use crate::gcode::post::{Contact, DwellUnit, Outputs, Post, Rapids, Slowing};

/// grbl 1.1. Lines are limited to 80 characters without blanks and comments. It has no `M6` and shows no messages: a tool is
/// changed at an `M0`.
pub(in crate::gcode) const POST: Post = Post {
    modal: &["G21 G90 G94 G17 G40 G49 G54 G92.1"],
    modal_motion: true,
    rapids: Rapids::AxisLimits,
    slowing: Slowing::InverseTime,
    dwell: DwellUnit::Seconds,
    outputs: Outputs::OnOff,
    settle: None,
    pause: "M0",
    message: None,
    end: "M2",
    numbering: None,
    optional_pause: None,
    contact: Some(Contact::Relative),
    advice: &[
        "set $1=255: times count on motors that hold while they stand",
        "feed hold does not stop the needle drive: wire the safety door",
        "dwell is rounded up to 50 ms. check with $C before the run",
    ],
};
