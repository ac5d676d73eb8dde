//! What a program that strikes asks of the people around the rig: how long the head has to lie still (P15), how near to
//! each other dots are struck one right after the other (P16), what is used up between two stops (P17), and what the case
//! has recorded before the first session (P20).
//!
//! A limit that the case names and the program does not keep is worth a warning. Where the case names none, the value is
//! told: advice is the planner's.

use super::action::{Action, Event, Pace, Positions};
use crate::error::{Finding, Severity};
use crate::geometry::Point;
use crate::plan::{Block, Plan, PlannedStop};
use crate::rig::{Axis, Profile};

/// Longest time between registrations that is advised, s.
const ADVISED_S: f64 = 60.0;
/// What the time of the planner and this one may differ in, as a share: it knows corners and the order of the axes.
const TIME_SLACK: f64 = 0.1;
/// A patch test is waited for at least so long, days.
const PATCH_TEST_DAYS: u32 = 2;

/// Since when something lasts, and how much it was at most.
#[derive(Debug, Default)]
struct Since {
    start: f64,
    most: f64,
}

impl Since {
    /// It ends here, and begins anew.
    fn end(&mut self, now: f64) {
        self.most = self.most.max(now - self.start);
        self.start = now;
    }
}

/// Follows how long a program takes, and what it uses up.
pub(super) struct Work<'a> {
    plan: &'a Plan,
    block: &'a Block,
    stops: std::slice::Iter<'a, PlannedStop>,
    /// Time so far, without that of the stops themselves, s.
    now_s: f64,
    lies_still_s: Since,
    cartridge: Since,
    ink: Since,
}

impl<'a> Work<'a> {
    pub(super) fn new(plan: &'a Plan, block: &'a Block) -> Self {
        Self {
            plan,
            block,
            stops: block.stops.iter(),
            now_s: 0.0,
            lies_still_s: Since::default(),
            cartridge: Since::default(),
            ink: Since::default(),
        }
    }

    /// Follows one event of the rig with the tool that is in, after so many strikes.
    pub(super) fn step(&mut self, Event { action, .. }: &Event, profile: &Profile, struck: usize) {
        match action {
            Action::Move { from, to, pace } => self.now_s += move_s(profile, from, to, *pace),
            Action::Probe { from, to, mm_min } => {
                self.now_s += move_s(profile, from, to, Pace::Feed { mm_min: *mm_min });
            }
            Action::Dwell { seconds } => self.now_s += seconds,
            Action::Pause { .. } => {
                let Some(stop) = self.stops.next() else { return };
                match stop.kind.name() {
                    "registration" => self.lies_still_s.end(self.now_s),
                    "cartridge" | "tool-change" => self.cartridge.end(struck as f64),
                    "reload" => self.ink.end(struck as f64),
                    _ => {}
                }
            }
            Action::Needle { .. } | Action::Hook(_) | Action::End => {}
        }
    }

    /// What is to be said once the program has been followed.
    pub(super) fn findings(mut self, struck: usize) -> Vec<Finding> {
        self.lies_still_s.end(self.now_s);
        self.cartridge.end(struck as f64);
        self.ink.end(struck as f64);
        let mut findings = vec![self.lies_still(), self.used_up(), recorded(self.plan)];
        findings.extend(self.nearest_in_a_row());
        findings
    }

    fn lies_still(&self) -> Finding {
        let longest_s = self.lies_still_s.most;
        let limit_s = self.plan.case.stops.max_minutes_between_registration.map(|minutes| minutes * 60.0);
        let limit = limit_s.map_or_else(
            || format!("the case sets no limit, {ADVISED_S:.0} s are advised"),
            |limit_s| format!("{limit_s:.0} s allowed"),
        );
        let message =
            format!("the rig moves up to {longest_s:.0} s without a registration, without its stops; {limit}");
        kept("P15", message, limit_s.is_none_or(|limit_s| longest_s <= limit_s * (1.0 + TIME_SLACK)))
    }

