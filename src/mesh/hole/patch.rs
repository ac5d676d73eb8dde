use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use nalgebra::Vector2;
use rayon::prelude::*;

use super::cap::{flat_cap, least_weight_cap};
use super::rim::Rim;
use super::spline::{Frame, Spline};
use crate::error::Result;
use crate::geometry::{Point, Vector};
use crate::mesh::{SurfaceIndex, Topology, TriMesh};

/// Skin up to this far from the rim shapes the patch: at least so many mm, edges of the mesh, and widths of the hole.
const REACH_MM: f64 = 4.0;
const REACH_EDGES: f64 = 3.0;
const REACH_WIDTHS: f64 = 0.75;
/// The spline takes no more places than this; its time grows with their cube. More are averaged in cells.
const MOST_PLACES: f64 = 150.0;
/// Skin that leans farther away from the hole's plane says nothing about the heights over it: least cosine.
const LEAST_COSINE: f64 = 0.3;
/// A patch that is so much rougher than its image in the plane folds: least ratio of the areas.
const LEAST_FLATNESS: f64 = 0.5;
/// The skin near the rim must fit a smooth field of heights to this, mm: the noise of a poor scan.
const MOST_MISFIT_MM: f64 = 1.0;
/// A rim without a simple image in the plane is closed without new vertices up to this width, in edges of the mesh.
const MOST_EDGES_WITHOUT_IMAGE: f64 = 2.5;
/// Other surface within this share of the way to the rim lies where the patch does.
const LEAST_FREE_SHARE: f64 = 0.1;

/// What fills a hole.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    /// The new vertices, mm.
    pub vertices: Vec<Point>,
    /// Wound as the skin around. Numbers from the count of the mesh's vertices on are those of the patch, in order.
    pub triangles: Vec<[u32; 3]>,
}

/// Why a hole cannot be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Refusal {
    /// The rim crosses itself seen along the skin's normal and along its own, or has too many corners.
    Tangled,
    /// The patch would fold or stand up from the skin.
    Steep,
    /// The skin around is no smooth surface with one height over each place.
    Rough,
    /// Other surface lies where the patch would.
    Occupied,
    /// The patch would share an edge with two triangles that are there already.
    Shared,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tangled => "the rim crosses itself",
            Self::Steep => "a patch would stand up from the skin",
            Self::Rough => "the skin around is too rough to go on from",
            Self::Occupied => "other surface lies inside",
            Self::Shared => "a patch would touch triangles behind the rim",
        })
    }
}

/// The mesh with the patches behind its own vertices and triangles, which stay as they are.
pub fn with_patches<'a>(mesh: TriMesh, patches: impl IntoIterator<Item = &'a Patch>) -> Result<TriMesh> {
    let (mut vertices, mut triangles) = mesh.into_parts();
    let own = vertices.len() as u32;
    for patch in patches {
        let shift = vertices.len() as u32 - own;
        vertices.extend(&patch.vertices);
        triangles.extend(patch.triangles.iter().map(|t| t.map(|v| if v < own { v } else { v + shift })));
    }
    TriMesh::new(vertices, triangles)
}

impl Patch {
    /// Smooth patches over holes of a mesh, or why not; `index` holds the places of the same mesh. Together they leave
    /// every edge with at most two triangles.
    ///
    /// The new vertices are about as far apart as those around the hole, and lie on a smooth field of heights over the
    /// plane of the skin within some 4 mm of the rim, fitted to it so that noise is averaged away.
    pub fn over(
        mesh: &TriMesh,
        topology: &Topology,
        index: &SurfaceIndex,
        rims: &[&Rim],
    ) -> Vec<Result<Self, Refusal>> {
        let hole = |rim: &&Rim| Opening::look(mesh, topology, rim).and_then(|mut opening| opening.patch(index));
        let mut patches: Vec<Result<Self, Refusal>> = rims.par_iter().map(hole).collect();
        let mut chords = BTreeSet::new();
        for (rim, slot) in rims.iter().zip(&mut patches) {
            if let Ok(patch) = slot {
                let own = patch.chords(rim, mesh);
                if own.iter().any(|chord| chords.contains(chord)) {
                    *slot = Err(Refusal::Shared);
                } else {
                    chords.extend(own);
                }
            }
        }
        patches
    }

