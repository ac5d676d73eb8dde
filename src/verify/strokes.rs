//! The half of [`Walk`] that looks at strokes: into the skin along the needle's axis, and back out of it.

use super::action::{AXES, Positions};
use super::forward::{Needle, needle, plunge_index};
use super::header::Run;
use super::walk::{DriveState, RATE_ROUNDING, ROUNDING, Walk};
use crate::geometry::{Point, Vector};
use crate::plan::Dot;
use crate::rig::DepthMode;

/// Largest distance between a strike and its dot, mm (check P18).
pub(super) const PLACE_TOLERANCE_MM: f64 = 0.01;
/// Largest distance between the start of a stroke and the approach point of its dot, mm: what two decimals leave of it.
const APPROACH_TOLERANCE_MM: f64 = 0.015;
/// Largest angle between a stroke and the needle's axis, rad: what two decimals at its start leave of a stroke of 4 mm.
const STROKE_TOLERANCE_RAD: f64 = 3e-3;
/// Largest angle by which a needle may exceed a limit, degrees: what four decimals leave of it, with a margin.
const ANGLE_TOLERANCE_DEG: f64 = 0.01;

/// A stroke into the skin whose way back has not come yet.
#[derive(Debug)]
pub(super) struct Stroke {
    from: Positions,
    line: usize,
    pub(super) rested_s: f64,
    /// Whether the skin was looked for, and what counts from there has not been struck yet.
    touched: bool,
}

