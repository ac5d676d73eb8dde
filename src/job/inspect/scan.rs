use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{RegionFigures, Seen, pose};
use crate::case::Landmarks;
use crate::error::{Finding, Result, Severity};
use crate::geometry::{Aabb, Point, decimal};
use crate::mesh::diagnosis::{EdgeLengths, Flaw, FlawKind, Search, largest_component};
use crate::mesh::{SurfaceIndex, Topology, TriMesh};
use crate::region::{Ground, NEAR_MM, severity};

/// A chord this long rises 0.1 mm over it on a head of 80 mm radius: what is lost between the scan's points, mm.
const COARSE_MM: f64 = 8.0;
/// What lies farther than [`NEAR_MM`] from the region.
const FAR: &str = ", more than 10 mm from the region";
/// A finding of loading in a box larger than this is all over the scan, mm.
const PLACED_MM: f64 = 120.0;
/// Findings of loading whose defects are told one by one.
const TOLD_ONE_BY_ONE: [&str; 2] = ["open-edges", "non-manifold-edges"];

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
        let is_near = |&t: &u32| {
            let [a, b, c] = self.mesh.corners(t);
            ground.distance_mm(&Point::from((a.coords + b.coords + c.coords) / 3.0)) <= reach_mm
        };
        triangles.into_par_iter().filter(is_near).collect()
    }

    /// Every flaw of the mesh, weighed for the ground.
    pub(super) fn flaws(&self) -> Result<Vec<Seen>> {
        let search = Search { mesh: self.mesh, topology: &self.topology, index: &self.index, main: self.main };
        Ok(search.flaws(&self.near(NEAR_MM))?.into_iter().map(|flaw| self.weighed(flaw)).collect())
    }

    fn weighed(&self, flaw: Flaw) -> Seen {
        let distance_mm = self.ground.map(|ground| ground.least_distance_mm(&flaw.places));
        let severity = severity(flaw.kind, distance_mm);
        let place = match distance_mm {
            None => String::new(),
            Some(distance_mm) if distance_mm < 0.05 => ", in the region".to_owned(),
            Some(distance_mm) if distance_mm <= NEAR_MM => {
                format!(", {} mm from the region", decimal(distance_mm, 1))
            }
            Some(_) => FAR.to_owned(),
        };
        let remedy = if severity > Severity::Pass { remedy(flaw.kind) } else { "" };
        let finding = Finding::new(flaw.kind.code(), severity, flaw.what.clone() + &place)
            .times(flaw.count)
            .bounds_mm([flaw.bounds.min.into(), flaw.bounds.max.into()])
            .remedy(remedy);
        Seen { flaw: Some(flaw), ..self.placed(&finding) }
    }

    /// The findings of loading, without those that are told one by one. What lies far from the ground does no harm.
    pub(super) fn loading<'b>(&self, findings: &'b [Finding]) -> impl Iterator<Item = Seen> + use<'_, 'b> {
        let others = findings.iter().filter(|finding| !TOLD_ONE_BY_ONE.contains(&finding.code.as_str()));
        others.map(|finding| {
            let mut seen = self.placed(finding);
            if let (Some(bounds), Some(ground)) = (&finding.bounds_mm, self.ground)
                && finding.severity == Severity::Warn
                && !ground.is_near_box(&boxed(bounds))
            {
                seen.finding.severity = Severity::Pass;
                seen.finding.message.push_str(FAR);
                seen.finding.remedy.clear();
            }
            seen
        })
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

    /// Edge lengths on the ground; of the main sheet without one.
    pub(super) fn resolution(&self) -> Option<EdgeLengths> {
        match self.ground {
            Some(_) => EdgeLengths::of(self.mesh, self.near(0.01)),
            None => EdgeLengths::of(self.mesh, self.main_triangles()),
        }
    }
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
        FlawKind::Piece => "delete it in the scan unless the needle has to keep clear of it",
        FlawKind::ScanEdge => "scan more of the head, or draw the line farther inside",
    }
}

/// How fine the scan is where dots will be.
pub(super) fn resolution_finding(edges: &EdgeLengths, region: Option<&RegionFigures>) -> Finding {
    let [median, most] = [edges.median_mm, edges.share_95_mm].map(|length| decimal(length, 2));
    let per_triangle = region.filter(|region| region.triangles > 0).map_or_else(String::new, |region| {
        let dots = decimal(region.dots_asked / region.triangles as f64, 2);
        format!("; {} triangles, {dots} dots on each", region.triangles)
    });
    let message = format!("edges of the scan in the region: median {median} mm, 95 % below {most} mm{per_triangle}");
    if edges.share_95_mm <= COARSE_MM {
        return Finding::new("resolution", Severity::Pass, message);
    }
    let message =
        format!("{message}; over {COARSE_MM} mm the skin between the scan's points may be 0.1 mm off and more");
    Finding::new("resolution", Severity::Warn, message).remedy("scan finer, or smooth and refine the scan")
}
