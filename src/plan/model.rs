use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::error::Finding;
use crate::geometry::Placement;
use crate::rig::Profile;
use crate::schedule::HaltKind;
use crate::toolpath::{TimeSplit, TravelHeights};

/// Version tag of the plan format.
pub const FORMAT: &str = "tonsure-plan/2";

/// A whole plan. Coordinates are mm in the scan's own axes unless a name says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// `tonsure-plan/2`.
    pub format: String,
    /// SHA-256 of the plan from which this one was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// SHA-256 of every input (`mesh`, `boundary`, `rig`, `registration`, and `case` by what it says) and of `scan.ply` and
    /// `region.ply`.
    pub sha256: BTreeMap<String, String>,
    /// Seed of everything random.
    pub seed: u64,
    /// The case as it was read.
    pub case: Case,
    /// The loop as it was read, mm.
    pub boundary_mm: Vec<[f64; 3]>,
    /// Where the fiducials of the registration are, mm.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fiducials_mm: Vec<[f64; 3]>,
    /// Landmarks by name, mm.
    pub landmarks_mm: BTreeMap<String, [f64; 3]>,
    /// The rig.
    pub rig: Profile,
    /// How the scan lies in the rig, by setup.
    pub setups: BTreeMap<String, SetupPlacement>,
    /// Where the skin was touched, for strikes that count from planes through touches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// The dots, in the order of their ids.
    #[serde(with = "super::columns")]
    pub dots: Vec<Dot>,
    /// Time in the skin by dot, s, where it is not that of the case: on patch tests.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dwells_s: BTreeMap<u32, f64>,
    /// What is struck when, in working order.
    pub blocks: Vec<Block>,
    /// Figures.
    pub statistics: Statistics,
    /// What the checks saw.
    pub findings: Vec<Finding>,
}

impl Plan {
    /// The dot of that id.
    pub fn dot(&self, id: u32) -> Option<&Dot> {
        self.dots.get(position(&self.dots, id)?)
    }

    /// Time in the skin of the dot of that id, s.
    pub fn dwell_s(&self, id: u32) -> f64 {
        self.dwells_s.get(&id).copied().unwrap_or(self.case.design.dwell_s)
    }
}

/// Where in a list of rising ids the dot of that id stands.
pub fn position(dots: &[Dot], id: u32) -> Option<usize> {
    // Nearly always its own number.
    let near = id as usize;
    if dots.get(near).is_some_and(|dot| dot.id == id) {
        return Some(near);
    }
    dots.binary_search_by_key(&id, |dot| dot.id).ok()
}

/// How the scan lies in the rig for one setup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupPlacement {
    /// Scan's frame (mm) to rig's frame (mm).
    pub mesh_to_rig: Placement,
    /// `landmarks`, `fiducials` or `explicit`.
    pub source: String,
    /// RMS distance of the fiducials after registration, mm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fre_mm: Option<f64>,
    /// Largest target registration error predicted at a dot, mm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest_tre_mm: Option<f64>,
}

/// One touch of the skin. It holds for its session and setup only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The dot above which the needle went down.
    pub dot: u32,
    /// Session, from 1.
    pub session: u32,
    /// Setup.
    pub setup: String,
    /// Place of the dot on the scan, mm.
    pub position_mm: [f64; 3],
    /// How far above the scan the skin was found, along the needle, mm.
    pub height_mm: f64,
}

/// One dot.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    /// Its number, from 0 in progressive order. It stays with the dot in plans made from this one.
    pub id: u32,
    /// Place on the surface, mm.
    pub position_mm: [f64; 3],
    /// Smoothed unit normal, outward.
    pub normal: [f64; 3],
    /// Least distance which this dot was asked to keep, mm.
    pub spacing_mm: f64,
    /// Diameter of the fresh dot, mm.
    pub diameter_mm: f64,
    /// Nominal needle protrusion, mm.
    pub depth_mm: f64,
    /// Session, from 1; 0 for existing dots.
    pub session: u32,
    /// Setup in which it is struck; `None` when no setup reaches it.
    pub setup: Option<String>,
    /// Tool, from 1.
    pub tool: u32,
    /// Place in its block's visiting order, from 0; `None` when it is not struck.
    pub order: Option<u32>,
    /// True for what was there before: pigment that lives, or hair.
    pub existing: bool,
    /// True for existing hair, from which dots keep their distance and which is no dot itself.
    pub hair: bool,
    /// Area-weighted RMS of the angles between the surface's normals in the disc of `design.normal_radius_mm` and
    /// `normal`, rad.
    pub normal_variation_rad: f64,
    /// True for dots on skin that the scan does not show: on the patch over a hole.
    pub patched: bool,
}

