/// Most edges that one move may exchange.
pub(super) const MAX_CUTS: usize = 5;

/// A run of consecutive positions of the tour, as a move places it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Piece {
    first: u32,
    len: u32,
    reversed: bool,
}

/// A closed tour as an array of nodes with the inverse array, and a journal that takes moves back.
///
/// A move cuts the tour into pieces and puts them together in another order; the longest piece stays where it is and
/// the others are rewritten around it.
#[derive(Debug)]
pub(super) struct ArrayTour {
    order: Vec<u32>,
    position: Vec<u32>,
    /// What stood in the rewritten ranges, one after another.
    journal: Vec<u32>,
    /// First position and length of every rewritten range since the last commit.
    ranges: Vec<(u32, u32)>,
}

impl ArrayTour {
    /// `order` holds every node from 0 once, and at least three of them.
    pub(super) fn new(order: Vec<u32>) -> Self {
        let mut position = vec![0; order.len()];
        for (place, &node) in order.iter().enumerate() {
            position[node as usize] = place as u32;
        }
        Self { order, position, journal: Vec::new(), ranges: Vec::new() }
    }

    pub(super) fn len(&self) -> u32 {
        self.order.len() as u32
    }

    pub(super) fn into_order(self) -> Vec<u32> {
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

    #[inline]
    pub(super) fn next(&self, node: u32) -> u32 {
        let after = self.position[node as usize] as usize + 1;
        self.order[if after == self.order.len() { 0 } else { after }]
    }

    #[inline]
    pub(super) fn previous(&self, node: u32) -> u32 {
        let place = self.position[node as usize] as usize;
        self.order[if place == 0 { self.order.len() } else { place } - 1]
    }

    /// Checks whether cutting the edges `(ends[0], ends[1])`, `(ends[2], ends[3])`, … and joining `ends[1]` to
    /// `ends[2]`, `ends[3]` to `ends[4]`, …, the last to the first, leaves one tour; the pieces in their new order if so.
    ///
    /// `cuts[i]` is the position of that end of edge `i` which comes first in the tour; cuts are distinct.
    pub(super) fn reconnect(&self, ends: &[u32], cuts: &[u32]) -> Option<([Piece; MAX_CUTS], usize)> {
        let count = cuts.len();
        let mut sorted = [(0, 0); MAX_CUTS];
        for (slot, pair) in sorted.iter_mut().zip(cuts.iter().copied().zip(0_usize..)) {
            *slot = pair;
        }
        sorted[..count].sort_unstable();

        // Piece r lies between cut r - 1 and cut r; its left end is number 2r, its right end 2r + 1.
        let mut number = [0; 2 * MAX_CUTS];
        for (rank, &(cut, edge)) in sorted[..count].iter().enumerate() {
            let first = usize::from(self.position(ends[2 * edge]) != cut);
            number[2 * edge + first] = 2 * rank + 1;
            number[2 * edge + 1 - first] = 2 * ((rank + 1) % count);
        }
        let mut mate = [0; 2 * MAX_CUTS];
        for edge in 0..count {
            let (a, b) = (number[2 * edge + 1], number[(2 * edge + 2) % (2 * count)]);
            mate[a] = b;
            mate[b] = a;
        }

        let mut pieces = [Piece::default(); MAX_CUTS];
        let mut entry = 0;
        for (visited, piece) in pieces[..count].iter_mut().enumerate() {
            let rank = entry / 2;
            if rank == 0 && visited > 0 {
                return None;
            }
            let before = sorted[if rank == 0 { count } else { rank } - 1].0;
            *piece = self.piece(before, sorted[rank].0, entry % 2 == 1);
            entry = mate[entry ^ 1];
        }
        Some((pieces, count))
    }

    /// The double bridge: the three pieces between four increasing cuts in reverse order, none of them turned round.
    pub(super) fn double_bridge(&self, cuts: [u32; 4]) -> [Piece; 4] {
        [(3, 0), (2, 3), (1, 2), (0, 1)].map(|(before, last)| self.piece(cuts[before], cuts[last], false))
    }

    fn piece(&self, cut_before: u32, cut_after: u32, reversed: bool) -> Piece {
        let n = self.len();
        let len = if cut_after > cut_before { cut_after - cut_before } else { cut_after + n - cut_before };
        Piece { first: if cut_before + 1 == n { 0 } else { cut_before + 1 }, len, reversed }
    }

    /// Puts the tour together from all its pieces in this cyclic order.
    pub(super) fn rearrange(&mut self, pieces: &mut [Piece]) {
        let n = self.order.len();
        let Some(longest) = (0..pieces.len()).max_by_key(|&i| pieces[i].len) else { return };
        pieces.rotate_left(longest);
        if pieces[0].reversed {
            pieces[1..].reverse();
            for piece in &mut *pieces {
                piece.reversed = !piece.reversed;
            }
        }
        let start = (pieces[0].first as usize + pieces[0].len as usize) % n;
        let count = n - pieces[0].len as usize;
        let base = self.journal.len();
        let to_end = count.min(n - start);
        self.journal.extend_from_slice(&self.order[start..start + to_end]);
        self.journal.extend_from_slice(&self.order[..count - to_end]);
        self.ranges.push((start as u32, count as u32));

        let mut place = start;
        for piece in &pieces[1..] {
            let first = piece.first as usize;
            let offset = base + if first >= start { first - start } else { first + n - start };
            let nodes = &self.journal[offset..offset + piece.len as usize];
            for i in 0..nodes.len() {
                let node = nodes[if piece.reversed { nodes.len() - 1 - i } else { i }];
                self.order[place] = node;
                self.position[node as usize] = place as u32;
                place = if place + 1 == n { 0 } else { place + 1 };
            }
        }
    }

    /// Forgets how to take back what was done so far.
    pub(super) fn commit(&mut self) {
        self.journal.clear();
        self.ranges.clear();
    }

    /// Takes everything back up to the last commit.
    pub(super) fn roll_back(&mut self) {
        let n = self.order.len();
        while let Some((start, count)) = self.ranges.pop() {
            let base = self.journal.len() - count as usize;
            let mut place = start as usize;
            for &node in &self.journal[base..] {
                self.order[place] = node;
                self.position[node as usize] = place as u32;
                place = if place + 1 == n { 0 } else { place + 1 };
            }
            self.journal.truncate(base);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is left of the tour 0, 1, 2, … when the edges behind `cuts` are replaced: neighbours of every node.
    fn exchanged(count: u32, cuts: &[u32], ends: &[u32]) -> Vec<Vec<u32>> {
        let mut neighbours = vec![Vec::new(); count as usize];
        let kept = (0..count).filter(|cut| !cuts.contains(cut)).map(|cut| (cut, (cut + 1) % count));
        let added = (0..cuts.len()).map(|i| (ends[2 * i + 1], ends[(2 * i + 2) % ends.len()]));
        for (a, b) in kept.chain(added) {
            neighbours[a as usize].push(b);
            neighbours[b as usize].push(a);
        }
        neighbours
    }

    fn nodes_in_reach(neighbours: &[Vec<u32>]) -> usize {
        let mut seen = vec![false; neighbours.len()];
        let mut stack = vec![0];
        while let Some(node) = stack.pop() {
            if !std::mem::replace(&mut seen[node as usize], true) {
                stack.extend(&neighbours[node as usize]);
            }
        }
        seen.into_iter().filter(|&seen| seen).count()
    }

    proptest! {
        #[test]
        fn a_move_is_accepted_when_and_only_when_one_tour_is_left(
            count in 6_u32..30,
            cuts in proptest::sample::subsequence((0..6_u32).collect::<Vec<_>>(), 2..=5).prop_shuffle(),
            turned in proptest::array::uniform5(any::<bool>()),
            stretch in 0_u32..5,
        ) {
            let cuts: Vec<u32> = cuts.into_iter().map(|cut| cut * (stretch + 1) % count).collect();
            let mut distinct = cuts.clone();
            distinct.sort_unstable();
            distinct.dedup();
            prop_assume!(distinct.len() == cuts.len());
            let ends: Vec<u32> = cuts.iter().zip(turned).flat_map(|(&cut, turned)| {
                let edge = [cut, (cut + 1) % count];
                if turned { [edge[1], edge[0]] } else { edge }
            }).collect();
            let wanted = exchanged(count, &cuts, &ends);
            let mut tour = ArrayTour::new((0..count).collect());
            let Some((mut pieces, used)) = tour.reconnect(&ends, &cuts) else {
                prop_assert!(nodes_in_reach(&wanted) < count as usize);
                return Ok(());
            };
            prop_assert_eq!(nodes_in_reach(&wanted), count as usize);
            tour.rearrange(&mut pieces[..used]);
            for node in 0..count {
                let mut around = [tour.previous(node), tour.next(node)];
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

    #[test]
    fn the_double_bridge_swaps_the_outer_pieces_and_can_be_taken_back() {
        let mut tour = ArrayTour::new((0..12).collect());
        let mut pieces = tour.double_bridge([10, 0, 3, 4]);
        tour.rearrange(&mut pieces);
        let path: Vec<u32> = (0..12).scan(5, |node, _| Some(std::mem::replace(node, tour.next(*node)))).collect();
        assert_eq!(path, [5, 6, 7, 8, 9, 10, 4, 1, 2, 3, 11, 0]);
        tour.roll_back();
        assert_eq!(tour.into_order(), (0..12).collect::<Vec<_>>());
    }
}
