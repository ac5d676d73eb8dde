use super::polygon::EarClipper;
use crate::error::{Error, Finding, Result};
use crate::geometry::Point;
use crate::mesh::check::Defects;
use crate::mesh::repair;

/// Largest coordinate that is accepted: squares and volumes stay far from overflow.
const MAX_COORDINATE: f64 = 1e12;

/// Vertices and polygons as they stand in a file. Every coordinate is finite; indices are checked by
/// [`Soup::check_indices`], because some formats may name a vertex before it comes.
#[derive(Debug, Default)]
pub(super) struct Soup {
    vertices: Vec<Point>,
    corners: Vec<u32>,
    /// End of each polygon in `corners`.
    ends: Vec<u32>,
    /// What the reader saw in the file and passed over.
    pub(super) findings: Vec<Finding>,
}

/// What became of polygons that are no simple polygons.
#[derive(Debug, Default)]
pub(super) struct PolygonDefects {
    /// Polygons that cross themselves; they were triangulated somehow.
    pub(super) crossed: Defects,
    /// Polygons with fewer than three different corners; they were left out.
    pub(super) too_short: Defects,
}

impl Soup {
    /// Room for so many vertices and triangles. The numbers must come from the size of the data, not from its claims.
    pub(super) fn with_capacity(vertices: usize, triangles: usize) -> Self {
        Self {
            vertices: Vec::with_capacity(vertices),
            corners: Vec::with_capacity(3 * triangles),
            ends: Vec::with_capacity(triangles),
            findings: Vec::new(),
        }
    }

    pub(super) fn vertices(&self) -> &[Point] {
        &self.vertices
    }

    /// Adds a vertex; `place` names it in the error when a coordinate is not a usable number.
    pub(super) fn push_vertex(&mut self, [x, y, z]: [f64; 3], place: impl FnOnce() -> String) -> Result<()> {
        // `<=` is false for NaN. Adding 0 makes a zero of either sign positive.
        if ![x, y, z].iter().all(|c| c.abs() <= MAX_COORDINATE) {
            return Err(Error::input(format!("the vertex ({x}, {y}, {z})"))
                .place(place())
                .expected(format!("finite coordinates of at most {MAX_COORDINATE:e}"))
                .remedy("export the scan again, or delete the vertex"));
        }
        if self.vertices.len() >= u32::MAX as usize {
            return Err(too_many("vertices").place(place()));
        }
        self.vertices.push(Point::new(x + 0.0, y + 0.0, z + 0.0));
        Ok(())
    }

    /// Adds a polygon by the indices of its corners.
    pub(super) fn push_polygon(&mut self, corners: &[u32]) -> Result<()> {
        self.corners.extend_from_slice(corners);
        let end = u32::try_from(self.corners.len()).map_err(|_| too_many("corners"))?;
        self.ends.push(end);
        Ok(())
    }

    /// Adds a triangle of the last three vertices.
    pub(super) fn push_triangle_of_last_vertices(&mut self) -> Result<()> {
        let end = self.vertices.len() as u32;
        self.push_polygon(&[end - 3, end - 2, end - 1])
    }

    /// Multiplies all coordinates.
    pub(super) fn scale(&mut self, factor: f64) {
        self.vertices.iter_mut().for_each(|v| v.coords *= factor);
    }

    /// Refuses a polygon that names a vertex which is not there.
    pub(super) fn check_indices(&self) -> Result<()> {
        let count = self.vertices.len();
        let Some(position) = self.corners.iter().position(|&corner| corner as usize >= count) else {
            return Ok(());
        };
        let polygon = self.ends.partition_point(|&end| end as usize <= position);
        Err(Error::input(format!("vertex index {}", self.corners[position]))
            .place(format!("face {polygon} (counted from 0)"))
            .expected(format!("an index below {count}, the number of vertices"))
            .remedy("export the scan again"))
    }

    /// Drops the vertices that no polygon uses. Returns how many.
    pub(super) fn drop_unreferenced(&mut self) -> usize {
        repair::drop_unreferenced(&mut self.vertices, &mut self.corners)
    }

    /// Merges vertices: `weld` gives the vertices that stay and the new index of each. Returns how many went.
    pub(super) fn weld(&mut self, weld: impl FnOnce(&[Point]) -> (Vec<Point>, Vec<u32>)) -> usize {
        let (vertices, new_index) = weld(&self.vertices);
        let merged = self.vertices.len() - vertices.len();
        self.vertices = vertices;
        self.corners.iter_mut().for_each(|corner| *corner = new_index[*corner as usize]);
        merged
    }

    /// Splits all polygons into triangles, in their order. Indices must have been checked.
    pub(super) fn triangulate(self) -> Result<(Vec<Point>, Vec<[u32; 3]>, PolygonDefects)> {
        let Self { vertices, corners, ends, .. } = self;
        let mut triangles = Vec::with_capacity(ends.len());
        let mut defects = PolygonDefects::default();
        let mut clipper = EarClipper::default();
        let mut start = 0;
        for (index, &end) in ends.iter().enumerate() {
            let polygon = &corners[start..end as usize];
            start = end as usize;
            if let &[a, b, c] = polygon {
                triangles.push([a, b, c]);
                continue;
            }
            let places = || polygon.iter().map(|&v| &vertices[v as usize]);
            let refused = |found: &str, expected: String| {
                Err(Error::input(format!("{found} of {} corners", polygon.len()))
                    .place(format!("face {index} (counted from 0)"))
                    .expected(expected)
                    .remedy("triangulate the mesh before exporting it"))
            };
            if polygon.len() > EarClipper::MAX_CORNERS {
                return refused("a polygon", format!("at most {}", EarClipper::MAX_CORNERS));
            }
            if clipper.is_exhausted(corners.len()) {
                return refused("one more large crossed polygon", "polygons that do not cross themselves".to_owned());
            }
            let before = triangles.len();
            let simple = clipper.triangulate(&vertices, polygon, &mut triangles);
            if triangles.len() == before {
                defects.too_short.add(places());
            } else if !simple {
                defects.crossed.add(places());
            }
        }
        Ok((vertices, triangles, defects))
    }
}

fn too_many(what: &str) -> Error {
    Error::input(format!("more than {} {what}", u32::MAX)).expected("a smaller mesh").remedy("decimate the scan")
}
