//! What a touch-up says of the old dots.

use std::fmt::Write;

use serde::Serialize;

use super::healed::Reading;
use super::{name, told, warned};
use crate::error::{Error, Finding, Result, Severity};
use crate::treatment::touchup::{Fate, Group, Healing, Laid, Limits, Refilled, Seen, Share};

/// Version tag of the format of `healing.json`.
const FORMAT: &str = "tonsure-healing/1";
/// A scale that is off by more than this is a fault of an instrument or of a scan.
const SCALE_OFF: f64 = 0.005;
/// More than this share of the dots is rarely lost. No source names a figure: a suggestion.
const USUAL_LOSS: f64 = 0.2;
/// Above this share the measure is doubted before the dots are: nothing is struck until a person confirms it.
const MOST_LOSS: f64 = 0.5;

/// The content of `healing.json`.
#[derive(Serialize)]
struct Report<'a> {
    format: &'static str,
    /// SHA-256 of the plan whose dots have healed.
    plan_sha256: &'a str,
    limits: Limits,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration: Option<&'a Laid>,
    all: Share,
    /// Measured dots that were not expected.
    extra: usize,
    groups: &'a [Group],
    new: Places,
}

/// How many lost dots get a new one, and where.
#[derive(Serialize)]
struct Places {
    own_place: usize,
    beside_it: usize,
    no_room: usize,
}

pub(super) fn report(
    plan_sha256: &str,
    registration: Option<&Laid>,
    healing: &Healing,
    groups: &[Group],
    refilled: &Refilled,
    limits: Limits,
) -> Result<Vec<u8>> {
    let all = Share::of(healing, &(0..healing.fates.len()).collect::<Vec<_>>());
    let new =
        Places { own_place: refilled.reused.len(), beside_it: refilled.moved.len(), no_room: refilled.no_room.len() };
    let report = Report { format: FORMAT, plan_sha256, limits, registration, all, extra: healing.extra(), groups, new };
    let mut text = serde_json::to_vec_pretty(&report).map_err(|error| Error::system(error.to_string()))?;
    text.push(b'\n');
    Ok(text)
}

/// The content of `healing.csv`: a row for each measured dot in the order in which they were measured, then one for each that is not
/// there. Places are mm on the scan; `row` counts from 0 and is -1 where nothing was measured, `dot_id` is -1 for dots that the plan
/// does not have. Two dots that have run together are two rows.
pub(super) fn table(reading: &Reading<'_>, healing: &Healing) -> Vec<u8> {
    let mut text = "row,fate,dot_id,x_mm,y_mm,z_mm,off_mm\n".to_owned();
    let mut put = |row: i64, fate: &str, dot: i64, place: [f64; 3], off_mm: f64| {
        let [x, y, z] = place;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{row},{fate},{dot},{x},{y},{z},{off_mm}");
    };
    for (row, (place, seen)) in (0_i64..).zip(healing.places.iter().zip(&healing.seen)) {
        let dots = match seen {
            Seen::Extra => {
                put(row, "extra", -1, place.coords.into(), 0.0);
                continue;
            }
            Seen::Dot(dot) => vec![*dot],
            Seen::Both(pair) => pair.to_vec(),
        };
        for dot in dots {
            let expected = &reading.expected[dot];
            let off_mm = nalgebra::distance(&expected.position, place);
            put(row, name(healing.fates[dot]), i64::from(expected.id), place.coords.into(), off_mm);
        }
    }
    for (expected, &fate) in reading.expected.iter().zip(&healing.fates) {
        if matches!(fate, Fate::Missing | Fate::Unseen) {
            put(-1, name(fate), i64::from(expected.id), expected.position.coords.into(), 0.0);
        }
    }
    text.into_bytes()
}

/// What a person should know of the old dots.
pub(super) fn findings(laid: Option<&Laid>, healing: &Healing, refilled: &Refilled, limits: Limits) -> Vec<Finding> {
    let count = |fate: Fate| healing.count(fate);
    let mut findings = Vec::new();
    if let Some(laid) = laid {
        findings.push(of_placement(laid));
        findings.extend(of_scale(laid));
    }
    let seen = healing.fates.len() - count(Fate::Unseen);
    let missing = count(Fate::Missing);
    let summary = format!(
        "of {seen} dots that were struck and seen {missing} are missing ({:.1} %), {} faded, {} blown out, {} merged; {} that are there were not \
         expected",
        100.0 * missing as f64 / seen.max(1) as f64,
        count(Fate::Faded),
        count(Fate::BlownOut),
        count(Fate::Merged),
        healing.extra()
    );
    let share = missing as f64 / seen.max(1) as f64;
    let severity = match share {
        // Who looked at everything, or names each dot, has said that they are lost.
        _ if limits.all_seen || laid.is_none() || share <= USUAL_LOSS => Severity::Pass,
        share if share <= MOST_LOSS => Severity::Warn,
        _ => Severity::Fail,
    };
    let remedy =
        "measure all dots of the sessions that were worked; where so many are lost indeed say so with --all-seen";
    findings.push(Finding::new("healing", severity, summary).times(missing).remedy(remedy));
    let new = refilled.reused.len() + refilled.moved.len();
    let message = format!(
        "{new} new dots: {} on the place of a lost one, {} beside it where living dots have come too near to that place",
        refilled.reused.len(),
        refilled.moved.len()
    );
    findings.push(told("touchup", new, message));
    let no_room = refilled.no_room.len();
    let message = format!("{no_room} lost dots get no new one: living dots around them leave no room for it");
    findings.extend((no_room > 0).then(|| told("touchup-no-room", no_room, message)));
    let unseen = count(Fate::Unseen);
    findings.extend(warned(
        "healing-unseen",
        unseen,
        format!("{unseen} dots lie where hardly any dot was measured, or where those that were do not fit the plan; they are taken for living, and nothing new is struck there"),
        "measure that part too, or say with --all-seen that nothing is left there",
    ));
    let blown = count(Fate::BlownOut) + count(Fate::Merged);
    findings.extend(warned(
        "healing-spread",
        blown,
        format!("{blown} dots have spread or run together"),
        "look at the depth and the dwell: pigment that lies too deep spreads",
    ));
    let [pairs, chance] = healing.near_misses;
    if pairs > chance + 3.0 * chance.sqrt().max(1.0) {
        let message = format!(
            "{pairs} missing dots have one that was not expected within half the spacing, {chance:.1} would by chance: dots have moved farther \
             than the noise of the others"
        );
        findings.extend(warned("healing-moved", pairs as usize, message, "look whether pigment has migrated there"));
    }
    findings
}

fn of_placement(laid: &Laid) -> Finding {
    let message = format!(
        "{} of {} measured dots lie on dots of the plan, {:.2} mm off RMS, within {:.2} mm; {:.0} would by chance",
        laid.inliers, laid.observed, laid.rms_mm, laid.tolerance_mm, laid.inliers_by_chance
    );
    told("healed-placed", laid.inliers, message)
}

fn of_scale(laid: &Laid) -> Option<Finding> {
    let off = laid.scale - 1.0;
    (off.abs() > SCALE_OFF).then(|| {
        let message = format!(
            "the measured dots would fit better {:.1} % {}",
            100.0 * off.abs(),
            if off > 0.0 { "larger" } else { "smaller" }
        );
        Finding::new("healed-scale", Severity::Warn, message).remedy("calibrate the instrument, or the scan")
    })
}
