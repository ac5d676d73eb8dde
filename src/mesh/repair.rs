//! Takes out of a mesh what carries no surface.

use rayon::prelude::*;

use super::check::Defects;
use crate::geometry::Point;

/// A triangle lower than this share of its longest edge has no area: what is left of three places on a line after the
/// rounding of 64-bit floats.
const FLATNESS: f64 = 1e-9;

/// Removes triangles with a repeated vertex or without area.
///
/// Three different places on a line fill the gap where the long side of one triangle meets two short sides of others.
/// Removing them would open it; instead the triangle behind the long side is split at the middle place. One behind the
/// other they take a round each, up to a number that no exporter needs; then they are removed as they are.
pub(crate) fn remove_degenerate(vertices: &[Point], triangles: &mut Vec<[u32; 3]>) -> Defects {
    const ROUNDS: usize = 64;
    let mut removed = remove(vertices, triangles, |_, &[a, b, c]| a == b || b == c || c == a);
    for round in 0.. {
        let flat: Vec<bool> = triangles.par_iter().map(|corners| is_flat(vertices, corners)).collect();
        let count = flat.iter().filter(|&&flat| flat).count();
        if count == 0 {
            break;
        }
        let mut done = if round < ROUNDS { split_behind(vertices, triangles, &flat) } else { Vec::new() };
        if !done.contains(&true) {
            done = flat;
        }
        removed.append(&remove(vertices, triangles, |index, _| done.get(index) == Some(&true)));
    }
    removed
}

fn is_flat(vertices: &[Point], corners: &[u32; 3]) -> bool {
    let [p, q, r] = corners.map(|v| vertices[v as usize]);
    let longest = (q - p).norm_squared().max((r - q).norm_squared()).max((p - r).norm_squared());
    (q - p).cross(&(r - p)).norm() <= FLATNESS * longest
}

/// Splits the triangles that lie alone behind the long side of a flat one, each at most once. True for the flat ones
/// that are no longer needed.
fn split_behind(vertices: &[Point], triangles: &mut Vec<[u32; 3]>, flat: &[bool]) -> Vec<bool> {
    let mut long_sides: Vec<LongSide> = (0..flat.len())
        .filter(|&index| flat[index])
        .map(|index| LongSide::of(vertices, &triangles[index], index))
        .collect();
    long_sides.sort_unstable_by_key(|side| (side.ends, side.flat));
    for (index, corners) in triangles.iter().enumerate().filter(|&(index, _)| !flat[index]) {
        for edge in 0..3 {
            let ends = sorted(corners[edge], corners[(edge + 1) % 3]);
            let start = long_sides.partition_point(|side| side.ends < ends);
            for side in long_sides[start..].iter_mut().take_while(|side| side.ends == ends) {
                side.behind.push((index, edge));
            }
        }
    }
    let mut done = vec![false; flat.len()];
    let mut split = vec![false; flat.len()];
    for side in &long_sides {
        if let &[(behind, edge)] = side.behind.as_slice()
            && !split[behind]
        {
            let corners = triangles[behind];
            let [from, to, tip] = [0, 1, 2].map(|i| corners[(edge + i) % 3]);
            triangles[behind] = [from, side.middle, tip];
            triangles.push([side.middle, to, tip]);
            (split[behind], done[side.flat]) = (true, true);
        }
    }
    done
}

/// The longest side of a flat triangle, and the vertex between its ends.
struct LongSide {
    ends: [u32; 2],
    middle: u32,
    flat: usize,
    /// Triangles with area at this side, and which of their edges it is.
    behind: Vec<(usize, usize)>,
}

impl LongSide {
    fn of(vertices: &[Point], corners: &[u32; 3], flat: usize) -> Self {
        let side = |i: usize| (corners[i], corners[(i + 1) % 3]);
        let length = |i: usize| (vertices[side(i).1 as usize] - vertices[side(i).0 as usize]).norm_squared();
        let longest = (1..3).fold(0, |best, i| if length(i) > length(best) { i } else { best });
        let (a, b) = side(longest);
        Self { ends: sorted(a, b), middle: corners[(longest + 2) % 3], flat, behind: Vec::new() }
    }
}

fn sorted(a: u32, b: u32) -> [u32; 2] {
    [a.min(b), a.max(b)]
}

/// Removes triangles whose three vertices another, earlier triangle has as well, wound either way.
pub(crate) fn remove_duplicates(vertices: &[Point], triangles: &mut Vec<[u32; 3]>) -> Defects {
    let mut order: Vec<([u32; 3], u32)> = triangles
        .par_iter()
        .enumerate()
        .map(|(index, &corners)| {
            let mut sorted = corners;
            sorted.sort_unstable();
            (sorted, index as u32)
        })
        .collect();
    order.par_sort_unstable();
    let mut repeated = vec![false; triangles.len()];
    for pair in order.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        repeated[pair[1].1 as usize] = true;
    }
    remove(vertices, triangles, |index, _| repeated[index])
}

fn remove(vertices: &[Point], triangles: &mut Vec<[u32; 3]>, is_defect: impl Fn(usize, &[u32; 3]) -> bool) -> Defects {
    let mut removed = Defects::default();
    let mut index = 0;
    triangles.retain(|corners| {
        let defect = is_defect(index, corners);
        if defect {
            removed.add(corners.iter().map(|&v| &vertices[v as usize]));
        }
        index += 1;
        !defect
    });
    removed
}

/// Drops the vertices to which no corner refers and renumbers the corners. Returns how many went. Indices must be valid.
pub(crate) fn drop_unreferenced(vertices: &mut Vec<Point>, corners: &mut [u32]) -> usize {
    let mut new_index = vec![u32::MAX; vertices.len()];
    for &corner in &*corners {
        new_index[corner as usize] = 0;
    }
    let before = vertices.len();
    let mut kept = 0;
    let mut index = 0;
    vertices.retain(|_| {
        let used = new_index[index] == 0;
        if used {
            new_index[index] = kept;
            kept += 1;
        }
        index += 1;
        used
    });
    for corner in corners {
        *corner = new_index[*corner as usize];
    }
    before - vertices.len()
}
