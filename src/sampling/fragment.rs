use wide::f32x4;

use super::disc_list::Near;
use super::ground::Ground;
use super::patch::LEAST_SHAPE;

/// A triangular part of a ground in which there may be room for a dot.
///
/// Its corners are where their shares of the ground put them; parts have the shares of common corners to the bit, so
/// that they leave gaps of rounding only. Everything else is in single precision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fragment {
    pub(super) ground: u32,
    pub(super) tile: u32,
    /// Discs of the tile that were looked at.
    pub(super) known: u32,
    /// One bit for each of those that surely reaches the corner.
    pub(super) reaching: [u32; 3],
    pub(super) shares: [[f64; 2]; 3],
    /// Coordinates of the corners, axis by axis, and their spacings. The fourth lane means nothing. Written as a whole, as
    /// they are read: a processor waits long for what was written in parts.
    near: [f32x4; 4],
}

/// A cut along the edge of a disc that reaches two corners of a fragment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// The bit of the disc.
    pub(super) disc: u32,
    /// The corners it reaches and the one it does not.
    pub(super) from: [usize; 2],
    pub(super) to: usize,
    /// How much of the edges from these to that is cut off.
    pub(super) shares: [f64; 2],
}

/// Cuts are made at whole multiples of this fraction of an edge; a power of two, so that the shares stay exact.
const CUT_STEPS: f32 = 64.0;

impl Fragment {
    /// A whole ground.
    pub(super) fn whole(number: u32, ground: &Ground) -> Self {
        let [a, b, c] = ground.corners();
        Self {
            ground: number,
            tile: ground.tile,
            known: 0,
            reaching: [0; 3],
            shares: [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]],
            near: [0, 1, 2, 3].map(|i| f32x4::new([a[i], b[i], c[i], 0.0])),
        }
    }

    pub(super) fn corners(&self) -> [Near; 3] {
        [0, 1, 2].map(|corner| self.near.map(|of_corners| of_corners.to_array()[corner]))
    }

    /// Moves a corner.
    #[inline]
    pub(super) fn set(&mut self, corner: usize, shares: [f64; 2], near: Near, reaching: u32) {
        self.shares[corner] = shares;
        self.reaching[corner] = reaching;
        let lane = f32x4::new([0.0, 1.0, 2.0, 3.0]).simd_eq(f32x4::splat(corner as f32));
        for (of_corners, own) in self.near.iter_mut().zip(near) {
            *of_corners = lane.select(f32x4::splat(own), *of_corners);
        }
    }

    /// The place at that share of the way between two corners.
    pub(super) fn between(&self, from: usize, to: usize, share: f64) -> [f64; 2] {
        let ([s, t], [end_s, end_t]) = (self.shares[from], self.shares[to]);
        [s + share * (end_s - s), t + share * (end_t - t)]
    }

    /// The place that divides the fragment as `[s, t]` divides the triangle (0,0), (1,0), (0,1).
    pub(super) fn at(&self, [s, t]: [f64; 2]) -> [f64; 2] {
        let [a, b, c] = self.shares;
        [0, 1].map(|i| a[i] + s * (b[i] - a[i]) + t * (c[i] - a[i]))
    }

    /// Index and squared length of the longest edge; edge `i` runs from corner `i` to the next one.
    pub(super) fn longest_edge(&self) -> (usize, f32) {
        let mut squared = f32x4::ZERO;
        for of_corners in &self.near[..3] {
            let [a, b, c, _] = of_corners.to_array();
            let along = f32x4::new([b, c, a, 0.0]) - *of_corners;
            squared += along * along;
        }
        let [ab, bc, ca, _] = squared.to_array();
        if ab >= bc && ab >= ca {
            (0, ab)
        } else if bc >= ca {
            (1, bc)
        } else {
            (2, ca)
        }
    }

    pub(super) fn least_spacing(&self) -> f32 {
        let [a, b, c, _] = self.near[3].to_array();
        a.min(b).min(c)
    }

    /// Expected dots, but for a constant: area over squared spacing, to a few digits.
    pub(super) fn measure(&self) -> f64 {
        let [[ax, bx, cx, _], [ay, by, cy, _], [az, bz, cz, _], [p, q, r, _]] = self.near.map(f32x4::to_array);
        let ([ux, uy, uz], [vx, vy, vz]) = ([bx - ax, by - ay, bz - az], [cx - ax, cy - ay, cz - az]);
        let [x, y, z] = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
        let area = (0.5 * (x * x + y * y + z * z).sqrt()).max(LEAST_SHAPE as f32 * self.longest_edge().1);
        let spacing = (p + q + r) / 3.0;
        // Never 0, however small the fragment is.
        f64::from((area / (spacing * spacing)).max(f32::MIN_POSITIVE))
    }

    /// What a disc that reaches the corners `from` cuts off on the ways from there to corner `to`; an estimate.
    pub(super) fn cut(&self, disc: u32, [x, y, z, squared_spacing]: Near, from: [usize; 2], to: usize) -> Cut {
        let keep = squared_spacing.min(self.least_spacing().powi(2));
        // |away + share * along| = keep
        let (mut a, mut b, mut c) = (f32x4::ZERO, f32x4::ZERO, f32x4::splat(-keep));
        for (&corner, centre) in self.near.iter().zip([x, y, z]) {
            let (along, away) = (f32x4::splat(corner.to_array()[to]) - corner, corner - f32x4::splat(centre));
            a += along * along;
            b += along * away;
            c += away * away;
        }
        // Rounding must not make it a root of something negative, nor all too small a fragment divide by nothing.
        let root = (b * b - a * c).fast_max(f32x4::ZERO).sqrt();
        let share = (root - b) / a.fast_max(f32x4::splat(f32::MIN_POSITIVE));
        // Rounded down to steps, which leaves the end inside. So the corners of fragments, and with them the darts, do not
        // move when a spacing or another dot moves by a rounding error: the dots of a moved surface stay the same.
        let steps = (share * f32x4::splat(CUT_STEPS)).fast_min(f32x4::splat(CUT_STEPS - 1.0)).fast_max(f32x4::ZERO);
        let steps = steps.fast_trunc_int().to_array();
        let shares = from.map(|corner| f64::from(steps[corner]) / f64::from(CUT_STEPS));
        Cut { disc, from, to, shares }
    }
}

impl Cut {
    /// Share of the fragment that is left.
    pub(super) fn rest(&self) -> f64 {
        (1.0 - self.shares[0]) * (1.0 - self.shares[1])
    }
}
