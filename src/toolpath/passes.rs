use super::heights::TravelHeights;
use super::tape::slowed_s;
use super::{Message, Motion, MotionKind, Swings, Toolpath};
use crate::rig::Profile;
use crate::schedule::HaltKind;

impl Toolpath {
    /// Several toolpaths, each from the park place back to it, one after the other, each with the tool of that number,
    /// which is put in at the park place before. Where the axes stand there with the next tool may differ, as that may
    /// be longer.
    pub fn of_tools(passes: Vec<(u32, Self)>, profile: &Profile) -> Self {
        let is_patch = |motion: &&Motion| matches!(motion.kind, MotionKind::Message(Message::Patch { .. }));
        let of = passes.iter().flat_map(|(_, pass)| &pass.motions).filter(is_patch).count() as u32;
        let mut all =
            Self { motions: Vec::new(), strikes: 0, heights: TravelHeights::default(), swings: Swings::default() };
        let mut patch = 0;
        for (tool, pass) in passes {
            let dot = pass.motions.iter().find_map(|motion| motion.dot);
            let mut motions = pass.motions.into_iter();
            let Some(start) = motions.next() else { continue };
            let last = all.motions.last().copied();
            if last.is_none() {
                all.motions.push(start);
            }
            let at = last.unwrap_or(start);
            let stays = |kind| Motion { kind, least_s: None, dot, ..at };
            all.motions.push(stays(MotionKind::Message(Message::Tool { number: tool })));
            all.motions.push(stays(MotionKind::Halt(HaltKind::ToolChange)));
            if at.joints != start.joints {
                let least_s = slowed_s(profile, &at.joints, &start.joints);
                all.motions.push(Motion { kind: MotionKind::Travel, least_s, dot: None, ..start });
            }
            all.motions.extend(motions.map(|motion| match motion.kind {
                MotionKind::Message(Message::Patch { .. }) => {
                    patch += 1;
                    Motion { kind: MotionKind::Message(Message::Patch { number: patch, of }), ..motion }
                }
                _ => motion,
            }));
            all.strikes += pass.strikes;
            all.heights += &pass.heights;
            all.swings = all.swings.and(&pass.swings);
        }
        all
    }
}
