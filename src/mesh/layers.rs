//! The pieces of a mesh one by one, and which side of a surface is the outside.

use super::{RayHit, SurfaceHit, SurfaceIndex, SurfacePoint, Topology, TriMesh};
use crate::geometry::{Aabb, Point, Vector};

/// Half the width of the disc over which the normal is averaged before rays are sent along it, mm.
const NORMAL_REACH_MM: f64 = 3.0;
/// Angles of the rays from the normal, with six rays around it at each but the first, rad.
const RINGS_RAD: [f64; 3] = [0.0, std::f64::consts::FRAC_PI_6, std::f64::consts::FRAC_PI_3];
/// Longer than any scan of a head with its surroundings, mm.
const SKY_MM: f64 = 1e5;

/// Which triangles make up each component.
#[derive(Debug, Clone)]
pub struct Pieces {
    starts: Vec<u32>,
    triangles: Vec<u32>,
}

impl Pieces {
    /// Sorts the triangles by component.
    pub fn of(topology: &Topology) -> Self {
        let mut starts = vec![0; topology.component_count() + 1];
        for &component in topology.components() {
            starts[component as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut triangles = vec![0; topology.components().len()];
        for (&component, t) in topology.components().iter().zip(0..) {
            let place = &mut next[component as usize];
            triangles[*place as usize] = t;
            *place += 1;
        }
        Self { starts, triangles }
    }

    /// How many components there are.
    pub fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The triangles of a component, ascending. Panics when there is no such component.
    pub fn triangles(&self, component: u32) -> &[u32] {
        let [start, end] = [component, component + 1].map(|c| self.starts[c as usize] as usize);
        &self.triangles[start..end]
    }

    /// The box around a component, mm.
    pub fn bounds(&self, mesh: &TriMesh, component: u32) -> Aabb {
        let corners = self.triangles(component).iter().flat_map(|&t| mesh.triangles()[t as usize]);
        let mut bounds = Aabb::EMPTY;
        corners.for_each(|v| bounds.include(&mesh.vertices()[v as usize]));
        bounds
    }
}

/// Answers for some triangles of a mesh alone, by their numbers in the mesh.
#[derive(Debug, Clone)]
pub struct PartIndex {
    index: SurfaceIndex,
    triangles: Vec<u32>,
}

impl PartIndex {
    /// Of these triangles. Panics when one is out of range.
    pub fn build(mesh: &TriMesh, triangles: Vec<u32>) -> Self {
        let corners: Vec<[Point; 3]> = triangles.iter().map(|&t| mesh.corners(t)).collect();
        Self { index: SurfaceIndex::from_corners(&corners), triangles }
    }

    /// The place on the part closest to `p` if it is at most `max_mm` away.
    pub fn closest_within(&self, p: &Point, max_mm: f64) -> Option<SurfaceHit> {
        let mut hit = self.index.closest_within(p, max_mm)?;
        hit.at.triangle = self.triangles[hit.at.triangle as usize];
        Some(hit)
    }
}

/// Mean normal of a surface around a place, on the side of the winding of the place's triangle.
///
/// Triangles that face away count nothing: they are another layer.
pub fn facing(mesh: &TriMesh, index: &SurfaceIndex, at: &SurfacePoint) -> Option<Vector> {
    let own = mesh.double_area_vector(at.triangle);
    let mut sum = own;
    index.for_each_within(&at.position(mesh), NORMAL_REACH_MM, |t, _| {
        let normal = mesh.double_area_vector(t);
        if normal.dot(&own) > 0.0 {
            sum += normal;
        }
    });
    sum.try_normalize(0.0)
}

/// How much of the sky is free on either side of a place, 0 to 1: along its normal and against it.
///
/// Looks from `lift_mm` off the surface, beyond the layers that lie on it, in 13 directions up to 60° from the normal.
/// They are laid out from an edge of the triangle, so that they turn with the mesh.
pub fn open_sky(mesh: &TriMesh, index: &SurfaceIndex, at: &SurfacePoint, lift_mm: f64) -> Option<[f64; 2]> {
    let normal = facing(mesh, index, at)?;
    let [a, b, c] = mesh.corners(at.triangle);
    let across = [b - a, c - b].map(|edge| edge - normal * edge.dot(&normal));
    let across = if across[0].norm_squared() >= across[1].norm_squared() { across[0] } else { across[1] };
    let right = across.try_normalize(0.0)?;
    let forward = normal.cross(&right);
    let free = |axis: Vector| {
        let origin = at.position(mesh) + axis * lift_mm;
        let (mut free, mut count) = (0.0, 0.0);
        for (ring, tilt) in RINGS_RAD.into_iter().enumerate() {
            for k in 0..if ring == 0 { 1 } else { 6 } {
                let turn = f64::from(k) * std::f64::consts::FRAC_PI_3;
                let direction = axis * tilt.cos() + (right * turn.cos() + forward * turn.sin()) * tilt.sin();
                count += 1.0;
                free += f64::from(u8::from(!index.is_occluded(&origin, &direction, SKY_MM)));
            }
        }
        free / count
    };
    Some([free(normal), free(-normal)])
}

/// The wall behind a place: the first layer that the normal's back side meets within `reach_mm` if it faces away from
/// the place, as the other side of a solid does.
pub fn wall_behind(mesh: &TriMesh, index: &SurfaceIndex, at: &SurfacePoint, reach_mm: f64) -> Option<RayHit> {
    /// The other wall of a solid runs about parallel: within 60°.
    const PARALLEL: f64 = 0.5;
    /// Steps off the place's own triangle, mm.
    const OFF_MM: f64 = 1e-6;
    let inwards = -facing(mesh, index, at)?;
    let hit = index.ray(&(at.position(mesh) + inwards * OFF_MM), &inwards, reach_mm)?;
    (mesh.normal(hit.at.triangle).dot(&inwards) > PARALLEL).then_some(hit)
}

/// Open edges that another open edge, one that shares no vertex with them, follows within `gap_mm`: seams that come
/// apart where patches of a scan were not welded. Each as the triangle and its side.
pub fn torn_edges(mesh: &TriMesh, topology: &Topology, gap_mm: f64) -> Vec<(u32, usize)> {
    let open: Vec<(u32, usize)> = (0..mesh.triangles().len() as u32)
        .flat_map(|t| (0..3).map(move |side| (t, side)))
        .filter(|&(t, side)| topology.neighbour(t, side).is_none())
        .collect();
    let ends = |(t, side): (u32, usize)| {
        let corners = mesh.triangles()[t as usize];
        [corners[side], corners[(side + 1) % 3]]
    };
    let place = |v: u32| mesh.vertices()[v as usize];
    let segments: Vec<[Point; 3]> = open
        .iter()
        .map(|&edge| {
            let [a, b] = ends(edge).map(place);
            [a, b, b]
        })
        .collect();
    let index = SurfaceIndex::from_corners(&segments);
    let follows = |&edge: &(u32, usize)| {
        let [a, b] = ends(edge);
        let mut is_followed = false;
        index.for_each_within(&nalgebra::center(&place(a), &place(b)), gap_mm, |other, _| {
            is_followed |= ends(open[other as usize]).iter().all(|&v| v != a && v != b);
        });
        is_followed
    };
    open.iter().copied().filter(follows).collect()
}
