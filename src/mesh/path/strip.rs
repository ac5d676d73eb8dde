use std::f64::consts::PI;
use std::ops::RangeInclusive;

use nalgebra::{Point2, Vector2};

use super::{PathPoint, SurfacePath};
use crate::geometry::Point;
use crate::mesh::{SurfacePoint, Topology, TriMesh};

/// A path that turns at a corner passes this far beside it, mm, and no farther than this share of an edge.
const CORNER_MARGIN_MM: f64 = 0.01;
const MOST_CORNER_MARGIN: f64 = 1.0 / 256.0;

/// A path is led round the other side of a vertex when it turns there by more than this, radians.
const LEAST_TURN_RAD: f64 = 1e-6;

/// Rounds for each triangle of a strip, and in any case, after which a path is left as it is: many times what paths on
/// real scans take. Each round makes the path shorter, so that it is usable after any of them.
const ROUNDS_PER_TRIANGLE: usize = 4;
const LEAST_ROUNDS: usize = 64;

/// Triangles side by side, and a place in the first and in the last of them.
pub(super) struct Strip<'a> {
    mesh: &'a TriMesh,
    topology: &'a Topology,
    ends: [SurfacePoint; 2],
    triangles: Vec<u32>,
}

/// A path that no small change makes shorter.
pub(super) struct Taut {
    pub(super) path: SurfacePath,
    /// A vertex at an open or non-manifold edge round which the path goes.
    pub(super) gap: Option<Point>,
}

/// A crossed edge, unfolded: its left and right end as seen on the way.
#[derive(Clone, Copy)]
struct Portal {
    vertices: [u32; 2],
    places: [Point2<f64>; 2],
}

/// A strip laid out in the plane.
struct Unfolded {
    start: Point2<f64>,
    portals: Vec<Portal>,
    end: Point2<f64>,
}

/// Where the shortest way through a strip bends: at an end of a portal.
#[derive(Clone, Copy)]
struct Bend {
    portal: usize,
    /// 0 left, 1 right.
    side: usize,
}

/// How the triangles at a vertex can be passed on the other side.
enum Detour {
    Through(Vec<u32>),
    /// It would be shorter, but there is an edge without a triangle across.
    Gap,
    NotShorter,
}

impl<'a> Strip<'a> {
    pub(super) fn new(mesh: &'a TriMesh, topology: &'a Topology, ends: [SurfacePoint; 2], triangles: Vec<u32>) -> Self {
        Self { mesh, topology, ends, triangles }
    }

    /// The shortest path near the strip. Finds the shortest way inside the strip, in which it bends at vertices only,
    /// and leads the strip round the other side of those where the surface there is less than straight, until no such
    /// vertex is left. The path is then a geodesic: straight in the unfolded triangles.
    ///
    /// Reference: S.-Q. Xin, G.-J. Wang, "Efficiently determining a locally exact shortest path on polyhedral surfaces",
    /// Computer-Aided Design 39(12), 2007, 1081-1090. Differs from it in the funnel algorithm inside the strip (D. T.
    /// Lee, F. P. Preparata, Networks 14(3), 1984, 393-410).
    pub(super) fn tighten(mut self) -> Taut {
        let rounds = LEAST_ROUNDS.max(ROUNDS_PER_TRIANGLE * self.triangles.len());
        for _ in 0..rounds {
            let plane = self.unfold();
            let bends = plane.bends();
            let shorter = (0..bends.len()).find_map(|i| {
                let run = plane.run(bends[i]);
                match self.detour(&plane, &bends, i, &run) {
                    Detour::Through(fan) => Some((run, fan)),
                    Detour::Gap | Detour::NotShorter => None,
                }
            });
            let Some((run, fan)) = shorter else { break };
            self.triangles.splice(run.start() + 1..=*run.end(), fan);
        }
        let plane = self.unfold();
        let bends = plane.bends();
        let gap = (0..bends.len()).find_map(|i| {
            let blocked = matches!(self.detour(&plane, &bends, i, &plane.run(bends[i])), Detour::Gap);
            blocked.then(|| self.mesh.vertices()[plane.vertex(bends[i]) as usize])
        });
        let inner = plane.crossings(&bends).into_iter().zip(&plane.portals).map(|(share, portal)| {
            let [left, right] = portal.vertices;
            let edge_mm = (portal.places[1] - portal.places[0]).norm();
            let margin = if edge_mm > 0.0 { (CORNER_MARGIN_MM / edge_mm).min(MOST_CORNER_MARGIN) } else { 0.5 };
            PathPoint::across(left, right, share.clamp(margin, 1.0 - margin))
        });
        let [first, last] = self.ends.map(PathPoint::Inside);
        let points = std::iter::once(first).chain(inner).chain([last]).collect();
        Taut { path: SurfacePath { points, triangles: self.triangles, is_detour: gap.is_some() }, gap }
    }

