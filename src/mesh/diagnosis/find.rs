use std::cmp::Reverse;

use super::piece::TOUCHING_MM;
use super::rim::{extent_mm, is_slit, non_manifold_edges};
use super::{Flaw, FlawKind, Piece, clusters, self_intersections};
use crate::error::Result;
use crate::geometry::{Aabb, Point, decimal};
use crate::mesh::hole::{Rim, open_rims};
use crate::mesh::{SurfaceIndex, Topology, TriMesh};

/// Defects closer than this to each other are one flaw when there are many, mm: a fingertip finds them together.
const GAP_MM: f64 = 15.0;
/// Up to so many defects of a kind are told one by one ...
const FEW: usize = 24;
/// ... and of more so many of the largest; the rest is gathered by place.
const LARGEST: usize = 12;

/// A mesh that is looked through for flaws.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// The mesh, wound outwards, mm.
    pub mesh: &'a TriMesh,
    /// Its neighbours and components.
    pub topology: &'a Topology,
    /// Places on it.
    pub index: &'a SurfaceIndex,
    /// The component that matters; the others are pieces.
    pub main: u32,
}

/// The component with the largest area, the first of several; 0 without triangles.
pub fn largest_component(mesh: &TriMesh, topology: &Topology) -> u32 {
    let mut areas_mm2 = vec![0.0; topology.component_count()];
    for (t, &component) in (0..).zip(topology.components()) {
        areas_mm2[component as usize] += mesh.triangle_area_mm2(t);
    }
    (0..).zip(areas_mm2).max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map_or(0, |(component, _)| component)
}

/// One defect on its way into a flaw.
struct Defect {
    bounds: Aabb,
    places: Vec<Point>,
    outline: Option<Vec<Point>>,
    size_mm: f64,
    what: String,
}

