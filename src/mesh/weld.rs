use rayon::prelude::*;

use crate::geometry::{Aabb, Point};

/// Merges vertices that are closer than the tolerance to one that is kept; of a chain of close vertices some may stay.
///
/// Returns the vertices that are kept, pairwise farther apart than the tolerance and in the order of the input, and the
/// new index of each vertex. O(n log n) by a sorted grid: no hash order, and a crowd of vertices in one place costs no
/// more than the few that are kept there.
pub(crate) fn weld(vertices: &[Point], tolerance: f64) -> (Vec<Point>, Vec<u32>) {
    let grid = Grid::over(vertices, tolerance);
    let mut order: Vec<(u64, u32)> = vertices.par_iter().enumerate().map(|(v, p)| (grid.key(p), v as u32)).collect();
    order.par_sort_unstable();

    // In the order of the grid, so that the kept vertices of a cell are found by binary search.
    // They take the place of those that have been seen.
    let mut kept_count = 0;
    let mut keeper = vec![0; vertices.len()];
    let mut before: Option<u32> = None;
    for seen in 0..order.len() {
        let (kept, (key, vertex)) = (&order[..kept_count], order[seen]);
        let place = &vertices[vertex as usize];
        let close = |&&(_, other): &&(u64, u32)| (vertices[other as usize] - place).norm() <= tolerance;
        let search = || {
            grid.keys_around(place).filter(|&other| other <= key).find_map(|cell| {
                let start = kept.partition_point(|&(other, _)| other < cell);
                kept[start..].iter().take_while(|&&(other, _)| other == cell).find(close).map(|&(_, other)| other)
            })
        };
        // Most vertices of a soup stand at the very place of the one before, and become what that one became.
        let same = before.filter(|&before| vertices[before as usize] == *place).map(|before| keeper[before as usize]);
        let found = same.or_else(search);
        keeper[vertex as usize] = found.unwrap_or(vertex);
        if found.is_none() {
            order[kept_count] = (key, vertex);
            kept_count += 1;
        }
        before = Some(vertex);
    }
    drop(order);

    let mut new_index = vec![0; vertices.len()];
    let mut remaining = Vec::with_capacity(kept_count);
    for (vertex, &keeper) in keeper.iter().enumerate() {
        if keeper as usize == vertex {
            new_index[vertex] = remaining.len() as u32;
            remaining.push(vertices[vertex]);
        }
    }
    // What stands for a vertex is kept itself, and its index is known by now.
    for (vertex, &keeper) in keeper.iter().enumerate() {
        new_index[vertex] = new_index[keeper as usize];
    }
    (remaining, new_index)
}

/// Cubic cells of some tolerances: most places have few cells within the tolerance, and no cell holds very many that are kept.
struct Grid {
    origin: Point,
    cell: f64,
    tolerance: f64,
}

impl Grid {
    const CELL_IN_TOLERANCES: f64 = 10.0;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against all pairs: what is kept is farther apart than the tolerance, what went is near what it became, and
        /// the order stays. Places on a lattice of half a tolerance, some across the borders of cells.
        #[test]
        fn keeps_the_tolerance(
            places in prop::collection::vec(prop::array::uniform3(0..24_u8), 0..60),
            tolerance in 0.5..3.0_f64,
        ) {
            let vertices: Vec<Point> =
                places.iter().map(|place| Point::from(place.map(|c| 0.5 * f64::from(c) - 3.0))).collect();
            let (kept, new_index) = weld(&vertices, tolerance);
            for (i, p) in kept.iter().enumerate() {
                prop_assert!(kept[i + 1..].iter().all(|q| (q - p).norm() > tolerance));
            }
            for (vertex, &index) in vertices.iter().zip(&new_index) {
                prop_assert!((kept[index as usize] - vertex).norm() <= tolerance);
            }
            let keeper = |k: usize| (0..vertices.len()).find(|&v| new_index[v] == k as u32 && vertices[v] == kept[k]);
            let keepers: Vec<Option<usize>> = (0..kept.len()).map(keeper).collect();
            prop_assert!(keepers.is_sorted() && !keepers.contains(&None));
        }
    }

    #[test]
    fn a_crowd_in_one_cell_is_one_vertex() {
        let mut vertices = vec![Point::new(1.0, 2.0, 3.0); 200_000];
        vertices.push(Point::new(1e12, 0.0, 0.0));
        let (kept, new_index) = weld(&vertices, 0.0);
        assert_eq!((kept.len(), new_index[0], new_index[199_999], new_index[200_000]), (2, 0, 0, 1));
    }
}
