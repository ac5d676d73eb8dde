use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::geometry::Placement;

/// Version tag of the rig format.
pub const FORMAT: &str = "tonsure-rig/1";

/// Extensions that a rig's programs may have. By them the programs of an earlier run are known.
pub const PROGRAM_EXTENSIONS: [&str; 6] = ["nc", "ngc", "gcode", "tap", "cnc", "g"];

/// A motion rig: what it can do and how it is spoken to. Lengths mm, angles degrees (`_deg`), time s.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// `tonsure-rig/1`.
    pub format: String,
    /// Name, also used in program headers: letters, digits, `-` and `_`.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// Kind of kinematics.
    pub kinematics: Kinematics,
    /// Axes in the order X, Y, Z and then the rotary ones that the kinematics names.
    pub axes: Vec<Axis>,
    /// Distance from the centre of the rotary axes to the needle's tip, mm; 0 where the needle cannot turn.
    pub pivot_to_tip_mm: f64,
    /// Largest angle between the needle and the vertical at a strike, degrees; nothing to limit where it cannot turn.
    pub tilt_limit_deg: f64,
    /// Largest angle between the needle and the skin's normal at a strike, degrees.
    pub needle_to_normal_limit_deg: f64,
    /// Depth that no case may exceed on this rig, mm.
    pub depth_cap_mm: f64,
    /// Distance from the skin above a dot before and after a strike, along the needle's axis, mm.
    pub approach_mm: f64,
    /// Least distance between the scan and the needle while travelling, and the holder at all times, mm.
    pub clearance_mm: f64,
    /// Speeds of the needle's tip.
    pub speeds: Speeds,
    /// What holds the needle, for collision tests.
    pub holder: Holder,
    /// How the needle is driven.
    pub drive: Drive,
    /// The controller's language.
    pub dialect: Dialect,
    /// Extension of program files, without dot.
    pub extension: String,
    /// Where the head frame (origin midway between the tragi, x to the subject's left, y backwards, z up) lies in the
    /// rig, by setup.
    pub head_rest: BTreeMap<String, Placement>,
    /// Where the tip waits, needle vertical, before and after a program: rig coordinates of the tip, mm.
    pub park_mm: [f64; 3],
}

/// Kind of kinematics; the first rotary letter carries the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Kinematics {
    /// Fixed, vertical needle. Joints are the tip's coordinates.
    #[serde(rename = "xyz")]
    Xyz,
    /// A (about x) carries B (about y) in the needle head. With u the unit vector from tip to pivot:
    /// `u = (sin B, -sin A cos B, cos A cos B)`, joints `tip + L (u - e_z)` with L = `pivot_to_tip_mm`.
    #[serde(rename = "xyz-ab")]
    XyzAb,
}

impl Kinematics {
    /// Letters of its axes, in the order of joints.
    pub fn letters(self) -> &'static [char] {
        match self {
            Self::Xyz => &['X', 'Y', 'Z'],
            Self::XyzAb => &['X', 'Y', 'Z', 'A', 'B'],
        }
    }
}

/// One axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// Letter in programs: X, Y, Z, A, B, C.
    pub letter: char,
    /// Least position, mm or degrees.
    pub min: f64,
    /// Largest position, mm or degrees.
    pub max: f64,
    /// Largest speed, mm/s or degrees/s.
    pub max_speed: f64,
    /// Largest acceleration, mm/s² or degrees/s².
    pub max_acceleration: f64,
}

/// Speeds of the needle's tip, mm/s.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Speeds {
    /// From the approach point to the strike, mm/s.
    pub strike_mm_s: f64,
    /// From the strike back to the approach point, mm/s.
    pub retract_mm_s: f64,
    /// Cap of the tip's speed anywhere near the head, mm/s.
    pub cap_mm_s: f64,
}

/// The needle holder as a capsule around the needle's axis: all that is within `radius_mm` of the axis between the two
/// distances, the rounded ends beyond them included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// Radius, mm.
    pub radius_mm: f64,
    /// Where it starts, measured from the tip along the axis, mm.
    pub from_tip_mm: f64,
    /// Where it ends, measured from the tip along the axis, mm.
    pub to_tip_mm: f64,
}

/// How the needle is driven.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", tag = "kind")]
pub enum Drive {
    /// A motor on the spindle output: `M3 S…` on, `M5` off.
    Spindle {
        /// The `S` word.
        speed: f64,
        /// Wait after switching on, s.
        spin_up_s: f64,
    },
}

/// Languages of controllers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// grbl 1.1: three axes, dwell in s rounded up to 50 ms by the controller.
    Grbl,
    /// LinuxCNC 2.8 and later.
    Linuxcnc,
}
