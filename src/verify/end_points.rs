use std::collections::BTreeSet;

use super::action::{AXES, Action};
use super::controller::Controller;
use super::interpreter::{Machine, Reader};
use crate::rig::Profile;

/// Where a program takes the axes, for comparison with other interpreters: for each move its line, from 1, and the positions at its end in
/// the profile's order, mm and degrees, as far as the program has named them by then. A probe goes as far as it may.
///
/// Faults of the program are not told; see [`judge`](super::judge()). For rigs without hooks.
pub fn end_points(program: &str, rig: &Profile) -> Vec<(usize, [Option<f64>; AXES])> {
    let letters: Vec<char> = rig.axes.iter().map(|axis| axis.letter).take(AXES).collect();
    let (controller, own) = (Controller::of(rig.dialect), BTreeSet::new());
    let mut reader = Reader::new(Machine { controller, letters: &letters, drive: &rig.drive, own: &own });
    program.lines().zip(1..).for_each(|(line, number)| reader.read(number, line));
    let ends = reader.events.iter().filter_map(|event| match event.action {
        Action::Move { to, .. } | Action::Probe { to, .. } => Some((event.line, to)),
        _ => None,
    });
    ends.collect()
}
