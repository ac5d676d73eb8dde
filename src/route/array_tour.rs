use super::shape::{MAX_CUTS, Shape};

/// A run of consecutive positions of the tour, as a move places it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Piece {
    first: u32,
    len: u32,
    reversed: bool,
}

impl Piece {
    /// How many nodes it holds.
    pub(super) fn len(&self) -> u32 {
        self.len
    }
}

/// A closed tour as an array of nodes with the inverse array, and a journal that takes moves back.
///
/// Positions count from 1; before the first and behind the last stands the node from the other end, so that going round
/// takes no branch. A move cuts the tour into pieces and puts them together in another order; the longest piece stays
/// where it is and the others are rewritten around it.
#[derive(Debug, Clone)]
pub(super) struct ArrayTour {
    order: Vec<u32>,
    position: Vec<u32>,
    /// What stood in the rewritten ranges, one after another.
    journal: Vec<u32>,
    /// First position and length of every rewritten range since the last commit.
    ranges: Vec<(u32, u32)>,
}

impl ArrayTour {
    /// `nodes` holds every node from 0 once, and at least three of them.
    pub(super) fn new(nodes: Vec<u32>) -> Self {
        let mut position = vec![0; nodes.len()];
        for (&node, place) in nodes.iter().zip(1..) {
            position[node as usize] = place;
        }
        let ends = (nodes.last().copied(), nodes.first().copied());
        let order = ends.0.into_iter().chain(nodes).chain(ends.1).collect();
        Self { order, position, journal: Vec::new(), ranges: Vec::new() }
    }

    #[inline]
    pub(super) fn len(&self) -> u32 {
        self.position.len() as u32
    }

    /// The nodes from the first position on.
    pub(super) fn order(&self) -> &[u32] {
        &self.order[1..=self.position.len()]
    }

    pub(super) fn into_order(mut self) -> Vec<u32> {
        self.order.pop();
        self.order.remove(0);
        self.order
    }

    #[inline]
    pub(super) fn node(&self, position: u32) -> u32 {
        self.order[position as usize]
    }

    #[inline]
    pub(super) fn position(&self, node: u32) -> u32 {
        self.position[node as usize]
    }

    /// The nodes before and behind a position.
    #[inline]
    pub(super) fn around(&self, position: u32) -> [u32; 2] {
        let place = position as usize;
        [self.order[place - 1], self.order[place + 1]]
    }

    /// Position before this one.
    #[inline]
    pub(super) fn before(&self, position: u32) -> u32 {
        if position == 1 { self.len() } else { position - 1 }
    }

    /// Position behind this one.
    #[inline]
    pub(super) fn behind(&self, position: u32) -> u32 {
        if position == self.len() { 1 } else { position + 1 }
    }

    /// What lies behind the position `cut_before`, up to `cut_after`.
    pub(super) fn piece(&self, cut_before: u32, cut_after: u32, reversed: bool) -> Piece {
        let len = if cut_after > cut_before { cut_after - cut_before } else { cut_after + self.len() - cut_before };
        Piece { first: self.behind(cut_before), len, reversed }
    }

    /// The double bridge: the three pieces between four increasing cuts in reverse order, none of them turned round.
    pub(super) fn double_bridge(&self, cuts: [u32; 4]) -> [Piece; 4] {
        [(3, 0), (2, 3), (1, 2), (0, 1)].map(|(before, last)| self.piece(cuts[before], cuts[last], false))
    }

    /// How many nodes get new places when the tour is put together from these pieces.
    pub(super) fn rewritten_by(&self, pieces: &[Piece]) -> u32 {
        self.len() - pieces.iter().map(|piece| piece.len).max().unwrap_or(0)
    }

    /// The pieces between the cuts of a shape, in the order in which its path runs through them.
    pub(super) fn pieces(&self, shape: &Shape) -> ([Piece; MAX_CUTS], usize) {
        let mut pieces = [Piece::default(); MAX_CUTS];
        let mut count = 0;
        for (before, after, reversed) in shape.path() {
            pieces[count] = self.piece(before, after, reversed);
            count += 1;
        }
        (pieces, count)
    }

    /// Puts the tour together from all its pieces in this cyclic order.
    pub(super) fn rearrange(&mut self, pieces: &mut [Piece]) {
        let n = self.position.len();
        let Some(longest) = (0..pieces.len()).max_by_key(|&i| pieces[i].len) else { return };
        pieces.rotate_left(longest);
        if pieces[0].reversed {
            pieces[1..].reverse();
            for piece in &mut *pieces {
                piece.reversed = !piece.reversed;
            }
        }
        let start = (pieces[0].first as usize + pieces[0].len as usize - 1) % n + 1;
        let count = n - pieces[0].len as usize;
        let base = self.journal.len();
        let to_end = count.min(n + 1 - start);
        self.journal.extend_from_slice(&self.order[start..start + to_end]);
        self.journal.extend_from_slice(&self.order[1..=count - to_end]);
        self.ranges.push((start as u32, count as u32));

        let mut place = start;
        for piece in &pieces[1..] {
            let first = piece.first as usize;
            let offset = base + if first >= start { first - start } else { first + n - start };
            let nodes = &self.journal[offset..offset + piece.len as usize];
            let mut put = |node: u32| {
                self.order[place] = node;
                self.position[node as usize] = place as u32;
                place = if place == n { 1 } else { place + 1 };
            };
            if piece.reversed {
                nodes.iter().rev().copied().for_each(&mut put);
            } else {
                nodes.iter().copied().for_each(&mut put);
            }
        }
        self.close();
    }