    /// Edges from rim to rim straight through the hole, lower vertex first.
    fn chords(&self, rim: &Rim, mesh: &TriMesh) -> Vec<[u32; 2]> {
        let own = mesh.vertices().len() as u32;
        let mut edges: Vec<[u32; 2]> = self.edges().filter(|edge| edge[1] < own).collect();
        edges.sort_unstable();
        edges.dedup();
        let count = rim.vertices.len();
        let along = (0..count).map(|i| sorted(rim.vertices[i], rim.vertices[(i + 1) % count]));
        let along: BTreeSet<[u32; 2]> = along.collect();
        edges.retain(|edge| !along.contains(edge));
        edges
    }

    fn edges(&self) -> impl Iterator<Item = [u32; 2]> {
        self.triangles.iter().flat_map(|&[a, b, c]| [sorted(a, b), sorted(b, c), sorted(c, a)])
    }
}

/// A hole and the skin around it.
struct Opening<'a> {
    mesh: &'a TriMesh,
    rim: &'a Rim,
    positions: Vec<Point>,
    /// Answers how far it is to the rim.
    edge: SurfaceIndex,
    across_mm: f64,
    /// Median side of the triangles along the rim, mm.
    spacing_mm: f64,
    /// Triangles near the rim that hang together with it, ascending.
    around: Vec<u32>,
    /// Mean normal of the skin around; that of the rim where it has no simple image across this one.
    normal: Vector,
}

impl<'a> Opening<'a> {
    fn look(mesh: &'a TriMesh, topology: &Topology, rim: &'a Rim) -> Result<Self, Refusal> {
        let positions = rim.positions(mesh);
        let edge = SurfaceIndex::of_segments(&rim.segments(mesh));
        let across_mm = rim.across_mm(mesh);
        let mut sides: Vec<f64> = (rim.triangles.iter())
            .map(|&t| mesh.corners(t))
            .flat_map(|[a, b, c]| [(b - a).norm(), (c - b).norm(), (a - c).norm()])
            .collect();
        let middle = sides.len() / 2;
        let spacing_mm = *sides.select_nth_unstable_by(middle, f64::total_cmp).1;
        let reach_mm = REACH_MM.max(REACH_EDGES * spacing_mm).max(REACH_WIDTHS * across_mm);
        let mut around: BTreeSet<u32> = rim.triangles.iter().copied().collect();
        let mut pending = rim.triangles.clone();
        while let Some(t) = pending.pop() {
            let next = (0..3).filter_map(|side| topology.neighbour(t, side));
            for t in next.filter(|&t| edge.is_within(&middle_of(mesh, t), reach_mm)) {
                if around.insert(t) {
                    pending.push(t);
                }
            }
        }
        let around: Vec<u32> = around.into_iter().collect();
        let normal: Vector = around.iter().map(|&t| mesh.double_area_vector(t)).sum();
        let normal = normal.try_normalize(0.0).ok_or(Refusal::Rough)?;
        Ok(Self { mesh, rim, positions, edge, across_mm, spacing_mm, around, normal })
    }

    fn patch(&mut self, index: &SurfaceIndex) -> Result<Patch, Refusal> {
        let own = self.mesh.vertices().len() as u32;
        // A rim that noise tangles in the plane of the skin may be simple in its own.
        let image = [self.normal, self.rim.normal(self.mesh)]
            .into_iter()
            .find_map(|normal| Some((normal, flat_cap(&self.positions, &normal, Some(self.spacing_mm))?)));
        let (inner, triangles) = match image {
            Some((normal, cap)) => {
                self.normal = normal;
                (self.lifted(&cap.inner)?, cap.triangles)
            }
            None if self.across_mm > MOST_EDGES_WITHOUT_IMAGE * self.spacing_mm => return Err(Refusal::Tangled),
            None => (Vec::new(), least_weight_cap(&self.positions).ok_or(Refusal::Tangled)?),
        };
        let count = self.rim.vertices.len() as u32;
        let number = |v: u32| if v < count { self.rim.vertices[v as usize] } else { own + v - count };
        let triangles = triangles.into_iter().map(|t| t.map(number)).collect();
        let patch = Patch { vertices: inner, triangles };
        self.check(&patch, index)?;
        Ok(patch)
    }

