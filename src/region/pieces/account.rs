use super::Options;
use super::beneath::Beneath;
use super::survey::Survey;
use crate::error::{Finding, Severity};
use crate::geometry::{Aabb, Point, Vector};
use crate::mesh::{PartIndex, Pieces, SurfaceIndex, Topology, TriMesh};

/// Crumbs are taken out this close to the skin, mm; farther off the needle's way hardly meets them.
const CRUMB_REACH_MM: f64 = 5.0;
/// Things this close to the region may keep dots from being reached, mm.
const IN_THE_WAY_MM: f64 = 20.0;
/// Places of the region from which the distance to obstacles is measured; on a head one every 2 mm.
const MEASURED_PLACES: usize = 20_000;
/// Places of a piece from which it is looked whether the skin hides it.
const HIDDEN_PLACES: usize = 8;
/// A piece is hidden when this share of what is seen from it, looking past everything nearer, is skin. From outside a
/// head fills half the view at most.
const HIDDEN: f64 = 0.65;
/// Longer than any scan, mm.
const FAR_MM: f64 = 1e5;

/// What becomes of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Taken out: the skin once more.
    SecondSheet,
    /// Taken out: a fin or crumb.
    Crumb,
    /// Stays; under the skin, where no needle comes.
    Hidden,
    /// Stays.
    Obstacle,
}

/// The fate of each surveyed piece.
pub(super) struct Account {
    pub(super) fates: Vec<Fate>,
}

impl Account {
    pub(super) fn of(
        scan: &TriMesh,
        topology: &Topology,
        index: &SurfaceIndex,
        pieces: &Pieces,
        skin: u32,
        surveys: &[Survey],
        options: &Options,
    ) -> Self {
        let is_open = |component: u32| {
            let sides = |t: u32| (0..3).any(|side| topology.neighbour(t, side).is_none());
            pieces.triangles(component).iter().any(|&t| sides(t))
        };
        let fate = |survey: &Survey| {
            let is_crumb = extent_mm(scan, pieces, survey, options.crumb_mm) <= options.crumb_mm
                && is_open(survey.component)
                && survey.nearest.is_some_and(|(distance_mm, _)| distance_mm <= CRUMB_REACH_MM);
            if survey.repeats(options.second_sheet_mm) && (survey.is_parallel() || !is_crumb) {
                Fate::SecondSheet
            } else if is_crumb {
                Fate::Crumb
            } else if is_hidden(scan, topology, index, pieces, skin, survey) {
                Fate::Hidden
            } else {
                Fate::Obstacle
            }
        };
        Self { fates: surveys.iter().map(fate).collect() }
    }

    /// One finding for each kind of piece that is there.
    pub(super) fn findings(
        &self,
        scan: &TriMesh,
        pieces: &Pieces,
        surveys: &[Survey],
        beneath: &Beneath,
    ) -> Vec<Finding> {
        let of = |fate: Fate| -> Vec<&Survey> {
            surveys.iter().zip(&self.fates).filter(|(_, f)| **f == fate).map(|(survey, _)| survey).collect()
        };
        let taken_out = [
            ("second-sheet", Fate::SecondSheet, "taken out as second sheets of the skin"),
            ("crumbs", Fate::Crumb, "taken out as fins or crumbs"),
        ];
        let mut findings: Vec<Finding> =
            taken_out.into_iter().filter_map(|(code, fate, what)| removal(code, what, &of(fate), beneath)).collect();
        findings.extend(obstacles(scan, pieces, &of(Fate::Obstacle), beneath));
        findings.extend(hidden(&of(Fate::Hidden)));
        findings
    }
}

fn removal(code: &str, what: &str, surveys: &[&Survey], beneath: &Beneath) -> Option<Finding> {
    let matters = |survey: &&Survey| {
        let nearest = survey.nearest.map(|(_, triangle)| triangle);
        survey.beneath.iter().copied().chain(nearest).any(|t| beneath.has(t))
    };
    let in_region = surveys.iter().copied().filter(matters).count();
    let [least_mm, greatest_mm] = surveys.iter().fold([f64::INFINITY, 0.0], |[least, greatest]: [f64; 2], survey| {
        let nearest_mm = survey.nearest.map_or(f64::INFINITY, |(distance_mm, _)| distance_mm);
        [least.min(nearest_mm), greatest.max(survey.range_mm()[1])]
    });
    let bare_mm2: f64 = surveys.iter().map(|survey| survey.bare_mm2()).sum();
    let bare = if bare_mm2 > 0.05 {
        format!("; {bare_mm2:.1} mm² have no skin beneath, and a hole there stays a hole")
    } else {
        String::new()
    };
    let message = format!(
        "{} {what}, {least_mm:.2} to {greatest_mm:.2} mm off it; {in_region} of them in the region{bare}",
        sum(surveys)
    );
    let severity = if in_region > 0 { Severity::Warn } else { Severity::Pass };
    (!surveys.is_empty()).then(|| {
        let finding = Finding::new(code, severity, message).times(surveys.len()).bounds_mm(bounds(surveys));
        if in_region > 0 { finding.remedy("look at the scan there: what is left must be the skin") } else { finding }
    })
}

