use super::HeadMarks;
use super::curve::spline;
use super::shape::Shape;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Placement, Point, Vector, decimal};
use crate::mesh::{SurfaceIndex, SurfacePoint, Topology, TriMesh, geodesic, submesh};

/// Distance of the points of a line, mm.
const STEP_MM: f64 = 2.0;
/// A landmark or control point farther than this from the skin is not on this head, mm.
const OFF_SKIN_MM: f64 = 12.0;
/// From the glabella to the side along the skin: the place above which the temple's front lies, mm (Garg).
const TEMPLE_FROM_GLABELLA_MM: f64 = 80.0;
/// A temporal peak comes no farther than this share of the way from the frontotemporal point down to there: 50 of 80 mm (Garg). On heads
/// with a lower corner the length alone would end at the brow.
const MOST_OF_TEMPLE: f64 = 50.0 / 80.0;
/// Share of the way from the middle to the frontotemporal point at which the bow has a point of its own.
const BOW_AT: f64 = 0.55;
/// The sideburn in front of the ear: backwards of and above the tragus, mm; from the hollow below the temporal peak to the
/// foot. Not scaled: ears do not grow with heads.
const SIDEBURN_MM: [[f64; 2]; 3] = [[-46.0, 29.0], [-35.0, 14.0], [-27.0, -9.0]];
/// How far a sideburn is raised where the scan does not reach down to it, at most, and in what steps, mm.
const MOST_RAISED_MM: u32 = 60;
const RAISE_STEP_MM: usize = 2;
/// The hollow behind a temporal peak is at least this far behind it, mm.
const HOLLOW_MM: f64 = 8.0;
/// Frontotemporal points that would be lower than the middle are moved back until they are not, in steps of 1 mm, at most:
const MOST_BACK_MM: u32 = 15;
/// With each such step they come nearer to the middle, mm: a forehead falls off to the sides faster than it rises backwards. At the most
/// that is little enough to be above the corners of the eyes still.
const NEARER_MM: f64 = 0.5;

/// Names of the control points from the subject's left to the right.
pub const CONTROL_POINTS: [&str; 15] = [
    "left_sideburn_foot",
    "left_sideburn",
    "left_temple_hollow",
    "left_temporal_peak",
    "left_temple_front",
    "left_frontotemporal",
    "left_bow",
    "mid_frontal",
    "right_bow",
    "right_frontotemporal",
    "right_temple_front",
    "right_temporal_peak",
    "right_temple_hollow",
    "right_sideburn",
    "right_sideburn_foot",
];

/// A place on the skin through which the line goes.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlPoint {
    /// Name: one of [`CONTROL_POINTS`], or the technician's own.
    pub name: String,
    /// Place, mm, in the scan's axes.
    pub position: Point,
}

/// The skin of a head, without what lies loose in or around it.
#[derive(Debug)]
pub struct Skin {
    mesh: TriMesh,
    topology: Topology,
    /// Queries on it.
    pub index: SurfaceIndex,
    marks: HeadMarks,
    out_of_head: Placement,
}

impl Skin {
    /// The piece of a scan on which the vertex lies.
    ///
    /// # Errors
    /// No triangles, or a vertex farther than 12 mm from them.
    pub fn of_head(scan: &TriMesh, marks: HeadMarks) -> Result<Self> {
        let out_of_head = marks.into_head.inverse();
        let all = Topology::build(scan);
        let top = SurfaceIndex::build(scan).closest_within(&out_of_head.point(&marks.vertex), OFF_SKIN_MM);
        let Some(top) = top else {
            return Err(Error::input(format!("the landmark vertex more than {OFF_SKIN_MM} mm off the scan"))
                .place("landmarks")
                .expected("landmarks on the scan, in its units and axes")
                .remedy("mark it again, or correct the units"));
        };
        let own = all.components()[top.at.triangle as usize];
        let (mesh, _) = submesh(scan, |t| all.components()[t as usize] == own)?;
        let (topology, index) = (Topology::build(&mesh), SurfaceIndex::build(&mesh));
        Ok(Self { mesh, topology, index, marks, out_of_head })
    }

