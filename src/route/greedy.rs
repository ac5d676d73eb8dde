use super::Cost;
use super::candidates::{Candidates, nearest};
use crate::error::Result;
use crate::geometry::Point;

/// Neighbours that an end of a fragment looks at in one round of joining.
const ENDS_PER_ROUND: usize = 8;
const NONE: u32 = u32::MAX;

/// Path over all points by the greedy-edge rule: always the cheapest edge that closes no cycle and gives no point a
/// third edge (J. L. Bentley, Fast algorithms for geometric traveling salesman problems, ORSA Journal on Computing 4,
/// 1992). `pins` are the points that must come first and last.
///
/// Takes candidate edges first, then joins the fragments by the same rule, looking at the nearest ends only.
pub(super) fn path(
    points: &[Point],
    cost: &impl Cost,
    candidates: &Candidates,
    pins: [Option<u32>; 2],
) -> Result<Vec<u32>> {
    let mut fragments = Fragments::new(points.len(), pins);
    let nodes = 0..points.len() as u32;
    fragments.join_cheapest(nodes.clone().flat_map(|a| candidates.of(a).iter().map(move |&(b, cost)| (cost, a, b))));
    while fragments.count > 1 {
        let ends: Vec<u32> = nodes.clone().filter(|&node| fragments.room[node as usize] > 0).collect();
        let places: Vec<Point> = ends.iter().map(|&end| points[end as usize]).collect();
        // Two others suffice for progress: at most one of them is the far end of the same fragment.
        let per_end = ENDS_PER_ROUND.min(ends.len() - 1);
        let rows = nearest(&places, per_end)?;
        fragments.join_cheapest(
            ends.iter()
                .zip(rows.chunks(per_end))
                .flat_map(|(&a, row)| row.iter().map(|&b| ends[b as usize]).map(move |b| (cost.cost(a, b), a, b))),
        );
    }
    Ok(fragments.into_path(pins))
}

/// Paths that grow together.
struct Fragments {
    /// Union-find forest of the points of each fragment.
    parent: Vec<u32>,
    links: Vec<[u32; 2]>,
    /// Edges that a point can still take.
    room: Vec<u8>,
    count: usize,
}

impl Fragments {
    fn new(count: usize, pins: [Option<u32>; 2]) -> Self {
        let mut fragments =
            Self { parent: (0..count as u32).collect(), links: vec![[NONE; 2]; count], room: vec![2; count], count };
        for pin in pins.into_iter().flatten() {
            fragments.room[pin as usize] = 1;
        }
        // The fragments of first and last point must not be joined before everything else is between them.
        if let [Some(first), Some(last)] = pins {
            fragments.unite(first, last);
        }
        fragments
    }

    fn root(&mut self, node: u32) -> u32 {
        let mut node = node;
        while self.parent[node as usize] != node {
            let above = self.parent[node as usize];
            self.parent[node as usize] = self.parent[above as usize];
            node = above;
        }
        node
    }

    fn unite(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            self.parent[a.max(b) as usize] = a.min(b);
            self.count -= 1;
        }
        a != b
    }

    fn link(&mut self, a: u32, b: u32) {
        for (from, to) in [(a, b), (b, a)] {
            self.room[from as usize] -= 1;
            let links = &mut self.links[from as usize];
            links[usize::from(links[0] != NONE)] = to;
        }
    }

    /// Takes what can be taken of the edges `(cost, a, b)`, cheapest first.
    fn join_cheapest(&mut self, edges: impl Iterator<Item = (f64, u32, u32)>) {
        let open = |room: &[u8], a: u32, b: u32| room[a as usize] > 0 && room[b as usize] > 0;
        let mut edges: Vec<_> =
            edges.filter(|&(_, a, b)| open(&self.room, a, b)).map(|(cost, a, b)| (cost, a.min(b), a.max(b))).collect();
        edges.sort_unstable_by(|x, y| x.0.total_cmp(&y.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        for (_, a, b) in edges {
            if open(&self.room, a, b) && self.unite(a, b) {
                self.link(a, b);
            }
        }
    }

    /// The order along the one fragment that is left.
    fn into_path(mut self, pins: [Option<u32>; 2]) -> Vec<u32> {
        let count = self.links.len() as u32;
        if let [Some(_), Some(_)] = pins {
            let ends: Vec<u32> = (0..count).filter(|&node| self.room[node as usize] > 0).collect();
            if let [a, b] = ends[..] {
                self.link(a, b);
            }
        }
        let is_end = |node: &u32| self.links[*node as usize].contains(&NONE);
        let first = pins[0].or(pins[1]).or_else(|| (0..count).find(is_end));
        let mut path = Vec::with_capacity(count as usize);
        let (mut before, mut at) = (NONE, first.unwrap_or(NONE));
        while at != NONE {
            path.push(at);
            let [a, b] = self.links[at as usize];
            let next = if a == before { b } else { a };
            (before, at) = (at, next);
        }
        if pins[0].is_none() && pins[1].is_some() {
            path.reverse();
        }
        path
    }
}
