use super::enclosure::{Enclosure, segment_distance};
use super::holes::{OpenHoles, patched_finding};
use super::keep_out::{Obstacle, ResolvedKeepOut};
use super::offset::offset;
use super::scalp::Scalp;
use super::sheet::Sheet;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Aabb, Point};
use crate::mesh::{Roughness, SurfaceIndex, Topology, TriMesh, distance_to_edges, refine, refine_where, roughness};

/// The middle of an edge this close to an open edge of the scan lies on it, mm; cuts stay farther away.
const ON_EDGE_MM: f64 = 1e-6;

/// The middle of an edge this close to the hairline lies on it, mm.
const ON_LINE_MM: f64 = 1e-3;

/// Limits for [`Region::build`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// A drawn point farther than this from the surface is an error, mm.
    pub snap_tolerance_mm: f64,
    /// Longest edge of the region's triangles, mm: distances are stored per vertex.
    pub max_edge_mm: f64,
    /// Distance to keep from the holes of the scan that are still open, mm; 0 goes up to their rims.
    pub hole_margin_mm: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { snap_tolerance_mm: 3.0, max_edge_mm: 3.0, hole_margin_mm: 2.0 }
    }
}

/// The treatable surface.
#[derive(Debug, Clone)]
pub struct Region {
    /// The surface; its open edges are the region's edge.
    pub mesh: TriMesh,
    /// Triangle of the scalp on which each triangle lies.
    pub source_triangle: Vec<u32>,
    /// For each triangle whether it covers a hole of the scan.
    pub patched: Vec<bool>,
    /// Distance along the surface from each vertex to the region's edge, mm.
    pub distance_mm: Vec<f64>,
    /// How rough the scan is there.
    pub roughness: Roughness,
    /// The region's edge: hairline, keep-outs, and open edges of the scan inside the hairline.
    pub edges: Vec<[u32; 2]>,
    /// Length of the region's edge, mm.
    pub edge_length_mm: f64,
    /// Area, mm².
    pub area_mm2: f64,
    /// Queries on the surface.
    pub index: SurfaceIndex,
    /// The hairline as it runs over the scan, closed, mm; for drawing.
    pub loop_on_surface: Vec<Point>,
    /// The edges of the keep-outs inside the region, mm; for drawing. Closed ones repeat their first point.
    pub keep_out_loops: Vec<Vec<Point>>,
    /// Boxes around the holes of the scan that are kept out, mm.
    pub holes_kept_out: Vec<Aabb>,
    /// What a person should know.
    pub findings: Vec<Finding>,
}

impl Region {
    /// Those of [`edges`](Self::edges) that lie on the hairline.
    pub fn hairline_edges(&self) -> Vec<[u32; 2]> {
        if self.keep_out_loops.is_empty() {
            return self.edges.clone();
        }
        let turns = self.loop_on_surface.iter().cycle().skip(1);
        let line: Vec<[Point; 2]> = self.loop_on_surface.iter().zip(turns).map(|(a, b)| [*a, *b]).collect();
        let line = SurfaceIndex::of_segments(&line);
        let middle = |[a, b]: &[u32; 2]| {
            nalgebra::center(&self.mesh.vertices()[*a as usize], &self.mesh.vertices()[*b as usize])
        };
        self.edges.iter().filter(|ends| line.is_within(&middle(ends), ON_LINE_MM)).copied().collect()
    }

