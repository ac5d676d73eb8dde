//! The steps of a treatment around the making of dots: what people assess, choose and look after.

pub mod assessment;
pub mod pigment;
pub mod zones;
