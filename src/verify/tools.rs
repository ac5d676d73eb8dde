use std::collections::BTreeMap;

use crate::plan::{Block, Plan};
use crate::rig::{Direction, Kinematics, Profile, Rotaries};

/// The kind of stop at which another tool is put in.
const CHANGE: &str = "tool-change";
/// How the comment before a stop for another tool begins; the number follows.
const MARK: &str = "; stop: tool-change tool=";

/// The tool of which a line says that it is put in next.
pub(super) fn named(line: &str) -> Option<u32> {
    line.strip_prefix(MARK)?.split(' ').next()?.parse().ok()
}

/// The rig with each tool of a plan, by number. A needle that is so much longer reaches so much farther from wherever it is held: what holds it
/// stands higher over its tip, and Z with it.
pub(super) fn rigs(plan: &Plan) -> BTreeMap<u32, Profile> {
    let rig = |longer_mm: f64| {
        let mut rig = plan.rig.clone();
        let is_held_by_pivot = rig.kinematics != Kinematics::Xyz && rig.rotaries != Rotaries::TableTable;
        let lengths = [&mut rig.holder.from_tip_mm, &mut rig.holder.to_tip_mm, &mut rig.pivot_to_tip_mm];
        lengths.into_iter().take(if is_held_by_pivot { 3 } else { 2 }).for_each(|length_mm| *length_mm += longer_mm);
        if let Some(body) = &mut rig.holder.body {
            body.to_tip_mm += longer_mm;
        }
        for axis in rig.axes.iter_mut().filter(|axis| axis.letter == 'Z') {
            axis.zero += if axis.direction == Direction::Negative { -longer_mm } else { longer_mm };
        }
        rig
    };
    plan.case.tools.iter().map(|tool| (tool.number, rig(tool.longer_mm))).collect()
}

/// Which tool is in.
#[derive(Debug)]
pub(super) struct InHolder {
    tool: u32,
    /// The one that the next stop is for.
    next: Option<u32>,
}

impl InHolder {
    pub(super) fn new(block: &Block) -> Self {
        Self { tool: block.tool, next: None }
    }

    pub(super) fn tool(&self) -> u32 {
        self.tool
    }

    /// The tool is named that the next stop is for.
    pub(super) fn name(&mut self, tool: u32) {
        self.next = Some(tool);
    }

    /// A stop of the plan, of that kind, before a dot that is made with the tool `due`. What is wrong with it.
    pub(super) fn stop(&mut self, kind: &str, due: u32) -> Option<String> {
        match (kind == CHANGE, self.next.take()) {
            (true, Some(tool)) => {
                self.tool = tool;
                (tool != due).then(|| format!("tool {tool} is put in where the plan has tool {due}"))
            }
            (true, None) => Some(format!("a stop for tool {due} that names none")),
            (false, Some(tool)) => Some(format!("tool {tool} is named for a stop that changes none")),
            (false, None) => None,
        }
    }
}
