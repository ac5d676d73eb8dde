use std::path::Path;
use std::sync::OnceLock;

use tonsure::case::Landmarks;
use tonsure::geometry::{Point, Units, Vector};
use tonsure::mesh::{self, SurfaceIndex, Topology, TriMesh, submesh};
use tonsure::region::boundary::{self, Boundary};

use super::run::{Outcome, Way, run};
use super::{Damaged, Soup};

const HEADS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes");

/// An undamaged head with its line: the truth that damaged ones are held against. Lengths mm, in the axes of its file.
pub(crate) struct Head {
    pub(crate) name: &'static str,
    /// Everything in the scan.
    pub(crate) mesh: TriMesh,
    /// For each triangle whether it belongs to the component that carries the line.
    pub(crate) on_skin: Vec<bool>,
    /// That component.
    pub(crate) skin: TriMesh,
    pub(crate) index: SurfaceIndex,
    pub(crate) line: Vec<Point>,
    pub(crate) inside: Point,
    pub(crate) landmarks: Landmarks,
    /// The axes of the head: to its left, backwards, up.
    pub(crate) axes: [Vector; 3],
    undamaged: OnceLock<Undamaged>,
}

/// What the undamaged head gives.
pub(crate) struct Undamaged {
    pub(crate) area_mm2: f64,
    pub(crate) edge_length_mm: f64,
    pub(crate) count: usize,
    /// The treatable surface.
    pub(crate) region: SurfaceIndex,
    /// A point deep in the head, from which all of the scalp faces away.
    pub(crate) core: Point,
}

impl Head {
    /// One of the heads beside the project; `None` with a message where they are absent.
    pub(crate) fn real(name: &'static str, extension: &str) -> Option<Self> {
        let folder = Path::new(HEADS);
        if !folder.is_dir() {
            eprintln!("skipped: no heads in {HEADS}");
            return None;
        }
        let line_name = format!("{name}.hairline.json");
        let line = std::fs::read(folder.join(&line_name)).unwrap();
        let boundary = boundary::read(&line, &line_name, Units::Millimetre).unwrap();
        let scan = mesh::load(&folder.join(format!("{name}.{extension}")), Some(boundary.units)).unwrap();
        Some(Self::new(name, scan.mesh, boundary))
    }

    pub(crate) fn new(name: &'static str, mesh: TriMesh, boundary: Boundary) -> Self {
        let Boundary { points: line, inside_point, landmarks, .. } = boundary;
        let topology = Topology::build(&mesh);
        let whole = SurfaceIndex::build(&mesh);
        let mut votes = vec![0; topology.component_count()];
        for point in &line {
            votes[topology.components()[whole.closest(point).unwrap().at.triangle as usize] as usize] += 1;
        }
        let carrier = (0..votes.len()).max_by_key(|&component| votes[component]).unwrap();
        let on_skin: Vec<bool> = topology.components().iter().map(|&c| c as usize == carrier).collect();
        let (skin, _) = submesh(&mesh, |t| on_skin[t as usize]).unwrap();
        let place = |landmark: Option<[f64; 3]>| Point::from(landmark.unwrap());
        let (left, right) = (place(landmarks.left_tragus), place(landmarks.right_tragus));
        let x = (left - right).normalize();
        let up = place(landmarks.vertex) - nalgebra::center(&left, &right);
        let z = (up - x * up.dot(&x)).normalize();
        Self {
            name,
            index: SurfaceIndex::build(&skin),
            on_skin,
            skin,
            line,
            inside: inside_point.unwrap(),
            landmarks,
            axes: [x, z.cross(&x), z],
            undamaged: OnceLock::new(),
            mesh,
        }
    }

    pub(crate) fn undamaged(&self) -> &Undamaged {
        self.undamaged.get_or_init(|| {
            let Outcome { dots, region, area_mm2, edge_length_mm, .. } =
                run(self, &Damaged::of(self), Way::Dots).unwrap();
            let region = region.unwrap();
            let sum: Vector = region.vertices().iter().map(|v| v.coords).sum();
            Undamaged {
                area_mm2,
                edge_length_mm,
                count: dots.len(),
                core: Point::from(sum / region.vertices().len() as f64),
                region: SurfaceIndex::build(&region),
            }
        })
    }