    /// The places in the plane lifted to the spline through the skin around.
    fn lifted(&self, inner: &[Vector2<f64>]) -> Result<Vec<Point>, Refusal> {
        if inner.is_empty() {
            return Ok(Vec::new());
        }
        let frame = Frame::across(&self.normal, &self.positions).ok_or(Refusal::Rough)?;
        let (places, heights) = self.samples(&frame);
        let spline = Spline::fit(&places, &heights).ok_or(Refusal::Rough)?;
        if spline.noise_mm > MOST_MISFIT_MM {
            return Err(Refusal::Rough);
        }
        Ok(inner.iter().map(|place| frame.lift(place, spline.at(place))).collect())
    }

    /// Heights of the skin around over the plane; of many places those of means over cells.
    fn samples(&self, frame: &Frame) -> (Vec<Vector2<f64>>, Vec<f64>) {
        let mut normals = BTreeMap::<u32, Vector>::new();
        for &t in &self.around {
            for v in self.mesh.triangles()[t as usize] {
                *normals.entry(v).or_default() += self.mesh.double_area_vector(t);
            }
        }
        let leans = |normal: &Vector| normal.dot(&self.normal) < LEAST_COSINE * normal.norm();
        let skin = normals.iter().filter(|(_, normal)| !leans(normal)).map(|(&v, _)| self.mesh.vertices()[v as usize]);
        let skin: Vec<(Vector2<f64>, f64)> = skin.map(|p| (frame.flat(&p), frame.height(&p))).collect();
        if skin.len() as f64 <= MOST_PLACES {
            return skin.into_iter().unzip();
        }
        let area: f64 = self.around.iter().map(|&t| self.mesh.triangle_area_mm2(t)).sum();
        let cell = (area / MOST_PLACES).sqrt();
        let mut cells = BTreeMap::<[i64; 2], (f64, Vector2<f64>, f64)>::new();
        for (place, height) in skin {
            let (count, at, sum) = cells.entry([place.x, place.y].map(|c| (c / cell).floor() as i64)).or_default();
            (*count, *at, *sum) = (*count + 1.0, *at + place, *sum + height);
        }
        cells.into_values().map(|(count, place, height)| (place / count, height / count)).unzip()
    }

    /// Whether the patch is a sound piece of skin where nothing else is.
    fn check(&self, patch: &Patch, index: &SurfaceIndex) -> Result<(), Refusal> {
        let own = self.mesh.vertices().len() as u32;
        let place = |v: u32| match v.checked_sub(own) {
            Some(inner) => patch.vertices[inner as usize],
            None => self.mesh.vertices()[v as usize],
        };
        let areas = patch.triangles.iter().map(|t| t.map(place)).map(|[a, b, c]| (b - a).cross(&(c - a)));
        let (image, whole) =
            areas.fold((0.0, 0.0), |(image, whole), area| (image + area.dot(&self.normal), whole + area.norm()));
        if image < LEAST_FLATNESS * whole {
            return Err(Refusal::Steep);
        }
        let is_taken = |v: &Point| {
            let to_rim_mm = self.edge.closest(v).map_or(0.0, |hit| hit.distance_mm);
            index.is_within(v, LEAST_FREE_SHARE * to_rim_mm)
        };
        // The rim itself is no obstacle to edges that start there.
        let crosses = |edge: &[u32; 2]| {
            let [a, b] = edge.map(place);
            let [skip_a, skip_b] = edge.map(|v| if v < own { LEAST_FREE_SHARE } else { 0.0 });
            index.is_occluded(&(a + (b - a) * skip_a), &(b - a), 1.0 - skip_a - skip_b)
        };
        let chords = patch.chords(self.rim, self.mesh);
        let mut inner = patch.edges().filter(|edge| edge[1] >= own).chain(chords.iter().copied());
        if patch.vertices.iter().any(is_taken) || inner.any(|edge| crosses(&edge)) {
            return Err(Refusal::Occupied);
        }
        let corners = self.around.iter().map(|&t| self.mesh.triangles()[t as usize]);
        let mut sides = corners.flat_map(|[a, b, c]| [sorted(a, b), sorted(b, c), sorted(c, a)]);
        if sides.any(|side| chords.binary_search(&side).is_ok()) { Err(Refusal::Shared) } else { Ok(()) }
    }
}

fn middle_of(mesh: &TriMesh, triangle: u32) -> Point {
    let [a, b, c] = mesh.corners(triangle);
    Point::from((a.coords + b.coords + c.coords) / 3.0)
}

fn sorted(a: u32, b: u32) -> [u32; 2] {
    [a.min(b), a.max(b)]
}
