use crate::error::{Error, Result};
use crate::geometry::Point;

/// Neighbouring points closer than this are one, mm.
const COINCIDENT_MM: f64 = 0.01;

/// Lines of fewer points are taken as they are drawn: a hand's wobble cannot be told from their shape.
const LEAST_TO_JUDGE: usize = 40;
/// Points that are left of an averaged line at the least.
const LEAST_LEFT: usize = 20;
/// Greatest wobble of points in parts of their distance: four times as far apart as they wobble, they keep their order.
const WOBBLE_OF_GAP: f64 = 0.25;
/// What the fourth difference of points with a wobble of 1 comes to: the root of its squared weights (1, 4, 6, 4, 1),
/// times the median length of a vector of independent normal errors in the surface (1.18) or in space (1.54).
const FOURTH_DIFFERENCE: f64 = 11.3;

/// A spike's sides are this many times as long as the line's median step, and at least this long, mm.
const SPIKE_STEPS: f64 = 4.0;
const LEAST_SPIKE_MM: f64 = 15.0;

/// A closed line as drawn, made steady enough to be followed.
#[derive(Debug)]
pub(super) struct Stroke {
    /// Points with the number of the drawn point that they begin with.
    pub(super) points: Vec<(u32, Point)>,
    /// How far the drawn points wobble, mm, one standard deviation along each axis.
    pub(super) wobble_mm: f64,
    /// How many neighbouring drawn points were averaged into each; 1 where the drawn ones are used.
    pub(super) averaged: usize,
}

impl Stroke {
    /// Leaves out points that repeat the one before. Where the others wobble by more than a quarter of their distance, so
    /// that a line through them would run to and fro, takes means of as few neighbours as cure that.
    ///
    /// # Errors
    /// A line without extent; a point that sticks out of the line; names it.
    pub(super) fn new(drawn: &[Point]) -> Result<Self> {
        let mut points: Vec<(u32, Point)> = Vec::with_capacity(drawn.len());
        let apart = |a: &Point, b: &Point| (b - a).norm() > COINCIDENT_MM;
        for (number, point) in (0..).zip(drawn) {
            if points.last().is_none_or(|(_, last)| apart(last, point)) {
                points.push((number, *point));
            }
        }
        while points.len() > 1 && !apart(&points[0].1, &points[points.len() - 1].1) {
            points.pop();
        }
        if let [(_, only)] = points[..] {
            return Err(Error::input(format!("{} points that all lie at {}", drawn.len(), place(&only)))
                .expected("a closed loop around a piece of skin")
                .remedy("draw the line again"));
        }
        check_spikes(&points)?;
        let wobble_mm = wobble_mm(&points);
        let most = if points.len() < LEAST_TO_JUDGE { 1 } else { points.len() / LEAST_LEFT };
        let averaged = (1..=most)
            .find(|&window| {
                let left = means(&points, window);
                let gap_mm = length_mm(&left) / left.len() as f64;
                wobble_mm / (window as f64).sqrt() <= WOBBLE_OF_GAP * gap_mm
            })
            .unwrap_or(most);
        Ok(Self { points: means(&points, averaged), wobble_mm, averaged })
    }
}

/// Wobble of the points around a smooth line. The fourth difference takes away bends, the median corners.
fn wobble_mm(points: &[(u32, Point)]) -> f64 {
    let count = points.len();
    let at = |i: usize| points[i % count].1.coords;
    let fourth = |i| (at(i) - (at(i + 1) + at(i + 3)) * 4.0 + at(i + 2) * 6.0 + at(i + 4)).norm();
    median((0..count).map(fourth).collect()) / FOURTH_DIFFERENCE
}

/// Means of `window` neighbours each; the last one of what is left.
fn means(points: &[(u32, Point)], window: usize) -> Vec<(u32, Point)> {
    let mean = |part: &[(u32, Point)]| {
        let sum = part.iter().fold(nalgebra::Vector3::zeros(), |sum, (_, p)| sum + p.coords);
        (part[0].0, Point::from(sum / part.len() as f64))
    };
    points.chunks(window).map(mean).collect()
}

/// Length of the closed line, mm.
fn length_mm(points: &[(u32, Point)]) -> f64 {
    (0..points.len()).map(|i| (points[(i + 1) % points.len()].1 - points[i].1).norm()).sum()
}

/// Refuses a line with one point that lies far to one side of both of its neighbours, which are close together. Several
/// such points are a line in disorder, which is told by where it crosses itself.
fn check_spikes(points: &[(u32, Point)]) -> Result<()> {
    let count = points.len();
    let step = |i: usize| (points[(i + 1) % count].1 - points[i].1).norm();
    let least_mm = LEAST_SPIKE_MM.max(SPIKE_STEPS * median((0..count).map(step).collect()));
    let neighbours = |i: usize| [points[(i + count - 1) % count].1, points[(i + 1) % count].1];
    let is_spike = |&i: &usize| {
        let [before, after] = neighbours(i);
        let sides_mm = neighbours(i).map(|neighbour| (points[i].1 - neighbour).norm());
        sides_mm[0].min(sides_mm[1]) > least_mm && 2.0 * (after - before).norm() < sides_mm[0] + sides_mm[1]
    };
    let spikes: Vec<usize> = (0..count).filter(is_spike).collect();
    let [only] = spikes[..] else { return Ok(()) };
    let ((number, at), [before, after]) = (points[only], neighbours(only));
    let off_mm = (at - nalgebra::center(&before, &after)).norm();
    Err(Error::input(format!("a point at {} that lies {off_mm:.1} mm off its neighbours", place(&at)))
        .place(format!("point {number}"))
        .expected("a line without spikes")
        .remedy("move or delete the point, or draw the spike with more points"))
}

fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f64::total_cmp).1 }
}

fn place(at: &Point) -> String {
    format!("({:.1}, {:.1}, {:.1})", at.x, at.y, at.z)
}