    /// The place on the skin nearest to a point of the scan's frame.
    fn at(&self, point: &Point, name: &str) -> Result<SurfacePoint> {
        let hit = self.index.closest_within(point, OFF_SKIN_MM).ok_or_else(|| {
            Error::input(format!(
                "a place more than {OFF_SKIN_MM} mm off the skin, ({:.1}, {:.1}, {:.1})",
                point.x, point.y, point.z
            ))
            .place(name)
            .expected("a place on the scan, in its units and axes")
            .remedy("mark it again")
        })?;
        Ok(hit.at)
    }

    /// The place on the skin nearest to one of the head frame, in that frame.
    fn laid(&self, place: &Point, name: &str) -> Result<Point> {
        let at = self.at(&self.out_of_head.point(place), name)?;
        Ok(self.marks.into_head.point(&at.position(&self.mesh)))
    }

    /// Where a ray through the head leaves it last, in the head frame.
    fn leave(&self, from: Point, along: Vector, name: &str) -> Result<Point> {
        const FAR_MM: f64 = 200.0;
        let origin = self.out_of_head.point(&from);
        let direction = self.out_of_head.direction(&along);
        let hit = self.index.ray_last(&origin, &direction, FAR_MM).ok_or_else(|| {
            Error::input("no skin where the line should go")
                .place(name)
                .expected("a scan of the whole forehead and both temples")
                .remedy("check the landmarks, or draw the line by hand")
        })?;
        Ok(from + along * hit.t)
    }

    /// The same, or above where the scan ends there; below the place before.
    fn leave_at_or_above(&self, from: Point, along: Vector, before: Option<&Point>) -> Result<Point> {
        let most = before.map_or(f64::INFINITY, |before| before.z - 5.0);
        let heights = (0..=MOST_RAISED_MM).step_by(RAISE_STEP_MM).map(|raised| from.z + f64::from(raised));
        let places = heights.take_while(|z| *z <= most.max(from.z)).map(|z| Point::new(from.x, from.y, z));
        let mut found = self.leave(from, along, "sideburn");
        for place in places {
            if found.is_ok() {
                break;
            }
            found = self.leave(place, along, "sideburn");
        }
        found
    }

