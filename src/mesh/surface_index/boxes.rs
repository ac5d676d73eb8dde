use super::SurfaceIndex;
use crate::geometry::{Aabb, Point};

impl SurfaceIndex {
    /// Visits every triangle whose box meets the box, with its corners, in an order of the tree's.
    pub fn for_each_in_box(&self, within: &Aabb, mut visit: impl FnMut(u32, &[Point; 3])) {
        let meets = |a: &Aabb| (0..3).all(|k| a.min[k] <= within.max[k] && within.min[k] <= a.max[k]);
        let bound = |bounds: &Aabb| if meets(bounds) { 0.0 } else { f64::NAN };
        self.tree.descend(0.0, bound, |leaf| {
            for i in leaf.filter(|&i| meets(&Aabb::around(&self.corners[i]))) {
                visit(self.triangles[i], &self.corners[i]);
            }
            0.0
        });
    }
}
