use crate::geometry::{Aabb, Point};

/// Merges vertices that are closer than the tolerance to one that is kept; of a chain of close vertices some may stay.
///
/// Returns the vertices that are kept, pairwise farther apart than the tolerance and in the order of the input, and the
/// new index of each vertex. O(n log n) by a sorted grid: no hash order, and a crowd of vertices in one place costs no
/// more than the few that are kept there.
pub(crate) fn weld(vertices: &[Point], tolerance: f64) -> (Vec<Point>, Vec<u32>) {
    let grid = Grid::over(vertices, tolerance);
    let mut order: Vec<(u64, u32)> = vertices.iter().zip(0..).map(|(p, vertex)| (grid.key(p), vertex)).collect();
    order.sort_unstable();

    // In the order of the grid, so that the kept vertices of a cell are found by binary search.
    let mut kept: Vec<(u64, u32)> = Vec::with_capacity(vertices.len());
    let mut keeper = vec![0; vertices.len()];
    for &(key, vertex) in &order {
        let place = &vertices[vertex as usize];
        let close = |&&(_, other): &&(u64, u32)| (vertices[other as usize] - place).norm() <= tolerance;
        let found = grid.keys_around(place).filter(|&other| other <= key).find_map(|cell| {
            let start = kept.partition_point(|&(other, _)| other < cell);
            kept[start..].iter().take_while(|&&(other, _)| other == cell).find(close)
        });
        keeper[vertex as usize] = found.map_or(vertex, |&(_, other)| other);
        if found.is_none() {
            kept.push((key, vertex));
        }
    }

    let mut new_index = vec![0; vertices.len()];
    let mut remaining = Vec::with_capacity(kept.len());
    for (vertex, &keeper) in keeper.iter().enumerate() {
        if keeper as usize == vertex {
            new_index[vertex] = remaining.len() as u32;
            remaining.push(vertices[vertex]);
        }
    }
    for (vertex, &keeper) in keeper.iter().enumerate() {
        new_index[vertex] = new_index[keeper as usize];
    }
    (remaining, new_index)
}

/// Cubic cells, a few tolerances wide, so that most places have only one cell within the tolerance.
struct Grid {
    origin: Point,
    cell: f64,
    tolerance: f64,
}

impl Grid {
    const CELL_IN_TOLERANCES: f64 = 4.0;
    /// Bits of a key for each axis.
    const BITS: u32 = 21;

    fn over(vertices: &[Point], tolerance: f64) -> Self {
        let bounds = Aabb::around(vertices);
        let finest = bounds.size().max() / f64::from((1 << (Self::BITS - 1)) - 1);
        let cell = (Self::CELL_IN_TOLERANCES * tolerance).max(finest).max(f64::MIN_POSITIVE);
        Self { origin: bounds.min, cell, tolerance }
    }

    fn index(&self, offset: f64) -> u64 {
        (offset / self.cell).max(0.0) as u64
    }

    fn pack([x, y, z]: [u64; 3]) -> u64 {
        (x << (2 * Self::BITS)) | (y << Self::BITS) | z
    }

    fn key(&self, place: &Point) -> u64 {
        let offset = place - self.origin;
        Self::pack([offset.x, offset.y, offset.z].map(|c| self.index(c)))
    }

    /// Keys of all cells within the tolerance, in increasing order.
    fn keys_around(&self, place: &Point) -> impl Iterator<Item = u64> + use<> {
        let offset = place - self.origin;
        let [xs, ys, zs] =
            [offset.x, offset.y, offset.z].map(|c| self.index(c - self.tolerance)..=self.index(c + self.tolerance));
        xs.flat_map(move |x| {
            let zs = zs.clone();
            ys.clone().flat_map(move |y| zs.clone().map(move |z| Self::pack([x, y, z])))
        })
    }
}
