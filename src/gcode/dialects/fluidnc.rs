use super::grbl;
use crate::gcode::post::Post;

/// `FluidNC` 3 and later: the words of grbl 1.1 for up to six axes, waits to the millisecond. Mixed moves are slowed in
/// inverse time (`G93`), as its feed per minute adds degrees to millimetres. Its console takes 127 characters.
pub(in crate::gcode) const POST: Post = Post {
    message: Some(("(MSG,", ")")),
    advice: &[
        "idle_ms: 255 in config.yaml: times count on motors that hold",
        "soft_limits: true for every axis in config.yaml",
        "feed hold does not stop the needle drive: wire the safety door",
        "joint positions: Cartesian kinematics, rotary axes in degrees",
    ],
    ..grbl::POST
};
