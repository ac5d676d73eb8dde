use crate::mesh::TriMesh;

/// How long the sides of triangles are: the resolution of a scan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EdgeLengths {
    /// Half of the sides are shorter, mm.
    pub median_mm: f64,
    /// 95 % of the sides are shorter, mm.
    pub share_95_mm: f64,
}

impl EdgeLengths {
    /// Of the sides of these triangles, each triangle for itself; `None` without any. Panics when one is out of range.
    pub fn of(mesh: &TriMesh, triangles: impl IntoIterator<Item = u32>) -> Option<Self> {
        let sides = |t: u32| {
            let [a, b, c] = mesh.corners(t);
            [(b - a).norm(), (c - b).norm(), (a - c).norm()]
        };
        let mut lengths: Vec<f64> = triangles.into_iter().flat_map(sides).collect();
        let last = lengths.len().checked_sub(1)?;
        let mut at = |share: f64| *lengths.select_nth_unstable_by((last as f64 * share) as usize, f64::total_cmp).1;
        Some(Self { median_mm: at(0.5), share_95_mm: at(0.95) })
    }
}