    /// Brings the two nodes outside of the order up to date.
    fn close(&mut self) {
        let n = self.position.len();
        self.order[0] = self.order[n];
        self.order[n + 1] = self.order[1];
    }

    /// Forgets how to take back what was done so far.
    pub(super) fn commit(&mut self) {
        self.journal.clear();
        self.ranges.clear();
    }

    /// Takes everything back up to the last commit.
    pub(super) fn roll_back(&mut self) {
        self.roll_back_to(0);
    }

    /// How much was done since the last commit.
    pub(super) fn mark(&self) -> usize {
        self.ranges.len()
    }

    /// Takes back what was done since a mark.
    pub(super) fn roll_back_to(&mut self, mark: usize) {
        let n = self.position.len();
        for (start, count) in self.ranges.drain(mark..).rev() {
            let base = self.journal.len() - count as usize;
            let mut place = start as usize;
            for &node in &self.journal[base..] {
                self.order[place] = node;
                self.position[node as usize] = place as u32;
                place = if place == n { 1 } else { place + 1 };
            }
            self.journal.truncate(base);
        }
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::shape::Cut;
    use super::*;

    proptest! {
        #[test]
        fn a_move_leaves_the_edges_that_it_does_not_cut_and_those_it_adds(
            count in 6_u32..30,
            cuts in proptest::sample::subsequence((0..6_u32).collect::<Vec<_>>(), 2..=5).prop_shuffle(),
            turned in proptest::array::uniform5(any::<bool>()),
            stretch in 1_u32..6,
        ) {
            let at: Vec<u32> = cuts.iter().map(|cut| cut * stretch % count + 1).collect();
            let mut distinct = at.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assume!(distinct.len() == at.len());
            let cuts: Vec<Cut> = at.iter().zip(turned).map(|(&at, turned)| {
                let edge = [at - 1, at % count];
                let [near, far] = if turned { [edge[1], edge[0]] } else { edge };
                Cut { near, far, at, forward: !turned }
            }).collect();
            let shape = Shape::after(&cuts);
            prop_assume!(shape.is_whole());

            let mut wanted = vec![Vec::new(); count as usize];
            let kept = (1..=count).filter(|place| !at.contains(place)).map(|place| (place - 1, place % count));
            let added = (0..cuts.len()).map(|i| (cuts[i].far, cuts[(i + 1) % cuts.len()].near));
            for (a, b) in kept.chain(added) {
                wanted[a as usize].push(b);
                wanted[b as usize].push(a);
            }
            let mut tour = ArrayTour::new((0..count).collect());
            let (mut pieces, used) = tour.pieces(&shape);
            tour.rearrange(&mut pieces[..used]);
            for node in 0..count {
                let mut around = tour.around(tour.position(node));
                let mut expected = wanted[node as usize].clone();
                around.sort_unstable();
                expected.sort_unstable();
                prop_assert_eq!(&around[..], &expected[..]);
                prop_assert_eq!(tour.node(tour.position(node)), node);
            }
            tour.roll_back();
            prop_assert_eq!(tour.into_order(), (0..count).collect::<Vec<_>>());
        }
    }

    proptest! {
        #[test]
        fn a_partial_roll_back_restores_the_tour_at_the_mark_and_leaves_what_was_before_it(
            count in 5_u32..40,
            bridges in proptest::collection::vec(proptest::array::uniform4(0_u32..1000), 1..12),
            commit_after in 0_usize..12,
            mark_after in 0_usize..12,
        ) {
            let mut tour = ArrayTour::new((0..count).collect());
            let nodes = |tour: &ArrayTour| (0..=count + 1).map(|place| tour.node(place)).collect::<Vec<_>>();
            let (mut at_commit, mut at_mark) = (nodes(&tour), (0, nodes(&tour)));
            for (made, bridge) in bridges.iter().enumerate() {
                if made == commit_after {
                    tour.commit();
                    at_commit = nodes(&tour);
                    at_mark = (0, nodes(&tour));
                }
                if made == mark_after {
                    at_mark = (tour.mark(), nodes(&tour));
                }
                let mut cuts = bridge.map(|cut| 1 + cut % count);
                cuts.sort_unstable();
                if cuts.windows(2).all(|pair| pair[0] < pair[1]) {
                    // From any of the four on, so that pieces run over the end of the array.
                    cuts.rotate_left(bridge[0] as usize % 4);
                    let mut pieces = tour.double_bridge(cuts);
                    tour.rearrange(&mut pieces);
                }
            }
            for (mark, wanted) in [at_mark, (0, at_commit)] {
                tour.roll_back_to(mark);
                prop_assert_eq!(tour.mark(), mark);
                prop_assert_eq!(nodes(&tour), wanted);
                prop_assert!((1..=count).all(|place| tour.position(tour.node(place)) == place));
            }
        }
    }

    #[test]
    fn the_double_bridge_swaps_the_outer_pieces_and_can_be_taken_back() {
        let mut tour = ArrayTour::new((0..12).collect());
        let mut pieces = tour.double_bridge([11, 1, 4, 5]);
        tour.rearrange(&mut pieces);
        let next = |tour: &ArrayTour, node: u32| tour.around(tour.position(node))[1];
        let path: Vec<u32> = (0..12).scan(5, |node, _| Some(std::mem::replace(node, next(&tour, *node)))).collect();
        assert_eq!(path, [5, 6, 7, 8, 9, 10, 4, 1, 2, 3, 11, 0]);
        tour.roll_back();
        assert_eq!(tour.into_order(), (0..12).collect::<Vec<_>>());
    }
}