    /// Turns one triangle after the other into the plane of the first.
    fn unfold(&self) -> Unfolded {
        let vertex = |v: u32| self.mesh.vertices()[v as usize];
        let mut portals: Vec<Portal> = Vec::with_capacity(self.triangles.len());
        let place_in = |portal: &Portal, apex: (u32, Point2<f64>), at: &SurfacePoint| {
            let corners = self.mesh.triangles()[at.triangle as usize];
            let weighted = corners.iter().zip(at.weights).map(|(&v, weight)| {
                let known = [(portal.vertices[0], portal.places[0]), (portal.vertices[1], portal.places[1]), apex];
                known.iter().find(|(id, _)| *id == v).map_or_else(Vector2::zeros, |(_, place)| place.coords * weight)
            });
            Point2::from(weighted.sum::<Vector2<f64>>())
        };
        // The place of the third corner over an edge; `side` is +1 ahead and -1 behind.
        let over = |portal: &Portal, apex: u32, side: f64| {
            let [left, right] = portal.vertices.map(vertex);
            let (edge, offset) = (right - left, vertex(apex) - left);
            let length = edge.norm().max(f64::MIN_POSITIVE);
            let (x, y) = (offset.dot(&edge) / length, side * offset.cross(&edge).norm() / length);
            let along = (portal.places[1] - portal.places[0]) / length;
            portal.places[0] + along * x + Vector2::new(-along.y, along.x) * y
        };
        let mut start = Point2::origin();
        for pair in self.triangles.windows(2) {
            let [from, to] = [pair[0], pair[1]].map(|t| self.mesh.triangles()[t as usize]);
            let apex = from.into_iter().find(|v| !to.contains(v)).unwrap_or(from[0]);
            let portal = match portals.last() {
                None => {
                    let edge = from.map(|v| (v != apex).then_some(v));
                    let [left, right] = match edge {
                        [Some(a), Some(b), _] | [Some(a), _, Some(b)] | [_, Some(a), Some(b)] => [a, b],
                        _ => [from[0], from[1]],
                    };
                    let length = (vertex(right) - vertex(left)).norm();
                    let places = [Point2::origin(), Point2::new(length, 0.0)];
                    let portal = Portal { vertices: [left, right], places };
                    start = place_in(&portal, (apex, over(&portal, apex, -1.0)), &self.ends[0]);
                    portal
                }
                Some(entry) => {
                    // The corner that stays behind is an end of the edge where the triangle was entered.
                    let ahead = from.into_iter().find(|v| !entry.vertices.contains(v)).unwrap_or(apex);
                    let mut portal = *entry;
                    let side = usize::from(entry.vertices[1] == apex);
                    portal.vertices[side] = ahead;
                    portal.places[side] = over(entry, ahead, 1.0);
                    portal
                }
            };
            portals.push(portal);
        }
        let end = portals.last().map_or(start, |portal| {
            let last = self.mesh.triangles()[self.ends[1].triangle as usize];
            let ahead = last.into_iter().find(|v| !portal.vertices.contains(v)).unwrap_or(last[0]);
            place_in(portal, (ahead, over(portal, ahead, 1.0)), &self.ends[1])
        });
        Unfolded { start, portals, end }
    }

    /// The way round the other side of a bend, whose vertex belongs to the portals of `run`.
    fn detour(&self, plane: &Unfolded, bends: &[Bend], i: usize, run: &RangeInclusive<usize>) -> Detour {
        let bend = bends[i];
        let vertex = plane.vertex(bend);
        let at = plane.place(bend);
        let before = if i == 0 { plane.start } else { plane.place(bends[i - 1]) };
        let after = bends.get(i + 1).map_or(plane.end, |&next| plane.place(next));
        let other_end = |portal: usize| plane.portals[portal].places[1 - bend.side];
        // What lies on the strip's side of the path in the first and the last triangle does not on the other.
        let mut angle_rad = self.angle(self.triangles[*run.start()], vertex)
            + self.angle(self.triangles[run.end() + 1], vertex)
            - plane_angle(at, before, other_end(*run.start()))
            - plane_angle(at, after, other_end(*run.end()));
        let mut fan = Vec::new();
        let mut triangle = self.triangles[*run.start()];
        let mut entered = plane.portals[*run.start()].vertices;
        loop {
            // Across the edge at the vertex that was not the last one.
            let corners = self.mesh.triangles()[triangle as usize];
            let side = (0..3).find(|&side| {
                let ends = [corners[side], corners[(side + 1) % 3]];
                ends.contains(&vertex) && !ends.iter().all(|v| entered.contains(v))
            });
            let Some(side) = side else { return Detour::NotShorter };
            if angle_rad >= PI - LEAST_TURN_RAD {
                return Detour::NotShorter;
            }
            let Some(next) = self.topology.neighbour(triangle, side) else { return Detour::Gap };
            if next == self.triangles[run.end() + 1] {
                return Detour::Through(fan);
            }
            if next == self.triangles[*run.start()] {
                return Detour::NotShorter;
            }
            entered = [corners[side], corners[(side + 1) % 3]];
            triangle = next;
            angle_rad += self.angle(next, vertex);
            fan.push(next);
        }
    }

