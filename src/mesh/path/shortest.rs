//! Shortest paths between places that are far apart, or where a straight walk fails.
//!
//! A graph of a few points on every edge approximates shortest paths on a surface (Lanthier, Maheshwari, Sack 1997,
//! "Approximating weighted shortest paths on polyhedral surfaces", 13th Symposium on Computational Geometry). It tells
//! on which side of bumps and hollows to pass; [`Strip::tighten`] then makes the path a geodesic.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::PathPoint;
use super::strip::{Strip, Taut};
use crate::geometry::Point;
use crate::mesh::{SurfacePoint, Topology, TriMesh};

/// Graph points on an edge, evenly spread.
const POINTS_PER_EDGE: u32 = 3;
/// Parts of 1 mm into which the order of the search is cut, and the share by which a way must be shorter to count as
/// shorter: ways of equal length on symmetric meshes are told apart by the numbers of triangles, not by rounding.
const PARTS_PER_MM: f64 = 70_000.7;
const TIE: f64 = 1e-9;

/// A graph point: `(side, k)` of the lower numbered of the two triangles at the edge, packed.
type Node = u64;

struct Reached {
    cost: f64,
    before: Option<Node>,
    /// Triangle through which the node was reached.
    through: u32,
}

/// The shortest path over the graph, made a geodesic; `None` if there is none of at most `limit_mm`. Where triangles are
/// large, the path over the graph is allowed to be so much longer as its points are apart.
pub(super) fn shortest(mesh: &TriMesh, topology: &Topology, ends: [SurfacePoint; 2], limit_mm: f64) -> Option<Taut> {
    let graph = Graph { mesh, topology };
    let longest_edge_mm = ends.iter().map(|end| {
        let [a, b, c] = mesh.corners(end.triangle);
        (b - a).norm().max((c - b).norm()).max((a - c).norm())
    });
    let limit_mm = limit_mm + 2.0 * longest_edge_mm.fold(0.0, f64::max);
    let [start, end] = ends.map(|end| end.position(mesh));
    let mut reached = BTreeMap::<Node, Reached>::new();
    // A*.
    let place = |total: f64| (total * PARTS_PER_MM) as u64;
    let mut open = BinaryHeap::new();
    let relax = |reached: &mut BTreeMap<Node, Reached>, open: &mut BinaryHeap<_>, from: Option<Node>, through| {
        let (origin, origin_cost) =
            from.map_or((start, 0.0), |node| (graph.position(node), reached.get(&node).map_or(0.0, |r| r.cost)));
        for node in graph.nodes(through).filter(|&node| from.is_none_or(|from| !Graph::same_edge(from, node))) {
            let position = graph.position(node);
            let cost = origin_cost + (position - origin).norm();
            let total = cost + (end - position).norm();
            if total <= limit_mm && reached.get(&node).is_none_or(|known| cost < known.cost * (1.0 - TIE)) {
                reached.insert(node, Reached { cost, before: from, through });
                open.push(Reverse((place(total), node)));
            }
        }
    };
    relax(&mut reached, &mut open, None, ends[0].triangle);
    while let Some(Reverse((total, node))) = open.pop() {
        let Reached { cost, through, .. } = reached[&node];
        if total > place(cost + (end - graph.position(node)).norm()) {
            continue;
        }
        let next = graph.across(node, through)?;
        if next == ends[1].triangle {
            let triangles = unwind(&reached, node, next);
            return Some(Strip::new(mesh, topology, ends, triangles).tighten());
        }
        relax(&mut reached, &mut open, Some(node), next);
    }
    None
}

struct Graph<'a> {
    mesh: &'a TriMesh,
    topology: &'a Topology,
}

impl Graph<'_> {
    /// Graph points on the shared edges of a triangle.
    fn nodes(&self, triangle: u32) -> impl Iterator<Item = Node> {
        (0..3)
            .filter_map(move |side| self.edge(triangle, side))
            .flat_map(|edge| (0..u64::from(POINTS_PER_EDGE)).map(move |k| edge * u64::from(POINTS_PER_EDGE) + k))
    }

    /// The same number for an edge from both sides; `None` where no single triangle lies across.
    fn edge(&self, triangle: u32, side: usize) -> Option<u64> {
        let other = self.topology.neighbour(triangle, side)?;
        let ends = self.ends(triangle, side);
        let twin = (0..3).find(|&s| self.ends(other, s) == ends)?;
        Some(u64::from(triangle) * 3 + side as u64).map(|here| here.min(u64::from(other) * 3 + twin as u64))
    }

    fn ends(&self, triangle: u32, side: usize) -> [u32; 2] {
        let corners = self.mesh.triangles()[triangle as usize];
        let (a, b) = (corners[side], corners[(side + 1) % 3]);
        [a.min(b), a.max(b)]
    }

    fn same_edge(a: Node, b: Node) -> bool {
        a / u64::from(POINTS_PER_EDGE) == b / u64::from(POINTS_PER_EDGE)
    }

    fn split(node: Node) -> (u32, usize, u64) {
        let edge = node / u64::from(POINTS_PER_EDGE);
        ((edge / 3) as u32, (edge % 3) as usize, node % u64::from(POINTS_PER_EDGE))
    }

    fn point(&self, node: Node) -> PathPoint {
        let (triangle, side, k) = Self::split(node);
        let [a, b] = self.ends(triangle, side);
        PathPoint::across(a, b, (k + 1) as f64 / f64::from(POINTS_PER_EDGE + 1))
    }

    fn position(&self, node: Node) -> Point {
        self.point(node).position(self.mesh)
    }

    /// The triangle at the node's edge that is not `through`.
    fn across(&self, node: Node, through: u32) -> Option<u32> {
        let (triangle, side, _) = Self::split(node);
        if triangle == through { self.topology.neighbour(triangle, side) } else { Some(triangle) }
    }
}

/// The triangles of the path to a node and on into `last`.
fn unwind(reached: &BTreeMap<Node, Reached>, node: Node, last: u32) -> Vec<u32> {
    let mut triangles = vec![last];
    let mut next = Some(node);
    while let Some(node) = next {
        triangles.push(reached[&node].through);
        next = reached[&node].before;
    }
    triangles.reverse();
    triangles
}
