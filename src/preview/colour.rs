use super::palette;
use super::sheet::SheetInput;
use crate::error::{Error, Result};
use crate::geometry::Vector;
use crate::plan::{Dot, Plan, Surroundings, predicted_tre_mm};

/// By what dots are coloured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Colour {
    /// Session.
    #[default]
    Session,
    /// Dots per cm² around the dot.
    Density,
    /// Nominal protrusion of the needle.
    Depth,
    /// How far the skin is tilted in the setup in which the dot is struck.
    Tilt,
    /// Target registration error predicted from the fiducials.
    Tre,
    /// Place in the visiting order of its program.
    Order,
}

impl Colour {
    /// All, with their names.
    pub const NAMES: [(&str, Self); 6] = [
        ("session", Self::Session),
        ("density", Self::Density),
        ("depth", Self::Depth),
        ("tilt", Self::Tilt),
        ("tre", Self::Tre),
        ("order", Self::Order),
    ];
}

/// Steps of a scale: so many groups of dots at most, whatever their number.
pub(super) const STEPS: usize = 12;
/// Share of the dots below the scale, and above it: a few at the edges would take up most of it.
const BEYOND: f64 = 0.01;

/// A quantity of the dots, from dark (low) to pale (high).
#[derive(Debug)]
pub(super) struct Scale {
    /// What it is, with its unit.
    pub(super) label: &'static str,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Of each dot of the plan; none for dots that have none.
    values: Vec<Option<f64>>,
}

impl Scale {
    /// The quantity by which dots are coloured; none for sessions, which have colours of their own.
    pub(super) fn of(colour: Colour, input: &SheetInput<'_>) -> Result<Option<Self>> {
        let plan = input.plan;
        let each = |value: &dyn Fn(&Dot) -> Option<f64>| -> Vec<Option<f64>> { plan.dots.iter().map(value).collect() };
        let (label, values): (_, Vec<Option<f64>>) = match colour {
            Colour::Session => return Ok(None),
            Colour::Density => {
                let around = Surroundings::of(&plan.dots, input.region)?;
                ("dots per cm² around the dot", around.density_per_cm2.into_iter().map(Some).collect())
            }
            Colour::Depth => ("depth, mm", each(&|dot| Some(dot.depth_mm).filter(|_| !dot.existing))),
            Colour::Tilt => ("tilt of the skin in its setup, degrees", each(&|dot| tilt_deg(plan, dot))),
            Colour::Tre => ("predicted TRE, mm", errors_mm(plan)?),
            Colour::Order => ("place in its program's order, %", each(&|dot| order_percent(plan, dot))),
        };
        let mut sorted: Vec<f64> = values.iter().flatten().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let beyond = (BEYOND * sorted.len() as f64) as usize;
        let end = |at: Option<usize>| at.and_then(|at| sorted.get(at)).copied().unwrap_or_default();
        let (low, high) = (end(Some(beyond)), end(sorted.len().checked_sub(beyond + 1)));
        Ok(Some(Self { label, low, high, values }))
    }

    /// In which of the [`STEPS`] that dot of the plan stands.
    pub(super) fn step(&self, dot: usize) -> Option<usize> {
        let value = self.values.get(dot).copied().flatten()?;
        let share = if self.high > self.low { (value - self.low) / (self.high - self.low) } else { 0.5 };
        Some(((share * STEPS as f64) as usize).min(STEPS - 1))
    }

    /// Colour of a step.
    pub(super) fn colour(step: usize) -> String {
        palette::order(step as f64 / (STEPS - 1) as f64)
    }
}

/// Between the skin's normal and the vertical of the rig, from which a needle starts that does not turn.
fn tilt_deg(plan: &Plan, dot: &Dot) -> Option<f64> {
    let placement = plan.setups.get(dot.setup.as_deref()?)?;
    let normal = placement.mesh_to_rig.direction(&Vector::from(dot.normal));
    Some(normal.angle(&Vector::z()).to_degrees())
}

fn errors_mm(plan: &Plan) -> Result<Vec<Option<f64>>> {
    let errors_mm = predicted_tre_mm(plan).ok_or_else(|| {
        Error::usage("a plan that was placed without fiducials")
            .place("--colour tre")
            .expected("a measured registration, from which errors are predicted")
            .remedy("make the plan again with one, or choose another colour")
    })?;
    Ok(errors_mm.into_iter().map(Some).collect())
}

fn order_percent(plan: &Plan, dot: &Dot) -> Option<f64> {
    let block =
        plan.blocks.iter().find(|block| block.session == dot.session && Some(&block.setup) == dot.setup.as_ref())?;
    let last = block.dots.len().saturating_sub(1).max(1);
    Some(100.0 * f64::from(dot.order?) / last as f64)
}
