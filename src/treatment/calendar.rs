//! The days of a treatment, and how much skin takes on each of them.

use std::fmt;

use rayon::prelude::*;
use serde::{Serialize, Serializer};

use super::touchup::Cloud;
use crate::case::{Case, Date};
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::Point;
use crate::plan::{Dot, Plan};

/// A day of a treatment, counted from its first, which is day 0; with its date where that of the first is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Days since the first.
    pub number: u32,
    start: Option<Date>,
}

impl Day {
    /// The first day of a case.
    pub fn first(case: &Case) -> Self {
        Self { number: 0, start: case.first_day() }
    }

    /// So many days later.
    #[must_use]
    pub fn after(self, days: u32) -> Self {
        Self { number: self.number.saturating_add(days), ..self }
    }

    /// Its date, where that of the first day is known.
    pub fn date(self) -> Option<Date> {
        self.start?.after(self.number)
    }
}

impl fmt::Display for Day {
    /// `2026-01-12`, else `day 28`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) => date.fmt(f),
            None => write!(f, "day {}", self.number),
        }
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The days of the sessions, in their order; of one session in a case that names none.
pub fn session_days(case: &Case) -> Vec<Day> {
    let mut day = Day::first(case);
    let mut days = vec![day];
    for session in case.sessions.iter().skip(1) {
        day = day.after(session.interval_days);
        days.push(day);
    }
    days
}

/// Refuses a text that is no date.
pub fn check_date(text: &str) -> Result<()> {
    text.parse::<Date>()
        .map(|_| ())
        .map_err(|_| Error::usage(format!("\"{text}\"")).expected("a date as YYYY-MM-DD").remedy("correct the date"))
}

/// How densely a session strikes the skin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Punctures {
    /// Session, from 1.
    pub session: u32,
    /// Mean over the region, per cm².
    pub mean_per_cm2: f64,
    /// Most on any disc of 1 cm² around a dot.
    pub most_per_cm2: usize,
}

/// More punctures than this on 1 cm² in one session are warned of. No source names a limit: a suggestion, to be confirmed by a
/// practitioner.
pub const MOST_PUNCTURES_PER_CM2: usize = 100;

/// Radius of a disc of 1 cm², mm.
const CM2_RADIUS_MM: f64 = 5.641_895_835_477_563;

/// How densely each session strikes the skin; dots that no setup reaches count, as they are made by hand.
///
/// # Errors
/// When the search tree over the dots cannot be built.
pub fn punctures(plan: &Plan) -> Result<Vec<Punctures>> {
    let last = plan.dots.iter().map(|dot| dot.session).max().unwrap_or(0);
    (1..=last)
        .map(|session| {
            let own = |dot: &&Dot| !dot.existing && dot.session == session;
            let places: Vec<Point> = plan.dots.iter().filter(own).map(|dot| dot.position_mm.into()).collect();
            if places.is_empty() {
                return Ok(Punctures { session, ..Punctures::default() });
            }
            let mean_per_cm2 = 100.0 * places.len() as f64 / plan.statistics.area_mm2;
            let cloud = Cloud::new(places)?;
            let around = cloud.points().par_iter().map(|place| cloud.count_within(place, CM2_RADIUS_MM));
            let most_per_cm2 = around.max().unwrap_or(0);
            Ok(Punctures { session, mean_per_cm2, most_per_cm2 })
        })
        .collect()
}

/// What a person should know of sessions that strike the skin too densely.
pub fn budget(punctures: &[Punctures]) -> Option<Finding> {
    let over = |one: &&Punctures| one.most_per_cm2 > MOST_PUNCTURES_PER_CM2;
    let worst = punctures.iter().filter(over).max_by_key(|one| one.most_per_cm2)?;
    let message = format!(
        "session {} strikes {} times on 1 cm², {MOST_PUNCTURES_PER_CM2} are taken for the most that skin takes in one session",
        worst.session, worst.most_per_cm2
    );
    Some(
        Finding::new("budget", Severity::Warn, message)
            .times(punctures.iter().filter(over).count())
            .remedy("spread the dots over more sessions, or lower the density"),
    )
}
