//! Touches of the skin before the strikes: the program that makes them, and what becomes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::files::read_input;
use super::needles::Needles;
use super::output::Surfaces;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Placement, Point, Vector, parse_finite};
use crate::plan::{Block, Contact, Dot, Plan};
use crate::rig::{Joints, Kinematics, forward};
use crate::schedule::{Outlier, Target, Touch, outliers, skin_height_mm};
use crate::toolpath::{BuildError, Mode, Stop, Toolpath, build};

/// Touches of a program at least; fewer span no plane.
const FEWEST: usize = 3;
/// A touch lies at most this far beside the needle's axis, mm: what needles that lean near a pole and decimals leave of it.
const BESIDE_MM: f64 = 0.3;
/// Rounds in which dots that cannot be touched are left out.
const MOST_ROUNDS: usize = 8;
/// Farther from a touch than this the height of the skin is a guess, mm.
const FAR_MM: f64 = 20.0;
/// Names told of many.
const TOLD: usize = 8;

/// Codes of the findings on touches.
pub(super) const CODES: [&str; 3] = ["touches", "touches-missing", "touches-off"];

/// Heights of the skin above the scan by dot, mm.
pub(super) type Heights = BTreeMap<u32, f64>;

/// What was touched, and what is to be said of it.
pub(super) struct Probed {
    pub(super) contacts: Vec<Contact>,
    pub(super) findings: Vec<Finding>,
}

/// Whether the strikes of a block may be written: not before the skin was touched, where they count from that.
pub(super) fn is_ready(plan: &Plan, block: &Block) -> bool {
    plan.rig.depth.survey_every().is_none() || plan.contacts.iter().any(|contact| is_of(contact, block))
}

fn is_of(contact: &Contact, block: &Block) -> bool {
    contact.session == block.session && contact.setup == block.setup
}

/// The dots of a block that are touched, in visiting order: the first in progressive order, which are well spread.
fn touched(block: &Block, every: u32) -> Vec<u32> {
    let count = block.dots.len().div_ceil(every as usize).max(FEWEST);
    let mut first = block.dots.clone();
    first.sort_unstable();
    first.truncate(count);
    let first: BTreeSet<u32> = first.into_iter().collect();
    block.dots.iter().copied().filter(|dot| first.contains(dot)).collect()
}

/// The motions that touch the skin, where the rig wants them; dots that cannot be touched are left out and told.
pub(super) fn toolpath(plan: &Plan, block: &Block, surfaces: Surfaces<'_>) -> Result<(Option<Toolpath>, Vec<Finding>)> {
    let (Some(every), Some(setup)) = (plan.rig.depth.survey_every(), plan.setups.get(&block.setup)) else {
        return Ok((None, Vec::new()));
    };
    let mesh_to_rig = setup.mesh_to_rig;
    let stop = |dot: &Dot| {
        let normal = Vector::from(dot.normal);
        let position = Point::from(dot.position_mm);
        let target = Target { id: dot.id, position, normal, depth_mm: dot.depth_mm, dwell_s: 0.0 };
        Stop::new(&target, &needle(plan, dot, &mesh_to_rig), &mesh_to_rig)
    };
    let mut stops: Vec<Stop> = touched(block, every).into_iter().filter_map(|id| plan.dot(id)).map(stop).collect();
    let asked = stops.len();
    let needles = Needles::new(&plan.case, &plan.rig);
    let name = format!("session {}, {}", block.session, block.setup);
    for _ in 0..MOST_ROUNDS {
        match build(&stops, needles.with(block.tool), &mesh_to_rig, surfaces.index, Mode::Probe) {
            Ok(toolpath) => {
                let left_out = asked - stops.len();
                let said = format!("{name}: {left_out} of {asked} dots cannot be touched");
                let finding = Finding::new("not-touched", Severity::Warn, said)
                    .times(left_out)
                    .remedy("planes there go through touches farther off: look at the depth there");
                return Ok((Some(toolpath), Some(finding).filter(|_| left_out > 0).into_iter().collect()));
            }
            Err(BuildError::Rig(error)) => return Err(error),
            Err(BuildError::Blocked(blocked)) => {
                stops.retain(|stop| blocked.iter().all(|other| other.dot != stop.dot));
            }
        }
    }
    let finding = Finding::new("not-touched", Severity::Warn, format!("{name}: no way to touch its dots")).times(asked);
    Ok((None, vec![finding.remedy("use another depth mode")]))
}

