use super::TIE;

/// Difference of cotangents along an edge below which the front is straight: it bulges by less than 1e-8 of the edge.
const STRAIGHT: f64 = 1e-7;
/// Fall of the slope along an edge from which on two fronts meet there, rather than one that converges.
const MEETING: f64 = 0.3;

/// Distance along an edge: values and slopes at its two ends.
pub(super) struct Profile {
    pub(super) length: f64,
    pub(super) values: [f64; 2],
    pub(super) slopes: [f64; 2],
}

impl Profile {
    /// Largest slope: keeps cotangents finite for paths along the edge.
    pub(super) const STEEPEST: f64 = 1.0 - 1e-12;

    /// Place on the edge, and length of the way over it, for a vertex at `along`, `height` over the edge.
    ///
    /// `None` when the way leads through an end of the edge.
    pub(super) fn best_crossing(&self, along: f64, height: f64) -> Option<(f64, f64)> {
        if self.slopes[0] - self.slopes[1] > MEETING {
            return self.best_crossing_of_two(along, height);
        }
        let Some(front) = Circle::through(self).and_then(|rough| {
            // Values know the mean slope better than directions do: turn both to agree with it.
            let turn = (rough.offsets[1] - rough.offsets[0]) / self.length;
            let slopes = self.slopes.map(|m| (m + turn).clamp(-Self::STEEPEST, Self::STEEPEST));
            Circle::through(&Self { slopes, ..*self })
        }) else {
            return self.best_crossing_of_two(along, height);
        };
        if front.across < 0.0 && front.across + height >= 0.0 {
            return self.best_crossing_of_two(along, height); // beyond the focus
        }
        let s = front.foot + (along - front.foot) * front.across / (front.across + height);
        if s <= 0.0 || s >= self.length {
            return None;
        }
        // Values and slopes that do not go together make a curve that dips; a front does not fall below both its
        // tangents (bulging forward) nor below its chord (bulging backward).
        let share = s / self.length;
        let chord = self.values[0] + (self.values[1] - self.values[0]) * share;
        let floor = self.tangents(s).into_iter().fold(chord, f64::min);
        let value = front.offsets[0] + (front.offsets[1] - front.offsets[0]) * share + front.radius(s);
        Some((s, value.max(floor) + hypotenuse(along - s, height)))
    }

    /// The same where two fronts meet on the edge: each is straight up to there.
    fn best_crossing_of_two(&self, along: f64, height: f64) -> Option<(f64, f64)> {
        let crossing = |end: usize| {
            let slope = self.slopes[end];
            let across = (1.0 - slope * slope).sqrt();
            let s = along - height * slope / across;
            let tangents = self.tangents(s);
            let reached = s > 0.0 && s < self.length && tangents[end] <= tangents[1 - end] + STRAIGHT * self.length;
            reached.then(|| (s, tangents[end] + height / across))
        };
        let [first, second] = [0, 1].map(crossing);
        match (first, second) {
            (Some(a), Some(b)) if b.1 < a.1 * (1.0 - TIE) => Some(b),
            (Some(a), _) => Some(a),
            (None, b) => b,
        }
    }

    /// The tangents at the two ends, at `s`.
    fn tangents(&self, s: f64) -> [f64; 2] {
        [self.values[0] + self.slopes[0] * s, self.values[1] - self.slopes[1] * (self.length - s)]
    }
}

/// A circular front over an edge; its radius is negative where it converges.
struct Circle {
    /// Place of the centre along the edge, and its distance behind it.
    foot: f64,
    across: f64,
    /// What the values at the two ends are over the radii there: the same twice for a true circle.
    offsets: [f64; 2],
}

impl Circle {
    /// The circle with the slopes of the profile; `None` for a straight front.
    fn through(profile: &Profile) -> Option<Self> {
        // Cotangents of the angles between edge and path: offset from the centre along the edge over that across it.
        let [k0, k1] = profile.slopes.map(|m| m / (1.0 - m * m).sqrt());
        if (k1 - k0).abs() < STRAIGHT {
            return None;
        }
        let across = profile.length / (k1 - k0);
        let mut circle = Self { foot: -k0 * across, across, offsets: profile.values };
        circle.offsets = [profile.values[0] - circle.radius(0.0), profile.values[1] - circle.radius(profile.length)];
        Some(circle)
    }

    /// Signed distance of the place `s` on the edge from the centre.
    fn radius(&self, s: f64) -> f64 {
        hypotenuse(s - self.foot, self.across).copysign(self.across)
    }
}

/// Of lengths in mm, which neither overflow nor vanish when squared: a third of the time of the general function.
fn hypotenuse(x: f64, y: f64) -> f64 {
    (x * x + y * y).sqrt()
}
