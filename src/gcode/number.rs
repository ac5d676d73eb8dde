//! Numbers as programs have them: no exponent, no trailing zeros, no negative zero.

/// Longest number: sign, digits of the largest count, point.
const LONGEST: usize = 22;

/// Appends `count` / 10^`places`.
pub(super) fn push(text: &mut String, count: i64, places: u32) {
    let mut digits = [0_u8; LONGEST];
    let mut first = LONGEST;
    let mut rest = count.unsigned_abs();
    let mut place = 0;
    // From the last digit to the first; zeros behind the point are dropped until another digit has come.
    while rest > 0 || place <= places {
        let digit = b'0' + (rest % 10) as u8;
        rest /= 10;
        if place >= places || digit != b'0' || first < LONGEST {
            first -= 1;
            digits[first] = digit;
        }
        place += 1;
        if place == places && first < LONGEST {
            first -= 1;
            digits[first] = b'.';
        }
    }
    if count < 0 {
        text.push('-');
    }
    text.extend(digits[first..].iter().map(|&digit| char::from(digit)));
}

/// How often 10^-`places` goes into `value`, rounded; at most what an `i64` holds.
pub(super) fn counted(value: f64, places: u32) -> i64 {
    (value * f64::from(10_u32.pow(places))).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::decimal;

    #[test]
    fn numbers_are_those_of_the_slow_way() {
        let mut counts = vec![i64::MIN + 1, i64::MAX, 0, 1, -1, 9, 10, -10, 100, 999, 1000, -1000, 1010, 1001, 120_000];
        counts.extend((1..4000).map(|i| i * 7919 % 100_003 - 50_000));
        for places in 0..=4 {
            for &count in &counts {
                let mut text = String::new();
                push(&mut text, count, places);
                let scale = 10_i64.pow(places);
                if count.abs() < 1 << 52 {
                    assert_eq!(text, decimal(count as f64 / scale as f64, places as usize), "{count} {places}");
                }
                assert!(text.len() <= LONGEST && !text.ends_with('.'), "{text}");
            }
        }
    }
}
