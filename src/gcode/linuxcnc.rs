use super::post::Post;

/// LinuxCNC 2.8 and later. `G61` visits every point exactly; a program without `M2` is refused.
pub(super) const POST: Post = Post {
    name: "linuxcnc",
    modal: "G21 G90 G94 G17 G40 G49 G80 G54 G61 G92.1",
    end: "M2",
    advice: &[
        "joint positions for trivkins, no tool-centre-point module",
        "feed hold does not stop the needle: wire it to machine enable",
    ],
};
