//! Blind mutation: what a guide would take long to find in text and in binary headers. Also compiled into the project's
//! own tests.

use rand::{Rng, RngExt};

/// Numbers that readers trip over.
const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "1e999",
    "-1e-320",
    "nan",
    "inf",
    "4294967295",
    "4294967296",
    "18446744073709551616",
    "1e38",
    "-0.0",
    ".5",
    "1.",
    "2",
];

/// Changes a file in one to six places; `other` lends pieces.
pub(crate) fn mutate(bytes: &mut Vec<u8>, other: &[u8], rng: &mut impl Rng) {
    for _ in 0..rng.random_range(1..=6) {
        if bytes.is_empty() {
            bytes.push(rng.random());
        }
        let (from, to) = piece(bytes.len(), rng);
        match rng.random_range(0..9) {
            0 => bytes[from] ^= 1 << rng.random_range(0..8),
            1 => bytes[from] = rng.random(),
            2 => drop(bytes.drain(from..to)),
            3 => {
                let copy = bytes[from..to].to_vec();
                bytes.splice(from..from, copy);
            }
            4 if !other.is_empty() => {
                let (start, end) = piece(other.len(), rng);
                bytes.splice(from..to, other[start..end].iter().copied());
            }
            5 => bytes.truncate(from),
            6 => number(bytes, from, rng),
            7 => {
                let word: u32 = [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, u32::MAX][rng.random_range(0..8)];
                for (byte, new) in bytes[from..].iter_mut().zip(word.to_le_bytes()) {
                    *byte = new;
                }
            }
            _ => bytes[from..to].reverse(),
        }
    }
}

/// A short stretch of a file that is not empty.
fn piece(length: usize, rng: &mut impl Rng) -> (usize, usize) {
    let from = rng.random_range(0..length);
    (from, (from + rng.random_range(1..=24)).min(length))
}

/// Puts another number in the place of the next one in the text.
fn number(bytes: &mut Vec<u8>, from: usize, rng: &mut impl Rng) {
    let is_digit = |byte: &u8| byte.is_ascii_digit() || b"+-.".contains(byte);
    let Some(start) = bytes[from..].iter().position(is_digit).map(|offset| from + offset) else { return };
    let end = bytes[start..].iter().position(|byte| !is_digit(byte)).map_or(bytes.len(), |offset| start + offset);
    bytes.splice(start..end, NUMBERS[rng.random_range(0..NUMBERS.len())].bytes());
}
