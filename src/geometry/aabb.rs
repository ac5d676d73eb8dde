use super::{Point, Vector};

/// Axis-aligned box, mm. An empty box has `min > max`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aabb {
    /// Smallest coordinates.
    pub min: Point,
    /// Largest coordinates.
    pub max: Point,
}

impl Aabb {
    /// The box that holds nothing.
    pub const EMPTY: Self = Self {
        min: Point::new(f64::INFINITY, f64::INFINITY, f64::INFINITY),
        max: Point::new(f64::NEG_INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY),
    };

    /// The smallest box around the points.
    pub fn around<'a>(points: impl IntoIterator<Item = &'a Point>) -> Self {
        points.into_iter().fold(Self::EMPTY, |mut hull, point| {
            hull.include(point);
            hull
        })
    }

    /// Grows to hold the point.
    pub fn include(&mut self, point: &Point) {
        self.min = self.min.inf(point);
        self.max = self.max.sup(point);
    }

    /// Edge lengths; negative for the empty box.
    pub fn size(&self) -> Vector {
        self.max - self.min
    }

    /// Middle of the box.
    pub fn centre(&self) -> Point {
        nalgebra::center(&self.min, &self.max)
    }

    /// True for points inside and on the border.
    pub fn holds(&self, point: &Point) -> bool {
        (0..3).all(|axis| self.min[axis] <= point[axis] && point[axis] <= self.max[axis])
    }

    /// Squared distance from the point to the box, 0 inside.
    pub fn squared_distance(&self, point: &Point) -> f64 {
        let outside = (self.min - point).sup(&(point - self.max)).sup(&Vector::zeros());
        outside.norm_squared()
    }
}
