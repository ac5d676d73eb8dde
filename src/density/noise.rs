use crate::geometry::Point;

/// Smooth noise in space: gradient noise on a cubic lattice (K. Perlin, "Improving noise", SIGGRAPH 2002), with gradients
/// drawn by the seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    seed: u64,
    cell_mm: f64,
}

/// What raw values are multiplied with, so that they use most of -1 to 1: their RMS is about 0.27.
const GAIN: f64 = 2.2;

impl Noise {
    /// With waves of about that length.
    pub(super) fn new(seed: u64, wave_mm: f64) -> Self {
        // A wave takes about two cells.
        Self { seed, cell_mm: 0.5 * wave_mm }
    }

    /// Between -1 and 1, with a mean of about 0.
    pub(super) fn at(&self, place: &Point) -> f64 {
        let scaled = place.coords / self.cell_mm;
        let base = scaled.map(f64::floor);
        let inside = scaled - base;
        let fade = inside.map(|t| t * t * t * (t * (6.0 * t - 15.0) + 10.0));
        let mut sum = 0.0;
        for corner in 0..8_u8 {
            let step = [0, 1, 2].map(|axis| f64::from(corner >> axis & 1));
            let mut value = 0.0;
            let mut weight = 1.0;
            let gradient = self.gradient([0, 1, 2].map(|axis| (base[axis] + step[axis]) as i64));
            for axis in 0..3 {
                value += gradient[axis] * (inside[axis] - step[axis]);
                weight *= if step[axis] > 0.0 { fade[axis] } else { 1.0 - fade[axis] };
            }
            sum += weight * value;
        }
        (GAIN * sum).clamp(-1.0, 1.0)
    }

    /// One of the twelve directions to the middles of a cube's edges.
    fn gradient(&self, cell: [i64; 3]) -> [f64; 3] {
        let mut hash = self.seed;
        for coordinate in cell {
            hash = mixed(hash ^ coordinate.cast_unsigned());
        }
        let sign = |bit: u32| if hash >> bit & 1 == 0 { 1.0 } else { -1.0 };
        let (a, b) = (sign(32), sign(33));
        match (hash >> 40) % 3 {
            0 => [a, b, 0.0],
            1 => [a, 0.0, b],
            _ => [0.0, a, b],
        }
    }
}

/// `SplitMix64` (Steele, Lea, Flood, OOPSLA 2014): every bit of the result depends on every bit of the number.
pub(super) fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_smooth_fills_its_range_and_has_no_bias() {
        let noise = Noise::new(7, 20.0);
        let along = |i: u32| Point::new(0.37 * f64::from(i), 5.0 + 0.21 * f64::from(i), -0.1 * f64::from(i));
        let values: Vec<f64> = (0..20_000).map(|i| noise.at(&along(i))).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let rms = (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt();
        assert!(mean.abs() < 0.05 && (0.3..0.7).contains(&rms), "{mean}, {rms}");
        let steepest = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f64::max);
        // A jump would be of the order of 1.
        assert!(steepest < 0.3, "{steepest}");
        // A wave of 20 mm crosses zero every 10 mm or so.
        let crossings = values.windows(2).filter(|pair| pair[0] * pair[1] < 0.0).count();
        let length_mm = (along(1) - along(0)).norm() * values.len() as f64;
        let half_wave_mm = length_mm / crossings as f64;
        assert!((6.0..16.0).contains(&half_wave_mm), "{half_wave_mm}");
    }
}
