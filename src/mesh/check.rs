//! What is right and wrong with a mesh, as figures and as findings.

use std::fmt;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::orient::Orientation;
use super::singular::Singularities;
use super::{Topology, TriMesh};
use crate::error::{Finding, Severity};
use crate::geometry::{Aabb, Point, Units, decimal};

/// The figures of a mesh.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeshSummary {
    /// Vertices after welding, copies at singularities included.
    pub vertices: usize,
    /// Triangles that are left.
    pub triangles: usize,
    /// Pieces that hang together over edges with two triangles.
    pub components: usize,
    /// Edges with one triangle, after the mesh was cut apart at its singularities.
    pub open_edges: usize,
    /// Edges that had more than two triangles, before the mesh was cut apart there.
    pub non_manifold_edges: usize,
    /// Vertices away from such edges that had more than one fan of triangles, before they were given copies.
    pub non_manifold_vertices: usize,
    /// Triangles whose winding was turned, alone or with their component.
    pub flipped_triangles: usize,
    /// Triangles and polygons without area that were removed.
    pub degenerate_removed: usize,
    /// Triangles with the same corners as another one that were removed.
    pub duplicate_removed: usize,
    /// Vertices that were merged into another one.
    pub welded_vertices: usize,
    /// Edge lengths of the box around the mesh, mm.
    pub size_mm: [f64; 3],
    /// Area of all triangles, mm².
    pub area_mm2: f64,
    /// The unit of the file's numbers that makes the largest component as large as a head, the one in use if it does.
    pub unit_guess: Option<Units>,
    /// The unit in which the file's numbers were taken.
    pub units: Units,
}

/// A number of defects and the box that holds them, mm.
#[derive(Debug, Clone)]
pub(crate) struct Defects {
    pub(crate) count: usize,
    bounds: Aabb,
}

impl Default for Defects {
    fn default() -> Self {
        Self { count: 0, bounds: Aabb::EMPTY }
    }
}

impl Defects {
    /// Counts one defect that reaches over the points.
    pub(crate) fn add<'a>(&mut self, points: impl IntoIterator<Item = &'a Point>) {
        self.count += 1;
        points.into_iter().for_each(|point| self.bounds.include(point));
    }

    /// Takes over the defects of another list.
    pub(crate) fn append(&mut self, other: &Self) {
        self.count += other.count;
        self.bounds.min = self.bounds.min.inf(&other.bounds.min);
        self.bounds.max = self.bounds.max.sup(&other.bounds.max);
    }

    /// All that `find` sees at the numbers below `count`. Counts and boxes do not depend on the order of adding.
    pub(crate) fn gather(count: usize, find: impl Fn(&mut Self, u32) + Sync) -> Self {
        let found = (0..count as u32).into_par_iter().fold(Self::default, |mut found, index| {
            find(&mut found, index);
            found
        });
        found.reduce(Self::default, |mut all, found| {
            all.append(&found);
            all
        })
    }

    /// The box as a finding holds it; `None` without defects.
    fn bounds_mm(&self) -> Option<[[f64; 3]; 2]> {
        (self.count > 0).then(|| [self.bounds.min.into(), self.bounds.max.into()])
    }
}

/// Says where the defects are.
impl fmt::Display for Defects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [min, max] = [self.bounds.min, self.bounds.max].map(|p| [p.x, p.y, p.z].map(|c| decimal(c, 1)).join(", "));
        write!(f, "between ({min}) and ({max}) mm")
    }
}

/// What intake took out or merged.
#[derive(Debug, Default)]
pub(crate) struct Repairs {
    pub(crate) unreferenced: usize,
    pub(crate) welded: usize,
    pub(crate) degenerate: Defects,
    pub(crate) duplicate: Defects,
    pub(crate) crossed_polygons: Defects,
    /// Vertices on open edges that became another one close by.
    pub(crate) cracks: Defects,
}

/// Edges with one triangle.
fn open_edges(mesh: &TriMesh, topology: &Topology) -> Defects {
    Defects::gather(mesh.triangles().len(), |found, t| {
        let corners = mesh.triangles()[t as usize];
        for i in (0..3).filter(|&i| topology.neighbour(t, i).is_none()) {
            found.add([corners[i], corners[(i + 1) % 3]].map(|v| &mesh.vertices()[v as usize]));
        }
    })
}

/// Largest extent of a head, mm: from a small child's without the neck to a bust with shoulders.
const HEAD_EXTENT_MM: std::ops::RangeInclusive<f64> = 120.0..=600.0;
/// A head from chin to vertex, mm; the unit that comes closest to it is the best guess.
const TYPICAL_EXTENT_MM: f64 = 230.0;