    /// The place so far along the shortest way over the skin from one place (head frame) to another; with the length of the
    /// way.
    fn along(&self, from: &Point, to: &Point, length_mm: f64, name: &str) -> Result<(Point, f64)> {
        let [from, to] = [from, to].map(|place| self.at(&self.out_of_head.point(place), name));
        let path = geodesic(&self.mesh, &self.topology, from?, to?)?;
        let whole_mm = path.length_mm(&self.mesh);
        let mut left_mm = length_mm.min(whole_mm);
        let places: Vec<Point> = path.points.iter().map(|point| point.position(&self.mesh)).collect();
        let mut at = places.first().copied().unwrap_or_default();
        for pair in places.windows(2) {
            let step = pair[1] - pair[0];
            let share = (left_mm / step.norm().max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
            at = pair[0] + step * share;
            left_mm -= step.norm();
            if left_mm <= 0.0 {
                break;
            }
        }
        Ok((self.marks.into_head.point(&at), whole_mm))
    }

    /// Length of the shortest way over the skin from the glabella to a place of the scan's frame, mm.
    pub(super) fn above_glabella_mm(&self, place: &Point) -> Result<f64> {
        let place = self.marks.into_head.point(place);
        Ok(self.along(&self.marks.glabella, &place, 0.0, "mid_frontal")?.1)
    }

    /// The head frame and the landmarks in it.
    pub fn marks(&self) -> &HeadMarks {
        &self.marks
    }

    /// Mean outward normal of the skin within a centimetre of a place of the scan's frame.
    pub(super) fn normal(&self, place: &Point) -> Result<Vector> {
        const RADIUS_MM: f64 = 10.0;
        let at = self.at(place, "mid_frontal")?;
        let normals = crate::mesh::smoothed_normals(&self.mesh, &self.topology, &[at], RADIUS_MM);
        let normal = self.marks.into_head.direction(&normals.first().map_or_else(Vector::zeros, |own| own.normal));
        // Scans may be wound inside out.
        let outward = self.marks.into_head.point(place).coords;
        Ok(if normal.dot(&outward) < 0.0 { -normal } else { normal })
    }
}

/// Control points of a frontal hairline of that shape, from the left sideburn over the forehead to the right one; and what
/// could not be met.
///
/// Rules by their numbers in the trade's texts as the project collects them: the middle (H1) lies `height_mm` up the skin from
/// the glabella; the frontotemporal points (H5) above the outer corners of the eyes and, unless rounded or stated, no lower than the
/// middle; the temporal peaks (H6) on the way from there to the side of the brow. Left and right are mirrored (H16): what makes
/// a line uneven is made by the density at its edge.
///
/// # Errors
/// Measures that no head has; a scan without skin where the line should go.
pub fn propose(skin: &Skin, shape: &Shape) -> Result<(Vec<ControlPoint>, Vec<Finding>)> {
    shape.check()?;
    let HeadMarks { glabella, half_breadth_mm, vertex, .. } = *skin.marks();
    let mut findings = Vec::new();
    let (plain, whole_mm) = skin.along(&glabella, &vertex, shape.height_mm, "mid_frontal")?;
    if shape.height_mm > 0.8 * whole_mm {
        return Err(Error::input(format!("a height of {} mm", shape.height_mm))
            .place("mid_frontal")
            .expected(format!("much less than the {} mm from the glabella to the vertex", decimal(whole_mm, 0)))
            .remedy("lower the height, or check the landmarks"));
    }
    let middle = skin.along(&glabella, &vertex, shape.height_mm - shape.peak_mm, "mid_frontal")?.0;
    let corner_mm = shape.corner_at_mm(half_breadth_mm);
    let above = |x: f64, y: f64, name: &str| skin.leave(Point::new(x, y, 0.35 * vertex.z), Vector::z(), name);
    // As far back on both sides, and no lower than the middle on either.
    let corners = |steps: u32| -> Result<([Point; 2], f64)> {
        let y = plain.y + shape.recession_mm + f64::from(steps);
        let x = if shape.corner_mm.is_some() { corner_mm } else { corner_mm - NEARER_MM * f64::from(steps) };
        Ok(([above(x, y, "left_frontotemporal")?, above(-x, y, "right_frontotemporal")?], x))
    };
    let mut steps = 0;
    let (mut pair, mut corner_mm) = corners(0)?;
    let may_move = !shape.rounded && !shape.keeps_recession;
    while may_move && steps < MOST_BACK_MM && pair.iter().any(|corner| corner.z < plain.z) {
        steps += 1;
        (pair, corner_mm) = corners(steps)?;
    }
    let recession_mm = shape.recession_mm + f64::from(steps);
    if steps > 0 {
        let message = format!(
            "the frontotemporal points lie {} mm behind the middle instead of {}, and {} mm to the side: farther in front and \
             outwards they would be lower than it",
            decimal(recession_mm, 0),
            decimal(shape.recession_mm, 0),
            decimal(corner_mm, 0)
        );
        findings.push(Finding::new("hairline-moved-back", Severity::Pass, message));
    }
    let mut sides = [Vec::new(), Vec::new()];
    for ((side, corner), sign) in sides.iter_mut().zip(pair).zip([1.0, -1.0]) {
        let brow = beside_glabella(skin, sign)?;
        let (_, way_mm) = skin.along(&corner, &brow, 0.0, "temporal_peak")?;
        let temple_mm = shape.temple_mm.min(MOST_OF_TEMPLE * way_mm);
        // Not so far forward that it hangs below the line between its neighbours, nor so far back that the line is hollow.
        let least_z = plain.z + BOW_AT * (corner.z - plain.z);
        let [mut y, last_y] = [BOW_AT.powf(shape.bow), BOW_AT].map(|share| plain.y + recession_mm * share);
        let mut bow = above(sign * BOW_AT * corner_mm, y, "bow")?;
        while bow.z < least_z && y < last_y {
            y = (y + 1.0).min(last_y);
            bow = above(sign * BOW_AT * corner_mm, y, "bow")?;
        }
        let [front, peak] = [0.5, 1.0].map(|share| skin.along(&corner, &brow, share * temple_mm, "temporal_peak"));
        let (front, peak) = (front?.0, peak?.0);
        let corner =
            if shape.rounded { skin.laid(&rounded_off(&corner, &bow, &front), "frontotemporal")? } else { corner };
        side.extend([bow, corner, front, peak]);
        let peak_mm = side.last().map_or(f64::NEG_INFINITY, |peak: &Point| peak.y);
        let [hollow, .., foot] = SIDEBURN_MM;
        // Behind a peak that lies far back, evenly from the hollow to the foot: nothing comes forward again.
        let hollow_mm = hollow[0].max(peak_mm + HOLLOW_MM).min(foot[0]);
        let narrower = (foot[0] - hollow_mm) / (foot[0] - hollow[0]);
        for [y, z] in SIDEBURN_MM.map(|[y, z]| [foot[0] - narrower * (foot[0] - y), z]) {
            side.push(skin.leave_at_or_above(Point::new(0.0, y, z), Vector::x() * sign, side.last())?);
        }
    }
    let [left, right] = sides;
    let places = left.into_iter().rev().chain([middle]).chain(right);
    let points = CONTROL_POINTS.iter().zip(places);
    let control = |(name, place): (&&str, Point)| ControlPoint {
        name: (*name).to_owned(),
        position: skin.out_of_head.point(&place),
    };
    Ok((points.map(control).collect(), findings))
}

/// Half the way from a corner to the middle of its neighbours.
fn rounded_off(corner: &Point, before: &Point, behind: &Point) -> Point {
    nalgebra::center(corner, &nalgebra::center(before, behind))
}

/// The place beside the brow, level with the glabella, so far to the side along the skin.
fn beside_glabella(skin: &Skin, sign: f64) -> Result<Point> {
    let HeadMarks { glabella, .. } = *skin.marks();
    let centre = Point::new(0.0, 0.3 * glabella.y, glabella.z);
    let (mut last, mut way_mm) = (None::<Point>, 0.0);
    for degrees in 0..=100_u32 {
        let turn = f64::from(degrees).to_radians();
        let place = skin.leave(centre, Vector::new(sign * turn.sin(), -turn.cos(), 0.0), "temporal_peak")?;
        way_mm += last.map_or(0.0, |last| (place - last).norm());
        if way_mm >= TEMPLE_FROM_GLABELLA_MM {
            return Ok(place);
        }
        last = Some(place);
    }
    Err(Error::input(format!("{} mm from the glabella to the side of the head", decimal(way_mm, 0)))
        .place("temporal_peak")
        .expected(format!("at least {TEMPLE_FROM_GLABELLA_MM} mm, as on a head"))
        .remedy("check the landmarks"))
}

/// The line through control points, on the skin, its points some 2 mm apart. Control points are laid on the skin and are among
/// them; the line's direction has no jumps at them.
///
/// # Errors
/// Fewer than three points; one that is off the skin, which is named.
pub fn line_through(points: &[ControlPoint], skin: &Skin) -> Result<Vec<Point>> {
    if points.len() < 3 {
        return Err(Error::input(format!("{} control points", points.len()))
            .place("control_points")
            .expected("at least 3, from ear to ear")
            .remedy("keep the points of the proposal, and move them"));
    }
    let place = |at: SurfacePoint| at.position(&skin.mesh);
    let way =
        points.iter().map(|point| Ok(place(skin.at(&point.position, &point.name)?))).collect::<Result<Vec<_>>>()?;
    let between = spline(&way, STEP_MM);
    let laid = between.iter().map(|point| Ok(place(skin.at(point, "between control points")?)));
    let ends = |end: Option<&Point>| end.copied().map(Ok);
    ends(way.first()).into_iter().chain(laid).chain(ends(way.last())).collect()
}