    /// Angle of a triangle at one of its corners, radians.
    fn angle(&self, triangle: u32, corner: u32) -> f64 {
        let at = self.mesh.vertices()[corner as usize];
        let others = self.mesh.triangles()[triangle as usize].into_iter().filter(|&v| v != corner);
        let mut arms = others.map(|v| self.mesh.vertices()[v as usize] - at);
        match (arms.next(), arms.next()) {
            (Some(a), Some(b)) => a.cross(&b).norm().atan2(a.dot(&b)),
            _ => 0.0,
        }
    }
}

impl Unfolded {
    fn place(&self, bend: Bend) -> Point2<f64> {
        self.portals[bend.portal].places[bend.side]
    }

    fn vertex(&self, bend: Bend) -> u32 {
        self.portals[bend.portal].vertices[bend.side]
    }

    /// The portals next to each other that end at the bend.
    fn run(&self, bend: Bend) -> RangeInclusive<usize> {
        let ends_here = |portal: &Portal| portal.vertices[bend.side] == self.vertex(bend);
        let (before, after) = self.portals.split_at(bend.portal);
        let first = bend.portal - before.iter().rev().take_while(|portal| ends_here(portal)).count();
        first..=bend.portal + after.iter().take_while(|portal| ends_here(portal)).count() - 1
    }

    /// The bends of the shortest way: a funnel from the last bend is narrowed from portal to portal; where one of its
    /// walls crosses the other, that one's end is the next bend.
    fn bends(&self) -> Vec<Bend> {
        let mut bends: Vec<Bend> = Vec::new();
        let mut apex = self.start;
        let mut first = 0;
        'funnels: while first < self.portals.len() {
            let mut walls = [0, 1].map(|side| Bend { portal: first, side });
            for portal in first + 1..=self.portals.len() {
                let ends = self.portals.get(portal).map_or([self.end; 2], |p| p.places);
                for side in 0..2 {
                    let outwards = if side == 0 { 1.0 } else { -1.0 };
                    let turn = |wall: Bend| outwards * cross(self.place(wall) - apex, ends[side] - apex);
                    if turn(walls[side]) > 0.0 {
                        continue;
                    }
                    let opposite = walls[1 - side];
                    // Beyond the opposite wall: the way bends there.
                    if turn(opposite) < 0.0 {
                        apex = self.place(opposite);
                        bends.push(opposite);
                        first = self.run(opposite).end() + 1;
                        continue 'funnels;
                    }
                    if portal < self.portals.len() {
                        walls[side] = Bend { portal, side };
                    }
                }
            }
            break;
        }
        bends
    }

    /// Where the way crosses each portal: the share from its left to its right end.
    fn crossings(&self, bends: &[Bend]) -> Vec<f64> {
        let mut shares = Vec::with_capacity(self.portals.len());
        let mut from = self.start;
        let stops = bends.iter().map(|&bend| (*self.run(bend).end(), self.place(bend)));
        for (last, to) in stops.chain([(self.portals.len().wrapping_sub(1), self.end)]) {
            for portal in self.portals.iter().take(last.wrapping_add(1)).skip(shares.len()) {
                let [left, right] = portal.places.map(|place| cross(to - from, place - from));
                // A way along the edge crosses it anywhere.
                shares.push(if left > right { left / (left - right) } else { 0.5 });
            }
            from = to;
        }
        shares
    }
}

fn cross(a: Vector2<f64>, b: Vector2<f64>) -> f64 {
    a.x * b.y - a.y * b.x
}

/// Angle at `at` between the directions to two places, radians.
fn plane_angle(at: Point2<f64>, a: Point2<f64>, b: Point2<f64>) -> f64 {
    let (a, b) = (a - at, b - at);
    cross(a, b).abs().atan2(a.dot(&b))
}