    /// The place on the skin closest to a point.
    pub(crate) fn on_skin(&self, near: &Point) -> Point {
        self.index.closest(near).unwrap().position
    }

    /// Top of the head, inside the line.
    pub(crate) fn crown(&self) -> Point {
        self.on_skin(&self.inside)
    }

    /// The point of the line in the middle of the forehead.
    pub(crate) fn mid_frontal(&self) -> Point {
        self.farthest_along(-self.axes[1])
    }

    /// The point of the line in the middle of the nape.
    fn mid_nape(&self) -> Point {
        self.farthest_along(self.axes[1])
    }

    fn farthest_along(&self, direction: Vector) -> Point {
        let middle = nalgebra::center(
            &Point::from(self.landmarks.left_tragus.unwrap()),
            &Point::from(self.landmarks.right_tragus.unwrap()),
        );
        let off = |p: &&Point| (*p - middle).dot(&direction) < 0.0;
        let aside = |p: &Point| (p - middle).dot(&self.axes[0]).abs();
        *self.line.iter().filter(|p| !off(p)).min_by(|a, b| aside(a).total_cmp(&aside(b))).unwrap()
    }

    /// In the frontal zone, `behind_mm` behind the line.
    pub(crate) fn frontal(&self, behind_mm: f64) -> Point {
        let front = self.mid_frontal();
        self.on_skin(&(front + (self.crown() - front).normalize() * behind_mm))
    }

    /// On the back of the head, inside the line.
    pub(crate) fn occiput(&self) -> Point {
        let nape = self.mid_nape();
        self.on_skin(&(nape + (self.crown() - nape).normalize() * 60.0))
    }

    /// Outside of the line, this far from it: in the neck, or on the forehead where the scan has no neck.
    pub(crate) fn outside(&self, beyond_mm: f64) -> Point {
        let nape = self.mid_nape();
        let below = nape - self.axes[2] * beyond_mm;
        let forehead = self.mid_frontal() - self.axes[2] * beyond_mm;
        if self.index.is_within(&below, 0.5 * beyond_mm) { self.on_skin(&below) } else { self.on_skin(&forehead) }
    }

    /// `count` places inside the line, spread evenly, at least `margin_mm` away from the line.
    pub(crate) fn places_inside(&self, count: usize, margin_mm: f64) -> Vec<Point> {
        let region = &self.undamaged().region;
        let rim = |p: &Point| self.line.iter().map(|q| (p - q).norm()).fold(f64::INFINITY, f64::min);
        let mut candidates: Vec<Point> = (0..self.skin.triangles().len() as u32)
            .map(|t| centroid(&self.skin.corners(t)))
            .filter(|p| rim(p) > margin_mm && region.is_within(p, 1e-3))
            .collect();
        let mut places = vec![self.crown()];
        let mut distances = vec![f64::INFINITY; candidates.len()];
        while places.len() < count && !candidates.is_empty() {
            let last = places[places.len() - 1];
            for (distance, p) in distances.iter_mut().zip(&candidates) {
                *distance = distance.min((p - last).norm());
            }
            let far = (0..candidates.len()).max_by(|&a, &b| distances[a].total_cmp(&distances[b])).unwrap();
            distances.swap_remove(far);
            places.push(candidates.swap_remove(far));
        }
        places
    }

    /// The whole scan, to be damaged.
    pub(crate) fn soup(&self) -> Soup {
        Soup { vertices: self.mesh.vertices().to_vec(), triangles: self.mesh.triangles().to_vec() }
    }
}

pub(crate) fn centroid(corners: &[Point; 3]) -> Point {
    Point::from((corners[0].coords + corners[1].coords + corners[2].coords) / 3.0)
}