/// What is to be said of programs that wait for touches.
pub(super) fn waiting(plan: &Plan, block: &Block) -> Finding {
    let Block { session, setup, .. } = block;
    let name = format!("session-{session}.{setup}.probe.{}", plan.rig.extension);
    let said = format!("session {session}, {setup}: {} strikes wait for touches of the skin", block.dots.len());
    Finding::new("probe-first", Severity::Warn, said).times(block.dots.len()).remedy(format!(
        "run {name}, write down where the axes stood at each touch, and give that with `tonsure gcode --probed`"
    ))
}

/// Direction of the needle at a dot, in the scan's frame.
fn needle(plan: &Plan, dot: &Dot, mesh_to_rig: &Placement) -> Vector {
    match plan.rig.kinematics {
        Kinematics::Xyz => mesh_to_rig.inverse().direction(&Vector::z()),
        _ => Vector::from(dot.normal),
    }
}

/// Reads what was touched: a table with a column `dot_id` and either one for the position of each axis, as programs have them, or the place in the
/// scan's frame, `x_mm,y_mm,z_mm`. Touches that their neighbours contradict are left out and told, and so are those that are missing.
///
/// Errors: rows that do not fit the plan, touches beside the needle's axis or farther off the scan than `search_mm`, too few, and so many
/// contradictions that nobody can say which are right.
pub(super) fn read(path: &Path, plan: &Plan) -> Result<Probed> {
    let file = path.display().to_string();
    gather(&read_input(path)?, plan).map_err(|error| error.file(file))
}

fn gather(bytes: &[u8], plan: &Plan) -> Result<Probed> {
    let Some(every) = plan.rig.depth.survey_every() else {
        return Err(wrong(
            format!("touches for the rig \"{}\"", plan.rig.name),
            "a rig whose depth has the mode \"probe\" with every_dots above 1",
            "leave --probed out, or plan with such a rig",
        ));
    };
    let mut contacts = rows(bytes, plan)?;
    contacts.sort_by_key(|contact| contact.dot);
    if let Some(pair) = contacts.windows(2).find(|pair| pair[0].dot == pair[1].dot) {
        return Err(wrong(format!("dot {} twice", pair[0].dot), "each dot once", "keep the touch that counts"));
    }
    let mut probed = Probed { contacts: Vec::new(), findings: Vec::new() };
    for block in &plan.blocks {
        let own: Vec<Contact> = contacts.iter().filter(|contact| is_of(contact, block)).cloned().collect();
        if !own.is_empty() {
            probed.add(plan, block, every, own)?;
        }
    }
    Ok(probed)
}

impl Probed {
    fn add(&mut self, plan: &Plan, block: &Block, every: u32, own: Vec<Contact>) -> Result<()> {
        let name = format!("session {}, {}", block.session, block.setup);
        let given = own.len();
        let known: BTreeSet<u32> = own.iter().map(|contact| contact.dot).collect();
        let missing: Vec<u32> = touched(block, every).into_iter().filter(|dot| !known.contains(dot)).collect();
        if !missing.is_empty() {
            let said = format!("{name}: {} touches are missing, of {}", missing.len(), listed(&missing));
            self.findings.push(
                Finding::new("touches-missing", Severity::Warn, said)
                    .times(missing.len())
                    .remedy("touch these dots, or look at the depth there"),
            );
        }
        let touches: Vec<Touch> = own.iter().map(touch).collect();
        let normals = own.iter().map(|c| plan.dot(c.dot).map_or(Vector::z(), |dot| Vector::from(dot.normal)));
        let off = outliers(&touches, &normals.collect::<Vec<_>>()).map_err(|count| {
            wrong(
                format!("{name}: {count} and more of {given} touches contradict their neighbours"),
                "touches of one head that lies still",
                "register the head anew, and touch it once more",
            )
        })?;
        if !off.is_empty() {
            let told = off
                .iter()
                .take(TOLD)
                .map(|Outlier { touch, off_mm }| format!("dot {} by {off_mm:.2} mm", own[*touch].dot));
            let said = format!(
                "{name}: {} touches lie off the planes through their neighbours and are left out: {}",
                off.len(),
                told.collect::<Vec<_>>().join(", ")
            );
            let remedy = "touch these dots again";
            self.findings.push(Finding::new("touches-off", Severity::Warn, said).times(off.len()).remedy(remedy));
        }
        let is_off: BTreeSet<usize> = off.iter().map(|outlier| outlier.touch).collect();
        let kept = own.into_iter().enumerate().filter(|(index, _)| !is_off.contains(index)).map(|(_, contact)| contact);
        let kept: Vec<Contact> = kept.collect();
        if kept.len() < FEWEST {
            return Err(wrong(
                format!("{name}: {} touches", kept.len()),
                format!("{FEWEST} at least, which span a plane"),
                "touch more dots",
            ));
        }
        self.findings.push(figures(&name, plan, block, &kept));
        self.contacts.extend(kept);
        Ok(())
    }
}

