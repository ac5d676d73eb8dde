use std::collections::BTreeMap;

use rayon::prelude::*;

use super::treated::Treated;
use super::{Seen, pose};
use crate::case::Landmarks;
use crate::error::{Finding, Result, Severity};
use crate::geometry::{Aabb, Point, decimal};
use crate::mesh::diagnosis::{Flaw, FlawKind, Search, largest_component};
use crate::mesh::{self, Roughness, SurfaceIndex, Topology, TriMesh};
use crate::region::{Ground, NEAR_MM, reach_mm, severity};

/// Nearer than this is on the ground, mm.
const ON_MM: f64 = 0.05;
/// Second sheets and crumbs are taken out this close to the skin, mm.
const TAKEN_OUT_MM: f64 = 5.0;
/// What lies farther than [`NEAR_MM`] from the region.
const FAR: &str = ", more than 10 mm from the region";
/// A finding of loading in a box larger than this is all over the scan, mm.
const PLACED_MM: f64 = 120.0;
/// Findings of loading whose defects are told one by one.
const TOLD_ONE_BY_ONE: [&str; 2] = ["open-edges", "components"];
/// Findings of loading that are told with a small loose piece in whose box they lie ...
const TOLD_WITH_A_PIECE: [&str; 6] =
    ["non-manifold-edges", "non-manifold-vertices", "flat", "one-sided", "inside-out", "flipped"];
/// ... of at most this length, mm: a fin, a crumb.
const SMALL_MM: f64 = 20.0;

/// A scan with what is needed to look through it and to weigh what is found.
#[derive(Debug)]
pub(super) struct Examined<'a> {
    pub(super) mesh: &'a TriMesh,
    pub(super) topology: Topology,
    pub(super) index: SurfaceIndex,
    /// The component on which the line was drawn.
    pub(super) main: u32,
    ground: Option<&'a Ground>,
    landmarks: &'a Landmarks,
}

