use super::check::Defects;
use super::{Topology, TriMesh};
use crate::error::Result;
use crate::geometry::{Aabb, Point, Vector};

/// How the winding was made consistent and outward.
#[derive(Debug, Default)]
pub(crate) struct Orientation {
    /// Triangles that were wound against the rest of their component, and were turned.
    pub(crate) flipped: Defects,
    /// Components that were turned as a whole, because they were inside out.
    pub(crate) inside_out: Defects,
    /// Components without two sides (like a Möbius strip).
    pub(crate) one_sided: Defects,
    /// Components so flat that neither side is the outside; they keep the winding of most of their triangles.
    pub(crate) flat: Defects,
    /// All triangles that were turned.
    pub(crate) turned: usize,
}

/// A sum of this share of the area times the extent has no sign: above rounding, below any bulge that can be measured.
const FLAT: f64 = 1e-9;

/// Winds the triangles of each component alike, then outwards.
///
/// Outward means that the sum of `A (c - m) · n` over the component's triangles is positive, with area `A`, centroid `c`,
/// normal `n`, and the component's centroid `m`: for a closed component three times its volume (by the divergence
/// theorem), for an open one the way it bulges.
///
/// The topology is that of the mesh, and stays so: turning a triangle renumbers its edges.
pub(crate) fn orient(mesh: TriMesh, topology: &mut Topology) -> Result<(TriMesh, Orientation)> {
    let mut components = vec![Component::default(); topology.component_count()];
    let against = wind_alike(&mesh, topology, &mut components);
    let component_of = |triangle: usize| topology.components()[triangle] as usize;
    let triangles = 0..mesh.triangles().len();
    for t in triangles.clone() {
        components[component_of(t)].include(&mesh, t as u32, against[t]);
    }
    for t in triangles.clone() {
        components[component_of(t)].weigh(&mesh, t as u32, against[t]);
    }

    let mut orientation = Orientation::default();
    for component in &mut components {
        component.decide(&mut orientation);
    }
    let turned: Vec<bool> = triangles.map(|t| against[t] != components[component_of(t)].turn).collect();
    for (t, _) in turned.iter().enumerate().filter(|&(_, &turned)| turned) {
        orientation.turned += 1;
        if !components[component_of(t)].inside_out {
            orientation.flipped.add(&mesh.corners(t as u32));
        }
    }
    let (vertices, mut triangles) = mesh.into_parts();
    for (t, _) in turned.into_iter().enumerate().filter(|&(_, turned)| turned) {
        triangles[t].swap(1, 2);
        topology.turn(t);
    }
    Ok((TriMesh::new(vertices, triangles)?, orientation))
}

/// Walks each component from its first triangle; true for the triangles that are wound against that one.
fn wind_alike(mesh: &TriMesh, topology: &Topology, components: &mut [Component]) -> Vec<bool> {
    let mut against: Vec<Option<bool>> = vec![None; mesh.triangles().len()];
    let mut open = Vec::new();
    for seed in 0..against.len() {
        if against[seed].is_some() {
            continue;
        }
        against[seed] = Some(false);
        open.push(seed);
        while let Some(t) = open.pop() {
            let side = against[t];
            let corners = mesh.triangles()[t];
            for edge in 0..3 {
                let Some(neighbour) = topology.neighbour(t as u32, edge) else { continue };
                let neighbour = neighbour as usize;
                let [a, b] = [corners[edge], corners[(edge + 1) % 3]];
                // Two triangles wound alike run through their common edge in opposite directions.
                let other = mesh.triangles()[neighbour];
                let same_direction = (0..3).any(|i| [other[i], other[(i + 1) % 3]] == [a, b]);
                let expected = side.map(|side| side != same_direction);
                if against[neighbour].is_none() {
                    against[neighbour] = expected;
                    open.push(neighbour);
                } else if against[neighbour] != expected {
                    components[topology.components()[t] as usize].one_sided = true;
                }
            }
        }
    }
    against.into_iter().map(|side| side == Some(true)).collect()
}

#[derive(Debug, Clone)]
struct Component {
    triangles: usize,
    against: usize,
    area: f64,
    /// Sum of the triangles' centroids times their areas.
    moment: Vector,
    /// The sum whose sign tells the outside.
    outward: f64,
    bounds: Aabb,
    one_sided: bool,
    /// Whether the winding of the first triangle is the wrong one.
    turn: bool,
    inside_out: bool,
}

impl Default for Component {
    fn default() -> Self {
        Self {
            triangles: 0,
            against: 0,
            area: 0.0,
            moment: Vector::zeros(),
            outward: 0.0,
            bounds: Aabb::EMPTY,
            one_sided: false,
            turn: false,
            inside_out: false,
        }
    }
}

impl Component {
    fn include(&mut self, mesh: &TriMesh, triangle: u32, against: bool) {
        let corners = mesh.corners(triangle);
        let area = mesh.triangle_area_mm2(triangle);
        self.triangles += 1;
        self.against += usize::from(against);
        self.area += area;
        self.moment += area * centroid(&corners);
        for corner in &corners {
            self.bounds.include(corner);
        }
    }

    /// Needs the sums of [`Component::include`] over all triangles.
    fn weigh(&mut self, mesh: &TriMesh, triangle: u32, against: bool) {
        let arm = centroid(&mesh.corners(triangle)) - self.moment / self.area;
        let area_vector = 0.5 * mesh.double_area_vector(triangle);
        let term = area_vector.dot(&arm);
        self.outward += if against { -term } else { term };
    }

    fn decide(&mut self, orientation: &mut Orientation) {
        let flat = self.outward.abs() <= FLAT * self.area * self.bounds.size().norm();
        self.turn = if flat { 2 * self.against > self.triangles } else { self.outward < 0.0 };
        let turned = if self.turn { self.triangles - self.against } else { self.against };
        self.inside_out = turned == self.triangles;
        let corners = [self.bounds.min, self.bounds.max];
        for (seen, defects) in [
            (self.inside_out, &mut orientation.inside_out),
            (self.one_sided, &mut orientation.one_sided),
            (flat, &mut orientation.flat),
        ] {
            if seen {
                defects.add(&corners);
            }
        }
    }
}

fn centroid(corners: &[Point; 3]) -> Vector {
    (corners[0].coords + corners[1].coords + corners[2].coords) / 3.0
}
