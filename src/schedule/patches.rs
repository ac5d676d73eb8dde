use super::{Halt, HaltKind};

/// A patch may end earlier by this share of its dots where the needle goes to the service place anyway.
const EARLIER: f64 = 0.2;

/// What a program takes around one dot, s.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DotTime {
    /// Across from the dot before.
    pub hop_s: f64,
    /// Down, strike and back.
    pub strike_s: f64,
    /// From the service place, or to it: the needle switched, the way, the needle switched.
    pub service_s: f64,
}

/// Cuts an order into patches that take at most `most_s` each, from one registration to where the needle is back for the
/// next, the stops in between included; `halt_s` is what a stop takes. Patches are pieces of the order, so that what is
/// left after a break-off is its rest. A patch has one dot at least.
///
/// Returns the places in the order where patches begin, the first of which is 0. Where another stop is due shortly before
/// a patch is full, it ends there: one way for both.
pub fn patch_starts(dots: &[DotTime], halts: &[Halt], most_s: f64, halt_s: impl Fn(HaltKind) -> f64) -> Vec<usize> {
    let mut halted_s = vec![None; dots.len()];
    for halt in halts.iter().filter(|halt| halt.before < dots.len()) {
        *halted_s[halt.before].get_or_insert(0.0) += halt_s(halt.kind);
    }
    let mut starts = Vec::new();
    let mut at = 0;
    while at < dots.len() {
        starts.push(at);
        let mut since_s = dots[at].service_s + dots[at].strike_s;
        let mut end = at + 1;
        while let Some(dot) = dots.get(end) {
            let way_s = match halted_s[end] {
                Some(halt_s) => dots[end - 1].service_s + halt_s + dot.service_s,
                None => dot.hop_s,
            };
            since_s += way_s + dot.strike_s;
            if since_s + dot.service_s > most_s {
                break;
            }
            end += 1;
        }
        if end < dots.len() {
            let earliest = end - ((end - at) as f64 * EARLIER) as usize;
            end = (earliest.max(at + 1)..=end).rev().find(|&place| halted_s[place].is_some()).unwrap_or(end);
        }
        at = end;
    }
    starts
}
