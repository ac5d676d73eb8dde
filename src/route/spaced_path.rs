use std::collections::VecDeque;

use super::{Apart, Cost};
use crate::geometry::Point;

const NONE: u32 = u32::MAX;
/// Gains of length below this share of a step are rounding errors.
const LEAST_GAIN: f64 = 1e-9;
/// Points that have no good place beside a partner and for which all places are tried.
const MOST_SCANS: usize = 200;

/// An order as a linked list, in which single points are moved so that points near each other come further apart.
#[derive(Debug)]
pub(super) struct SpacedPath<'a> {
    points: &'a [Point],
    apart: Apart,
    next: Vec<u32>,
    previous: Vec<u32>,
    first: u32,
}

impl<'a> SpacedPath<'a> {
    pub(super) fn new(points: &'a [Point], order: &[u32], closed: bool, apart: Apart) -> Self {
        let mut path =
            Self { points, apart, next: vec![NONE; order.len()], previous: vec![NONE; order.len()], first: order[0] };
        for pair in order.windows(2) {
            path.link(pair[0], pair[1]);
        }
        if closed {
            path.link(order[order.len() - 1], order[0]);
        }
        path
    }

    pub(super) fn into_order(self) -> Vec<u32> {
        let mut order = Vec::with_capacity(self.next.len());
        let mut at = self.first;
        while order.len() < self.next.len() {
            order.push(at);
            at = self.next[at as usize];
        }
        order
    }

    /// Moves points beside their partners as long as fewer pairs are too near or, with as many, the order is shorter;
    /// how often it did. Points that moved, and those around them, are looked at again.
    pub(super) fn improve(
        &mut self,
        cost: &impl Cost,
        partners: &[Vec<u32>],
        fixed: [Option<u32>; 2],
        stop: Option<&(dyn Fn() -> bool + Sync)>,
    ) -> u64 {
        let count = self.next.len() as u32;
        let mut queue: VecDeque<u32> = (0..count).collect();
        let mut queued = vec![true; count as usize];
        let mut moves = 0;
        // Gains are strict, so that an end is sure; the bound only guards against rounding.
        while let Some(point) = queue.pop_front().filter(|_| moves < 100 * u64::from(count)) {
            queued[point as usize] = false;
            if fixed.contains(&Some(point)) || count < 4 {
                continue;
            }
            if stop.is_some_and(|stop| stop()) {
                break;
            }
            let around = [self.previous[point as usize], self.next[point as usize]];
            if self.move_beside(point, cost, &partners[point as usize], fixed) {
                moves += 1;
                let now = [self.previous[point as usize], self.next[point as usize], point];
                for other in around.into_iter().chain(now).filter(|&other| other != NONE) {
                    if !std::mem::replace(&mut queued[other as usize], true) {
                        queue.push_back(other);
                    }
                }
            }
        }
        // What is left may find a place anywhere else.
        let all: Vec<u32> = (0..count).collect();
        let is_free = |point: &u32| !fixed.contains(&Some(*point)) && count >= 4;
        let left: Vec<u32> = all.iter().copied().filter(|point| is_free(point) && self.is_too_near(*point)).collect();
        for point in left.into_iter().take(MOST_SCANS) {
            if stop.is_some_and(|stop| stop()) {
                break;
            }
            moves += u64::from(self.move_beside(point, cost, &all, fixed));
        }
        moves
    }

    /// Whether the point makes pairs that are too near where it is.
    fn is_too_near(&self, point: u32) -> bool {
        self.pairs_with(point, self.previous[point as usize], self.next[point as usize]) > 0
    }

    /// Takes a point out and puts it to the best place beside one of its partners, or back.
    fn move_beside(&mut self, point: u32, cost: &impl Cost, partners: &[u32], fixed: [Option<u32>; 2]) -> bool {
        let [before, after] = [self.previous[point as usize], self.next[point as usize]];
        let home = Self::entry(cost, point, [before, after]);
        self.take_out(point);
        let (near, way) = (self.pairs_with(point, before, after), home);
        let closing = self.pairs_that_close(before, after);
        // What being at home costs against being out; both are the same wherever else the point goes.
        let home = (near - closing, way);
        let mut best: Option<((i32, f64), [u32; 2])> = None;
        for &partner in partners {
            if partner == point {
                continue;
            }
            for [left, right] in [[self.previous[partner as usize], partner], [partner, self.next[partner as usize]]] {
                let is_outside = (left == NONE && fixed[0].is_some()) || (right == NONE && fixed[1].is_some());
                if is_outside || (left == before && right == after) {
                    continue;
                }
                let way = Self::entry(cost, point, [left, right]);
                let bound = best.map_or(home, |best| best.0);
                let near = self.pairs_with(point, left, right) - self.pairs_that_close(left, right);
                let least = LEAST_GAIN * (way.abs() + bound.1.abs());
                if near < bound.0 || (near == bound.0 && way < bound.1 - least) {
                    best = Some(((near, way), [left, right]));
                }
            }
        }
        let [left, right] = best.map_or([before, after], |best| best.1);
        self.put_in(point, left, right);
        best.is_some()
    }

    /// What the way gets longer by the point between these two; `NONE` is beyond an end.
    fn entry(cost: &impl Cost, point: u32, [left, right]: [u32; 2]) -> f64 {
        let way = |a: u32, b: u32| if a == NONE || b == NONE { 0.0 } else { cost.cost(a, b) };
        way(left, point) + way(point, right) - way(left, right)
    }

    /// Pairs too near that the point makes between these two.
    fn pairs_with(&self, point: u32, left: u32, right: u32) -> i32 {
        let back = self.walk(left, &self.previous);
        let forth = self.walk(right, &self.next);
        back.chain(forth).map(|other| i32::from(self.is_near(point, other))).sum()
    }

    /// Pairs that are too near when these two follow each other and far enough apart when a point is between them.
    fn pairs_that_close(&self, left: u32, right: u32) -> i32 {
        let back: Vec<u32> = self.walk(left, &self.previous).collect();
        let forth: Vec<u32> = self.walk(right, &self.next).collect();
        // The i-th back and the j-th forth, from 0, are i + j + 1 places apart.
        let pairs = (0..back.len()).filter_map(|i| {
            let j = (self.apart.steps as usize).checked_sub(i + 2)?;
            Some((back[i], *forth.get(j)?))
        });
        pairs.map(|(a, b)| i32::from(self.is_near(a, b))).sum()
    }

    /// The points that are less than the least number of places from where one would be put.
    fn walk<'b>(&self, from: u32, links: &'b [u32]) -> impl Iterator<Item = u32> + use<'b> {
        let beyond = |&at: &u32| (at != NONE).then_some(at);
        let on = move |&at: &u32| links.get(at as usize).copied().filter(|&at| at != NONE);
        std::iter::successors(beyond(&from), on).take((self.apart.steps as usize).saturating_sub(1))
    }

    fn is_near(&self, a: u32, b: u32) -> bool {
        a != b && nalgebra::distance(&self.points[a as usize], &self.points[b as usize]) < self.apart.distance
    }

    fn link(&mut self, a: u32, b: u32) {
        if a != NONE {
            self.next[a as usize] = b;
        }
        if b != NONE {
            self.previous[b as usize] = a;
        }
    }

    fn take_out(&mut self, point: u32) {
        let [left, right] = [self.previous[point as usize], self.next[point as usize]];
        self.link(left, right);
        if self.first == point {
            self.first = right;
        }
    }

    fn put_in(&mut self, point: u32, left: u32, right: u32) {
        self.link(left, point);
        self.link(point, right);
        if left == NONE {
            self.first = point;
        }
    }
}
