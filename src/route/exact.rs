use super::Cost;

/// Cheapest closed tour over the nodes `0..count` by dynamic programming over subsets: M. Held, R. M. Karp, A dynamic
/// programming approach to sequencing problems, SIAM Journal 10 (1962). Starts with the last node.
///
/// Time and memory grow with `count² 2^count`: for a dozen nodes and at least one.
pub(super) fn tour(count: u32, cost: &impl Cost) -> Vec<u32> {
    let last = count - 1;
    let others = last as usize;
    // best[set][node]: cheapest way from the last node through the set, ending at a node of it; and the node before.
    let mut best = vec![(f64::INFINITY, u32::MAX); others << others];
    for node in 0..others {
        best[(1 << node) * others + node] = (cost.cost(last, node as u32), u32::MAX);
    }
    for set in 1_usize..1 << others {
        for to in (0..others).filter(|to| set & (1 << to) == 0) {
            let reached = (set | (1 << to)) * others + to;
            for from in (0..others).filter(|from| set & (1 << from) != 0) {
                let total = best[set * others + from].0 + cost.cost(from as u32, to as u32);
                if total < best[reached].0 {
                    best[reached] = (total, from as u32);
                }
            }
        }
    }
    let mut set = (1 << others) - 1;
    let total = |node: u32| best[set * others + node as usize].0 + cost.cost(node, last);
    let mut at = (0..last).min_by(|&a, &b| total(a).total_cmp(&total(b)));
    let mut order = vec![last];
    while let Some(node) = at {
        order.push(node);
        let before = best[set * others + node as usize].1;
        set &= !(1 << node);
        at = (before != u32::MAX).then_some(before);
    }
    order
}
