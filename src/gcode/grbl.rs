use super::post::Post;

/// grbl 1.1. Lines are limited to 80 characters without blanks and comments; canned cycles do not exist.
pub(super) const POST: Post = Post {
    name: "grbl",
    modal: "G21 G90 G94 G17 G40 G49 G54 G92.1",
    end: "M2",
    advice: &[
        "feed hold does not stop the needle drive: wire the safety door",
        "dwell is rounded up to 50 ms. check with $C before the run",
    ],
};