    /// Cuts the scalp along the closed line through `loop_points`, takes the side on which `inside_point` is, and removes
    /// the holes of the scan with a margin and the keep-outs.
    ///
    /// All points are laid on the one component on which the loop lies best.
    ///
    /// # Errors
    /// - a point of the loop off the surface or beyond an open edge; names the point
    /// - a loop that leaves the scan at an open edge, runs over a hole, or crosses itself; names the segments
    /// - a loop that does not separate; an inside point on the line or off the surface
    /// - a keep-out off the surface, or one that leaves nothing of the region; names it and its file
    pub fn build(
        scalp: &Scalp,
        loop_points: &[Point],
        inside_point: Point,
        keep_outs: &[ResolvedKeepOut],
        options: &Options,
    ) -> Result<Self> {
        let tolerance_mm = options.snap_tolerance_mm;
        if !tolerance_mm.is_finite() || tolerance_mm <= 0.0 {
            return Err(Error::input(format!("a snap tolerance of {tolerance_mm} mm")).expected("a length above 0"));
        }
        let sheet = Sheet::under(scalp, loop_points, tolerance_mm)?;
        let inside = sheet.inside(scalp, &inside_point)?;
        let holes = OpenHoles::of(&sheet);
        holes.check_line(&sheet, loop_points, tolerance_mm).map_err(|error| error.within("boundary"))?;
        let enclosure = Enclosure::cut(&sheet, loop_points, tolerance_mm).map_err(|error| error.within("boundary"))?;
        let (mut mesh, mut parents) = enclosure.side_of(&inside).map_err(|error| error.place("boundary"))?;
        let snapped = format!(
            "{} points of the boundary are at most {:.2} mm from the scan",
            loop_points.len(),
            enclosure.snapped_mm
        );
        let mut findings = vec![Finding::new("boundary-snapped", Severity::Pass, snapped).times(loop_points.len())];
        findings.extend(enclosure.findings("boundary"));

        let mut keep_out_loops = Vec::new();
        let holes = holes.within(&parents);
        let holes_kept_out = holes.boxes();
        if let Some((edges, finding)) = holes.keep_out(&sheet, options.hole_margin_mm) {
            findings.push(finding);
            if edges.reach_mm > 0.0 {
                let remainder = offset(&mesh, &edges)?;
                if remainder.mesh.is_empty() {
                    return Err(Error::input("nothing left of the region between the holes of the scan")
                        .expected("skin farther than the margin from holes")
                        .remedy("scan again, or fill the holes in the scan"));
                }
                parents = remainder.parents.iter().map(|&t| parents[t as usize]).collect();
                mesh = remainder.mesh;
                keep_out_loops.extend(remainder.rims);
            }
        }
        for (i, keep_out) in keep_outs.iter().enumerate() {
            let place = format!("keep-out {i} `{}`", keep_out.name);
            let (obstacle, seen) = Obstacle::lay(keep_out, &place, &sheet, tolerance_mm)
                .map_err(|error| error.within(&place).file(&keep_out.file))?;
            findings.extend(seen);
            let remainder = offset(&mesh, &obstacle)?;
            if remainder.mesh.is_empty() {
                return Err(Error::input("nothing left of the region")
                    .file(&keep_out.file)
                    .place(place)
                    .expected("a keep-out smaller than what the others leave of the region")
                    .remedy("check its place, size and margin"));
            }
            if !remainder.is_less {
                findings.push(
                    Finding::new("keep-out-outside", Severity::Warn, format!("{place} takes nothing from the region"))
                        .times(1)
                        .remedy("check its place if it was meant to lie inside the hairline"),
                );
            }
            parents = remainder.parents.iter().map(|&t| parents[t as usize]).collect();
            mesh = remainder.mesh;
            keep_out_loops.extend(remainder.rims);
        }

        let refined = refine(&mesh, &[], options.max_edge_mm)?;
        let parents: Vec<u32> = refined.parent.iter().map(|&t| parents[t as usize]).collect();
        let mesh = refined.mesh;
        let region_topology = Topology::build(&mesh);
        let edges = open_edges(&mesh, &region_topology);
        findings.extend(open_edge_finding(&mesh, &region_topology, &parents, &sheet));
        let source_triangle: Vec<u32> = parents.iter().map(|&t| sheet.sources[t as usize]).collect();
        let patched: Vec<bool> = source_triangle.iter().map(|&t| scalp.patched[t as usize]).collect();
        findings.extend(patched_finding(&mesh, &patched));
        let ((distance_mm, index), roughness) =
            rayon::join(|| measured(&mesh, &edges), || roughness_of(scalp, source_triangle.clone()));
        Ok(Self {
            distance_mm,
            index,
            roughness,
            edge_length_mm: edges.iter().map(|edge| length_mm(&mesh, *edge)).sum(),
            area_mm2: mesh.area_mm2(),
            patched,
            source_triangle,
            mesh,
            edges,
            loop_on_surface: enclosure.line,
            keep_out_loops,
            holes_kept_out,
            findings,
        })
    }
}

