/// Most edges that one move may exchange.
pub(super) const MAX_CUTS: usize = 7;

/// A run of consecutive positions of the tour, as a move places it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Piece {
    first: u32,
    len: u32,
    reversed: bool,
}

/// A closed tour as an array of nodes with the inverse array, and a journal that takes moves back.
///
/// Positions count from 1; before the first and behind the last stands the node from the other end, so that going round
/// takes no branch. A move cuts the tour into pieces and puts them together in another order; the longest piece stays
/// where it is and the others are rewritten around it.
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

    pub(super) fn order(&self) -> Vec<u32> {
        self.order[1..self.order.len() - 1].to_vec()
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
    pub(super) fn around(&self, position: u32) -> (u32, u32) {
        let place = position as usize;
        (self.order[place - 1], self.order[place + 1])
    }

    /// Position before this one.
    #[inline]
    pub(super) fn before(&self, position: u32) -> u32 {
        if position == 1 { self.len() } else { position - 1 }
    }

    pub(super) fn piece(&self, cut_before: u32, cut_after: u32, reversed: bool) -> Piece {
        let n = self.len();
        let len = if cut_after > cut_before { cut_after - cut_before } else { cut_after + n - cut_before };
        Piece { first: if cut_before == n { 1 } else { cut_before + 1 }, len, reversed }
    }

    /// Number of positions behind one cut up to another.
    pub(super) fn span(&self, cut_before: u32, cut_after: u32) -> u32 {
        self.piece(cut_before, cut_after, false).len
    }

    /// The double bridge: the three pieces between four increasing cuts in reverse order, none of them turned round.
    pub(super) fn double_bridge(&self, cuts: [u32; 4]) -> [Piece; 4] {
        [(3, 0), (2, 3), (1, 2), (0, 1)].map(|(before, last)| self.piece(cuts[before], cuts[last], false))
    }

    /// The pieces of a closed shape in their new order.
    pub(super) fn pieces(&self, shape: &Shape, count: usize) -> [Piece; MAX_CUTS] {
        let mut pieces = [Piece::default(); MAX_CUTS];
        for (piece, &entry) in pieces[..count].iter_mut().zip(&shape.walk) {
            let rank = entry as usize / 2;
            let before = shape.cuts[if rank == 0 { count } else { rank } - 1];
            *piece = self.piece(before, shape.cuts[rank], entry % 2 == 1);
        }
        pieces
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
                nodes.iter().rev().for_each(|&node| put(node));
            } else {
                nodes.iter().for_each(|&node| put(node));
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
        let n = self.position.len();
        while let Some((start, count)) = self.ranges.pop() {
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

/// An edge of the tour that a move cuts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cut {
    /// The end that the move comes from.
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
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shape {
    /// Positions of the cuts in increasing order. Piece `r` lies between cut `r - 1` and cut `r`.
    cuts: [u32; MAX_CUTS],
    /// How the path runs through each piece: 1 with the tour, -1 against it, 0 not at all.
    way: [i8; MAX_CUTS],
    /// Ends at which the path enters its pieces one after another: of piece `r` the left one is `2 r`, the right one
    /// `2 r + 1`.
    walk: [u8; MAX_CUTS],
    /// Number of cycles.
    cycles: u8,
}

/// Where a node is in a shape.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    /// As in the shape.
    pub way: i8,
    /// Whether the edge before it, behind it, is cut already.
    pub cut_before: bool,
    pub cut_behind: bool,
}

impl Shape {
    /// The shape after these cuts, each but the first one joined to the one before.
    #[inline]
    pub(super) fn new(cuts: &[Cut]) -> Self {
        let count = cuts.len();
        let mut shape = Self::default();
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
        // Numbers of the ends of cuts: near, far.
        let mut near = [0_u8; MAX_CUTS];
        let mut far = [0_u8; MAX_CUTS];
        for (rank, &cut) in owner[..count].iter().enumerate() {
            let left = 2 * rank as u8 + 1;
            let right = if rank + 1 == count { 0 } else { left + 1 };
            let cut = cut as usize;
            (near[cut], far[cut]) = if cuts[cut].forward { (left, right) } else { (right, left) };
        }
        let mut mate = [u8::MAX; 2 * MAX_CUTS];
        for i in 1..count {
            mate[far[i - 1] as usize] = near[i];
            mate[near[i] as usize] = far[i - 1];
        }
        let mut entry = far[count - 1];

        let mut visited = 0;
        loop {
            shape.walk[visited] = entry;
            shape.way[entry as usize / 2] = if entry % 2 == 0 { 1 } else { -1 };
            visited += 1;
            entry = mate[entry as usize ^ 1];
            if entry == u8::MAX || visited == MAX_CUTS {
                break;
            }
        }
        if visited < count {
            shape.count_cycles(&mate, count);
        }
        shape
    }

    #[cold]
    fn count_cycles(&mut self, mate: &[u8; 2 * MAX_CUTS], count: usize) {
        let mut seen = self.way.map(|way| way != 0);
        for piece in 0..count {
            if seen[piece] {
                continue;
            }
            self.cycles += 1;
            let mut entry = 2 * piece as u8;
            while !seen[entry as usize / 2] {
                seen[entry as usize / 2] = true;
                entry = mate[entry as usize ^ 1];
            }
        }
    }

    /// Number of cycles apart from the path.
    #[inline]
    pub(super) fn cycles(&self) -> u8 {
        self.cycles
    }

    /// Where the node at a position of the tour is in the shape of `count` cuts.
    #[inline]
    pub(super) fn spot(&self, position: u32, before: u32, count: usize) -> Spot {
        let mut rank = 0;
        let (mut cut_before, mut cut_behind) = (false, false);
        for &cut in &self.cuts[..count] {
            rank += usize::from(cut < position);
            cut_before |= cut == before;
            cut_behind |= cut == position;
        }
        if rank == count {
            rank = 0;
        }
        Spot { way: self.way[rank], cut_before, cut_behind }
    }
}
