use super::post::Post;

/// grblHAL with rotary axes: the words of grbl 1.1. Mixed moves are slowed in inverse time (`G93`), as its feed per
/// minute adds degrees to millimetres.
pub(super) const POST: Post = Post {
    name: "grblhal",
    modal: "G21 G90 G94 G17 G40 G49 G54 G92.1",
    end: "M2",
    advice: &[
        "feed hold does not stop the needle drive: wire the safety door",
        "dwell is rounded up to 50 ms. switch soft limits on, $20 and $40",
        "joint positions: no tool-centre-point option, $701 as it comes",
    ],
};
