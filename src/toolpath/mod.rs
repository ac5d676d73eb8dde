//! Motions: travel, approach, strike, dwell, retract.
