use super::sheet::Sheet;
use crate::error::{Error, Result};
use crate::geometry::Point;
use crate::mesh::{Cut, SurfaceHit, SurfaceIndex, SurfaceLoop, Topology, TriMesh, cut, submesh};

/// A line over noise draws eyes up to this length where it meets itself; they are cut off, mm. Longer ones are errors.
const KINK_MM: f64 = 1.0;

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
    /// Eyes cut off.
    pub(super) kinks: usize,
    /// Segments that go round a hole or fold.
    pub(super) detours: Vec<u32>,
    /// Greatest distance of a drawn point from the surface, mm.
    pub(super) snapped_mm: f64,
}

impl Enclosure {
    /// Lays the points on the sheet, joins them, and cuts the sheet along the line.
    ///
    /// # Errors
    /// When a point is off the surface, the line leaves it at an open edge, or crosses itself.
    pub(super) fn cut(sheet: &Sheet<'_>, drawn: &[Point], tolerance_mm: f64) -> Result<Self> {
        let (places, snapped_mm) = sheet.snap(drawn, tolerance_mm)?;
        let mut outline = SurfaceLoop::trace(&sheet.mesh, &sheet.topology, &places)?;
        let kinks = outline.remove_kinks(&sheet.mesh, KINK_MM)?;
        let line = outline.positions(&sheet.mesh);
        let detours = outline.detours.clone();
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
    pub(super) fn smaller_side(&self) -> Result<TriMesh> {
        let seed = (0..self.cut.parents.len() as u32).find(|&t| (0..3).any(|side| self.is_wall(t, side)));
        let one = self.flood(seed.ok_or_else(|| Error::input("a loop without length"))?)?;
        let opposite: Vec<bool> = one.iter().map(|within| !within).collect();
        let (one, other) = (self.part(&one)?.0, self.part(&opposite)?.0);
        Ok(if one.area_mm2() <= other.area_mm2() { one } else { other })
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

/// Distance from a point to a segment, mm.
pub(super) fn segment_distance(point: &Point, a: Point, b: Point) -> f64 {
    let along = b - a;
    let length2 = along.norm_squared();
    let share = if length2 > 0.0 { ((point - a).dot(&along) / length2).clamp(0.0, 1.0) } else { 0.0 };
    (a + along * share - point).norm()
}
