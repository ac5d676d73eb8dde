use super::grbl;
use crate::gcode::post::Post;

/// grblHAL with rotary axes: the words of grbl 1.1. Mixed moves are slowed in inverse time (`G93`), as its feed per
/// minute adds degrees to millimetres. `M6` is left to profiles: what it moves depends on `$341`.
pub(in crate::gcode) const POST: Post = Post {
    optional_pause: Some("M1"),
    message: Some(("(MSG,", ")")),
    advice: &[
        "set $1=255: times count on motors that hold while they stand",
        "feed hold does not stop the needle drive: wire the safety door",
        "dwell is rounded up to 50 ms. switch soft limits on, $20 and $40",
        "joint positions: no tool-centre-point option, $701 as it comes",
    ],
    ..grbl::POST
};
