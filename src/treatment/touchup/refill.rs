use super::cloud::Cloud;
use crate::error::Result;
use crate::geometry::Point;
use crate::mesh::{SurfacePoint, TriMesh, submesh};
use crate::sampling::{self, Domain, FixedDot, Options, Spacing};

/// The treatable surface, and how far dots are to be apart on it.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The surface, mm.
    pub mesh: &'a TriMesh,
    /// Least distance at each vertex, mm.
    pub spacing_mm: &'a [f64],
    /// Density asked at each vertex, dots per cm²; where it is 0 nothing is treated.
    pub density_per_cm2: &'a [f64],
}

/// A dot to which new ones keep their distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Obstacle {
    /// Its place, mm.
    pub position: Point,
    /// The least distance that it is to keep, mm.
    pub spacing_mm: f64,
    /// Its diameter, mm.
    pub diameter_mm: f64,
}

/// Dots nearer to each other than so many of their mean diameters run together.
const DIAMETERS: f64 = 1.5;

impl Obstacle {
    /// How far apart two of them are to be, mm.
    fn apart_mm(&self, other: &Self) -> f64 {
        let touching_mm = DIAMETERS * f64::midpoint(self.diameter_mm, other.diameter_mm);
        self.spacing_mm.min(other.spacing_mm).max(touching_mm)
    }
}

/// Where new dots go, by the indices of the lost ones.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Refilled {
    /// Lost dots whose own place is free.
    pub reused: Vec<usize>,
    /// Lost dots with a new place beside their own.
    pub moved: Vec<(usize, Point)>,
    /// Lost dots around which there is room for none.
    pub no_room: Vec<usize>,
}

/// Finds a place for each lost dot: its own where that is free, else one within its cell, which is nearer to it than to any
/// other dot that was struck.
///
/// The rule is that of the plan: two dots are at least the smaller of their spacings apart, and do not touch where one has spread. Places beside the own one come from
/// the sampler with what is there as fixed dots, so where it finds none there is none.
pub fn refill(
    lost: &[Obstacle],
    struck: &Cloud,
    is_lost: impl Fn(usize) -> Option<usize>,
    obstacles: &[Obstacle],
    ground: Ground<'_>,
    seed: u64,
) -> Result<Refilled> {
    let mut taken = Taken::new(obstacles)?;
    let mut refilled = Refilled::default();
    let mut open = Vec::new();
    for (index, dot) in lost.iter().enumerate() {
        if taken.is_free(dot) {
            taken.more.push(*dot);
            refilled.reused.push(index);
        } else {
            open.push(index);
        }
    }
    if open.is_empty() {
        return Ok(refilled);
    }
    // Nearest candidate within the cell of each lost dot.
    let mut best: Vec<Option<(f64, Point)>> = vec![None; lost.len()];
    for candidate in candidates(lost, &open, &taken, ground, seed)? {
        let Some(cell) = struck.closest(&candidate) else { continue };
        let Some(index) = is_lost(cell.index).filter(|index| open.binary_search(index).is_ok()) else { continue };
        let is_nearest = best[index].is_none_or(|(mm, _)| cell.distance_mm < mm);
        if is_nearest && taken.is_clear(&Obstacle { position: candidate, ..lost[index] }) {
            best[index] = Some((cell.distance_mm, candidate));
        }
    }
    for index in open {
        match best[index] {
            Some((_, place)) => refilled.moved.push((index, place)),
            None => refilled.no_room.push(index),
        }
    }
    Ok(refilled)
}

/// Dots that are there, and new ones.
struct Taken<'a> {
    obstacles: &'a [Obstacle],
    cloud: Option<Cloud>,
    widest_mm: f64,
    broadest_mm: f64,
    more: Vec<Obstacle>,
}

impl<'a> Taken<'a> {
    fn new(obstacles: &'a [Obstacle]) -> Result<Self> {
        let points: Vec<Point> = obstacles.iter().map(|dot| dot.position).collect();
        let cloud = if points.is_empty() { None } else { Some(Cloud::new(points)?) };
        let widest_mm = obstacles.iter().map(|dot| dot.spacing_mm).fold(0.0, f64::max);
        let broadest_mm = obstacles.iter().map(|dot| dot.diameter_mm).fold(0.0, f64::max);
        Ok(Self { obstacles, cloud, widest_mm, broadest_mm, more: Vec::new() })
    }

