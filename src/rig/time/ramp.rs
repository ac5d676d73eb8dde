/// A change of speed within a largest acceleration and a largest jerk: at most three pieces, of which the first and the
/// last mirror each other, so that the mean speed is the middle of both ends. An infinite jerk makes it a trapezoid's side.
///
/// Reference: L. Biagiotti, C. Melchiorri, "Trajectory Planning for Automatic Machines and Robots", Springer 2008,
/// section 3.4 (double S).
#[derive(Debug, Clone, Copy)]
pub(super) struct Ramp {
    /// Length/s².
    pub(super) acceleration: f64,
    /// Length/s³.
    pub(super) jerk: f64,
}

/// Halvings of a bracket: enough for the last bit of a speed.
const HALVINGS: usize = 60;

impl Ramp {
    /// Change of speed from which on the largest acceleration is reached.
    fn full_change(self) -> f64 {
        self.acceleration * self.acceleration / self.jerk
    }

    /// Time from one speed to another, s.
    pub(super) fn time_s(self, from: f64, to: f64) -> f64 {
        let change = (to - from).abs();
        if change >= self.full_change() {
            change / self.acceleration + self.acceleration / self.jerk
        } else {
            2.0 * (change / self.jerk).sqrt()
        }
    }

    /// Way from one speed to another.
    pub(super) fn length(self, from: f64, to: f64) -> f64 {
        0.5 * (from + to) * self.time_s(from, to)
    }

    /// Largest speed to which, or from which, `length` suffices.
    pub(super) fn reach(self, speed: f64, length: f64) -> f64 {
        let above = (speed * speed + 2.0 * self.acceleration * length).sqrt();
        if self.jerk.is_infinite() { above } else { largest(speed, above, |v| self.length(speed, v) <= length) }
    }

    /// Largest speed inside a move of `length` that starts and ends with the given speeds.
    pub(super) fn peak(self, entry: f64, exit: f64, length: f64) -> f64 {
        let above = (self.acceleration * length + 0.5 * (entry * entry + exit * exit)).sqrt();
        if self.jerk.is_infinite() {
            return above;
        }
        let least = entry.max(exit);
        largest(least, above.max(least), |v| self.length(entry, v) + self.length(v, exit) <= length)
    }
}

/// Largest value between two for which a thing holds that holds below it.
fn largest(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if holds(middle) { low = middle } else { high = middle }
    }
    low
}
