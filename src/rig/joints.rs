use std::ops::Deref;

use super::Profile;

/// Most axes that a kinematics has.
const MOST: usize = 6;

/// Positions of the two rotary axes in the order of the profile, degrees as in programs; zeros on a rig that has none.
pub type Turns = [f64; 2];

/// Positions of a rig's axes in the order of its profile: mm, then degrees for the rotary ones, then mm for a plunge axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joints {
    values: [f64; MOST],
    count: usize,
}

/// Largest turn of one of the two, degrees.
pub fn turn_deg(from: &Turns, to: &Turns) -> f64 {
    from.iter().zip(to).map(|(a, b)| (b - a).abs()).fold(0.0, f64::max)
}

/// Length of a way as controllers count it, by the way of each axis: that of X, Y and Z, mm, or where none of them moves what `alone` makes
/// of the ways of the others.
pub fn counted_length(ways: &[f64], alone: impl Fn(&[f64]) -> f64) -> f64 {
    let (linear, others) = ways.split_at(Joints::LINEAR.min(ways.len()));
    Some(norm(linear)).filter(|&length| length > 0.0).unwrap_or_else(|| alone(others))
}

/// Root of the sum of the squares.
pub fn norm(ways: &[f64]) -> f64 {
    ways.iter().map(|way| way * way).sum::<f64>().sqrt()
}

impl Profile {
    /// Time that the slowest axis takes at its full speed for the way of each of them, s.
    pub fn slowest_s(&self, ways: impl IntoIterator<Item = f64>) -> f64 {
        self.axes.iter().zip(ways).map(|(axis, way)| way / axis.max_speed).fold(0.0, f64::max)
    }
}

impl Joints {
    /// Number of linear axes, which come first.
    pub const LINEAR: usize = 3;

    /// From positions in the profile's order.
    pub fn new<const N: usize>(positions: [f64; N]) -> Self {
        const { assert!(N <= MOST) }
        let mut values = [0.0; MOST];
        values[..N].copy_from_slice(&positions);
        Self { values, count: N }
    }

    /// One value for each of `count` axes, at most six: positions, or limits of the axes in their order.
    pub(crate) fn of_axes(count: usize, value: impl Fn(usize) -> f64) -> Self {
        Self { values: [0.0; MOST], count: count.min(MOST) }.map(|axis, _| value(axis))
    }

    /// Where the rotary axes stand.
    pub fn turns(&self) -> Turns {
        [self.values[Self::LINEAR], self.values[Self::LINEAR + 1]]
    }

    /// Largest turn of a rotary axis on the way to the other place, degrees.
    pub fn turn_deg(&self, other: &Self) -> f64 {
        turn_deg(&self.turns(), &other.turns())
    }

    /// The same with one axis more, which comes last. Panics beyond six.
    #[must_use]
    pub(super) fn and(mut self, position: f64) -> Self {
        self.values[self.count] = position;
        self.count += 1;
        self
    }

    /// The same with the last axis at another place.
    #[must_use]
    pub fn with_last(self, position: f64) -> Self {
        let last = self.count.saturating_sub(1);
        self.map(|axis, value| if axis == last { position } else { value })
    }

    /// The same axes, each position changed by `change(axis, position)`.
    #[must_use]
    pub fn map(mut self, change: impl Fn(usize, f64) -> f64) -> Self {
        for (axis, value) in self.values.iter_mut().enumerate().take(self.count) {
            *value = change(axis, *value);
        }
        self
    }

    /// The place at share `t` (0 to 1) of a move from `self` to `other`, as controllers interpolate: linear in each axis.
    #[must_use]
    pub fn lerp(&self, other: &Self, t: f64) -> Self {
        self.map(|axis, from| from + (other.values[axis] - from) * t)
    }
}

impl Deref for Joints {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.values[..self.count]
    }
}
