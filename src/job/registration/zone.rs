use crate::geometry::Point;

/// Parts of the head, by the direction from the middle between the tragi.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::job) enum Zone {
    /// All of it.
    All,
    /// Within 30° of straight up.
    Crown,
    Front,
    Left,
    Right,
    Back,
}

impl Zone {
    /// Zone of a place in the head frame: the crown, or one of four quarters below it.
    pub(in crate::job) fn of(place: &Point) -> Self {
        const CROWN_DEG: f64 = 30.0;
        let [x, y, z] = [place.x, place.y, place.z];
        if x.hypot(y) < z * CROWN_DEG.to_radians().tan() {
            Self::Crown
        } else if y.abs() > x.abs() {
            if y < 0.0 { Self::Front } else { Self::Back }
        } else if x > 0.0 {
            Self::Left
        } else {
            Self::Right
        }
    }

    pub(in crate::job) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Crown => "crown",
            Self::Front => "front",
            Self::Left => "left",
            Self::Right => "right",
            Self::Back => "back",
        }
    }
}
