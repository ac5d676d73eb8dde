use rand::SeedableRng;
use rand_pcg::Pcg64;

/// The generator of one piece of work. It depends on the seed and the number of the piece alone, not on who does it when.
pub(super) fn stream(seed: u64, purpose: Purpose, piece: u64) -> Pcg64 {
    Pcg64::seed_from_u64(scramble(scramble(scramble(seed) ^ purpose as u64) ^ piece))
}

/// What a generator is for, so that one more draw in one place moves nothing in another.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Darts = 1,
    Order = 2,
    Diameters = 3,
}

/// Spreads neighbouring numbers over all of u64: the output function of `SplitMix64` (Steele, Lea & Flood 2014).
fn scramble(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
