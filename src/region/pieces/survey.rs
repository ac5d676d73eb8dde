//! How a piece of a scan lies to the skin.

use crate::geometry::{Aabb, Point, Vector};
use crate::mesh::{PartIndex, Pieces, SurfaceHit, Topology, TriMesh};

/// Pieces farther than this from the skin are not measured, mm; holes up to twice as wide are known as holes.
pub(super) const REACH_MM: f64 = 10.0;
/// Triangles of a piece that are looked at, spread evenly; shares are then known to about 2 %.
const SAMPLED_TRIANGLES: usize = 2000;
/// Up to this many triangles the corners are looked at as well.
const FEW_TRIANGLES: usize = 500;
/// What facets may add to the distance between sheets, share of it.
const FACET_PLAY: f64 = 1.05;
/// What noise may add to it here and there.
const NOISE_PLAY: f64 = 1.25;
/// A piece lies on the skin with this share of the area that has skin beneath it.
const NEARLY_ALL: f64 = 0.9;
/// A piece of which less has skin beneath it continues the skin.
const HALF: f64 = 0.5;

/// The skin, or the part of it that comes close to other pieces.
pub(super) struct Near<'a> {
    mesh: &'a TriMesh,
    topology: &'a Topology,
    index: PartIndex,
    /// Vertices on open edges of the part, ascending.
    rim: Vec<u32>,
}

impl<'a> Near<'a> {
    /// The triangles of a component, only those that touch `within` when it is given.
    pub(super) fn build(
        mesh: &'a TriMesh,
        topology: &'a Topology,
        pieces: &Pieces,
        component: u32,
        within: Option<&Aabb>,
    ) -> Self {
        let touches = |t: u32| {
            within.is_none_or(|within| {
                let bounds = Aabb::around(&mesh.corners(t));
                (0..3).all(|k| bounds.min[k] <= within.max[k] && bounds.max[k] >= within.min[k])
            })
        };
        let triangles: Vec<u32> = pieces.triangles(component).iter().copied().filter(|&t| touches(t)).collect();
        let mut rim: Vec<u32> = triangles
            .iter()
            .flat_map(|&t| {
                let corners = mesh.triangles()[t as usize];
                let open = (0..3).filter(move |&side| topology.neighbour(t, side).is_none());
                open.flat_map(move |side| [corners[side], corners[(side + 1) % 3]])
            })
            .collect();
        rim.sort_unstable();
        rim.dedup();
        Self { mesh, topology, index: PartIndex::build(mesh, triangles), rim }
    }

    pub(super) fn closest(&self, point: &Point) -> Option<SurfaceHit> {
        self.index.closest_within(point, REACH_MM)
    }

    /// Whether a place closest to something lies on an open edge: there is no skin under that thing.
    fn is_on_rim(&self, hit: &SurfaceHit) -> bool {
        let corners = self.mesh.triangles()[hit.at.triangle as usize];
        let on_side = |side: usize| hit.at.weights[(side + 2) % 3] <= 0.0;
        let on_corner = |i: usize| on_side(i) && on_side((i + 2) % 3);
        (0..3).any(|side| on_side(side) && self.topology.neighbour(hit.at.triangle, side).is_none())
            || (0..3).any(|i| on_corner(i) && self.rim.binary_search(&corners[i]).is_ok())
    }
}

/// How one piece lies to the skin.
#[derive(Debug, Clone)]
pub(super) struct Survey {
    pub(super) component: u32,
    pub(super) triangles: usize,
    /// Area, mm².
    pub(super) area_mm2: f64,
    pub(super) bounds: Aabb,
    /// Of what was looked at: its weight, mm².
    looked_at_mm2: f64,
    /// Where there is no skin beneath: over a hole or beyond the rim, mm².
    bare_mm2: f64,
    /// Sum of the cosines between the piece and the skin, times the area that has skin beneath.
    parallel_mm2: f64,
    /// Distances from the skin, each with its weight, where there is skin beneath, mm and mm².
    distances: Vec<(f64, f64)>,
    /// Least distance from the skin, and the skin's triangle there.
    pub(super) nearest: Option<(f64, u32)>,
    /// Triangles of the skin beneath.
    pub(super) beneath: Vec<u32>,
}

