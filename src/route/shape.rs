use std::sync::LazyLock;

/// Most edges that one move may exchange.
pub(super) const MAX_CUTS: usize = 5;

/// An edge of the tour that a move cuts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cut {
    /// The end that the move comes to.
    pub near: u32,
    /// The end that it goes on from.
    pub far: u32,
    /// Position of that end which comes first in the tour.
    pub at: u32,
    /// Whether `near` comes first.
    pub forward: bool,
}

/// What an unfinished move leaves of the tour: a path from the far end of its last cut to the near end of its first
/// one, and cycles apart from it.
///
/// From it follows at once which further cut closes the move to a tour again; nothing is tried out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    count: usize,
    /// Positions of the cuts in increasing order, `u32::MAX` where there are fewer. Piece `r` of the tour lies between
    /// cut `r - 1` and cut `r`.
    cuts: [u32; MAX_CUTS],
    /// Number of the pattern among those of as many cuts.
    pattern: usize,
}

/// What may be done with the two edges at a node: before it and behind it in the tour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    /// Whether the edge is cut already.
    pub cut: [bool; 2],
    /// Whether the path, joined to the node, becomes one tour with nothing left over when the edge is cut and its other
    /// end joined to the path's end.
    pub closes: [bool; 2],
}

impl Shape {
    const NONE: Self = Self { count: 0, cuts: [u32::MAX; MAX_CUTS], pattern: 0 };

    /// The shape after one cut.
    pub(super) fn of(cut: &Cut) -> Self {
        Self::NONE.and(cut)
    }

    /// The shape after these cuts, one to five, the near end of each joined to the far end of the one before.
    pub(super) fn after(cuts: &[Cut]) -> Self {
        cuts.iter().fold(Self::NONE, Self::and)
    }

    /// The shape after one more cut.
    #[inline]
    pub(super) fn and(mut self, cut: &Cut) -> Self {
        let mut slot = self.count;
        while slot > 0 && self.cuts[slot - 1] > cut.at {
            self.cuts[slot] = self.cuts[slot - 1];
            slot -= 1;
        }
        self.cuts[slot] = cut.at;
        self.count += 1;
        self.pattern = pattern_after(self.pattern, self.count, slot, cut.forward);
        self
    }

    /// Whether nothing lies apart from the path.
    pub(super) fn is_whole(&self) -> bool {
        self.pattern().on_path == self.count
    }

    /// The pieces of the path in order: between which two cuts each lies, and whether it runs against the tour.
    pub(super) fn path(&self) -> impl Iterator<Item = (u32, u32, bool)> {
        let pattern = self.pattern();
        pattern.entries[..pattern.on_path].iter().map(|&entry| {
            let rank = entry as usize / 2;
            (self.cuts[if rank == 0 { self.count } else { rank } - 1], self.cuts[rank], entry % 2 == 1)
        })
    }

    /// The two edges at the node at `position`; `before` is the position before it.
    #[inline]
    pub(super) fn around(&self, position: u32, before: u32) -> Around {
        let mut rank = 0;
        let mut cut = [false; 2];
        for at in self.cuts {
            rank += usize::from(at < position);
            cut[0] |= at == before;
            cut[1] |= at == position;
        }
        Around { cut, closes: self.pattern().closes[rank] }
    }

    #[inline]
    fn pattern(&self) -> &'static Pattern {
        &PATTERNS[self.count - 1][self.pattern]
    }
}

/// What follows from the order of the cuts in the tour and their directions alone.
#[derive(Debug, Clone, Copy, Default)]
struct Pattern {
    /// For an edge in each piece, as [`Around::closes`]. What lies behind the last cut belongs to piece 0.
    closes: [[bool; 2]; MAX_CUTS + 1],
    /// Ends at which the path enters its pieces one after another: of piece `r` the left one is `2 r`, the right one
    /// `2 r + 1`.
    entries: [u8; MAX_CUTS],
    /// Pieces on the path.
    on_path: usize,
}

/// All patterns of one cut, of two, and so on.
static PATTERNS: LazyLock<[Vec<Pattern>; MAX_CUTS]> = LazyLock::new(|| {
    let mut orders = vec![(Vec::new(), Vec::new())];
    std::array::from_fn(|earlier| {
        let longer = orders.iter().flat_map(|(order, forward): &(Vec<usize>, Vec<bool>)| {
            (0..=earlier).flat_map(move |slot| {
                [false, true].map(|last_forward| {
                    let (mut order, mut forward) = (order.clone(), forward.clone());
                    order.insert(slot, earlier);
                    forward.push(last_forward);
                    (order, forward)
                })
            })
        });
        orders = longer.collect();
        orders.iter().map(|(order, forward)| Pattern::new(order, forward)).collect()
    })
});

/// Number of the pattern with `count` cuts that comes of one with a cut less.
#[inline]
fn pattern_after(pattern: usize, count: usize, slot: usize, forward: bool) -> usize {
    (pattern * count + slot) * 2 + usize::from(forward)
}

const NONE: u8 = u8::MAX;

/// How the path runs through a piece.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Way {
    /// Not at all: the piece belongs to a cycle.
    #[default]
    Apart,
    /// As the tour does.
    Along,
    /// Against the tour.
    Against,
}

