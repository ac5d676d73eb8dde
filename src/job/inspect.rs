//! What is right and wrong with a scan, for one plan.

mod pose;
mod scan;
mod spans;
mod treated;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use self::scan::Examined;
pub use self::spans::Span;
use self::treated::Treated;
use super::asked::{self, Asked};
use super::inputs::Inputs;
use super::progress::Stages;
use super::sides::{self, Sides};
use super::surface;
use crate::case::{Landmarks, Zone};
use crate::density;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Point, decimal};
use crate::mesh::diagnosis::{Flaw, FlawKind};
use crate::mesh::{self, EdgeLengths, Loaded, MeshSummary, TriMesh};
use crate::preview::{FlawMark, FlawSheet, flaw_sheet};
use crate::region::{Ground, Region, Scalp};
use crate::sampling;
use crate::treatment::assessment::{self, ScanQuality, ZoneAssessment};
use crate::treatment::{edge_rules, pigment, zones};

/// What is right and wrong with a scan, and with a case around it.
#[derive(Debug)]
pub struct Inspection {
    /// Figures of the scan.
    pub summary: MeshSummary,
    /// Figures of the region, when a case was inspected and its region could be built.
    pub region: Option<RegionFigures>,
    /// Edge lengths of the scan in the region, or of the whole sheet without one.
    pub edges: Option<EdgeLengths>,
    /// What each zone of the scalp needs, when a case with all landmarks was inspected.
    pub zones: Vec<ZoneAssessment>,
    /// What to ask before the treatment, when a case was inspected.
    pub questions: &'static [&'static str],
    /// Lengths along the skin between landmarks.
    pub spans: Vec<Span>,
    /// Everything that was seen, worst first.
    pub findings: Vec<Seen>,
    /// Why no plan can be made of the case.
    pub error: Option<Error>,
    drawing: Drawing,
}

/// Figures of the region of a case.
#[derive(Debug, Clone, Copy)]
pub struct RegionFigures {
    /// Area, mm².
    pub area_mm2: f64,
    /// Length of the edge, mm.
    pub edge_length_mm: f64,
    /// Number of dots that the design asks.
    pub dots_asked: f64,
    /// Machine time for them on the case's rig without stops, h.
    pub hours: f64,
    /// Number of triangles of the scan that the region covers, whole or in part.
    pub triangles: usize,
}

/// A finding, with its number on the picture when it has a place there.
#[derive(Debug, Clone, Serialize)]
pub struct Seen {
    /// Number in the list and on the picture, from 1; findings of the scan as a whole have none.
    pub number: Option<usize>,
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
    #[serde(skip)]
    flaw: Option<Flaw>,
}

impl From<Finding> for Seen {
    fn from(finding: Finding) -> Self {
        Self { number: None, finding, flaw: None }
    }
}

/// What the picture shows.
#[derive(Debug)]
struct Drawing {
    scan: TriMesh,
    /// Corners of the main sheet.
    shown: Vec<Point>,
    region: Option<TriMesh>,
    line: Vec<Point>,
    landmarks_mm: BTreeMap<String, [f64; 3]>,
}

impl Inspection {
    /// Of a scan alone.
    ///
    /// # Errors
    /// None for a scan as it was loaded.
    pub fn of_scan(scan: Loaded) -> Result<Self> {
        let Loaded { mesh, summary, findings, .. } = scan;
        let landmarks = Landmarks::default();
        let examined = Examined::new(&mesh, &[], None, &landmarks);
        let mut seen = examined.flaws(None)?;
        seen.extend(examined.loading(&findings, summary.flipped_triangles, &seen));
        seen.push(pose::of_scan_alone().into());
        let roughness = examined.roughness();
        seen.extend(roughness.findings().into_iter().map(Seen::from));
        let drawing = Drawing {
            shown: examined.main_corners(),
            region: None,
            line: Vec::new(),
            landmarks_mm: BTreeMap::new(),
            scan: mesh,
        };
        Ok(Self {
            summary,
            region: None,
            edges: roughness.edges,
            zones: Vec::new(),
            questions: &[],
            spans: Vec::new(),
            findings: numbered(seen),
            error: None,
            drawing,
        })
    }

    /// The worst of the findings.
    pub fn verdict(&self) -> Severity {
        self.findings.iter().map(|seen| seen.finding.severity).max().unwrap_or(Severity::Pass)
    }