impl Survey {
    /// Sheets closer than this are the same skin scanned twice, mm (the fourth issue's "within about 2 mm").
    pub(super) const SECOND_SHEET_MM: f64 = 2.0;

    pub(super) fn of(mesh: &TriMesh, pieces: &Pieces, component: u32, near: &Near<'_>) -> Self {
        let triangles = pieces.triangles(component);
        let mut survey = Self {
            component,
            triangles: triangles.len(),
            area_mm2: triangles.iter().map(|&t| mesh.triangle_area_mm2(t)).sum(),
            bounds: pieces.bounds(mesh, component),
            looked_at_mm2: 0.0,
            bare_mm2: 0.0,
            parallel_mm2: 0.0,
            distances: Vec::new(),
            nearest: None,
            beneath: Vec::new(),
        };
        for &t in triangles.iter().step_by(triangles.len().div_ceil(SAMPLED_TRIANGLES).max(1)) {
            let corners = mesh.corners(t);
            let middle = Point::from((corners[0].coords + corners[1].coords + corners[2].coords) / 3.0);
            let (normal, area) = (mesh.normal(t), mesh.triangle_area_mm2(t));
            if triangles.len() > FEW_TRIANGLES {
                survey.look(near, &middle, &normal, area);
            } else {
                corners.iter().chain([&middle]).for_each(|place| survey.look(near, place, &normal, area / 4.0));
            }
        }
        survey.beneath.sort_unstable();
        survey.beneath.dedup();
        survey
    }

    fn look(&mut self, near: &Near<'_>, place: &Point, normal: &Vector, weight_mm2: f64) {
        self.looked_at_mm2 += weight_mm2;
        let Some(hit) = near.closest(place) else { return };
        if self.nearest.is_none_or(|(least_mm, _)| hit.distance_mm < least_mm) {
            self.nearest = Some((hit.distance_mm, hit.at.triangle));
        }
        if near.is_on_rim(&hit) {
            self.bare_mm2 += weight_mm2;
            return;
        }
        self.distances.push((hit.distance_mm, weight_mm2));
        self.parallel_mm2 += weight_mm2 * near.mesh.normal(hit.at.triangle).dot(normal).abs();
        self.beneath.push(hit.at.triangle);
    }

    /// Whether the piece is the skin once more: of what has skin beneath it, half lies within `within_mm`, and nearly all
    /// within what noise may add.
    pub(super) fn repeats(&self, within_mm: f64) -> bool {
        let closer_mm2 = |limit_mm: f64| -> f64 {
            self.distances.iter().filter(|(distance_mm, _)| *distance_mm <= limit_mm).map(|(_, weight)| weight).sum()
        };
        let covering_mm2 = self.looked_at_mm2 - self.bare_mm2;
        let near_mm2 = closer_mm2(within_mm * NOISE_PLAY);
        near_mm2 >= NEARLY_ALL * covering_mm2
            && closer_mm2(within_mm * FACET_PLAY) >= HALF * covering_mm2
            && near_mm2 >= HALF * self.looked_at_mm2
            && near_mm2 > 0.0
    }

    /// Whether the piece runs along the skin rather than across it.
    pub(super) fn is_parallel(&self) -> bool {
        let beneath_mm2: f64 = self.distances.iter().map(|(_, weight)| weight).sum();
        self.parallel_mm2 > 0.5 * beneath_mm2
    }

    /// Area that covers a hole of the skin or reaches beyond its rim, mm².
    pub(super) fn bare_mm2(&self) -> f64 {
        if self.looked_at_mm2 > 0.0 { self.bare_mm2 / self.looked_at_mm2 * self.area_mm2 } else { 0.0 }
    }

    /// Least and greatest distance from the skin beneath, mm.
    pub(super) fn range_mm(&self) -> [f64; 2] {
        let fold = self.distances.iter().map(|(d, _)| *d);
        fold.fold([f64::INFINITY, 0.0], |[least, greatest], d| [least.min(d), greatest.max(d)])
    }
}
