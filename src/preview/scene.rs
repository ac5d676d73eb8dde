use std::f64::consts::TAU;

use super::colour::Scale;
use super::marks::DotStyle;
use super::outline::vertex_normals;
use super::palette;
use super::sheet::{SheetInput, SheetOptions};
use super::unwrap::Unwrap;
use crate::case::KeepOut;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Point, Vector};
use crate::mesh::open_loops;
use crate::plan::{Dot, Plan, position};
use crate::schedule::HaltKind;

/// A place on the scan with its unit normal.
pub(super) type Placed = (Point, Vector);

/// What every part of the sheet shows, in the scan's frame.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) dots: &'a [Dot],
    pub(super) classes: Vec<DotClass>,
    /// The region's edges, seen from outside counter-clockwise around the region and clockwise around holes.
    pub(super) edges: Vec<Vec<Placed>>,
    pub(super) keep_outs: Vec<Mark>,
    pub(super) landmarks: Vec<(String, Placed)>,
    pub(super) fiducials: Vec<Placed>,
    /// Findings of the plan that have a place.
    pub(super) findings: Vec<Spot<'a>>,
    /// Why a program stops, and the index of the dot before which it does.
    pub(super) stops: Vec<(HaltKind, usize)>,
    pub(super) style: DotStyle,
    /// By what dots are coloured, where not by session.
    pub(super) scale: Option<Scale>,
}

/// A finding, and the round place on the skin that it is about.
#[derive(Debug)]
pub(super) struct Spot<'a> {
    pub(super) finding: &'a Finding,
    pub(super) at: Placed,
    pub(super) radius_mm: f64,
    /// The unwrap has a place for it.
    pub(super) is_on_region: bool,
}

/// What becomes of a dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DotKind {
    /// Struck in a setup.
    Reached,
    /// Reached by no setup.
    NotReached,
    /// There before.
    Existing,
}

impl DotKind {
    pub(super) fn of(dot: &Dot) -> Self {
        match (dot.existing, &dot.setup) {
            (true, _) => Self::Existing,
            (false, Some(_)) => Self::Reached,
            (false, None) => Self::NotReached,
        }
    }
}

/// Dots that are drawn alike.
#[derive(Debug, PartialEq)]
pub(super) struct DotClass {
    /// For ids: `session-1`, `session-1-not-reached`, `existing`.
    pub(super) id: String,
    /// For people.
    pub(super) label: String,
    pub(super) colour: &'static str,
    pub(super) kind: DotKind,
    /// The setups in which they are struck, in each the tools with which.
    pub(super) parts: Vec<Part>,
}

/// Dots of a class that one program strikes with one tool, or all that no program strikes.
#[derive(Debug, PartialEq)]
pub(super) struct Part {
    /// `upright`, `upright tool 2`; none for dots that are not struck.
    pub(super) label: Option<String>,
    /// Indices of the plan's dots.
    pub(super) dots: Vec<usize>,
}

impl DotClass {
    /// Indices of the plan's dots.
    pub(super) fn dots(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().flat_map(|part| part.dots.iter().copied())
    }
}

/// A named closed line on the scan.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) name: String,
    pub(super) ring: Vec<Placed>,
}

/// Points of an edge closer than this, mm, are drawn as one.
const EDGE_STEP_MM: f64 = 0.8;
/// Points around the disc of a keep-out.
const DISC_POINTS: u32 = 48;
/// A dot farther than this outside the scan's box, mm, cannot belong to it.
const OFF_SCAN_MM: f64 = 10.0;
/// Rings around findings, mm.
const LEAST_RING_MM: f64 = 3.0;
/// What reaches farther is no place: a ring around it would say nothing.
const LARGEST_RING_MM: f64 = 30.0;
/// A finding as near to the region as this is shown on the unwrap, mm.
const NEAR_REGION_MM: f64 = 5.0;
/// No dot is larger, mm.
const LARGEST_DOT_MM: f64 = 10.0;

