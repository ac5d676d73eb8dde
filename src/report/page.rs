//! The interactive page: a plan on the head in three dimensions, its programs played back, its figures, in one file that
//! needs no network.
//!
//! What comes from files reaches the page as JSON data only, and the page shows it as text; its content security policy
//! admits no script but the page's own, by hash.

mod assets;
mod dots;
mod packed;
mod pick;
mod shell;
mod tracks;

pub use pick::pick_page;

use std::collections::BTreeMap;

use serde::Serialize;

use self::dots::Dots;
use self::packed::Packed;
use self::shell::Shell;
use self::tracks::TrackData;
use super::Report;
use crate::error::{Error, Result};
use crate::gcode::Strikes;
use crate::geometry::Placement;
use crate::mesh::{TriMesh, open_edges};
use crate::plan::Plan;
use crate::preview::HeadFrame;
use crate::schedule::HaltKind;
use crate::toolpath::Toolpath;

/// What the page shows.
#[derive(Debug, Clone, Copy)]
pub struct PageInput<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Its figures.
    pub report: &'a Report<'a>,
    /// The whole scan, wound outwards, mm.
    pub scan: &'a TriMesh,
    /// The treatable surface, wound outwards, mm.
    pub region: &'a TriMesh,
    /// What was made of the plan's blocks, in their order. Blocks with none are played back from dot to dot, at an even
    /// pace.
    pub tracks: &'a [Option<Track<'a>>],
}

/// The program of a block, and what it does.
#[derive(Debug, Clone, Copy)]
pub struct Track<'a> {
    /// Name of the program.
    pub file: &'a str,
    /// Its motions.
    pub toolpath: &'a Toolpath,
    /// In which lines it strikes.
    pub strikes: &'a Strikes,
}

/// The data of the page; its scripts read what has the same name.
#[derive(Debug, Serialize)]
struct PageData<'a> {
    title: &'a str,
    version: &'static str,
    /// From the scan's frame to the head's, mm.
    to_head: Placement,
    /// False when front and back, left and right are a guess.
    from_landmarks: bool,
    shell: Shell,
    /// Ends of the region's open edges in pairs, mm.
    edge: Packed,
    landmarks: &'a BTreeMap<String, [f64; 3]>,
    setups: Vec<&'a str>,
    dots: Dots,
    tracks: Vec<TrackData<'a>>,
    /// What the operator does at a stop of each kind.
    instructions: BTreeMap<HaltKind, &'static str>,
    report: &'a Report<'a>,
}

/// The whole page as HTML.
///
/// Errors: a plan that names dots which it does not have.
pub fn page(input: &PageInput<'_>) -> Result<String> {
    let PageInput { plan, report, scan, region, tracks } = *input;
    let head = HeadFrame::find(&plan.landmarks_mm, region);
    let (tracks, (shell, edge)) =
        rayon::join(|| tracks::of(plan, tracks), || rayon::join(|| Shell::of(scan), || edge(region)));
    let tracks = tracks?;
    let setups: Vec<&str> = plan.setups.keys().map(String::as_str).collect();
    let data = PageData {
        title: plan.case.name.as_deref().unwrap_or("Plan"),
        version: env!("CARGO_PKG_VERSION"),
        to_head: head.scan_to_head,
        from_landmarks: head.from_landmarks,
        shell,
        edge,
        landmarks: &plan.landmarks_mm,
        dots: Dots::of(plan, &setups, &report.skin.around),
        setups,
        tracks,
        instructions: HaltKind::ALL.into_iter().map(|kind| (kind, kind.instruction())).collect(),
        report,
    };
    let json = serde_json::to_string(&data).map_err(|error| Error::system(error.to_string()))?;
    Ok(assets::page(data.title, &json))
}

fn edge(region: &TriMesh) -> Packed {
    let ends = open_edges(region).into_iter().flatten();
    Packed::f32(ends.flat_map(|vertex| <[f64; 3]>::from(region.vertices()[vertex as usize])))
}