impl Region {
    /// The same surface with no edge longer than `max_edge_mm` near some lines: within `near_mm` of them, and a little
    /// beyond.
    ///
    /// # Errors
    /// Edges so short that there would be more than 20 million triangles.
    pub fn finer_near(self, lines: &SurfaceIndex, near_mm: f64, max_edge_mm: f64) -> Result<Self> {
        let is_long = |a: &Point, b: &Point| {
            let length_mm = (b - a).norm();
            length_mm > max_edge_mm && lines.is_within(&nalgebra::center(a, b), near_mm + 0.5 * length_mm)
        };
        self.finer_where(is_long)
    }

    /// The same region with edges halved until `is_long` holds for none; it is asked with the ends of an edge and must be false below
    /// some length.
    ///
    /// # Errors
    /// When the mesh would get too many triangles.
    pub fn finer_where(self, is_long: impl Fn(&Point, &Point) -> bool) -> Result<Self> {
        let refined = refine_where(&self.mesh, &self.edges, is_long)?;
        let parents = || refined.parent.iter().map(|&parent| parent as usize);
        let (distance_mm, index) = measured(&refined.mesh, &refined.edges);
        Ok(Self {
            source_triangle: parents().map(|parent| self.source_triangle[parent]).collect(),
            patched: parents().map(|parent| self.patched[parent]).collect(),
            distance_mm,
            index,
            edges: refined.edges,
            mesh: refined.mesh,
            ..self
        })
    }
}

/// Distances from the edges, which one thread finds alone, and beside them the index.
fn measured(mesh: &TriMesh, edges: &[[u32; 2]]) -> (Vec<f64>, SurfaceIndex) {
    rayon::join(|| distance_to_edges(mesh, edges), || SurfaceIndex::build(mesh))
}

/// How rough the scan is at these triangles.
fn roughness_of(scalp: &Scalp, mut triangles: Vec<u32>) -> Roughness {
    triangles.sort_unstable();
    triangles.dedup();
    roughness(&scalp.mesh, &scalp.topology, Some(&triangles))
}

/// Sides with no single triangle across, lower vertex first, ascending.
fn open_edges(mesh: &TriMesh, topology: &Topology) -> Vec<[u32; 2]> {
    let mut edges: Vec<[u32; 2]> = open_sides(mesh, topology).map(|(_, edge)| edge).collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

fn open_sides(mesh: &TriMesh, topology: &Topology) -> impl Iterator<Item = (u32, [u32; 2])> {
    (0..).zip(mesh.triangles()).flat_map(move |(t, corners)| {
        let open = (0..3).filter(move |&side| topology.neighbour(t, side).is_none());
        open.map(move |side| (corners[side], corners[(side + 1) % 3])).map(move |(a, b)| (t, [a.min(b), a.max(b)]))
    })
}

fn length_mm(mesh: &TriMesh, [a, b]: [u32; 2]) -> f64 {
    (mesh.vertices()[b as usize] - mesh.vertices()[a as usize]).norm()
}

/// Says how much of the region's edge nobody drew: holes, tears and the rim of the scan.
fn open_edge_finding(mesh: &TriMesh, topology: &Topology, parents: &[u32], sheet: &Sheet<'_>) -> Option<Finding> {
    let was_open = |&(t, edge): &(u32, [u32; 2])| {
        let parent = parents[t as usize];
        let corners = sheet.mesh.corners(parent);
        let [a, b] = edge.map(|v| mesh.vertices()[v as usize]);
        let middle = nalgebra::center(&a, &b);
        (0..3).any(|side| {
            sheet.topology.neighbour(parent, side).is_none()
                && segment_distance(&middle, corners[side], corners[(side + 1) % 3]) < ON_EDGE_MM
        })
    };
    let mut edges: Vec<[u32; 2]> = open_sides(mesh, topology).filter(was_open).map(|(_, edge)| edge).collect();
    edges.sort_unstable();
    edges.dedup();
    let length: f64 = edges.iter().map(|&edge| length_mm(mesh, edge)).sum();
    (!edges.is_empty()).then(|| {
        let message = format!("{length:.1} mm of open or non-manifold edges of the scan lie inside the hairline");
        Finding::new("region-open-edges", Severity::Warn, message)
            .times(edges.len())
            .remedy("they are treated as edges of the region; mend the scan if there is skin beyond")
    })
}
