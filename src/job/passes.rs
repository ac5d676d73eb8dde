//! One program of several passes, each with its tool.

use super::ways::Built;
use crate::plan::{OrderBy, OrderFigures, Orders};
use crate::rig::Profile;
use crate::schedule::{Halt, HaltKind};
use crate::toolpath::{Times, Toolpath};

/// What one tool strikes in a program.
pub(super) struct Pass {
    pub(super) tool: u32,
    pub(super) built: Built,
    pub(super) orders: Orders,
    pub(super) start_tour_mm: f64,
}

/// The motions of a program, the orders that were compared, and the length of the tour from which that of least length was improved, mm.
pub(super) type Program = (Built, Orders, f64);

/// The passes one after the other, each after a change of the tool; one without a change where there are no tools to change. None without a pass.
///
/// The orders of several passes are compared one by one, so that what is told as found for the rig's time is the better order of each.
pub(super) fn join(passes: Vec<Pass>, changes: bool, profile: &Profile) -> Option<Program> {
    if !changes {
        let Pass { built, orders, start_tour_mm, .. } = passes.into_iter().next()?;
        return Some((built, orders, start_tour_mm));
    }
    let (mut orders, mut start_tour_mm, mut travel_s) = (Orders::default(), 0.0, [0.0; 2]);
    let (mut stops, mut halts, mut lost) = (Vec::new(), Vec::new(), Vec::new());
    let (mut treat, mut air) = (Vec::new(), Vec::new());
    for Pass { tool, built, orders: own, start_tour_mm: start_mm } in passes {
        lost.extend(built.lost);
        if built.stops.is_empty() {
            continue;
        }
        let before = stops.len();
        halts.push(Halt { before, kind: HaltKind::ToolChange });
        halts.extend(built.halts.into_iter().map(|halt| Halt { before: before + halt.before, ..halt }));
        stops.extend(built.stops);
        treat.push((tool, built.treat));
        air.push((tool, built.air));
        add(&mut orders.rig_time, own.taken());
        add(&mut orders.length, &own.length);
        add(&mut orders.serpentine, &own.serpentine);
        travel_s = [travel_s[0] + built.travel_s[built.taken], travel_s[1] + built.travel_s[1]];
        start_tour_mm += start_mm;
    }
    orders.taken = OrderBy::RigTime;
    let [treat, air] = [treat, air].map(|paths| Toolpath::of_tools(paths, profile));
    let times = if stops.is_empty() { Times::default() } else { treat.times(profile) };
    Some((Built { taken: 0, travel_s, stops, halts, treat, air, times, lost }, orders, start_tour_mm))
}

fn add(sum: &mut OrderFigures, other: &OrderFigures) {
    sum.length_mm += other.length_mm;
    sum.hops_s += other.hops_s;
    sum.travel_s = other.travel_s.map(|travel_s| sum.travel_s.unwrap_or_default() + travel_s).or(sum.travel_s);
}