/// What one program strikes: one session in one setup, one tool after the other.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Session, from 1.
    pub session: u32,
    /// Setup.
    pub setup: String,
    /// Tool of its first dot, from 1. Where the case has tools, a stop tells when each of them is put in.
    pub tool: u32,
    /// Ids of the dots in visiting order.
    pub dots: Vec<u32>,
    /// Length of the way from dot to dot on this order, mm.
    pub length_mm: f64,
    /// Length of a serpentine over the same dots, mm.
    pub serpentine_mm: f64,
    /// Length of the tour from which the order of least length was improved, mm.
    pub start_tour_mm: f64,
    /// Estimated time of the program, s.
    pub time_s: f64,
    /// What that time goes into.
    #[serde(default)]
    pub times: TimeSplit,
    /// The orders that were compared.
    #[serde(default)]
    pub orders: Orders,
    /// How high its ways from dot to dot go.
    #[serde(default)]
    pub travel_heights: TravelHeights,
    /// Times that a rotary axis unwinds on the way from dot to dot.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unwinds: usize,
    /// Stops on the way, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<PlannedStop>,
    /// Length of the tip's way to the service place and back at all stops, mm.
    #[serde(default)]
    pub stop_way_mm: f64,
    /// Longest time from the end of a registration, or from the start, to the next one or the end, s.
    #[serde(default)]
    pub longest_patch_s: f64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde asks for it")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// How high the ways from dot to dot of several blocks go.
pub fn travel_heights(blocks: &[Block]) -> TravelHeights {
    blocks.iter().fold(TravelHeights::default(), |mut sum, block| {
        sum += &block.travel_heights;
        sum
    })
}

/// One stop of a program.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedStop {
    /// Why.
    pub kind: HaltKind,
    /// The dot before which it comes.
    pub before_dot: u32,
    /// Its place in the visiting order: so many dots are struck by then.
    pub before_order: u32,
    /// Time since the program's start when it begins, s.
    pub at_s: f64,
    /// How long it takes by the rig's profile, s.
    pub takes_s: f64,
}

/// The order of least rig time, that of least length, and a serpentine, over the same dots.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Orders {
    /// Which of the first two is taken: the one whose program takes less time.
    pub taken: OrderBy,
    /// Found by the rig's own time between dots.
    pub rig_time: OrderFigures,
    /// Found by the straight distance between dots.
    pub length: OrderFigures,
    /// Up and down in stripes.
    pub serpentine: OrderFigures,
}

/// By what an order was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderBy {
    /// The rig's own time between dots.
    #[default]
    RigTime,
    /// The straight distance between dots.
    Length,
}

/// What an order costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderFigures {
    /// Length of the way from dot to dot, mm.
    pub length_mm: f64,
    /// Sum of the rig's own times of all hops, each from rest to rest, s.
    pub hops_s: f64,
    /// Travel time of the simulated program, park place to park place, without strikes and stops, s; not simulated for a
    /// serpentine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub travel_s: Option<f64>,
}

impl Orders {
    /// Figures of the order that is taken.
    pub fn taken(&self) -> &OrderFigures {
        match self.taken {
            OrderBy::RigTime => &self.rig_time,
            OrderBy::Length => &self.length,
        }
    }
}

/// Figures of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Statistics {
    /// Area of the region, mm².
    pub area_mm2: f64,
    /// Length of the region's edge, mm.
    pub edge_length_mm: f64,
    /// Number of dots, living ones included and hair not.
    pub count: usize,
    /// Number of dots that no setup reaches.
    pub not_reached: usize,
    /// Mean density asked, dots per cm².
    pub density_asked_per_cm2: f64,
    /// Density reached, dots per cm².
    pub density_reached_per_cm2: f64,
    /// Least spacing asked, mm.
    pub spacing_min_mm: f64,
    /// Largest spacing asked, mm.
    pub spacing_max_mm: f64,
    /// Least distance between two dots, mm; none for fewer than two near each other.
    pub nearest_pair_mm: Option<f64>,
    /// Length of all orders, mm.
    pub length_mm: f64,
    /// Estimated time of all programs, s.
    pub time_s: f64,
}
