//! How large inputs may be. Far beyond any head, and small enough that what is read fits into memory.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::{Error, Result};

/// Bytes of one file, or of standard input.
pub const MOST_BYTES: usize = 1 << 30;
/// Bytes of one file that people write: a case, a profile, a dialect, a registration, a line, a calibration, a template.
pub const MOST_BYTES_BY_HAND: usize = 1 << 26;
/// Vertices of a mesh, and polygons of a mesh.
pub const MOST_TRIANGLES: usize = 20_000_000;
/// Rows of a table, points of a TSPLIB instance, dots of a plan.
pub const MOST_ROWS: usize = 20_000_000;
/// Points of a drawn line.
pub const MOST_LINE_POINTS: usize = 100_000;
/// Largest coordinate, in the unit of the file: squares and volumes stay far from overflow.
pub const MOST_COORDINATE: f64 = 1e12;

static TIMES: AtomicUsize = AtomicUsize::new(1);

/// Raises the bounds that [`check_limit`] knows so many times, for the whole process, as its memory is what they guard. No result
/// depends on it.
pub fn raise_limits(times: u16) {
    TIMES.store(usize::from(times.max(1)), Relaxed);
}

/// A bound as it is in force.
pub(super) fn in_force(limit: usize) -> usize {
    limit.saturating_mul(TIMES.load(Relaxed))
}

/// Refuses more things of one kind than `limit`, which [`raise_limits`] can raise.
pub fn check_limit(found: usize, limit: usize, what: &str) -> Result<()> {
    let most = in_force(limit);
    if found <= most {
        return Ok(());
    }
    let times = found.div_ceil(limit.max(1));
    Err(Error::input(format!("{found} {what}"))
        .expected(format!("at most {most}"))
        .remedy(format!("check the file, or give --raise-limits {times} where it has to be so large")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_a_bound_is_refused_with_the_way_to_raise_it() {
        assert_eq!(check_limit(100, 100, "rows"), Ok(()));
        let error = check_limit(301, 100, "rows").expect_err("too many").to_string();
        assert_eq!(
            error,
            "found 301 rows; expected at most 100; check the file, or give --raise-limits 4 where it has to be so large"
        );
    }
}