impl<'a> Scene<'a> {
    /// `own` are classes of dots other than those by session.
    pub(super) fn collect(input: &SheetInput<'a>, options: SheetOptions, own: Option<Vec<DotClass>>) -> Result<Self> {
        check(input)?;
        let plan = input.plan;
        let on_scan = |point: &Point| -> Option<Placed> {
            input.index.closest(point).map(|hit| (hit.position, input.scan.normal(hit.at.triangle)))
        };
        let scale = plan.case.mesh.units.in_mm();
        let landmarks =
            plan.landmarks_mm.iter().filter_map(|(name, p)| Some((name.clone(), on_scan(&Point::from(*p))?))).collect();
        let keep_outs = plan.case.keep_outs.iter().map(|keep_out| mark(keep_out, scale, on_scan)).collect();
        let normals = vertex_normals(input.region);
        let edges =
            open_loops(input.region).iter().map(|run| thinned(run, input.region.vertices(), &normals)).collect();
        let fiducials = plan.fiducials_mm.iter().filter_map(|&place| on_scan(&Point::from(place))).collect();
        let corners = input.region.triangles().iter().flatten().map(|&v| &input.region.vertices()[v as usize]);
        let spot = |finding: &'a Finding| {
            let [low, high] = finding.bounds_mm?.map(Point::from);
            let radius_mm = (0.5 * (high - low).norm()).max(LEAST_RING_MM);
            let at = on_scan(&nalgebra::center(&low, &high)).filter(|_| radius_mm <= LARGEST_RING_MM)?;
            let near = |vertex: &Point| nalgebra::distance(vertex, &at.0) <= NEAR_REGION_MM;
            Some(Spot { finding, at, radius_mm, is_on_region: corners.clone().any(near) })
        };
        let stops = plan.blocks.iter().flat_map(|block| &block.stops);
        Ok(Self {
            dots: &plan.dots,
            classes: own.unwrap_or_else(|| classes(plan)),
            edges,
            keep_outs,
            landmarks,
            fiducials,
            findings: plan
                .findings
                .iter()
                .filter(|finding| finding.severity != Severity::Pass)
                .filter_map(spot)
                .collect(),
            stops: stops.filter_map(|stop| Some((stop.kind, position(&plan.dots, stop.before_dot)?))).collect(),
            style: options.dots,
            scale: Scale::of(options.colour, input)?,
        })
    }
}

/// Refuses what could not be drawn; names the first dot or block.
fn check(input: &SheetInput<'_>) -> Result<()> {
    let plan = input.plan;
    let bounds = input.scan.bounds();
    let off_scan = |dot: &Dot| bounds.squared_distance(&Point::from(dot.position_mm)).sqrt() > OFF_SCAN_MM;
    if let Some(dot) = plan.dots.iter().find(|dot| off_scan(dot)) {
        let [x, y, z] = dot.position_mm;
        return Err(Error::input(format!("a dot at ({x}, {y}, {z}) mm"))
            .place(format!("dot {}", dot.id))
            .expected(format!(
                "a place on the scan, which spans {:?} to {:?} mm",
                bounds.min.coords.as_slice(),
                bounds.max.coords.as_slice()
            ))
            .remedy("draw the plan with the scan that it was made for"));
    }
    let no_size = |dot: &Dot| !(dot.diameter_mm > 0.0 && dot.diameter_mm <= LARGEST_DOT_MM);
    if let Some(dot) = plan.dots.iter().find(|dot| no_size(dot)) {
        return Err(Error::input(format!("a diameter of {} mm", dot.diameter_mm))
            .place(format!("dot {}", dot.id))
            .expected(format!("above 0 and at most {LARGEST_DOT_MM} mm"))
            .remedy("make the plan again"));
    }
    for (index, block) in plan.blocks.iter().enumerate() {
        if let Some(id) = block.dots.iter().find(|&&id| plan.dot(id).is_none()) {
            return Err(Error::input(format!("dot {id}"))
                .place(format!("block {index}"))
                .expected("a dot of the plan")
                .remedy("make the plan again"));
        }
    }
    Ok(())
}

/// Dots by session and what becomes of them, existing dots last.
fn classes(plan: &Plan) -> Vec<DotClass> {
    let key = |id: usize| match (DotKind::of(&plan.dots[id]), plan.dots[id].session) {
        (DotKind::Existing, _) => (u32::MAX, DotKind::Existing),
        (kind, session) => (session, kind),
    };
    let mut order: Vec<usize> = (0..plan.dots.len()).collect();
    order.sort_by_key(|&id| key(id));
    let alike = order.chunk_by(|&a, &b| key(a) == key(b));
    alike
        .map(|ids| {
            let (session, kind) = key(ids[0]);
            let name = format!("session {session}");
            let (label, colour) = match kind {
                DotKind::Reached => (name, palette::session(session)),
                DotKind::NotReached => (name + " not reached", palette::NOT_REACHED),
                DotKind::Existing => ("existing".to_owned(), palette::EXISTING),
            };
            DotClass { id: label.replace(' ', "-"), label, colour, kind, parts: parts(plan, ids) }
        })
        .collect()
}