impl Search<'_> {
    /// All flaws: holes, slits and edges of the main component, pieces, non-manifold edges anywhere, and
    /// self-intersections of the triangles in `crossing` with others of their component. By kind, then the largest first.
    ///
    /// # Errors
    /// None for an index and a topology of the mesh.
    pub fn flaws(&self, crossing: &[u32]) -> Result<Vec<Flaw>> {
        let mut flaws = self.crossings(crossing);
        flaws.extend(self.rims());
        flaws.extend(self.non_manifold());
        flaws.extend(self.pieces()?);
        flaws.sort_by(|a, b| a.kind.cmp(&b.kind).then(b.size_mm.total_cmp(&a.size_mm)));
        Ok(flaws)
    }

    fn rims(&self) -> Vec<Flaw> {
        let is_main =
            |rim: &&Rim| rim.triangles.first().is_some_and(|&t| self.topology.components()[t as usize] == self.main);
        let mut defects =
            [(FlawKind::Hole, Vec::new()), (FlawKind::Slit, Vec::new()), (FlawKind::ScanEdge, Vec::new())];
        for rim in open_rims(self.mesh, self.topology).iter().filter(is_main) {
            let long_mm = extent_mm(rim, self.mesh);
            let across_mm = rim.is_hole(self.mesh).then(|| rim.across_mm(self.mesh));
            let [long, across] = [long_mm, across_mm.unwrap_or_default()].map(|length| decimal(length, 1));
            let (kind, size_mm, what) = match across_mm {
                None => (2, long_mm, format!("the scan ends at a rim {long} mm long across")),
                Some(across_mm) if is_slit(long_mm, across_mm) => {
                    (1, long_mm, format!("a slit {long} mm long and {across} mm wide"))
                }
                Some(across_mm) => (0, across_mm, format!("a hole {across} mm across and {long} mm long")),
            };
            let outline = rim.positions(self.mesh);
            defects[kind].1.push(Defect {
                bounds: rim.bounds,
                places: outline.clone(),
                outline: Some(outline),
                size_mm,
                what,
            });
        }
        let words = [("holes", "the widest"), ("slits", "the longest"), ("ends of the scan", "the longest")];
        defects.into_iter().zip(words).flat_map(|((kind, defects), words)| gathered(kind, defects, words)).collect()
    }

    fn pieces(&self) -> Result<Vec<Flaw>> {
        let defect = |piece: Piece| {
            let size_mm = piece.bounds.size().max();
            let side = if piece.is_outside { "outside of" } else { "inside of" };
            let place = match piece.distance_mm {
                distance_mm if distance_mm < TOUCHING_MM => format!("{side} the main sheet, which it touches"),
                distance_mm => format!("{} mm {side} the main sheet", decimal(distance_mm, 1)),
            };
            let what = format!(
                "a loose piece of {} triangles, {} cm², {} mm long, {place}",
                piece.triangles.len(),
                decimal(piece.area_mm2 / 100.0, 2),
                decimal(size_mm, 1),
            );
            Defect { bounds: piece.bounds, places: self.middles(&piece.triangles), outline: None, size_mm, what }
        };
        let pieces = Piece::beside(self.mesh, self.topology, self.main)?;
        let (outside, inside): (Vec<_>, Vec<_>) = pieces.into_iter().partition(|piece| piece.is_outside);
        let flaws = [(FlawKind::Piece, outside), (FlawKind::InnerPiece, inside)].map(|(kind, pieces)| {
            gathered(kind, pieces.into_iter().map(defect).collect(), ("loose pieces", "the longest"))
        });
        Ok(flaws.concat())
    }

    fn non_manifold(&self) -> Vec<Flaw> {
        let ends = |edge: [u32; 2]| edge.map(|v| self.mesh.vertices()[v as usize]);
        let edges: Vec<[Point; 2]> = non_manifold_edges(self.mesh, self.topology).into_iter().map(ends).collect();
        let middles: Vec<Point> = edges.iter().map(|[a, b]| nalgebra::center(a, b)).collect();
        let groups = clusters(&middles, GAP_MM).into_iter();
        groups
            .map(|group| {
                let places: Vec<Point> = group.iter().flat_map(|&i| edges[i]).collect();
                let what = format!("{} with more than two triangles", counted(group.len(), "edge", "edges"));
                let size_mm = Aabb::around(&places).size().max();
                Flaw::new(FlawKind::NonManifold, group.len(), places, size_mm, what)
            })
            .collect()
    }

    fn crossings(&self, of: &[u32]) -> Vec<Flaw> {
        let mut pairs = self_intersections(self.mesh, self.index, of);
        // What goes through the sheet as a piece is told as one.
        pairs.retain(|[a, b]| self.topology.components()[*a as usize] == self.topology.components()[*b as usize]);
        let middles: Vec<Point> =
            pairs.iter().map(|[a, b]| nalgebra::center(&self.mesh.middle(*a), &self.mesh.middle(*b))).collect();
        let groups = clusters(&middles, GAP_MM).into_iter();
        groups
            .map(|group| {
                let mut triangles: Vec<u32> = group.iter().flat_map(|&i| pairs[i]).collect();
                triangles.sort_unstable();
                triangles.dedup();
                let places = self.middles(&triangles);
                let size_mm = Aabb::around(&places).size().max();
                let pairs = counted(group.len(), "pair", "pairs");
                let what = format!("{pairs} of triangles pass through each other, over {} mm", decimal(size_mm, 1));
                Flaw::new(FlawKind::SelfIntersection, group.len(), places, size_mm, what)
            })
            .collect()
    }

    fn middles(&self, triangles: &[u32]) -> Vec<Point> {
        triangles.iter().map(|&t| self.mesh.middle(t)).collect()
    }
}

/// Few defects one by one; of many the largest one by one and the others by place. `words` name several defects and
/// the largest of them.
fn gathered(kind: FlawKind, mut defects: Vec<Defect>, words: (&str, &str)) -> Vec<Flaw> {
    defects.sort_by_key(|defect| Reverse(defect.size_mm.to_bits()));
    let alone = if defects.len() <= FEW { defects.len() } else { LARGEST };
    let middles: Vec<Point> = defects[alone..].iter().map(|defect| defect.bounds.centre()).collect();
    let singles = (0..alone).map(|i| vec![i]);
    let groups = clusters(&middles, GAP_MM).into_iter().map(|group| group.iter().map(|i| alone + i).collect());
    singles
        .chain(groups)
        .map(|group| {
            // Members ascend, so the first is the largest.
            let largest = &defects[group[0]];
            let what = match group.len() {
                1 => largest.what.clone(),
                count => format!("{count} {}, {} {} mm", words.0, words.1, decimal(largest.size_mm, 1)),
            };
            let places = group.iter().flat_map(|&i| defects[i].places.iter().copied()).collect();
            let outlines = group.iter().filter_map(|&i| defects[i].outline.clone()).collect();
            let corners = group.iter().flat_map(|&i| [defects[i].bounds.min, defects[i].bounds.max]);
            let bounds = Aabb::around(&corners.collect::<Vec<Point>>());
            Flaw { bounds, outlines, ..Flaw::new(kind, group.len(), places, largest.size_mm, what) }
        })
        .collect()
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