/// How the touches lie.
fn figures(name: &str, plan: &Plan, block: &Block, kept: &[Contact]) -> Finding {
    let count = kept.len() as f64;
    let mean_mm = kept.iter().map(|contact| contact.height_mm).sum::<f64>() / count;
    let touches: Vec<Touch> = kept.iter().map(touch).collect();
    let residual_mm = |contact: &Contact| {
        let normal = plan.dot(contact.dot).map_or(Vector::z(), |dot| Vector::from(dot.normal));
        contact.height_mm - skin_height_mm(&touches, &Point::from(contact.position_mm), &normal)
    };
    let rms_mm = (kept.iter().map(|contact| residual_mm(contact).powi(2)).sum::<f64>() / count).sqrt();
    let dots = block.dots.iter().filter_map(|&id| plan.dot(id)).map(|dot| Point::from(dot.position_mm));
    let to_touch_mm = |place: Point| touches.iter().map(|t| (t.place - place).norm()).fold(f64::INFINITY, f64::min);
    let farthest_mm = dots.map(to_touch_mm).fold(0.0, f64::max);
    let [low, high] = [f64::min, f64::max]
        .map(|pick: fn(f64, f64) -> f64| kept.iter().map(|contact| contact.height_mm).reduce(pick).unwrap_or_default());
    let said = format!(
        "{name}: {} touches find the skin {mean_mm:.2} mm above the scan on average, {low:.2} to {high:.2}; the planes miss \
         them by {rms_mm:.3} mm RMS; no dot is farther than {farthest_mm:.1} mm from a touch",
        kept.len()
    );
    let severity = if farthest_mm > FAR_MM { Severity::Warn } else { Severity::Pass };
    let advice = if farthest_mm > FAR_MM { "touch dots that stand apart" } else { "" };
    Finding::new("touches", severity, said).times(kept.len()).remedy(advice)
}

fn touch(contact: &Contact) -> Touch {
    Touch { place: Point::from(contact.position_mm), height_mm: contact.height_mm }
}

/// Heights of the skin at all dots of the blocks that were touched. Errors: a dot at which it would lie farther off the scan than `search_mm`.
pub(super) fn heights(plan: &Plan) -> Result<Heights> {
    let mut heights = Heights::new();
    let most_mm = plan.rig.depth.beyond_mm();
    for block in &plan.blocks {
        let touches: Vec<Touch> = plan.contacts.iter().filter(|c| is_of(c, block)).map(touch).collect();
        if touches.is_empty() {
            continue;
        }
        for dot in block.dots.iter().filter_map(|&id| plan.dot(id)) {
            let height_mm = skin_height_mm(&touches, &Point::from(dot.position_mm), &Vector::from(dot.normal));
            if height_mm.abs() > most_mm {
                return Err(wrong(
                    format!("skin {height_mm:.2} mm off the scan at dot {}, by the touches near it", dot.id),
                    format!("at most {most_mm} mm, the search_mm of the rig"),
                    "register the head anew",
                ));
            }
            heights.insert(dot.id, height_mm);
        }
    }
    Ok(heights)
}