/// Dots of a class by setup and tool; tools are told where the case has some.
fn parts(plan: &Plan, ids: &[usize]) -> Vec<Part> {
    let key = |&id: &usize| plan.dots[id].setup.as_ref().map(|setup| (setup, plan.dots[id].tool));
    let mut order = ids.to_vec();
    order.sort_by_key(key);
    let label = |dot: &usize| {
        key(dot).map(
            |(setup, tool)| if plan.case.tools.is_empty() { setup.clone() } else { format!("{setup} tool {tool}") },
        )
    };
    order
        .chunk_by(|a, b| label(a) == label(b))
        .map(|dots| Part { label: label(&dots[0]), dots: dots.to_vec() })
        .collect()
}

fn thinned(run: &[u32], vertices: &[Point], normals: &[Vector]) -> Vec<Placed> {
    let mut kept: Vec<Placed> = Vec::new();
    for &v in run {
        let place = (vertices[v as usize], normals[v as usize]);
        if kept.last().is_none_or(|(last, _)| (place.0 - last).norm() >= EDGE_STEP_MM) {
            kept.push(place);
        }
    }
    kept
}

fn mark(keep_out: &KeepOut, scale: f64, on_scan: impl Fn(&Point) -> Option<Placed>) -> Mark {
    let in_mm = |p: &[f64; 3]| Point::from(Vector::from(*p) * scale);
    let mut ring = Vec::new();
    if let Some(outline) = &keep_out.outline {
        ring.extend(outline.iter().filter_map(|p| on_scan(&in_mm(p))));
    } else if let (Some(centre), Some(radius_mm)) = (&keep_out.centre, keep_out.radius_mm)
        && let Some((middle, normal)) = on_scan(&in_mm(centre))
    {
        let across = normal.cross(&Vector::from_fn(|k, _| f64::from(u8::from(k == normal.iamin()))));
        if let Some(u) = across.try_normalize(0.0) {
            let v = normal.cross(&u);
            let angles = (0..DISC_POINTS).map(|k| f64::from(k) / f64::from(DISC_POINTS) * TAU);
            ring.extend(angles.filter_map(|a| on_scan(&(middle + (u * a.cos() + v * a.sin()) * radius_mm))));
        }
    }
    Mark { name: keep_out.name.clone(), ring }
}

/// A way of drawing the scan on a plane.
pub(super) trait Chart: Sync {
    /// Place on the drawing, mm: to the right, up.
    fn place(&self, point: &Point) -> [f64; 2];
    /// Whether a place with this unit normal is shown.
    fn sees(&self, point: &Point, normal: &Vector) -> bool;
}

impl Chart for Unwrap {
    fn place(&self, point: &Point) -> [f64; 2] {
        Unwrap::place(self, point)
    }

    fn sees(&self, _: &Point, _: &Vector) -> bool {
        true
    }
}

/// The parts of a closed line that are shown, each with whether it is the whole, closed line.
pub(super) fn shown_runs(chart: &dyn Chart, ring: &[Placed]) -> Vec<(Vec<[f64; 2]>, bool)> {
    let seen: Vec<bool> = ring.iter().map(|(point, normal)| chart.sees(point, normal)).collect();
    let place = |k: usize| chart.place(&ring[k % ring.len()].0);
    let Some(gap) = seen.iter().position(|seen| !seen) else {
        return if ring.is_empty() { Vec::new() } else { vec![((0..ring.len()).map(place).collect(), true)] };
    };
    let turned: Vec<usize> = (gap..gap + ring.len()).collect();
    let runs = turned.chunk_by(|&a, &b| seen[a % ring.len()] == seen[b % ring.len()]);
    runs.filter(|run| seen[run[0] % ring.len()] && run.len() > 1)
        .map(|run| (run.iter().map(|&k| place(k)).collect(), false))
        .collect()
}