    fn used_up(&self) -> Finding {
        let stops = &self.plan.case.stops;
        let limits = [stops.cartridge_every_dots, stops.reload_every_dots].map(|limit| limit.map(f64::from));
        let [cartridge, ink] =
            limits.map(|limit| limit.map_or("no limit".to_owned(), |limit| format!("limit {limit}")));
        let used = [self.cartridge.most, self.ink.most];
        let message = format!(
            "up to {} dots with one cartridge ({cartridge}), {} with one load of ink ({ink})",
            used[0], used[1]
        );
        kept("P17", message, used.iter().zip(limits).all(|(used, limit)| limit.is_none_or(|limit| *used <= limit)))
    }

    /// The two dots struck one right after the other that are nearest to each other.
    fn nearest_in_a_row(&self) -> Option<Finding> {
        let place = |id: u32| self.plan.dot(id).map(|dot| (id, Point::from(dot.position_mm)));
        let pairs = self.block.dots.windows(2).filter_map(|pair| {
            let ((one, a), (other, b)) = (place(pair[0])?, place(pair[1])?);
            Some((one, other, (a - b).norm()))
        });
        let (one, other, apart_mm) = pairs.min_by(|a, b| a.2.total_cmp(&b.2))?;
        let message = format!(
            "dots struck one right after the other are at least {apart_mm:.3} mm apart ({one} and {other}); the case sets no limit"
        );
        Some(Finding::new("P16", Severity::Pass, message))
    }
}

fn kept(code: &'static str, message: String, is_kept: bool) -> Finding {
    if is_kept {
        Finding::new(code, Severity::Pass, message)
    } else {
        Finding::new(code, Severity::Warn, message)
            .remedy("plan again from the case: this program keeps not to its \"stops\"")
    }
}

/// P20: patch test and batches of ink, as the case has them.
fn recorded(plan: &Plan) -> Finding {
    let case = &plan.case;
    let test = case.patch_test.as_ref().and_then(|test| Some((&test.date, test.day()?.after(PATCH_TEST_DAYS)?)));
    let is_early = test.zip(case.first_day()).is_some_and(|((_, ready), start)| start < ready);
    let day = |known: Option<&String>| known.map_or("not recorded".to_owned(), |date| format!("on {date}"));
    let named = case.palette.iter().filter(|ink| ink.ink_batch.is_some()).count();
    let message = format!(
        "patch test {}, 48 h are waited; first session {}; {named} of {} inks with their batch",
        day(test.map(|(date, _)| date)),
        day(case.start_date.as_ref()),
        case.palette.len()
    );
    if is_early {
        Finding::new("P20", Severity::Warn, message)
            .remedy("begin later: some reactions of the skin need two days to show")
    } else {
        Finding::new("P20", Severity::Pass, message)
    }
}

/// The time of a move from rest to rest, s: no axis is faster than it can be or is asked to be, and none starts or stops
/// faster; 0 from an unknown place.
fn move_s(profile: &Profile, from: &Positions, to: &Positions, pace: Pace) -> f64 {
    let ways = || {
        let known = from.iter().zip(to).map(|(from, to)| Some((to.as_ref()? - from.as_ref()?).abs()));
        profile.axes.iter().zip(known.map(|way| way.unwrap_or(0.0)))
    };
    let even_s = match pace {
        Pace::Within { seconds } => return seconds,
        Pace::Rapid => 0.0,
        Pace::Feed { mm_min } | Pace::Towards { mm_min } => {
            let straight_mm = ways().take(3).map(|(_, way)| way * way).sum::<f64>().sqrt();
            let other = ways().skip(3).map(|(_, way)| way).fold(0.0, f64::max);
            // A feed counts X, Y and Z; where they rest, what else moves.
            60.0 / mm_min * if straight_mm > 0.0 { straight_mm } else { other }
        }
    };
    let alone_s = |(axis, way): (&Axis, f64)| ramp_s(way, axis.max_speed.min(way / even_s), axis.max_acceleration);
    ways().filter(|(_, way)| *way > 0.0).map(alone_s).fold(even_s, f64::max)
}

/// How long an axis takes for a way from rest to rest, s.
fn ramp_s(way: f64, max_speed: f64, max_acceleration: f64) -> f64 {
    if way * max_acceleration < max_speed * max_speed {
        2.0 * (way / max_acceleration).sqrt()
    } else {
        way / max_speed + max_speed / max_acceleration
    }
}
