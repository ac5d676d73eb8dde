use super::Plan;
use crate::geometry::Point;
use crate::rig::TreModel;

/// Target registration error predicted at each dot, RMS, mm, in the order of the dots: by the places of the fiducials, in units of
/// what is predicted for the worst of the dots. `None` for a plan that was placed without fiducials.
pub fn predicted_tre_mm(plan: &Plan) -> Option<Vec<f64>> {
    let marks: Vec<Point> = plan.fiducials_mm.iter().copied().map(Point::from).collect();
    let largest_mm = plan.setups.values().find_map(|setup| setup.largest_tre_mm)?;
    let model = TreModel::of(&marks)?;
    let shares: Vec<f64> = plan.dots.iter().map(|dot| model.per_fle(&Point::from(dot.position_mm))).collect();
    let largest = shares.iter().copied().fold(0.0, f64::max);
    Some(shares.into_iter().map(|share| largest_mm * share / largest).collect())
}