/// Sums up a mesh without singularities that came in as `units`, and lists everything that was found, always in the same order.
pub(crate) fn check(
    mesh: &TriMesh,
    topology: &Topology,
    singularities: &Singularities,
    orientation: &Orientation,
    repairs: &Repairs,
    units: Units,
) -> (MeshSummary, Vec<Finding>) {
    let size = mesh.bounds().size();
    let largest = LargestComponent::of(mesh, topology);
    let open = open_edges(mesh, topology);
    let summary = MeshSummary {
        vertices: mesh.vertices().len(),
        triangles: mesh.triangles().len(),
        components: topology.component_count(),
        open_edges: topology.open_edges(),
        non_manifold_edges: singularities.edges.count,
        non_manifold_vertices: singularities.vertices.count,
        flipped_triangles: orientation.turned,
        degenerate_removed: repairs.degenerate.count,
        duplicate_removed: repairs.duplicate.count,
        welded_vertices: repairs.welded,
        size_mm: [size.x, size.y, size.z],
        area_mm2: mesh.area_mm2(),
        unit_guess: guess_units(largest.extent_mm, units),
        units,
    };
    let findings = [
        units_finding(largest.extent_mm, &summary),
        components_finding(&largest, &summary),
        defects("open-edges", Severity::Warn, &open, "edges have one triangle only", HOLES),
        defects(
            "non-manifold-edges",
            Severity::Warn,
            &singularities.edges,
            "edges had more than two triangles and were cut apart, so that the smoothest pairs stay together",
            CLEAN,
        ),
        defects(
            "non-manifold-vertices",
            Severity::Warn,
            &singularities.vertices,
            "vertices had more than one fan of triangles and were given copies",
            CLEAN,
        ),
        defects(
            "inside-out",
            Severity::Warn,
            &orientation.inside_out,
            "components were inside out and were turned",
            LOOK,
        ),
        defects(
            "flipped",
            Severity::Warn,
            &orientation.flipped,
            "triangles were wound against their component and were turned",
            LOOK,
        ),
        defects("one-sided", Severity::Warn, &orientation.one_sided, "components have no inside and outside", CLEAN),
        defects(
            "flat",
            Severity::Warn,
            &orientation.flat,
            "components are flat, and their outside is a guess from the winding",
            LOOK,
        ),
        defects(
            "crossed-polygons",
            Severity::Warn,
            &repairs.crossed_polygons,
            "polygons cross themselves and were triangulated somehow",
            CLEAN,
        ),
        defects("degenerate", Severity::Pass, &repairs.degenerate, "faces without area were removed", ""),
        defects(
            "duplicate",
            Severity::Pass,
            &repairs.duplicate,
            "triangles were there more than once and were removed",
            "",
        ),
        defects(
            "cracks",
            Severity::Pass,
            &repairs.cracks,
            "vertices on open edges were merged into others at most 0.02 mm away",
            "",
        ),
        counted("welded", repairs.welded, "vertices were merged into others at the same place"),
        counted("unreferenced", repairs.unreferenced, "vertices without a face were dropped"),
    ];
    (summary, findings.into_iter().flatten().collect())
}

const HOLES: &str = "close holes in the area to be treated; a border outside of it does no harm";
const CLEAN: &str = "clean the mesh there if the area to be treated comes near";
const LOOK: &str = "look at the preview: the surface must face outwards";

fn defects(code: &str, severity: Severity, defects: &Defects, what: &str, remedy: &str) -> Option<Finding> {
    let bounds_mm = defects.bounds_mm()?;
    let message = format!("{} {what}, {defects}", defects.count);
    Some(Finding::new(code, severity, message).times(defects.count).remedy(remedy).bounds_mm(bounds_mm))
}

fn counted(code: &str, count: usize, what: &str) -> Option<Finding> {
    (count > 0).then(|| Finding::new(code, Severity::Pass, format!("{count} {what}")).times(count))
}

fn units_finding(extent_mm: f64, summary: &MeshSummary) -> Option<Finding> {
    if HEAD_EXTENT_MM.contains(&extent_mm) {
        return None;
    }
    let message = format!(
        "taken in {}, the largest component is {} mm long; a head is {} to {} mm",
        summary.units,
        decimal(extent_mm, 3),
        HEAD_EXTENT_MM.start(),
        HEAD_EXTENT_MM.end()
    );
    let remedy = match summary.unit_guess {
        Some(unit) => format!("the unit {unit} would fit: give units {unit}"),
        None => "no unit would fit: check the scan".to_owned(),
    };
    Some(Finding::new("units-implausible", Severity::Warn, message).times(1).remedy(remedy))
}

fn components_finding(largest: &LargestComponent, summary: &MeshSummary) -> Option<Finding> {
    let MeshSummary { components, triangles, .. } = *summary;
    let bounds_mm = largest.others.bounds_mm()?;
    let message = format!(
        "{components} components; the largest has {} of the {triangles} triangles; the others lie {}",
        triangles - largest.others.count,
        largest.others
    );
    Some(Finding::new("components", Severity::Pass, message).times(components).bounds_mm(bounds_mm))
}

/// The unit in use if it makes the extent plausible, else the one that comes closest to a typical head.
fn guess_units(extent_mm: f64, used: Units) -> Option<Units> {
    let extent_as = |unit: Units| extent_mm / used.in_mm() * unit.in_mm();
    let misfit = |unit: Units| if unit == used { 0.0 } else { (extent_as(unit) / TYPICAL_EXTENT_MM).ln().abs() };
    Units::ALL
        .into_iter()
        .filter(|&unit| HEAD_EXTENT_MM.contains(&extent_as(unit)))
        .min_by(|&a, &b| misfit(a).total_cmp(&misfit(b)))
}

/// The component with the largest area.
struct LargestComponent {
    extent_mm: f64,
    /// The triangles of all other components.
    others: Defects,
}

impl LargestComponent {
    fn of(mesh: &TriMesh, topology: &Topology) -> Self {
        let mut areas = vec![0.0; topology.component_count()];
        for (t, &component) in topology.components().iter().enumerate() {
            areas[component as usize] += mesh.triangle_area_mm2(t as u32);
        }
        let largest = areas.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(component, _)| component);
        let gather = |is_wanted: fn(usize, usize) -> bool| {
            Defects::gather(mesh.triangles().len(), |found, t| {
                if is_wanted(topology.components()[t as usize] as usize, largest) {
                    found.add(&mesh.corners(t));
                }
            })
        };
        let itself = gather(|component, largest| component == largest);
        let others = gather(|component, largest| component != largest);
        Self { extent_mm: itself.bounds.size().max(), others }
    }
}
