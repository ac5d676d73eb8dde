use crate::geometry::{Point, Vector};
use crate::plan::{Block, Dot, Plan};

/// Touches that count at a place.
const NEAREST: usize = 8;
/// Slopes count with this share of the squared reach.
const STIFF: f64 = 0.01;

/// Where the touches of a plan find the skin.
#[derive(Debug)]
pub(super) struct Skin {
    touches: Vec<(Point, f64)>,
}

impl Skin {
    /// By the touches of a block.
    pub(super) fn new(plan: &Plan, block: &Block) -> Self {
        let own = plan.contacts.iter().filter(|touch| touch.session == block.session && touch.setup == block.setup);
        Self { touches: own.map(|touch| (Point::from(touch.position_mm), touch.height_mm)).collect() }
    }

    pub(super) fn is_known(&self) -> bool {
        !self.touches.is_empty()
    }

    /// Height of the skin above the scan at a dot, mm: a plane over the tangent plane of the scan, fitted to the nearest touches, weighted
    /// to nothing at the distance of the next one. Solved about the weighted middle of the touches, where height and slope do not mix.
    pub(super) fn height_mm(&self, dot: &Dot) -> f64 {
        let place = Point::from(dot.position_mm);
        let mut by_distance: Vec<(f64, Vector, f64)> =
            self.touches.iter().map(|(at, height)| ((at - place).norm(), at - place, *height)).collect();
        // Of many touches the few nearest are picked out, and put into an order that does not depend on how.
        let next_mm = (by_distance.len() > NEAREST)
            .then(|| by_distance.select_nth_unstable_by(NEAREST, |a, b| a.0.total_cmp(&b.0)).1.0);
        by_distance.truncate(NEAREST);
        by_distance.sort_by(|a, b| a.0.total_cmp(&b.0));
        let Some(&(last_mm, ..)) = by_distance.last() else { return 0.0 };
        let reach_mm = next_mm.unwrap_or(1.5 * last_mm).max(f64::EPSILON);
        let normal = Vector::from(dot.normal);
        let across = if normal.x.abs() < 0.6 { Vector::x() } else { Vector::y() }.cross(&normal).normalize();
        let other = normal.cross(&across);
        let rows: Vec<[f64; 4]> = (by_distance.iter())
            .map(|(distance_mm, way, height)| {
                let weight = (1.0 - (distance_mm / reach_mm).powi(3)).max(0.0).powi(3);
                [weight, way.dot(&across), way.dot(&other), *height]
            })
            .collect();
        let sum: f64 = rows.iter().map(|row| row[0]).sum();
        if sum <= 0.0 {
            return 0.0;
        }
        let mean = |column: usize| rows.iter().map(|row| row[0] * row[column]).sum::<f64>() / sum;
        let middle = [mean(1), mean(2), mean(3)];
        let moment = |a: usize, b: usize| {
            let products = rows.iter().map(|row| row[0] * (row[a] - middle[a - 1]) * (row[b] - middle[b - 1]));
            products.sum::<f64>()
        };
        let stiff = STIFF * reach_mm.powi(2) * sum;
        let (uu, uv, vv) = (moment(1, 1) + stiff, moment(1, 2), moment(2, 2) + stiff);
        let (uh, vh) = (moment(1, 3), moment(2, 3));
        let determinant = uu * vv - uv * uv;
        let (slope_u, slope_v) = ((uh * vv - vh * uv) / determinant, (vh * uu - uh * uv) / determinant);
        middle[2] - slope_u * middle[0] - slope_v * middle[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Many touches, several of them equally far off: the order in which they come makes no difference, and a plane is met exactly.
    #[test]
    fn the_order_of_touches_makes_no_difference() {
        let plane = |x: f64, y: f64| 0.3 + 0.01 * x - 0.02 * y;
        let mut touches: Vec<(Point, f64)> = (0..400)
            .map(|i| (f64::from(i % 20) * 5.0, f64::from(i / 20) * 5.0))
            .map(|(x, y)| (Point::new(x, y, 0.0), plane(x, y)))
            .collect();
        let dot = Dot {
            id: 0,
            position_mm: [50.0, 45.0, 0.0],
            normal: [0.0, 0.0, 1.0],
            spacing_mm: 1.0,
            diameter_mm: 0.2,
            depth_mm: 0.5,
            session: 1,
            setup: None,
            tool: 1,
            order: None,
            existing: false,
            hair: false,
            normal_variation_rad: 0.0,
            patched: false,
        };
        let height_mm = |touches: &[(Point, f64)]| Skin { touches: touches.to_vec() }.height_mm(&dot);
        let first_mm = height_mm(&touches);
        assert!((first_mm - plane(50.0, 45.0)).abs() < 1e-9, "{first_mm}");
        touches.reverse();
        assert!((height_mm(&touches) - first_mm).abs() < 1e-12);
    }
}