    fn near(&self, place: &Point, radius_mm: f64) -> impl Iterator<Item = &Obstacle> {
        let old = self.cloud.as_ref().map_or_else(Vec::new, |cloud| cloud.within(place, radius_mm));
        let new = self.more.iter().filter(move |dot| nalgebra::distance(&dot.position, place) <= radius_mm);
        old.into_iter().map(|near| &self.obstacles[near.index]).chain(new)
    }

    fn is_free(&self, dot: &Obstacle) -> bool {
        let too_near = |other: &Obstacle| nalgebra::distance(&other.position, &dot.position) < other.apart_mm(dot);
        !self.near(&dot.position, dot.spacing_mm.max(self.touching_mm(dot))).any(too_near)
    }

    /// Whether a dot that keeps its spacing does not touch one that has spread either.
    fn is_clear(&self, dot: &Obstacle) -> bool {
        let touches = |other: &Obstacle| {
            nalgebra::distance(&other.position, &dot.position)
                < DIAMETERS * f64::midpoint(other.diameter_mm, dot.diameter_mm)
        };
        !self.near(&dot.position, self.touching_mm(dot)).any(touches)
    }

    /// No dot farther away touches, mm.
    fn touching_mm(&self, dot: &Obstacle) -> f64 {
        DIAMETERS * f64::midpoint(self.broadest_mm, dot.diameter_mm)
    }
}

/// Places on the ground around lost dots where there is room for new ones.
fn candidates(
    lost: &[Obstacle],
    open: &[usize],
    taken: &Taken<'_>,
    ground: Ground<'_>,
    seed: u64,
) -> Result<Vec<Point>> {
    let places = Cloud::new(open.iter().map(|&index| lost[index].position).collect())?;
    let reach_mm = open.iter().map(|&index| lost[index].spacing_mm).fold(0.0, f64::max);
    let mesh = ground.mesh;
    let near = |triangle: u32| {
        let middle = mesh.middle(triangle);
        let size_mm =
            mesh.corners(triangle).iter().map(|corner| nalgebra::distance(corner, &middle)).fold(0.0, f64::max);
        let is_treated = mesh.triangles()[triangle as usize].iter().all(|&v| ground.density_per_cm2[v as usize] > 0.0);
        is_treated && places.closest(&middle).is_some_and(|near| near.distance_mm <= reach_mm + size_mm)
    };
    let (part, old) = submesh(mesh, near)?;
    if part.is_empty() {
        return Ok(Vec::new());
    }
    let mut spacing_mm = vec![0.0; part.vertices().len()];
    for (corners, &triangle) in part.triangles().iter().zip(&old) {
        for (&vertex, &before) in corners.iter().zip(&mesh.triangles()[triangle as usize]) {
            spacing_mm[vertex as usize] = ground.spacing_mm[before as usize];
        }
    }
    let widest_mm = taken.widest_mm.max(reach_mm);
    let is_near = |dot: &&Obstacle| {
        places.closest(&dot.position).is_some_and(|near| near.distance_mm <= reach_mm + 2.0 * widest_mm)
    };
    let fixed = taken.obstacles.iter().chain(&taken.more).filter(is_near);
    let fixed: Vec<FixedDot> =
        fixed.map(|dot| FixedDot { position: dot.position, normal: None, spacing_mm: dot.spacing_mm }).collect();
    let domain = Domain { mesh: &part, spacing: Spacing::PerVertex(&spacing_mm) };
    let samples = sampling::sample(&domain, &fixed, &Options { seed, ..Options::default() })?;
    Ok(samples.dots.into_iter().map(|dot| dot.position).collect())
}

impl Ground<'_> {
    /// Least distance at a place of the surface, mm.
    pub fn spacing_at_mm(&self, at: &SurfacePoint) -> f64 {
        at.interpolate(self.mesh, self.spacing_mm)
    }
}