/// The touches of a table.
fn rows(bytes: &[u8], plan: &Plan) -> Result<Vec<Contact>> {
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let broken = |error: csv::Error| wrong(error.to_string(), "a CSV table with a header", "correct the table");
    let header = table.headers().map_err(broken)?.clone();
    let column = |name: &str| header.iter().position(|found| found == name);
    let letters: Vec<String> = plan.rig.axes.iter().map(|axis| axis.letter.to_string()).collect();
    let all = |names: &[String]| names.iter().map(|name| column(name)).collect::<Option<Vec<usize>>>();
    let places = ["x_mm", "y_mm", "z_mm"].map(str::to_owned);
    let (Some(dot), Some((by_axes, numbers))) =
        (column("dot_id"), all(&letters).map(|all| (true, all)).or(all(&places).map(|all| (false, all))))
    else {
        return Err(wrong(
            format!("the columns \"{}\"", header.iter().collect::<Vec<_>>().join(",")),
            format!("dot_id, and {} or x_mm,y_mm,z_mm", letters.join(",")),
            "name the columns so",
        )
        .place("header"));
    };
    let mut contacts = Vec::new();
    for (index, row) in table.records().enumerate() {
        let row = row.map_err(broken)?;
        let place = row.position().map_or_else(|| format!("row {}", index + 1), |at| format!("line {}", at.line()));
        let contact = || {
            let text = |column: usize| row.get(column).unwrap_or_default();
            let bad =
                |text: &str, expected| wrong(format!("\"{}\"", text.escape_debug()), expected, "correct the table");
            let id: u32 = text(dot).parse().map_err(|_| bad(text(dot), "the number of a dot"))?;
            let read = |&column: &usize| parse_finite(text(column)).ok_or_else(|| bad(text(column), "a number"));
            let numbers = numbers.iter().map(read).collect::<Result<Vec<f64>>>()?;
            contact(id, &numbers, by_axes, plan)
        };
        contacts.push(contact().map_err(|error| error.place(place))?);
    }
    Ok(contacts)
}

/// A touch at a dot, from positions of the axes or a place in the scan.
fn contact(id: u32, numbers: &[f64], by_axes: bool, plan: &Plan) -> Result<Contact> {
    let struck = |dot: &&Dot| dot.order.is_some();
    let (dot, setup) =
        plan.dot(id).filter(struck).and_then(|dot| Some((dot, dot.setup.as_ref()?))).ok_or_else(|| {
            wrong(
                format!("dot {id}, which the plan does not strike"),
                "dots of the plan's programs",
                "correct the table",
            )
        })?;
    let mesh_to_rig = plan.setups.get(setup).map_or(Placement::IDENTITY, |placed| placed.mesh_to_rig);
    let at = if by_axes {
        let [x, y, z] = [0, 1, 2].map(|axis: usize| numbers.get(axis).copied().unwrap_or_default());
        let joints = match numbers.get(3..5) {
            Some(&[first, second]) => Joints::new([x, y, z, first, second]),
            _ => Joints::new([x, y, z]),
        };
        let block = plan.blocks.iter().find(|block| block.session == dot.session && block.setup == *setup);
        let needles = Needles::new(&plan.case, &plan.rig);
        mesh_to_rig.inverse().point(&forward(needles.with(block.map_or(1, |block| block.tool)), &joints).tip)
    } else {
        Point::from(Vector::from_iterator(numbers.iter().copied().chain(std::iter::repeat(0.0))))
    };
    let (way, axis) = (at - Point::from(dot.position_mm), needle(plan, dot, &mesh_to_rig));
    let height_mm = way.dot(&axis);
    let beside_mm = (way - axis * height_mm).norm();
    if beside_mm > BESIDE_MM {
        return Err(wrong(
            format!("a touch {beside_mm:.2} mm beside the needle's way to dot {id}"),
            format!("at most {BESIDE_MM} mm: the place of that dot's touch, counted from the zero of the programs"),
            "look whether the positions count from the machine's own zero, and whether the dots are in their rows",
        ));
    }
    let most_mm = plan.rig.depth.beyond_mm();
    if height_mm.abs() > most_mm {
        return Err(wrong(
            format!("a touch {height_mm:.2} mm above the scan at dot {id}"),
            format!("at most {most_mm} mm either way, the search_mm of the rig"),
            "register the head anew",
        ));
    }
    Ok(Contact { dot: id, session: dot.session, setup: setup.clone(), position_mm: dot.position_mm, height_mm })
}

fn listed(dots: &[u32]) -> String {
    let named: Vec<String> = dots.iter().take(TOLD).map(u32::to_string).collect();
    let more = if dots.len() > TOLD { format!(" and {} more", dots.len() - TOLD) } else { String::new() };
    format!("the dots {}{more}", named.join(", "))
}

fn wrong(found: impl Into<String>, expected: impl Into<String>, remedy: &str) -> Error {
    Error::input(found).expected(expected).remedy(remedy)
}
