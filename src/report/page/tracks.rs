use serde::Serialize;

use super::Track;
use super::packed::Packed;
use crate::error::{Error, Result};
use crate::geometry::{Aabb, Point};
use crate::plan::{Block, Dot, Plan, PlannedStop, position};
use crate::toolpath::{Motion, MotionKind};

/// One program for playback.
#[derive(Debug, Serialize)]
pub(super) struct TrackData<'a> {
    /// Name of the program; none for a plan without programs.
    file: Option<&'a str>,
    session: u32,
    setup: &'a str,
    tool: u32,
    time_s: f64,
    stops: &'a [PlannedStop],
    /// Rows of the dots in visiting order.
    dots: Packed,
    /// When each is struck, s from the program's start.
    struck_s: Packed,
    /// Line of each strike, from 1; none for a plan without programs.
    lines: Option<Packed>,
    /// The way of the needle's tip: lower corner and extent of its box (mm, scan's axes), corners of the way as shares of
    /// the box, and when the tip is there, s.
    origin: [f64; 3],
    extent: [f64; 3],
    way: Packed,
    way_s: Packed,
}

/// A corner of the way: when, and where.
type Corner = (f64, Point);

pub(super) fn of<'a>(plan: &'a Plan, tracks: &[Option<Track<'a>>]) -> Result<Vec<TrackData<'a>>> {
    (plan.blocks.iter().enumerate())
        .map(|(index, block)| of_block(plan, block, tracks.get(index).and_then(Option::as_ref)))
        .collect()
}

fn of_block<'a>(plan: &'a Plan, block: &'a Block, track: Option<&Track<'a>>) -> Result<TrackData<'a>> {
    let rows: Option<Vec<usize>> = block.dots.iter().map(|&id| position(&plan.dots, id)).collect();
    let rows = rows.ok_or_else(|| {
        Error::input(format!("session {}, {}: a dot that the plan does not have", block.session, block.setup))
            .expected("dots of the plan")
            .remedy("make the plan again")
    })?;
    let (way, struck_s) = match track {
        Some(track) => run(plan, block, track)?,
        None => at_an_even_pace(rows.iter().map(|&row| &plan.dots[row]), block),
    };
    let bounds = Aabb::around(way.iter().map(|(_, place)| place));
    let (origin, extent) = if way.is_empty() {
        ([0.0; 3], [1.0; 3])
    } else {
        (bounds.min.into(), (bounds.max - bounds.min).map(|length| length.max(f64::MIN_POSITIVE)).into())
    };
    let shares = way.iter().flat_map(|(_, place)| [0, 1, 2].map(|k| (place[k] - origin[k]) / extent[k]));
    Ok(TrackData {
        file: track.map(|track| track.file),
        session: block.session,
        setup: &block.setup,
        tool: block.tool,
        time_s: block.time_s,
        stops: &block.stops,
        dots: Packed::u32(rows.iter().map(|&row| row as u32)),
        struck_s: Packed::f32(struck_s),
        lines: track.map(|track| Packed::u32(track.strikes.lines.iter().map(|strike| strike.line))),
        origin,
        extent,
        way: Packed::shares(shares),
        way_s: Packed::f32(way.iter().map(|&(at_s, _)| at_s)),
    })
}

/// The way as the rig's clock has it, and when its strikes end.
fn run(plan: &Plan, block: &Block, track: &Track<'_>) -> Result<(Vec<Corner>, Vec<f64>)> {
    let setup = plan.setups.get(&block.setup).ok_or_else(|| {
        Error::input(format!("the setup {}", block.setup)).expected("a setup of the plan").remedy("make the plan again")
    })?;
    let to_scan = setup.mesh_to_rig.inverse();
    let laps_s = track.toolpath.motion_times_s(&plan.rig);
    let (mut way, mut struck_s, mut now_s) = (Vec::new(), Vec::new(), 0.0);
    for (Motion { kind, pose, .. }, lap_s) in track.toolpath.motions.iter().zip(laps_s) {
        now_s += lap_s;
        if *kind == MotionKind::Strike {
            struck_s.push(now_s);
        }
        way.push((now_s, to_scan.point(&pose.tip)));
    }
    Ok((way, struck_s))
}

fn at_an_even_pace<'a>(dots: impl ExactSizeIterator<Item = &'a Dot>, block: &Block) -> (Vec<Corner>, Vec<f64>) {
    let pace_s = block.time_s / dots.len().max(1) as f64;
    let corners = dots.enumerate().map(|(k, dot)| ((k as f64 + 1.0) * pace_s, Point::from(dot.position_mm)));
    let way: Vec<Corner> = corners.collect();
    let struck_s = way.iter().map(|&(at_s, _)| at_s).collect();
    (way, struck_s)
}