    /// The flaws where they are: a true-scale SVG with views of the head.
    ///
    /// # Errors
    /// A scan too large for a head.
    pub fn picture(&self, name: &str) -> Result<String> {
        let marks: Vec<FlawMark<'_>> = (self.findings.iter())
            .filter_map(|seen| {
                let (number, flaw) = (seen.number?, seen.flaw.as_ref()?);
                let is_gap = flaw.kind != FlawKind::ScanEdge;
                Some(FlawMark {
                    number,
                    finding: &seen.finding,
                    places: &flaw.places,
                    outlines: &flaw.outlines,
                    is_gap,
                })
            })
            .collect();
        let others: Vec<&Finding> =
            self.findings.iter().filter(|seen| seen.number.is_none()).map(|seen| &seen.finding).collect();
        let Drawing { scan, shown, region, line, landmarks_mm } = &self.drawing;
        let headline = self.headline();
        flaw_sheet(&FlawSheet {
            name,
            headline: &headline,
            scan,
            shown,
            region: region.as_ref(),
            line,
            landmarks_mm,
            marks: &marks,
            others: &others,
        })
    }

    /// The figures that matter most, in one line.
    fn headline(&self) -> String {
        let count = |severity| self.findings.iter().filter(|seen| seen.finding.severity == severity).count();
        let mut parts = vec![format!("{} triangles", self.summary.triangles)];
        if let Some(region) = &self.region {
            parts.push(format!("region {} cm²", decimal(region.area_mm2 / 100.0, 1)));
        }
        if let Some(edges) = &self.edges {
            parts.push(format!("edges {} mm", decimal(edges.median_mm, 2)));
        }
        parts.extend(self.spans.iter().map(|span| format!("{} {} mm", span.title(), decimal(span.length_mm, 0))));
        parts.push(format!("{} FAIL, {} WARN", count(Severity::Fail), count(Severity::Warn)));
        parts.join("  ·  ")
    }
}

/// Inspects a case: its scan, its boundary and the region that they give. What keeps the region from being built is a
/// finding and the error of the inspection, not of this function.
///
/// # Errors
/// Files that cannot be read, or that do not make sense each for itself.
pub fn inspect_case(case_path: &Path, smooth_mm: Option<f64>, stages: &mut Stages<'_>) -> Result<Inspection> {
    let mut inputs = Inputs::gather(case_path, smooth_mm)?;
    let scan = inputs.scan.mesh.clone();
    stages.begin("region");
    let built = surface::region(&mut inputs);
    stages.begin("diagnosis");
    let (region, mut error) = match built {
        Ok(built) => (Some(built), None),
        Err(error) => (None, Some(error)),
    };
    let mut seen: Vec<Seen> = Vec::new();
    if let Some(error) = &error {
        let finding = Finding::new("region", Severity::Fail, format!("no region can be cut: {error}"));
        seen.push(finding.into());
    }
    let line = &inputs.boundary.points;
    let inside = inputs.inside_point().ok();
    let ground = match &region {
        Some((_, region)) => Some(Ground::of_region(region)),
        None => inside.and_then(|inside| Ground::within_line(line, inside)),
    };
    let examined = Examined::new(&scan, line, ground.as_ref(), &inputs.landmarks);
    seen.extend(pose::findings(&inputs, &examined));
    if let Some(finding) = sides::finding(&inputs.landmarks, inside, &scan) {
        seen.push(finding.into());
    }
    if Sides::of_landmarks(&inputs.landmarks) == Some(Sides::Mirrored) {
        let file = if inputs.case.landmarks.is_some() { &inputs.case_file } else { &inputs.boundary_file };
        error.get_or_insert_with(|| sides::mirrored().file(file));
    }
    let treated = region.as_ref().map(|(scalp, region)| Treated::of(scalp, region));
    let flaws = examined.flaws(treated.as_ref())?;
    seen.extend(examined.loading(&inputs.scan.findings, inputs.scan.summary.flipped_triangles, &flaws));
    seen.extend(flaws);
    seen.extend(inputs.boundary.findings.iter().cloned().map(Seen::from));
    let roughness = match &region {
        Some((_, region)) => region.roughness.clone(),
        None => examined.roughness(),
    };
    let measured = roughness.findings();
    let treatment = region.iter().flat_map(|(scalp, region)| scalp.findings.iter().chain(&region.findings));
    let others = treatment.filter(|finding| Treated::is_more(finding)).chain(&measured);
    seen.extend(others.map(|finding| examined.placed(finding)));
    let assessed = region.as_ref().map(|(scalp, region)| assess(&inputs, scalp, region)).transpose();
    let (figures, zones) = match assessed {
        Ok(Some(Assessed { figures, zones, findings })) => {
            seen.extend(findings.into_iter().map(Seen::from));
            (Some(figures), zones)
        }
        Ok(None) => (None, Vec::new()),
        Err(found) => {
            let finding =
                Finding::new("design", Severity::Fail, format!("no density can be made of the design: {found}"));
            seen.push(finding.into());
            error.get_or_insert(found.file(&inputs.case_file));
            (None, Vec::new())
        }
    };
    let spans = spans::measure(&examined, &inputs.landmarks);
    let landmarks_mm = pose::named(&inputs.landmarks).map(|(name, place)| (name.to_owned(), place.into())).collect();
    let shown = examined.main_corners();
    let drawing = Drawing {
        scan,
        shown,
        region: region.map(|(_, region)| region.mesh),
        line: inputs.boundary.points,
        landmarks_mm,
    };
    Ok(Inspection {
        summary: inputs.scan.summary,
        region: figures,
        edges: roughness.edges,
        zones,
        questions: &assessment::QUESTIONS,
        spans,
        findings: numbered(seen),
        error,
        drawing,
    })
}