impl<'a> Examined<'a> {
    pub(super) fn new(mesh: &'a TriMesh, line: &[Point], ground: Option<&'a Ground>, landmarks: &'a Landmarks) -> Self {
        let (topology, index) = (Topology::build(mesh), SurfaceIndex::build(mesh));
        let mut votes = BTreeMap::<u32, usize>::new();
        for hit in line.iter().filter_map(|point| index.closest(point)) {
            *votes.entry(topology.components()[hit.at.triangle as usize]).or_default() += 1;
        }
        let most = votes.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0))).map(|(&component, _)| component);
        let main = most.unwrap_or_else(|| largest_component(mesh, &topology));
        Self { mesh, topology, index, main, ground, landmarks }
    }

    /// Corners of the main sheet.
    pub(super) fn main_corners(&self) -> Vec<Point> {
        let mut used = vec![false; self.mesh.vertices().len()];
        for t in self.main_triangles() {
            for v in self.mesh.triangles()[t as usize] {
                used[v as usize] = true;
            }
        }
        self.mesh.vertices().iter().zip(used).filter(|(_, used)| *used).map(|(vertex, _)| *vertex).collect()
    }

    fn main_triangles(&self) -> impl Iterator<Item = u32> {
        (0..).zip(self.topology.components()).filter(|&(_, &component)| component == self.main).map(|(t, _)| t)
    }

    /// Triangles on and near the ground; all of them without one.
    fn near(&self, reach_mm: f64) -> Vec<u32> {
        let triangles = 0..self.mesh.triangles().len() as u32;
        let Some(ground) = self.ground else { return triangles.collect() };
        let is_near = |&t: &u32| ground.distance_mm(&self.mesh.middle(t)) <= reach_mm;
        triangles.into_par_iter().filter(is_near).collect()
    }

    /// Every flaw of the mesh, weighed for the ground, with what was done about it.
    pub(super) fn flaws(&self, treated: Option<&Treated>) -> Result<Vec<Seen>> {
        let search = Search { mesh: self.mesh, topology: &self.topology, index: &self.index, main: self.main };
        Ok(search.flaws(&self.near(NEAR_MM))?.into_iter().map(|flaw| self.weighed(flaw, treated)).collect())
    }

    fn weighed(&self, flaw: Flaw, treated: Option<&Treated>) -> Seen {
        let distance_mm = self.ground.map(|ground| ground.least_distance_mm(&flaw.places));
        let fate = treated.map(|treated| treated.fate(&flaw)).unwrap_or_default();
        let is_in_region = distance_mm.is_some_and(|distance_mm| distance_mm <= ON_MM);
        // What is gone matters where it was taken for skin, or skin for it.
        let touched_mm = if fate.taken_out { TAKEN_OUT_MM } else { ON_MM };
        let severity = match fate.is_gone() {
            true if distance_mm.is_some_and(|distance_mm| distance_mm <= touched_mm) => Severity::Warn,
            true => Severity::Pass,
            false => severity(flaw.kind, distance_mm),
        };
        let place = match distance_mm {
            None => String::new(),
            Some(_) if is_in_region => ", in the region".to_owned(),
            Some(distance_mm) if distance_mm <= reach_mm(flaw.kind).unwrap_or(NEAR_MM) => {
                format!(", {} mm from the region", decimal(distance_mm, 1))
            }
            Some(_) if flaw.kind == FlawKind::Piece => ", more than 20 mm from the region".to_owned(),
            Some(_) => FAR.to_owned(),
        };
        let remedy = if severity > Severity::Pass { fate.remedy().unwrap_or(remedy(flaw.kind)) } else { "" };
        let finding = Finding::new(flaw.kind.code(), severity, flaw.what.clone() + &place + &fate.told())
            .times(flaw.count)
            .bounds_mm([flaw.bounds.min.into(), flaw.bounds.max.into()])
            .remedy(remedy);
        Seen { flaw: Some(flaw), ..self.placed(&finding) }
    }

    /// The findings of loading, without those that the flaws tell one by one. What lies far from the ground does no harm,
    /// nor does that pieces but the main sheet were turned: `turned` triangles were in all.
    pub(super) fn loading(&self, findings: &[Finding], turned: usize, flaws: &[Seen]) -> Vec<Seen> {
        let pieces: Vec<&Flaw> =
            flaws.iter().filter_map(|seen| seen.flaw.as_ref()).filter(|flaw| is_small_piece(flaw)).collect();
        let is_told = |finding: &&Finding| {
            let of_piece = TOLD_WITH_A_PIECE.contains(&finding.code.as_str())
                && finding.bounds_mm.as_ref().map(boxed).is_some_and(|bounds| {
                    let holds = |p: &Point| pieces.iter().any(|piece| piece.bounds.squared_distance(p) == 0.0);
                    holds(&bounds.min) && holds(&bounds.max)
                });
            of_piece || TOLD_ONE_BY_ONE.contains(&finding.code.as_str())
        };
        let weighed = |finding: &Finding| {
            let mut seen = self.placed(finding);
            let bounds = finding.bounds_mm.as_ref().map(boxed);
            let is_far = self.ground.zip(bounds).is_some_and(|(ground, bounds)| !ground.is_near_box(&bounds));
            let is_of_pieces = finding.code == "inside-out" && turned < self.main_triangles().count();
            if finding.severity == Severity::Warn && (is_far || is_of_pieces) {
                seen.finding.severity = Severity::Pass;
                seen.finding.message.push_str(if is_far { FAR } else { ", the main sheet not among them" });
                seen.finding.remedy.clear();
            }
            seen
        };
        findings.iter().filter(|finding| !is_told(finding)).map(weighed).collect()
    }

    /// The finding with the landmark nearest to the middle of its box.
    pub(super) fn placed(&self, finding: &Finding) -> Seen {
        let mut finding = finding.clone();
        let bounds = finding.bounds_mm.as_ref().map(boxed).filter(|bounds| bounds.size().norm() <= PLACED_MM);
        if let Some(bounds) = bounds.filter(|_| finding.near.is_none()) {
            let middle = bounds.centre();
            let distances = pose::named(self.landmarks).map(|(name, place)| ((place - middle).norm(), name));
            let nearest = distances.min_by(|a, b| a.0.total_cmp(&b.0));
            finding.near = nearest.map(|(distance_mm, name)| format!("{name}, {} mm", decimal(distance_mm, 0)));
        }
        finding.into()
    }

    /// How rough the scan is on the ground; the main sheet without one.
    pub(super) fn roughness(&self) -> Roughness {
        let triangles = if self.ground.is_some() { self.near(ON_MM) } else { self.main_triangles().collect() };
        mesh::roughness(self.mesh, &self.topology, Some(&triangles))
    }
}

fn is_small_piece(flaw: &Flaw) -> bool {
    matches!(flaw.kind, FlawKind::Piece | FlawKind::InnerPiece) && flaw.count == 1 && flaw.size_mm <= SMALL_MM
}

fn boxed([min, max]: &[[f64; 3]; 2]) -> Aabb {
    Aabb { min: Point::from(*min), max: Point::from(*max) }
}

fn remedy(kind: FlawKind) -> &'static str {
    match kind {
        FlawKind::SelfIntersection => "clean the scan there: normals and distances of dots are in doubt",
        FlawKind::Hole => "fill it in the scan if there is skin; as it is, no dots are set in it",
        FlawKind::Slit => "close it in the scan: distances along the skin go round it",
        FlawKind::NonManifold => "clean the scan there: the surface is cut along these edges",
        FlawKind::Piece | FlawKind::InnerPiece => "delete it in the scan unless the needle has to keep clear of it",
        FlawKind::ScanEdge => "scan more of the head, or draw the line farther inside",
    }
}
