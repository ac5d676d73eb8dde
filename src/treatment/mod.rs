//! The steps of a treatment around the needle's work: what comes before a plan, and what comes after it.

pub mod aftercare;
pub mod calendar;
pub mod patch_test;
pub mod touchup;