impl Walk<'_> {
    /// A feed move is one half of a strike: into the skin, or back out of it.
    pub(super) fn feed(&mut self, line: usize, from: &Positions, to: &Positions, feed_mm_min: f64) {
        let (Some(start), Some(end)) = (needle(self.profile, from), needle(self.profile, to)) else {
            self.checks.note("P12", line, "a stroke from an unknown place");
            return;
        };
        let inwards = self.along_axis(line, from, to, &start, &end);
        let speeds = self.profile.speeds;
        self.keep_feed(line, feed_mm_min, if inwards { speeds.strike_mm_s } else { speeds.retract_mm_s });
        match (inwards, self.stroke.take()) {
            (true, Some(Stroke { touched: true, from, line: begin, rested_s })) => {
                self.strike_from_touch(line, &start, &end);
                self.stroke = Some(Stroke { from, line: begin, rested_s, touched: false });
            }
            (true, before) => {
                if before.is_some() {
                    self.checks.note("P08", line, "a second stroke inwards without a way out");
                }
                if self.run == Run::Probe {
                    self.checks.note("P05", line, "a strike in a program that only touches");
                } else if self.profile.depth.touches_each() && !self.air {
                    self.checks.note("P05", line, "a strike that does not count from a touch of the skin");
                }
                self.keep_tilt(line, &end);
                self.strike(line, &start.seen_from(&self.rig_to_mesh), &end.seen_from(&self.rig_to_mesh));
                self.stroke = Some(Stroke { from: *from, line, rested_s: 0.0, touched: false });
            }
            (false, None) => self.checks.note("P08", line, "a stroke outwards that does not come from the skin"),
            (false, Some(stroke)) => self.withdraw(line, &stroke, to),
        }
    }

    /// A move along the axis until the skin is touched, at the latest so far below the scan as the profile allows.
    pub(super) fn probe(&mut self, line: usize, from: &Positions, to: &Positions, feed_mm_min: f64) {
        let (Some(start), Some(end)) = (needle(self.profile, from), needle(self.profile, to)) else {
            self.checks.note("P12", line, "a probe from an unknown place");
            return;
        };
        let DepthMode::Probe { feed_mm_s, search_mm, .. } = self.profile.depth else {
            self.checks.note("P05", line, "a probe, which the rig's depth mode has not");
            return;
        };
        if self.run == Run::Treat && !self.profile.depth.touches_each() {
            self.checks.note("P05", line, "a probe beside strikes that count from touches made before");
        }
        if self.air {
            self.checks.note("P19", line, "a probe that touches the head");
        }
        if !self.along_axis(line, from, to, &start, &end) || self.stroke.is_some() {
            self.checks.note("P08", line, "a probe that does not go from above the dot into the skin");
        }
        self.keep_feed(line, feed_mm_min, feed_mm_s);
        self.keep_tilt(line, &end);
        self.stroke = Some(Stroke { from: *from, line, rested_s: 0.0, touched: true });
        let (start, end) = (start.seen_from(&self.rig_to_mesh), end.seen_from(&self.rig_to_mesh));
        let next = if self.run == Run::Probe { self.touched_dot(line, &end.above(search_mm)) } else { self.next_dot() };
        let Some((id, dot)) = next else { return };
        let place = Point::from(dot.position_mm);
        let miss_mm = (end.above(search_mm) - place).norm();
        if miss_mm > PLACE_TOLERANCE_MM {
            self.checks.note_at("P18", line, &end.tip, format!("dot {id} is missed by {miss_mm:.3} mm"));
        }
        let deepest_mm = (place - end.tip).dot(&end.axis);
        if deepest_mm > search_mm + PLACE_TOLERANCE_MM {
            let what = format!("dot {id}: searched down to {deepest_mm:.3} mm below the scan, {search_mm} allowed");
            self.checks.note_at("P05", line, &end.tip, what);
        }
        self.begins_at_approach(line, id, &start.above(-self.profile.approach_mm), &place);
    }

    /// Whether the move goes inwards; faults where it leaves the axis.
    fn along_axis(&mut self, line: usize, from: &Positions, to: &Positions, start: &Needle, end: &Needle) -> bool {
        let way = end.tip - start.tip;
        let along = way.angle(&start.axis);
        let inwards = along > std::f64::consts::FRAC_PI_2;
        let off_axis = if inwards { std::f64::consts::PI - along } else { along };
        let moves = |axis: usize| match plunge_index(self.profile) {
            Some(plunge) => axis == plunge,
            None => axis < 3,
        };
        let others_move = (0..AXES).any(|axis| !moves(axis) && from[axis] != to[axis]);
        // A short way from a touch is made of numbers that are rounded, too.
        let tolerance_rad = STROKE_TOLERANCE_RAD.max(2.0 * ROUNDING / way.norm());
        if others_move || off_axis > tolerance_rad || off_axis.is_nan() {
            let what = format!("a stroke {:.2}° off the needle's axis", off_axis.to_degrees());
            self.checks.note_at("P08", line, &self.rig_to_mesh.point(&end.tip), what);
        }
        self.checks.saw("P08", off_axis.to_degrees());
        inwards
    }

    fn keep_feed(&mut self, line: usize, feed_mm_min: f64, planned_mm_s: f64) {
        let cap_mm_s = self.profile.speeds.cap_mm_s;
        let off = (feed_mm_min - planned_mm_s * 60.0).abs() > RATE_ROUNDING;
        if off || feed_mm_min > cap_mm_s * 60.0 + RATE_ROUNDING {
            let what = format!("F{feed_mm_min}, planned {}, cap {}", planned_mm_s * 60.0, cap_mm_s * 60.0);
            self.checks.note("P10", line, what);
        }
    }

    fn keep_tilt(&mut self, line: usize, end: &Needle) {
        let tilt_deg = end.axis.angle(&Vector::z()).to_degrees();
        self.checks.saw("P09", tilt_deg);
        if tilt_deg > self.profile.tilt_limit_deg + ANGLE_TOLERANCE_DEG {
            self.checks.note("P09", line, format!("the needle is tilted by {tilt_deg:.2}°"));
        }
    }

    /// Time in the skin that the plan has for the dot that was struck last, s.
    fn dwell_s(&self) -> f64 {
        let last = self.struck.checked_sub(1).and_then(|order| self.block.dots.get(order));
        last.map_or(self.plan.case.design.dwell_s, |&id| self.plan.dwell_s(id))
    }

    fn withdraw(&mut self, line: usize, stroke: &Stroke, to: &Positions) {
        let apart = |(a, b): (&Option<f64>, &Option<f64>)| a.zip(*b).is_some_and(|(a, b)| (a - b).abs() > ROUNDING);
        if stroke.from.iter().zip(to).any(apart) {
            self.checks.note("P08", line, "the way out does not end where the way in began");
        }
        if stroke.touched && self.run != Run::Probe {
            self.checks.note("P08", stroke.line, "a touch of the skin without a strike");
        }
        let planned_s = if self.run == Run::Probe { 0.0 } else { self.dwell_s() };
        self.checks.saw("P11", (stroke.rested_s - planned_s).abs());
        if (stroke.rested_s - planned_s).abs() > ROUNDING {
            self.checks.note("P11", stroke.line, format!("{} s in the skin, {planned_s} s planned", stroke.rested_s));
        }
    }

    /// The dot that the plan has next.
    fn next_dot(&self) -> Option<(u32, Dot)> {
        let id = *self.block.dots.get(self.struck)?;
        Some((id, self.plan.dot(id)?.clone()))
    }

    /// The dot at a place that is touched, one of those that are yet to come in the plan's order.
    fn touched_dot(&mut self, line: usize, touched: &Point) -> Option<(u32, Dot)> {
        let is_there = |id: &u32| {
            let place = self.plan.dot(*id).map(|dot| Point::from(dot.position_mm));
            place.is_some_and(|place| (place - touched).norm() <= PLACE_TOLERANCE_MM)
        };
        let Some(further) = self.block.dots.iter().skip(self.struck).position(is_there) else {
            self.checks.note("P18", line, "a touch at no dot that is yet to come in the plan's order");
            return None;
        };
        self.struck += further;
        let found = self.next_dot();
        self.struck += 1;
        self.touched += 1;
        found
    }

    fn count_strike(&mut self, line: usize) -> Option<(u32, Dot)> {
        let next = self.next_dot();
        self.struck += 1;
        if next.is_none() {
            self.checks.note("P18", line, "a strike more than the plan has dots");
        }
        let tool = self.tools.tool();
        if let Some((id, dot)) = next.as_ref().filter(|(_, dot)| dot.tool != tool) {
            self.checks.note(
                "P18",
                line,
                format!("dot {id} is struck with tool {tool}, the plan has tool {}", dot.tool),
            );
        }
        next
    }

    /// A stroke from the approach point to the needle's deepest point, in the scan's frame, against the dot that the plan
    /// has next.
    fn strike(&mut self, line: usize, start: &Needle, end: &Needle) {
        let Some((id, dot)) = self.count_strike(line) else { return };
        // How deep the tip is driven below the scan: a nose rides on the skin and gives way by the rest, and skin that
        // was touched lies higher or lower.
        let height_mm = self.skin.height_mm(&dot);
        let most_mm = self.profile.depth.beyond_mm();
        if self.skin.is_known() && height_mm.abs() > most_mm {
            let what = format!("dot {id}: skin {height_mm:.2} mm off the scan by its touches, {most_mm} allowed");
            self.checks.note("P05", line, what);
        }
        let over_mm = self.profile.depth.over_travel_mm() - height_mm;
        let driven_mm = dot.depth_mm + over_mm;
        // A dry run does the same so much higher that it ends at the approach height.
        let approach_mm = self.profile.approach_mm;
        let lift_mm = if self.air { approach_mm + driven_mm } else { 0.0 };
        let place = Point::from(dot.position_mm);
        let miss_mm = (end.above(driven_mm - lift_mm) - place).norm();
        self.checks.saw("P18", miss_mm);
        if miss_mm > PLACE_TOLERANCE_MM {
            self.checks.note_at("P18", line, &end.tip, format!("dot {id} is missed by {miss_mm:.3} mm"));
        }
        self.begins_at_approach(line, id, &start.above(-lift_mm - approach_mm), &place);
        let depth_mm = (place - end.tip).dot(&end.axis);
        if self.air {
            self.checks.saw("P19", depth_mm);
            if depth_mm > PLACE_TOLERANCE_MM - approach_mm {
                self.checks.note_at("P19", line, &end.tip, format!("dot {id}: {:.3} mm above the skin", -depth_mm));
            }
            return;
        }
        if let DepthMode::Nose { protrusion_mm, .. } = self.profile.depth
            && (dot.depth_mm - protrusion_mm).abs() > ROUNDING
        {
            let what =
                format!("dot {id}: {} mm planned, the needle is {protrusion_mm} mm before its nose", dot.depth_mm);
            self.checks.note("P05", line, what);
        }
        self.in_skin(line, id, &dot, depth_mm - over_mm, end);
    }

    /// A stroke that counts from where the skin was touched: its length is the depth.
    fn strike_from_touch(&mut self, line: usize, touch: &Needle, end: &Needle) {
        let Some((id, dot)) = self.count_strike(line) else { return };
        let end = end.seen_from(&self.rig_to_mesh);
        let depth_mm = (touch.seen_from(&self.rig_to_mesh).tip - end.tip).dot(&end.axis);
        if (depth_mm - dot.depth_mm).abs() > PLACE_TOLERANCE_MM {
            let what = format!("dot {id}: {depth_mm:.3} mm from the touch, {} planned", dot.depth_mm);
            self.checks.note_at("P18", line, &end.tip, what);
        }
        self.in_skin(line, id, &dot, depth_mm, &end);
    }

    fn begins_at_approach(&mut self, line: usize, id: u32, begin: &Point, place: &Point) {
        if (begin - place).norm() > APPROACH_TOLERANCE_MM {
            let what = format!("the stroke into dot {id} does not begin at its approach point");
            self.checks.note_at("P08", line, begin, what);
        }
    }

    /// What holds for the needle in the skin, however its depth was found.
    fn in_skin(&mut self, line: usize, id: u32, dot: &Dot, depth_mm: f64, end: &Needle) {
        if !matches!(self.drive, DriveState::Running | DriveState::None) {
            self.checks.note_at("P11", line, &end.tip, format!("dot {id} is struck with the needle off"));
        }
        self.checks.saw("P05", depth_mm);
        if depth_mm > dot.depth_mm.min(self.profile.depth_cap_mm) + PLACE_TOLERANCE_MM {
            let what = format!("dot {id}: {depth_mm:.3} mm deep, {} planned", dot.depth_mm);
            self.checks.note_at("P05", line, &end.tip, what);
        }
        let off_deg = end.axis.angle(&Vector::from(dot.normal)).to_degrees();
        if off_deg > self.profile.needle_to_normal_limit_deg + ANGLE_TOLERANCE_DEG {
            let what = format!("dot {id}: the needle stands {off_deg:.2}° off the skin's normal");
            self.checks.note_at("P08", line, &end.tip, what);
        }
    }
}