/// What a region asks, in all and by zone.
struct Assessed {
    figures: RegionFigures,
    zones: Vec<ZoneAssessment>,
    findings: Vec<Finding>,
}

fn assess(inputs: &Inputs, scalp: &Scalp, region: &Region) -> Result<Assessed> {
    let (painted, _) = asked::read_painted(inputs)?;
    let region = &asked::finer(region.clone(), &inputs.case, &inputs.landmarks, &painted)?;
    let asked = Asked::of(&inputs.case, &inputs.landmarks, region, painted, inputs.case.seed)?;
    let added_per_cm2 = &asked.field.added_per_cm2;
    let mut sources = region.source_triangle.clone();
    sources.sort_unstable();
    sources.dedup();
    let dots_asked = density::dots_asked(&region.mesh, added_per_cm2);
    let area_cm2 = region.area_mm2 / 100.0;
    let spacing_mm = sampling::spacing_for_density_mm(dots_asked / area_cm2, region.area_mm2, region.edge_length_mm);
    let dot_s = assessment::dot_s(&inputs.case, &inputs.profile, spacing_mm);
    let hairs = asked.existing(&inputs.case, 0, region);
    let zones = zones::figures(&inputs.case, &inputs.landmarks, &region.mesh, added_per_cm2, &hairs);
    let zones = zones.into_iter().map(|own| {
        let quality = scan_quality(&asked, own.zone, scalp, region);
        ZoneAssessment::new(own, dot_s, quality)
    });
    let zones: Vec<ZoneAssessment> = zones.collect();
    let mut findings = asked.field.findings.clone();
    findings.extend(assessment::stage_finding(&inputs.case));
    findings.extend(pigment::findings(&inputs.case));
    let unusual = |finding: &Finding| finding.severity != Severity::Pass;
    findings.extend(edge_rules::findings(&inputs.case).into_iter().filter(unusual));
    let hours = dots_asked * dot_s / 3600.0;
    let edge_length_mm = region.edge_length_mm;
    let triangles = sources.len();
    Ok(Assessed {
        figures: RegionFigures { area_mm2: region.area_mm2, edge_length_mm, dots_asked, hours, triangles },
        zones,
        findings,
    })
}

/// What the scan has in a zone of the region.
fn scan_quality(asked: &Asked, zone: Zone, scalp: &Scalp, region: &Region) -> ScanQuality {
    let is_in = |t: &u32| asked.zone(&region.mesh.middle(*t)) == Some(zone);
    let triangles: Vec<u32> = (0..region.mesh.triangles().len() as u32).filter(is_in).collect();
    let area_mm2 = |of: &mut dyn Iterator<Item = u32>| of.map(|t| region.mesh.triangle_area_mm2(t)).sum::<f64>();
    let all_mm2 = area_mm2(&mut triangles.iter().copied());
    let patched_mm2 = area_mm2(&mut triangles.iter().copied().filter(|&t| region.patched[t as usize]));
    let mut sources: Vec<u32> = triangles.iter().map(|&t| region.source_triangle[t as usize]).collect();
    sources.sort_unstable();
    sources.dedup();
    let roughness = mesh::roughness(&scalp.mesh, &scalp.topology, Some(&sources));
    ScanQuality {
        median_edge_mm: roughness.edges.map(|edges| edges.median_mm),
        noise_mm: roughness.noise_mm,
        patched_share: if all_mm2 > 0.0 { patched_mm2 / all_mm2 } else { 0.0 },
    }
}

/// Worst first, then what concerns the whole scan, then flaws by kind and size; those with a place get their numbers.
fn numbered(mut seen: Vec<Seen>) -> Vec<Seen> {
    let size = |seen: &Seen| Reverse(seen.flaw.as_ref().map_or(0, |flaw| flaw.size_mm.to_bits()));
    let kind = |seen: &Seen| seen.flaw.as_ref().map(|flaw| flaw.kind);
    seen.sort_by_key(|seen| (Reverse(seen.finding.severity), kind(seen), size(seen)));
    for (seen, number) in seen.iter_mut().filter(|seen| seen.flaw.is_some()).zip(1..) {
        seen.number = Some(number);
    }
    seen
}
