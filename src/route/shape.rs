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
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shape {
    count: usize,
    /// Positions of the cuts in increasing order. Piece `r` lies between cut `r - 1` and cut `r`.
    cuts: [u32; MAX_CUTS],
    /// How the path runs through each piece.
    way: [Way; MAX_CUTS],
    /// Ends at which the path enters its pieces one after another: of piece `r` the left one is `2 r`, the right one
    /// `2 r + 1`.
    entries: [u8; MAX_CUTS],
    /// Pieces on the path.
    on_path: usize,
    cycles: u8,
}

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

/// What may be done with the two edges at a node: before it and behind it in the tour.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    /// Whether the edge is cut already.
    pub cut: [bool; 2],
    /// Whether the path, joined to the node, becomes one tour with nothing left over when the edge is cut and its other
    /// end joined to the path's end.
    pub closes: [bool; 2],
}

const NONE: u8 = u8::MAX;

impl Shape {
    /// The shape after these cuts, one to five, the near end of each joined to the far end of the one before.
    #[inline]
    pub(super) fn new(cuts: &[Cut]) -> Self {
        let count = cuts.len();
        let mut shape = Self { count, ..Self::default() };
        let mut owner = [0_u8; MAX_CUTS];
        for (i, cut) in cuts.iter().enumerate() {
            let mut slot = i;
            while slot > 0 && shape.cuts[slot - 1] > cut.at {
                shape.cuts[slot] = shape.cuts[slot - 1];
                owner[slot] = owner[slot - 1];
                slot -= 1;
            }
            shape.cuts[slot] = cut.at;
            owner[slot] = i as u8;
        }

        let (mut near, mut far) = ([0_u8; MAX_CUTS], [0_u8; MAX_CUTS]);
        for (rank, &cut) in owner[..count].iter().enumerate() {
            let left = 2 * rank as u8 + 1;
            let right = if rank + 1 == count { 0 } else { left + 1 };
            let cut = cut as usize;
            (near[cut], far[cut]) = if cuts[cut].forward { (left, right) } else { (right, left) };
        }
        let mut mate = [NONE; 2 * MAX_CUTS];
        for i in 1..count {
            mate[far[i - 1] as usize] = near[i];
            mate[near[i] as usize] = far[i - 1];
        }

        let mut entry = far[count - 1];
        while entry != NONE && shape.on_path < count {
            shape.entries[shape.on_path] = entry;
            shape.way[entry as usize / 2] = if entry % 2 == 0 { Way::Along } else { Way::Against };
            shape.on_path += 1;
            entry = mate[entry as usize ^ 1];
        }
        if shape.on_path < count {
            shape.count_cycles(&mate);
        }
        shape
    }

    fn count_cycles(&mut self, mate: &[u8; 2 * MAX_CUTS]) {
        let mut seen = self.way.map(|way| way != Way::Apart);
        for piece in 0..self.count {
            self.cycles += u8::from(!seen[piece]);
            let mut entry = 2 * piece as u8;
            while !std::mem::replace(&mut seen[entry as usize / 2], true) {
                entry = mate[entry as usize ^ 1];
            }
        }
    }

    /// Whether nothing lies apart from the path.
    pub(super) fn is_whole(&self) -> bool {
        self.cycles == 0
    }

    /// The pieces of the path in order: between which two cuts each lies, and whether it runs against the tour.
    pub(super) fn path(&self) -> impl Iterator<Item = (u32, u32, bool)> {
        self.entries[..self.on_path].iter().map(|&entry| {
            let rank = entry as usize / 2;
            (self.cuts[if rank == 0 { self.count } else { rank } - 1], self.cuts[rank], entry % 2 == 1)
        })
    }

    /// The two edges at the node at `position`; `before` is the position before it.
    #[inline]
    pub(super) fn around(&self, position: u32, before: u32) -> Around {
        let mut rank = 0;
        let mut cut = [false; 2];
        for &at in &self.cuts[..self.count] {
            rank += usize::from(at < position);
            cut[0] |= at == before;
            cut[1] |= at == position;
        }
        let way = self.way[if rank == self.count { 0 } else { rank }];
        // A cycle is taken in wherever it is cut. What is on the path has to be cut on the side of the path's beginning.
        let closes = match way {
            Way::Apart => [self.cycles == 1; 2],
            Way::Along => [self.cycles == 0, false],
            Way::Against => [false, self.cycles == 0],
        };
        Around { cut, closes }
    }
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
            let shape = Shape::new(&cuts);
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