impl Pattern {
    /// `order` holds the cuts as they follow each other in the tour, `forward` what [`Cut`] says of each.
    fn new(order: &[usize], forward: &[bool]) -> Self {
        let count = order.len();
        let (mut near, mut far) = ([0_u8; MAX_CUTS], [0_u8; MAX_CUTS]);
        for (rank, &cut) in order.iter().enumerate() {
            let left = 2 * rank as u8 + 1;
            let right = if rank + 1 == count { 0 } else { left + 1 };
            (near[cut], far[cut]) = if forward[cut] { (left, right) } else { (right, left) };
        }
        let mut mate = [NONE; 2 * MAX_CUTS];
        for i in 1..count {
            mate[far[i - 1] as usize] = near[i];
            mate[near[i] as usize] = far[i - 1];
        }

        let mut pattern = Self::default();
        let mut way = [Way::Apart; MAX_CUTS];
        let mut entry = far[count - 1];
        while entry != NONE && pattern.on_path < count {
            pattern.entries[pattern.on_path] = entry;
            way[entry as usize / 2] = if entry % 2 == 0 { Way::Along } else { Way::Against };
            pattern.on_path += 1;
            entry = mate[entry as usize ^ 1];
        }
        let cycles = count_cycles(&way[..count], &mate);
        // A cycle is taken in wherever it is cut. What is on the path has to be cut on the side of the path's beginning.
        let closes = |way: &Way| match way {
            Way::Apart => [cycles == 1; 2],
            Way::Along => [cycles == 0, false],
            Way::Against => [false, cycles == 0],
        };
        for (piece, way) in way[..count].iter().chain(&way[..1]).enumerate() {
            pattern.closes[piece] = closes(way);
        }
        pattern
    }
}

fn count_cycles(way: &[Way], mate: &[u8; 2 * MAX_CUTS]) -> usize {
    let mut seen: Vec<bool> = way.iter().map(|&way| way != Way::Apart).collect();
    let mut cycles = 0;
    for piece in 0..way.len() {
        cycles += usize::from(!seen[piece]);
        let mut entry = 2 * piece as u8;
        while !std::mem::replace(&mut seen[entry as usize / 2], true) {
            entry = mate[entry as usize ^ 1];
        }
    }
    cycles
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Neighbours of every node when the edges of the tour 0, 1, 2, … are exchanged as the cuts say.
    fn exchanged(count: u32, cuts: &[Cut]) -> Vec<Vec<u32>> {
        let mut neighbours = vec![Vec::new(); count as usize];
        // Position `i + 1` holds node `i`.
        let kept = (1..=count).filter(|at| cuts.iter().all(|cut| cut.at != *at)).map(|at| (at - 1, at % count));
        let added = (0..cuts.len()).map(|i| (cuts[i].far, cuts[(i + 1) % cuts.len()].near));
        for (a, b) in kept.chain(added) {
            neighbours[a as usize].push(b);
            neighbours[b as usize].push(a);
        }
        neighbours
    }

    fn is_one_tour(neighbours: &[Vec<u32>]) -> bool {
        let mut seen = vec![false; neighbours.len()];
        let mut stack = vec![0];
        while let Some(node) = stack.pop() {
            if !std::mem::replace(&mut seen[node as usize], true) {
                stack.extend(&neighbours[node as usize]);
            }
        }
        seen.into_iter().all(|seen| seen)
    }

    fn cut(at: u32, forward: bool, count: u32) -> Cut {
        let (first, second) = (at - 1, at % count);
        if forward {
            Cut { near: first, far: second, at, forward }
        } else {
            Cut { near: second, far: first, at, forward }
        }
    }

    proptest! {
        #[test]
        fn a_cut_is_said_to_close_the_move_when_and_only_when_one_tour_is_left(
            count in 6_u32..24,
            places in proptest::sample::subsequence((1..=6_u32).collect::<Vec<_>>(), 1..=4).prop_shuffle(),
            ways in proptest::array::uniform5(any::<bool>()),
            stretch in 1_u32..5,
        ) {
            let at = |place: u32| (place * stretch - 1) % count + 1;
            let cuts: Vec<Cut> = places.iter().zip(ways).map(|(&place, way)| cut(at(place), way, count)).collect();
            let mut distinct: Vec<u32> = cuts.iter().map(|cut| cut.at).collect();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assume!(distinct.len() == cuts.len());
            let shape = Shape::after(&cuts);
            prop_assert_eq!(shape.is_whole(), is_one_tour(&exchanged(count, &cuts)));
            for position in 1..=count {
                let before = if position == 1 { count } else { position - 1 };
                let around = shape.around(position, before);
                for (side, at) in [before, position].into_iter().enumerate() {
                    prop_assert_eq!(around.cut[side], cuts.iter().any(|cut| cut.at == at));
                    if !around.cut[side] {
                        let longer: Vec<Cut> = cuts.iter().copied().chain([cut(at, side == 1, count)]).collect();
                        prop_assert_eq!(around.closes[side], is_one_tour(&exchanged(count, &longer)));
                    }
                }
            }
        }
    }
}
