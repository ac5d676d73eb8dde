mod stroke;

use self::stroke::Stroke;
use super::sheet::Sheet;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Aabb, Point, decimal};
use crate::mesh::{Cut, SurfaceHit, SurfaceIndex, SurfaceLoop, Topology, TriMesh, cut, submesh};

/// A line over noise, or of a hand that went back, draws eyes up to this size where it meets itself; they are cut off, mm.
/// Larger ones are errors. Half of what a narrow sideburn measures.
const KINK_MM: f64 = 5.0;

/// Least distance of the inside point from the line, mm.
const INSIDE_CLEARANCE_MM: f64 = 0.5;

/// A sheet cut along a closed line, with the table of what lies across which edge.
#[derive(Debug)]
pub(super) struct Enclosure {
    cut: Cut,
    topology: Topology,
    /// The edges of the line, sorted.
    walls: Vec<[u32; 2]>,
    /// Lowest number of a vertex on the line.
    first_wall_vertex: u32,
    /// The line, mm.
    pub(super) line: Vec<Point>,
    /// The line as it was followed.
    stroke: Stroke,
    /// Where eyes were cut off.
    kinks: Vec<Point>,
    /// Segments that go round a hole or fold, and places on them.
    detours: (Vec<u32>, Vec<Point>),
    /// Greatest distance of a drawn point from the surface, mm.
    pub(super) snapped_mm: f64,
}

impl Enclosure {
    /// Lays the points on the sheet, joins them, and cuts the sheet along the line.
    ///
    /// # Errors
    /// When a point is off the surface or sticks out of the line, or the line leaves the surface at an open edge, winds
    /// round twice, crosses itself, or encloses nothing.
    pub(super) fn cut(sheet: &Sheet<'_>, drawn: &[Point], tolerance_mm: f64) -> Result<Self> {
        let stroke = Stroke::new(drawn)?;
        let (places, snapped_mm) = sheet.snap(drawn, tolerance_mm)?;
        let place = |&(number, point): &(u32, Point)| {
            // Drawn points are laid already; means of them lie between.
            let at = match places.get(number as usize) {
                Some(&at) if stroke.averaged == 1 => at,
                _ => sheet.closest(&point, f64::INFINITY)?.at,
            };
            Ok((number, at))
        };
        let numbered = stroke.points.iter().map(place).collect::<Result<Vec<_>>>()?;
        let mut outline = SurfaceLoop::trace_numbered(&sheet.mesh, &sheet.topology, &numbered)?;
        let kinks = outline.remove_kinks(&sheet.mesh, KINK_MM)?;
        let line = outline.positions(&sheet.mesh);
        let on_detour = line.iter().zip(&outline.segments).filter(|(_, segment)| outline.detours.contains(segment));
        let detours = (outline.detours.clone(), on_detour.map(|(place, _)| *place).collect());
        let cut = cut(&sheet.mesh, &[outline])?;
        let mut walls: Vec<[u32; 2]> = cut.edges.iter().flatten().copied().collect();
        walls.sort_unstable();
        let topology = Topology::build(&cut.mesh);
        Ok(Self {
            cut,
            topology,
            walls,
            first_wall_vertex: sheet.mesh.vertices().len() as u32,
            line,
            stroke,
            kinks,
            detours,
            snapped_mm,
        })
    }

    /// The triangles on the same side as a place of the uncut sheet, as a mesh, with their uncut triangles.
    ///
    /// # Errors
    /// When the place is on the line, or both sides hang together elsewhere.
    pub(super) fn side_of(&self, inside: &SurfaceHit) -> Result<(TriMesh, Vec<u32>)> {
        let clearance = (0..self.line.len())
            .map(|i| segment_distance(&inside.position, self.line[i], self.line[(i + 1) % self.line.len()]))
            .fold(f64::INFINITY, f64::min);
        if clearance < INSIDE_CLEARANCE_MM {
            return Err(Error::input(format!("an inside point {clearance:.2} mm from the line"))
                .place("inside point")
                .expected(format!("at least {INSIDE_CLEARANCE_MM} mm, so that it says which side is meant"))
                .remedy("move the inside point to the middle of the region"));
        }
        let first = self.cut.parents.partition_point(|&parent| parent < inside.at.triangle) as u32;
        let end = self.cut.parents.partition_point(|&parent| parent <= inside.at.triangle) as u32;
        let (pieces, _) = submesh(&self.cut.mesh, |t| (first..end).contains(&t))?;
        let piece = SurfaceIndex::build(&pieces).closest(&inside.position).map_or(0, |hit| hit.at.triangle);
        let within = self.flood(first + piece)?;
        self.part(&within)
    }

