use std::collections::BTreeMap;

use crate::geometry::Point;

/// Cells on either side within which points can be linked: the edge of a cell is the gap over √3.
const REACH: i64 = 2;

/// Groups points by single linkage: two points are in one group when steps of at most `gap_mm` from point to point lead
/// from one to the other. Groups stand in the order of their first members, members ascending.
///
/// Points of one cell of a grid with a diagonal of `gap_mm` belong together anyway; between neighbouring cells that are
/// not yet one group, pairs are tried until one is close enough (the grid of M. Ester and others, KDD 1996, as used for
/// exact density clustering by A. Gunawan, 2013). A gap of 0 or below, or no number, groups equal points only.
pub fn clusters(points: &[Point], gap_mm: f64) -> Vec<Vec<usize>> {
    let gap_mm = if gap_mm > 0.0 { gap_mm } else { f64::MIN_POSITIVE };
    let edge_mm = (gap_mm / 3.0_f64.sqrt()).max(1e-9);
    let cell = |p: &Point| [p.x, p.y, p.z].map(|c| (c / edge_mm).floor() as i64);
    let mut cells: BTreeMap<[i64; 3], Vec<usize>> = BTreeMap::new();
    for (i, point) in points.iter().enumerate() {
        cells.entry(cell(point)).or_default().push(i);
    }
    let keys: Vec<&[i64; 3]> = cells.keys().collect();
    let mut groups = Groups::new(keys.len());
    for (k, (key, members)) in cells.iter().enumerate() {
        // Keys are sorted, so all neighbours in one column of cells stand in a row.
        for x in key[0]..=key[0].saturating_add(REACH) {
            for y in key[1].saturating_sub(REACH)..=key[1].saturating_add(REACH) {
                let first = [x, y, key[2].saturating_sub(REACH)];
                let start = keys.partition_point(|&&other| other < first);
                let beyond = [x, y, key[2].saturating_add(REACH)];
                for other in (start..keys.len()).take_while(|&other| *keys[other] <= beyond) {
                    let near = |&a: &usize| {
                        cells[keys[other]].iter().any(|&b| (points[a] - points[b]).norm_squared() <= gap_mm * gap_mm)
                    };
                    if groups.root(k) != groups.root(other) && members.iter().any(near) {
                        groups.join(k, other);
                    }
                }
            }
        }
    }
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (k, members) in cells.values().enumerate() {
        found.entry(groups.root(k)).or_default().extend(members);
    }
    let mut found: Vec<Vec<usize>> = found.into_values().collect();
    for members in &mut found {
        members.sort_unstable();
    }
    found.sort_unstable();
    found
}

/// Disjoint sets with path halving.
struct Groups(Vec<usize>);

impl Groups {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
