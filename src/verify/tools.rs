use std::collections::BTreeMap;

use crate::plan::{Block, Plan};
use crate::rig::{Direction, Kinematics, Profile, Rotaries};

/// The kind of stop at which another tool is put in.
const CHANGE: &str = "tool-change";
/// How the comment before a stop for another tool begins; the number follows.
const MARK: &str = "; stop: tool-change tool=";
/// How what the operator reads there begins, as a message or as a comment; the number follows.
const MESSAGES: [&str; 3] = ["(MSG,put in tool ", "M117 put in tool ", "; put in tool "];

/// What a line says of the tool that is put in at the next stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// In the mark of the stop.
    Marked(u32),
    /// To the operator.
    Told(u32),
}

/// What a line says of a tool, if it does.
pub(super) fn named(line: &str) -> Option<Named> {
    let line = line.trim();
    let number = |rest: &str| rest.split([' ', ',']).next()?.parse().ok();
    let told = || MESSAGES.iter().find_map(|begin| line.strip_prefix(begin)).and_then(number).map(Named::Told);
    line.strip_prefix(MARK).and_then(number).map(Named::Marked).or_else(told)
}

/// The rig with each tool of a plan, by number. A needle that is so much longer reaches so much farther from wherever
/// it is held: what holds it stands higher over its tip, and Z with it.
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

/// Which tool is in. It changes at the stops of the plan alone: what is named there goes on being followed, as the
/// operator puts that in, and another one than the plan has is a fault.
#[derive(Debug)]
pub(super) struct InHolder {
    tool: u32,
    /// What was said of the tool that the next stop is for: in its mark, and to the operator.
    marked: Option<u32>,
    told: Option<u32>,
}

impl InHolder {
    pub(super) fn new(block: &Block) -> Self {
        Self { tool: block.tool, marked: None, told: None }
    }

    pub(super) fn tool(&self) -> u32 {
        self.tool
    }

    /// A line names a tool. Says whether one was named before.
    pub(super) fn name(&mut self, named: Named) -> bool {
        match named {
            Named::Marked(tool) => self.marked.replace(tool).is_some() || self.told.is_some(),
            Named::Told(tool) => self.told.replace(tool).is_some(),
        }
    }

    /// Something else than the stop for which a tool was named: forgets and returns that tool.
    pub(super) fn pass(&mut self) -> Option<u32> {
        let (marked, told) = (self.marked.take(), self.told.take());
        marked.or(told)
    }

    /// A stop of the plan, of that kind, before a dot that is made with the tool `due`; the operator has to be told
    /// unless the owner's lines do it. What is wrong with it.
    pub(super) fn stop(&mut self, kind: &str, due: u32, owners: bool) -> Option<String> {
        let (marked, told) = (self.marked.take(), self.told.take());
        if kind != CHANGE {
            return marked.or(told).map(|tool| format!("tool {tool} is named for a stop that changes none"));
        }
        let Some(marked) = marked else { return Some(format!("a stop for tool {due} that names none")) };
        self.tool = marked;
        if marked != due {
            return Some(format!("tool {marked} is put in where the plan has tool {due}"));
        }
        let wrong = if owners { told.is_some_and(|told| told != due) } else { told != Some(due) };
        wrong.then(|| format!("a stop for tool {due} of which the operator is not told"))
    }
}
