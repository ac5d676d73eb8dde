use std::collections::BTreeSet;

use super::{Healed, TouchupOptions, told};
use crate::density::TreatedZones;
use crate::error::{Error, Finding, Result};
use crate::geometry::{Point, PointsTable, Units, Vector, sha256};
use crate::job::files::read_input;
use crate::job::plan::unnamed;
use crate::job::resume::parse_journal;
use crate::plan::{self, Dot, Plan};
use crate::treatment::touchup::{Cloud, Expected, Group, Healing, Laid, Limits, Observed, lay};

/// What was read of healed dots, with the dots of the plan that were to be there.
pub(super) struct Reading<'a> {
    pub(super) plan: &'a [Dot],
    /// The dots that were struck up to the last session that was worked, or were there before.
    pub(super) expected: Vec<Expected>,
    /// Dots that are yet to be struck, or never will be.
    pub(super) to_come: Vec<u32>,
    pub(super) sha256: String,
    file: String,
    source: Source,
}

/// What spreadsheets put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

enum Source {
    Observed(Observed),
    /// Numbers of the dots that are not there.
    Missing(BTreeSet<u32>),
}

impl<'a> Reading<'a> {
    pub(super) fn read(plan: &'a Plan, options: &TouchupOptions<'_>) -> Result<Self> {
        let last = options.after_session.unwrap_or(u32::MAX);
        let sessions = plan.case.sessions.len().max(1);
        if last != u32::MAX && !(1..=sessions).contains(&(last as usize)) {
            return Err(Error::usage(format!("--after-session {last}"))
                .expected(format!("1 to {sessions}, the sessions of the plan"))
                .remedy("correct the number"));
        }
        let is_expected = |dot: &Dot| !dot.hair && (dot.existing || (dot.order.is_some() && dot.session <= last));
        let of = |dot: &Dot| Expected {
            id: dot.id,
            position: Point::from(dot.position_mm),
            spacing_mm: dot.spacing_mm,
            diameter_mm: dot.diameter_mm,
        };
        let expected: Vec<Expected> = plan.dots.iter().filter(|dot| is_expected(dot)).map(of).collect();
        if expected.is_empty() {
            return Err(Error::input("no dot that was struck")
                .place("dots")
                .expected("a plan that was worked")
                .remedy("give the plan whose programs were run"));
        }
        let to_come = plan.dots.iter().filter(|dot| !dot.hair && !is_expected(dot)).map(|dot| dot.id).collect();
        let (Healed::Observed(path, units) | Healed::Missing(path, units)) = options.healed;
        let file = path.display().to_string();
        let bytes = read_input(path)?;
        let source = match options.healed {
            Healed::Observed(..) => Observed::read(&bytes, units).map(Source::Observed),
            Healed::Missing(..) => missing(&bytes, units, plan, &expected).map(Source::Missing),
        };
        let source = source.map_err(|error| error.file(&file))?;
        Ok(Self { plan: &plan.dots, expected, to_come, sha256: sha256(&bytes), file, source })
    }

    /// What became of the expected dots, and how the measured ones lie on them.
    pub(super) fn healing(&self, limits: Limits) -> Result<(Option<Laid>, Healing)> {
        match &self.source {
            Source::Missing(dots) => Ok((None, Healing::by_hand(&self.expected, |id| dots.contains(&id)))),
            Source::Observed(observed) => {
                let laid = self.lay(observed).map_err(|error| error.file(&self.file))?;
                let healing = Healing::of(observed, &self.expected, &laid, limits)?;
                Ok((Some(laid), healing))
            }
        }
    }

    fn lay(&self, observed: &Observed) -> Result<Laid> {
        let expected = Cloud::new(self.expected.iter().map(|dot| dot.position).collect())?;
        let normals: Vec<Vector> = self.expected.iter().map(|dot| Vector::from(self.dot(dot.id).normal)).collect();
        lay(&Cloud::new(observed.places.clone())?, &expected, &normals)
    }

    /// The dot of the plan; all numbers here are from there.
    pub(super) fn dot(&self, id: u32) -> &'a Dot {
        &self.plan[plan::position(self.plan, id).unwrap_or_default()]
    }

    /// Diameter of a measured dot, mm, where the table has it.
    pub(super) fn diameter_mm(&self, row: usize) -> Option<f64> {
        match &self.source {
            Source::Observed(observed) => observed.diameter_mm.as_ref()?.get(row).copied(),
            Source::Missing(_) => None,
        }
    }

    /// Figures by what dots have in common.
    pub(super) fn groups(&self, plan: &Plan, healing: &Healing) -> Vec<Group> {
        let zones = TreatedZones::new(&plan.case, &unnamed(&plan.landmarks_mm)).ok();
        let dot = |index: usize| self.dot(self.expected[index].id);
        let zone = |index: usize| {
            zones.as_ref().map_or("unknown", |zones| zones.of(&self.expected[index].position).name()).to_owned()
        };
        [
            Group::by("session", healing, |index| dot(index).session.to_string()),
            Group::by("setup", healing, |index| dot(index).setup.clone().unwrap_or_else(|| "existing".to_owned())),
            Group::by("tool", healing, |index| dot(index).tool.to_string()),
            Group::by("zone", healing, zone),
        ]
        .concat()
    }

    /// What a person should know of the plan's dots that were not expected.
    pub(super) fn findings(&self) -> Option<Finding> {
        let count = self.to_come.len();
        (count > 0).then(|| {
            let message = format!(
                "{count} dots of the plan were not struck so far; new dots keep their distance to their places, and this plan does not \
                 strike them"
            );
            told("touchup-to-come", count, message)
        })
    }
}

/// Dots that are named as missing: by number, or by place on the scan.
fn missing(bytes: &[u8], units: Units, plan: &Plan, expected: &[Expected]) -> Result<BTreeSet<u32>> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let header = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let by_number = header.split(|&byte| byte == b',').any(|name| matches!(name.trim_ascii(), b"id" | b"dot_id"));
    let is_expected = |id: &u32| expected.binary_search_by_key(id, |dot| dot.id).is_ok();
    if by_number {
        let dots = parse_journal(bytes, plan, true)?;
        return match dots.iter().find(|id| !is_expected(id)) {
            None => Ok(dots),
            Some(id) => Err(Error::input(format!("dot {id}, which was not struck so far"))
                .expected("dots that were struck")
                .remedy("correct the list, or --after-session")),
        };
    }
    let table = PointsTable::read(bytes)?;
    let cloud = Cloud::new(expected.iter().map(|dot| dot.position).collect())?;
    let mut dots = BTreeSet::new();
    for (row, place) in table.points.iter().enumerate() {
        let place = place * units.in_mm();
        let (index, distance_mm) = cloud.closest_to(&place);
        let dot = &expected[index];
        let most_mm = 0.5 * dot.spacing_mm;
        let found = if distance_mm > most_mm {
            format!("a place {distance_mm:.3} mm from dot {}, the nearest one", dot.id)
        } else if !dots.insert(dot.id) {
            format!("dot {} again", dot.id)
        } else {
            continue;
        };
        return Err(Error::input(found)
            .place(format!("row {}", row + 1))
            .expected(format!(
                "each missing dot once, within half its spacing, {most_mm:.3} mm, on the scan of the plan"
            ))
            .remedy("name the dots by their numbers in dots.csv, or measure all that are there and use --observed"));
    }
    Ok(dots)
}
