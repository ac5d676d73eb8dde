use crate::geometry::{Aabb, Point};

/// Bits per axis in space; three of them fit a `u64`.
const BITS: u32 = 21;

/// Place of every point along a Hilbert curve through the points' bounding cube, or square where they lie in a plane
/// across the last axis: a plane through the cube is entered and left by its curve again and again.
///
/// Uses Skilling's transform between axes and the transposed Hilbert index: J. Skilling, Programming the Hilbert
/// curve, AIP Conference Proceedings 707 (2004). Points must be finite, and so
/// must their differences be; equal points have equal keys.
pub(super) fn keys(points: &[Point]) -> Vec<u64> {
    let hull = Aabb::around(points);
    let cells = f64::from((1_u32 << BITS) - 1);
    let size = hull.size().max();
    let scale = if size > 0.0 { cells / size } else { 0.0 };
    let is_flat = hull.size().z <= 0.0;
    points
        .iter()
        .map(|point| {
            let axes: [u32; 3] = (point - hull.min).map(|offset| (offset * scale).min(cells) as u32).into();
            if is_flat { index([axes[0], axes[1]]) } else { index(axes) }
        })
        .collect()
}

/// Index of a cell along the curve.
fn index<const AXES: usize>(mut axes: [u32; AXES]) -> u64 {
    let top = 1_u32 << (BITS - 1);
    let mut bit = top;
    while bit > 1 {
        let below = bit - 1;
        for i in 0..AXES {
            if axes[i] & bit == 0 {
                let swapped = (axes[0] ^ axes[i]) & below;
                axes[0] ^= swapped;
                axes[i] ^= swapped;
            } else {
                axes[0] ^= below;
            }
        }
        bit >>= 1;
    }
    for i in 1..AXES {
        axes[i] ^= axes[i - 1];
    }
    let mut flips = 0;
    let mut bit = top;
    while bit > 1 {
        if axes[AXES - 1] & bit != 0 {
            flips ^= bit - 1;
        }
        bit >>= 1;
    }
    let axes = axes.map(|axis| u64::from(axis ^ flips));
    (0..BITS).rev().fold(0, |key, bit| axes.iter().fold(key, |key, axis| (key << 1) | ((axis >> bit) & 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The `side` coarsest cells along each axis: each is entered from a neighbour across a face.
    fn assert_continuous<const AXES: usize>(bits: u32) {
        let shift = BITS - bits;
        let cell = |i: u32| std::array::from_fn(|axis| i >> (bits * axis as u32) & ((1 << bits) - 1));
        let mut cells: Vec<(u64, [u32; AXES])> = (0..1 << (bits * AXES as u32))
            .map(cell)
            .map(|cell| (index(cell.map(|axis| axis << shift)) >> (AXES as u32 * shift), cell))
            .collect();
        cells.sort_unstable();
        for (place, (key, _)) in cells.iter().enumerate() {
            assert_eq!(*key, place as u64);
        }
        for pair in cells.windows(2) {
            let steps: u32 = (0..AXES).map(|i| pair[0].1[i].abs_diff(pair[1].1[i])).sum();
            assert_eq!(steps, 1, "{pair:?}");
        }
    }

    #[test]
    fn consecutive_cells_of_the_curve_are_neighbours() {
        assert_continuous::<3>(4);
        assert_continuous::<2>(6);
    }

    #[test]
    fn equal_points_have_equal_keys() {
        assert_eq!(keys(&[Point::new(3.0, 4.0, 5.0); 2]), [0, 0]);
        let [a, b, c] = keys(&[[0.0; 3], [7.0, -1.0, 2.0], [0.0; 3]].map(Point::from))[..] else { unreachable!() };
        assert!(a == c && a != b);
    }
}