    /// The side with the smaller area, as a mesh.
    ///
    /// # Errors
    /// When both sides hang together elsewhere.
    pub(super) fn smaller_side(&self) -> Result<TriMesh> {
        let across =
            |t: u32| (0..3).find(|&side| self.is_wall(t, side)).and_then(|side| self.topology.neighbour(t, side));
        let (here, there) = (0..self.cut.parents.len() as u32)
            .find_map(|t| across(t).map(|next| (t, next)))
            .ok_or_else(|| Error::input("a loop along an open edge"))?;
        let (one, other) = (self.part(&self.flood(here)?)?.0, self.part(&self.flood(there)?)?.0);
        Ok(if one.area_mm2() <= other.area_mm2() { one } else { other })
    }

    /// What was done to the line called `name` that a person should look at.
    pub(super) fn findings(&self, name: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.stroke.averaged > 1 {
            let message = format!(
                "{name}: the drawn points wobble by {} mm, much for their distance; the line runs through the means of \
                 {} neighbours each",
                decimal(self.stroke.wobble_mm, 2),
                self.stroke.averaged
            );
            findings.push(
                Finding::new("line-wobble", Severity::Warn, message)
                    .times(self.stroke.points.len())
                    .remedy("look at the line in the preview; draw it with fewer points where it is not as meant"),
            );
        }
        if !self.kinks.is_empty() {
            let count = self.kinks.len();
            let message = format!(
                "{name}: {count} small eyes of the line, up to {KINK_MM} mm, were cut off where it meets itself"
            );
            findings.push(
                Finding::new("line-kinks", Severity::Warn, message)
                    .times(count)
                    .remedy("look at the line in the preview; smooth the scan there if it is noise")
                    .bounds_mm(bounds_mm(&self.kinks)),
            );
        }
        let (segments, places) = &self.detours;
        if !segments.is_empty() {
            let message = format!("{name}: the line goes round holes or folds after the points {segments:?}");
            findings.push(
                Finding::new("line-detours", Severity::Warn, message)
                    .times(segments.len())
                    .remedy("look at the line there in the preview; fill the hole or draw more points")
                    .bounds_mm(bounds_mm(places)),
            );
        }
        findings
    }

    fn part(&self, within: &[bool]) -> Result<(TriMesh, Vec<u32>)> {
        let (mesh, kept) = submesh(&self.cut.mesh, |t| within[t as usize])?;
        Ok((mesh, kept.iter().map(|&t| self.cut.parents[t as usize]).collect()))
    }

    /// Marks what hangs together with the seed without crossing the line.
    fn flood(&self, seed: u32) -> Result<Vec<bool>> {
        let mut within = vec![false; self.cut.parents.len()];
        let mut open = vec![seed];
        within[seed as usize] = true;
        while let Some(t) = open.pop() {
            for side in (0..3).filter(|&side| !self.is_wall(t, side)) {
                if let Some(next) = self.topology.neighbour(t, side)
                    && !std::mem::replace(&mut within[next as usize], true)
                {
                    open.push(next);
                }
            }
        }
        let both_sides = |t: u32| {
            within[t as usize]
                && (0..3).any(|side| {
                    self.is_wall(t, side)
                        && self.topology.neighbour(t, side).is_some_and(|across| within[across as usize])
                })
        };
        match (0..within.len() as u32).find(|&t| both_sides(t)) {
            None => Ok(within),
            Some(t) => {
                let at = self.cut.mesh.corners(t)[0];
                Err(Error::input(format!(
                    "a loop that does not separate an inside from an outside: both sides of it near ({:.1}, {:.1}, \
                     {:.1}) hang together elsewhere",
                    at.x, at.y, at.z
                ))
                .expected("a loop around a piece of skin")
                .remedy("look for handles and tunnels in the scan, or draw the loop around them"))
            }
        }
    }

    fn is_wall(&self, triangle: u32, side: usize) -> bool {
        let corners = self.cut.mesh.triangles()[triangle as usize];
        let (a, b) = (corners[side], corners[(side + 1) % 3]);
        a.min(b) >= self.first_wall_vertex && self.walls.binary_search(&[a.min(b), a.max(b)]).is_ok()
    }
}

fn bounds_mm(places: &[Point]) -> [[f64; 3]; 2] {
    let bounds = Aabb::around(places);
    [bounds.min.into(), bounds.max.into()]
}

/// Distance from a point to a segment, mm.
pub(super) fn segment_distance(point: &Point, a: Point, b: Point) -> f64 {
    let along = b - a;
    let length2 = along.norm_squared();
    let share = if length2 > 0.0 { ((point - a).dot(&along) / length2).clamp(0.0, 1.0) } else { 0.0 };
    (a + along * share - point).norm()
}
