use super::polygon::EarClipper;
use crate::error::{Error, Finding, MOST_COORDINATE, MOST_TRIANGLES, Result, Severity, check_limit};
use crate::geometry::Point;
use crate::mesh::check::Defects;
use crate::mesh::repair;

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

    /// Tells of what follows the rows that a header promises: some programs add blocks of their own, but a wrong count looks
    /// the same.
    pub(super) fn pass_over(&mut self, count: usize, unit: &str) {
        let message = || format!("{count} {unit} follow what the header promises, and were passed over");
        let finding = || Finding::new("trailing-bytes", Severity::Warn, message()).times(count);
        let remedy = "look at the preview: if a part is missing, export the scan again";
        self.findings.extend((count > 0).then(|| finding().remedy(remedy)));
    }

    pub(super) fn vertices(&self) -> &[Point] {
        &self.vertices
    }

    /// Adds a vertex; `place` names it in the error when a coordinate is not a usable number.
    pub(super) fn push_vertex(&mut self, [x, y, z]: [f64; 3], place: impl FnOnce() -> String) -> Result<()> {
        // `<=` is false for NaN. Adding 0 makes a zero of either sign positive.
        if ![x, y, z].iter().all(|c| c.abs() <= MOST_COORDINATE) {
            return Err(Error::input(format!("the vertex ({x}, {y}, {z})"))
                .place(place())
                .expected(format!("finite coordinates of at most {MOST_COORDINATE:e}"))
                .remedy("export the scan again, or delete the vertex"));
        }
        // Every triangle of a soup may bring three of its own.
        check_limit(self.vertices.len() + 1, 3 * MOST_TRIANGLES, "vertices or more")
            .map_err(|error| error.place(place()))?;
        self.vertices.push(Point::new(x + 0.0, y + 0.0, z + 0.0));
        Ok(())
    }

    /// Adds a polygon by the indices of its corners.
    pub(super) fn push_polygon(&mut self, corners: &[u32]) -> Result<()> {
        check_limit(self.triangles(corners.len()), MOST_TRIANGLES, "triangles or more")?;
        self.corners.extend_from_slice(corners);
        let end = u32::try_from(self.corners.len()).map_err(|_| too_many("corners"))?;
        self.ends.push(end);
        Ok(())
    }

    /// Triangles of all polygons and of one more with so many corners; a polygon of fewer than three counts as one.
    fn triangles(&self, corners: usize) -> usize {
        let polygons = self.ends.len() + 1;
        (self.corners.len() + corners).saturating_sub(2 * polygons).max(polygons)
    }

    /// Adds a triangle of the last three vertices.
    pub(super) fn push_triangle_of_last_vertices(&mut self) -> Result<()> {
        let end = u32::try_from(self.vertices.len()).map_err(|_| too_many("vertices"))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polygons_count_as_the_triangles_that_they_will_be() {
        let mut soup = Soup::default();
        for corners in [3, 5, 4] {
            assert!(soup.push_polygon(&vec![0; corners]).is_ok());
        }
        assert_eq!(soup.triangles(6), 1 + 3 + 2 + 4);
        assert_eq!(Soup::default().triangles(1), 1);
    }
}