fn hidden(surveys: &[&Survey]) -> Option<Finding> {
    // What lies behind the skin is farther from every needle and holder than the skin itself.
    let message = format!("{} under the skin, kept; there they neither catch dots nor block a needle", sum(surveys));
    let finding = || Finding::new("pieces-under-skin", Severity::Pass, message).times(surveys.len());
    (!surveys.is_empty()).then(|| finding().bounds_mm(bounds(surveys)))
}

fn obstacles(scan: &TriMesh, pieces: &Pieces, surveys: &[&Survey], beneath: &Beneath) -> Option<Finding> {
    if surveys.is_empty() {
        return None;
    }
    let triangles: Vec<u32> = surveys.iter().flat_map(|survey| pieces.triangles(survey.component)).copied().collect();
    let index = PartIndex::build(scan, triangles);
    let region: Vec<u32> = beneath.triangles().collect();
    let mut nearest_mm = f64::INFINITY;
    for &t in region.iter().step_by(region.len().div_ceil(MEASURED_PLACES).max(1)) {
        let [a, b, c] = scan.corners(t);
        let middle = Point::from((a.coords + b.coords + c.coords) / 3.0);
        nearest_mm = index.closest_within(&middle, nearest_mm).map_or(nearest_mm, |hit| hit.distance_mm);
    }
    let message = format!("{} not the skin, kept as obstacles, about {nearest_mm:.0} mm from the region", sum(surveys));
    let severity = if nearest_mm <= IN_THE_WAY_MM { Severity::Warn } else { Severity::Pass };
    let finding = Finding::new("obstacles", severity, message).times(surveys.len()).bounds_mm(bounds(surveys));
    Some(match severity {
        Severity::Pass => finding,
        _ => finding.remedy("dots beside them may not be reached; cut out of the scan what will not be there"),
    })
}

/// The greatest distance of two vertices of a piece, mm, found from the one farthest from its first; infinite for a
/// piece whose box is longer than `limit_mm`.
fn extent_mm(scan: &TriMesh, pieces: &Pieces, survey: &Survey, limit_mm: f64) -> f64 {
    if survey.bounds.size().max() > limit_mm {
        return f64::INFINITY;
    }
    let places = || {
        let corners = pieces.triangles(survey.component).iter().flat_map(|&t| scan.triangles()[t as usize]);
        corners.map(|v| scan.vertices()[v as usize])
    };
    let farthest = |from: Point| places().max_by(|a, b| (a - from).norm().total_cmp(&(b - from).norm()));
    places().next().and_then(farthest).and_then(|a| farthest(a).map(|b| (b - a).norm())).unwrap_or(0.0)
}

/// Whether the skin is what closes the view from a piece in most directions.
fn is_hidden(
    scan: &TriMesh,
    topology: &Topology,
    index: &SurfaceIndex,
    pieces: &Pieces,
    skin: u32,
    survey: &Survey,
) -> bool {
    let triangles = pieces.triangles(survey.component);
    let (mut seen, mut skin_seen) = (0.0, 0.0);
    for &t in triangles.iter().step_by(triangles.len().div_ceil(HIDDEN_PLACES).max(1)) {
        let place = scan.corners(t)[0];
        for direction in directions() {
            seen += 1.0;
            let last = index.ray_last(&place, &direction, FAR_MM);
            let is_skin = last.is_some_and(|hit| topology.components()[hit.at.triangle as usize] == skin);
            skin_seen += f64::from(u8::from(is_skin));
        }
    }
    skin_seen >= HIDDEN * seen
}

/// To the corners and the faces' middles of a cube.
fn directions() -> impl Iterator<Item = Vector> {
    let signs = [-1.0, 1.0];
    let corners =
        signs.into_iter().flat_map(move |x| signs.into_iter().flat_map(move |y| signs.map(|z| Vector::new(x, y, z))));
    corners.chain((0..3).flat_map(move |axis| signs.map(|sign| Vector::ith(axis, sign))))
}

/// What there is, counted and measured.
fn sum(surveys: &[&Survey]) -> String {
    let (triangles, area_mm2) =
        surveys.iter().fold((0, 0.0), |(count, area), survey| (count + survey.triangles, area + survey.area_mm2));
    let pieces = if surveys.len() == 1 { "piece" } else { "pieces" };
    format!("{} {pieces} ({triangles} triangles, {area_mm2:.1} mm²)", surveys.len())
}

fn bounds(surveys: &[&Survey]) -> [[f64; 3]; 2] {
    let mut hull = Aabb::EMPTY;
    for survey in surveys {
        hull.include(&survey.bounds.min);
        hull.include(&survey.bounds.max);
    }
    [hull.min.into(), hull.max.into()]
}
