//! The steps of a treatment around the making of dots: what people assess, choose and look after.

pub mod aftercare;
pub mod assessment;
pub mod calendar;
pub mod edge_rules;
pub mod gates;
pub mod naturalness;
pub mod patch_test;
pub mod pigment;
pub mod touchup;
pub mod zones;
