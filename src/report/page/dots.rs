use serde::Serialize;

use super::packed::Packed;
use crate::plan::{Dot, Plan, Surroundings, predicted_tre_mm};

/// All dots in columns, in the plan's order.
#[derive(Debug, Serialize)]
pub(super) struct Dots {
    count: usize,
    id: Packed,
    /// Places, mm, scan's axes.
    position: Packed,
    normal: Packed,
    spacing_mm: Packed,
    diameter_mm: Packed,
    depth_mm: Packed,
    /// Distance to the nearest other dot, mm.
    nearest_mm: Packed,
    /// Dots per cm² of treatable surface around the dot.
    density_per_cm2: Packed,
    /// RMS variation of the normal, degrees.
    variation_deg: Packed,
    session: Packed,
    /// Index of the setup; 255 for none.
    setup: Packed,
    tool: Packed,
    /// 1 for dots that were there before.
    existing: Packed,
    /// Predicted target registration error, mm; none without fiducials.
    #[serde(skip_serializing_if = "Option::is_none")]
    tre_mm: Option<Packed>,
}

impl Dots {
    pub(super) fn of(plan: &Plan, setups: &[&str], around: &Surroundings) -> Self {
        let dots = &plan.dots;
        let column = |value: fn(&Dot) -> f64| Packed::f32(dots.iter().map(value));
        let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
        let setup = |dot: &Dot| {
            let name = dot.setup.as_deref()?;
            setups.iter().position(|&setup| setup == name)
        };
        Self {
            count: dots.len(),
            id: Packed::u32(dots.iter().map(|dot| dot.id)),
            position: Packed::f32(dots.iter().flat_map(|dot| dot.position_mm)),
            normal: Packed::directions(dots.iter().flat_map(|dot| dot.normal)),
            spacing_mm: column(|dot| dot.spacing_mm),
            diameter_mm: column(|dot| dot.diameter_mm),
            depth_mm: column(|dot| dot.depth_mm),
            nearest_mm: Packed::f32(around.nearest_mm.iter().copied()),
            density_per_cm2: Packed::f32(around.density_per_cm2.iter().copied()),
            variation_deg: column(|dot| dot.normal_variation_rad.to_degrees()),
            session: Packed::u32(dots.iter().map(|dot| dot.session)),
            setup: Packed::u8(dots.iter().map(|dot| setup(dot).map_or(u8::MAX, |index| index as u8))),
            tool: Packed::u8(dots.iter().map(|dot| byte(dot.tool))),
            existing: Packed::u8(dots.iter().map(|dot| u8::from(dot.existing))),
            tre_mm: predicted_tre_mm(plan).map(Packed::f32),
        }
    }
}
