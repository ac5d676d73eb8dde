//! The way round where a straight walk fails.
//!
//! A graph of a few points on every edge approximates shortest paths on a surface (Lanthier, Maheshwari, Sack 1997,
//! "Approximating weighted shortest paths on polyhedral surfaces", 13th Symposium on Computational Geometry). The path
//! found is then pulled straight edge by edge in the plane of the two triangles beside it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::{PathPoint, SurfacePath};
use crate::geometry::{Point, Vector};
use crate::mesh::{SurfacePoint, Topology, TriMesh};

/// Graph points on an edge, evenly spread.
const POINTS_PER_EDGE: u32 = 3;
/// Pulled points keep this share of the edge from its ends: several lines around one corner stay apart.
const PULL_MARGIN: f64 = 0.02;
/// Sweeps of pulling, each of which straightens one edge after the other.
const PULL_SWEEPS: usize = 24;

/// A graph point: `(side, k)` of the lower numbered of the two triangles at the edge, packed.
type Node = u64;

struct Reached {
    cost: f64,
    before: Option<Node>,
    /// Triangle through which the node was reached.
    through: u32,
}

/// The shortest path over the graph, straightened; `None` if there is none of at most `limit_mm`.
pub(super) fn shortest(
    mesh: &TriMesh,
    topology: &Topology,
    ends: [SurfacePoint; 2],
    limit_mm: f64,
) -> Option<SurfacePath> {
    let graph = Graph { mesh, topology };
    let [start, end] = ends.map(|end| end.position(mesh));
    let mut reached = BTreeMap::<Node, Reached>::new();
    // A*: costs are not negative, so their bit patterns order as they do.
    let mut open = BinaryHeap::new();
    let relax = |reached: &mut BTreeMap<Node, Reached>, open: &mut BinaryHeap<_>, from: Option<Node>, through| {
        let (origin, origin_cost) =
            from.map_or((start, 0.0), |node| (graph.position(node), reached.get(&node).map_or(0.0, |r| r.cost)));
        for node in graph.nodes(through).filter(|&node| from.is_none_or(|from| !Graph::same_edge(from, node))) {
            let position = graph.position(node);
            let cost = origin_cost + (position - origin).norm();
            let total = cost + (end - position).norm();
            if total <= limit_mm && reached.get(&node).is_none_or(|known| cost < known.cost) {
                reached.insert(node, Reached { cost, before: from, through });
                open.push(Reverse((total.to_bits(), node)));
            }
        }
    };
    relax(&mut reached, &mut open, None, ends[0].triangle);
    while let Some(Reverse((total, node))) = open.pop() {
        let Reached { cost, through, .. } = reached[&node];
        if total > (cost + (end - graph.position(node)).norm()).to_bits() {
            continue;
        }
        let next = graph.across(node, through)?;
        if next == ends[1].triangle {
            let mut path = graph.unwind(&reached, node, ends);
            straighten(mesh, &mut path);
            return (path.length_mm(mesh) <= limit_mm).then_some(path);
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

    fn unwind(&self, reached: &BTreeMap<Node, Reached>, last: Node, ends: [SurfacePoint; 2]) -> SurfacePath {
        let mut path = SurfacePath {
            points: vec![PathPoint::Inside(ends[1])],
            triangles: vec![ends[1].triangle],
            is_detour: true,
        };
        let mut next = Some(last);
        while let Some(node) = next {
            path.points.push(self.point(node));
            path.triangles.push(reached[&node].through);
            next = reached[&node].before;
        }
        path.points.push(PathPoint::Inside(ends[0]));
        path.points.reverse();
        path.triangles.reverse();
        path
    }
}

/// Moves every edge point to where the straight line between its neighbours crosses the unfolded edge.
fn straighten(mesh: &TriMesh, path: &mut SurfacePath) {
    for _ in 0..PULL_SWEEPS {
        for i in 1..path.points.len() - 1 {
            let PathPoint::Across { edge, .. } = path.points[i] else { continue };
            let [a, b] = edge.map(|v| mesh.vertices()[v as usize]);
            let length = (b - a).norm();
            let Some(along) = (b - a).try_normalize(0.0) else { continue };
            let [(x0, y0), (x1, y1)] = [i - 1, i + 1].map(|j| {
                let arm: Vector = path.points[j].position(mesh) - a;
                let x = arm.dot(&along);
                (x, (arm - along * x).norm())
            });
            if y0 + y1 > 0.0 {
                let share = (x0 * y1 + x1 * y0) / (y0 + y1) / length;
                path.points[i] = PathPoint::across(edge[0], edge[1], share.clamp(PULL_MARGIN, 1.0 - PULL_MARGIN));
            }
        }
    }
}
