use wide::f32x4;

use super::boxes::Extent;
use super::packet::Lanes;
use crate::geometry::Vector;

/// Three unit directions across each other, in single precision, along which the boxes of a node lie.
///
/// A surface is flat from near: a box that lies along it holds much less than one along the axes of the file
/// (S. Gottschalk, M. C. Lin, D. Manocha, "`OBBTree`", SIGGRAPH 1996, 171-180).
#[derive(Debug, Clone, Copy)]
pub(super) struct Axes {
    /// What x, y and z become, in the first three lanes.
    columns: [f32x4; 3],
}

impl Axes {
    /// Those of the file.
    pub(super) const STANDARD: Self = Self {
        columns: [f32x4::new([1.0, 0.0, 0.0, 0.0]), f32x4::new([0.0, 1.0, 0.0, 0.0]), f32x4::new([0.0, 0.0, 1.0, 0.0])],
    };

    /// With the third one along a direction of any length; those of the file if it has none.
    pub(super) fn along(direction: &Vector) -> Self {
        let Some(n) = direction.try_normalize(0.0) else { return Self::STANDARD };
        // T. Duff et al., "Building an orthonormal basis, revisited", Journal of Computer Graphics Techniques 6(1), 2017.
        let sign = 1.0_f64.copysign(n.z);
        let a = -1.0 / (sign + n.z);
        let b = n.x * n.y * a;
        let (u, v) = ([1.0 + sign * n.x * n.x * a, sign * b, -sign * n.x], [b, sign + n.y * n.y * a, -n.y]);
        Self { columns: [0, 1, 2].map(|i| f32x4::new([u[i] as f32, v[i] as f32, n[i] as f32, 0.0])) }
    }

    /// The coordinates of one place or direction along these axes, in the first three lanes.
    #[inline]
    pub(super) fn coordinates(&self, [x, y, z]: Lanes) -> f32x4 {
        self.columns[0] * x + self.columns[1] * y + self.columns[2] * z
    }

    /// The same, each coordinate in all lanes.
    #[inline]
    pub(super) fn spread(&self, v: Lanes) -> Lanes {
        spread(self.coordinates(v))
    }

    /// The box along these axes around places, wider by `margin`.
    pub(super) fn extent(&self, places: [Vector; 3], margin: f32) -> Extent {
        let [a, b, c] = places.map(|place| self.coordinates(splat(&place)));
        let (min, max) = (a.fast_min(b).fast_min(c).to_array(), a.fast_max(b).fast_max(c).to_array());
        Extent {
            min: [0, 1, 2].map(|axis: usize| (min[axis] - margin).next_down()),
            max: [0, 1, 2].map(|axis: usize| (max[axis] + margin).next_up()),
        }
    }
}

/// A place or direction in single precision, each coordinate in all lanes.
#[inline]
pub(super) fn splat(v: &Vector) -> Lanes {
    [v.x, v.y, v.z].map(|c| f32x4::splat(c as f32))
}

/// Each of the first three lanes in all lanes.
#[inline]
pub(super) fn spread(v: f32x4) -> Lanes {
    let [x, y, z, _] = v.to_array();
    [x, y, z].map(f32x4::splat)
}

/// What can be told along other axes.
pub(super) trait Turn {
    fn turned(&self, axes: &Axes) -> Self;
}
