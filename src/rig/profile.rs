use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DepthMode, Hooks, StopTimes};
use crate::geometry::Placement;

/// Version tag of the rig format.
pub const FORMAT: &str = "tonsure-rig/1";

/// Extensions that a rig's programs may have. By them the programs of an earlier run are known.
pub const PROGRAM_EXTENSIONS: [&str; 6] = ["nc", "ngc", "gcode", "tap", "cnc", "g"];

/// Fastest tip near a head, mm/s (check P10; ISO 10218-1:2025 names it for the lightest class of robots).
pub(super) const FASTEST_MM_S: f64 = 250.0;

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
    /// What the rotary axes turn: the needle head, the head rest, or one of each.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rotaries: Rotaries,
    /// Axes in the order X, Y, Z, then the rotary ones that the kinematics names, then a plunge axis.
    pub axes: Vec<Axis>,
    /// Length of the needle: distance from the centre of the rotary axes in the needle head to the tip, mm; 0 where the
    /// needle does not turn.
    pub pivot_to_tip_mm: f64,
    /// Largest angle at a strike between the needle and the z axis of the rest's frame, degrees. That axis is the vertical
    /// while all rotary axes stand at their zero: the limit holds for the turn of needle and head rest against each
    /// other. Nothing to limit on a rig that turns neither.
    pub tilt_limit_deg: f64,
    /// Largest angle between the needle and the skin's normal at a strike, degrees.
    pub needle_to_normal_limit_deg: f64,
    /// Depth that no case may exceed on this rig, mm.
    pub depth_cap_mm: f64,
    /// What the depth of a strike counts from. Default: the scan.
    #[serde(default, skip_serializing_if = "is_default")]
    pub depth: DepthMode,
    /// Distance from the skin above a dot before and after a strike, along the needle's axis, mm.
    pub approach_mm: f64,
    /// Least distance between the scan and the needle while travelling, and the holder at all times, mm.
    pub clearance_mm: f64,
    /// Speeds of the needle's tip.
    pub speeds: Speeds,
    /// What holds the needle, for collision tests.
    pub holder: Holder,
    /// How far a controller of the grbl family may leave a corner to pass it faster (`$11`), mm. Default: grbl's own, 0.01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub junction_deviation_mm: Option<f64>,
    /// How the needle is driven.
    pub drive: Drive,
    /// Lines of the rig's owner: with them a profile has a dialect of its own, based on that which it names.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hooks: Hooks,
    /// The controller's language.
    pub dialect: Dialect,
    /// Name of the owner's dialect that the hooks make of it; or the path of a `.json` file with that name, the dialect
    /// on which it is based and the hooks, relative to the profile's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_dialect: Option<String>,
    /// Whether each line of a program is numbered (`N`), with a checksum where the dialect has one: for controllers that are fed
    /// line by line over a wire that loses characters. Not for programs that run from a card or file.
    #[serde(default, skip_serializing_if = "is_default")]
    pub line_numbers: bool,
    /// Extension of program files, without dot.
    pub extension: String,
    /// Where the head frame (origin midway between the tragi, x to the subject's left, y backwards, z up) lies in the
    /// rig while its rotary axes are at zero, by setup.
    pub head_rest: BTreeMap<String, Placement>,
    /// Where the tip waits before and after a program, rotary axes at zero: rig coordinates of the tip, mm.
    pub park_mm: [f64; 3],
    /// Where the tip waits at a stop for ink, wiping, a cartridge or registration, rotary axes at zero: rig coordinates of
    /// the tip, mm. Default: the park place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_mm: Option<[f64; 3]>,
    /// How long stops take.
    #[serde(default, skip_serializing_if = "is_default")]
    pub stop_times: StopTimes,
}

/// Kind of kinematics: which rotary axes there are, and how they follow each other on the way from the head to the needle.
///
/// A turns about x, B about y, C about z. `u` is the unit vector from the needle's tip to its other end, in the frame of
/// the head rest. It depends on the kind only, not on what turns: the needle or the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Kinematics {
    /// Fixed, vertical needle. Joints are the tip's coordinates.
    #[serde(rename = "xyz")]
    Xyz,
    /// A is nearer to the head (in a needle head: A carries B): `u = (sin B, -sin A cos B, cos A cos B)`.
    #[serde(rename = "xyz-ab")]
    XyzAb,
    /// C is nearer to the head (in a needle head: C carries B): `u = (cos C sin B, sin C sin B, cos B)`.
    #[serde(rename = "xyz-bc")]
    XyzBc,
    /// C is nearer to the head (in a needle head: C carries A): `u = (sin C sin A, -cos C sin A, cos A)`.
    #[serde(rename = "xyz-ac")]
    XyzAc,
}

impl Kinematics {
    /// Letters of its axes, in the order of joints.
    pub fn letters(self) -> &'static [char] {
        match self {
            Self::Xyz => &['X', 'Y', 'Z'],
            Self::XyzAb => &['X', 'Y', 'Z', 'A', 'B'],
            Self::XyzBc => &['X', 'Y', 'Z', 'B', 'C'],
            Self::XyzAc => &['X', 'Y', 'Z', 'A', 'C'],
        }
    }
}

/// What the two rotary axes turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rotaries {
    /// Both turn the needle.
    #[default]
    HeadHead,
    /// The axis nearer to the head (A of `xyz-ab`, else C) turns the head rest, the other one the needle.
    HeadTable,
    /// Both turn the head rest; the axis nearer to the head is carried by the other one.
    TableTable,
}

/// One axis. Positions, limits and zero are those of the controller, as programs have them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// Letter in programs: X, Y, Z, A, B, C; U, V or W for a plunge axis.
    pub letter: char,
    /// Least position, mm or degrees.
    pub min: f64,
    /// Largest position, mm or degrees.
    pub max: f64,
    /// Largest speed, mm/s or degrees/s.
    pub max_speed: f64,
    /// Largest acceleration, mm/s² or degrees/s².
    pub max_acceleration: f64,
    /// Largest jerk, mm/s³ or degrees/s³; without it the acceleration changes at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_jerk: Option<f64>,
    /// Which way growing positions move the needle as seen from the head.
    #[serde(default, skip_serializing_if = "is_default")]
    pub direction: Direction,
    /// Position at the rig's zero: there the tip is at the rig's x, y or z = 0, or the needle is upright, mm or degrees.
    #[serde(default, skip_serializing_if = "is_default")]
    pub zero: f64,
    /// Where a rotary axis runs through while all axes are at the rig's zero, mm: in the needle head seen from the place
    /// `pivot_to_tip_mm` above the tip, in the head rest seen from the rig's zero. Not for other axes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub centre_mm: [f64; 3],
}

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Which way an axis counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Growing positions move the needle along x, y, z or turn it about them by the right-hand rule, as seen from the head:
    /// an axis of the head rest then turns the rest the other way round (ISO 841). A plunge axis pushes the needle out.
    #[default]
    Positive,
    /// The other way round.
    Negative,
}

impl Direction {
    /// 1 or -1.
    pub fn sign(self) -> f64 {
        match self {
            Self::Positive => 1.0,
            Self::Negative => -1.0,
        }
    }
}

/// Speeds of the needle's tip, mm/s.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Speeds {
    /// From the approach point to the strike, mm/s.
    pub strike_mm_s: f64,
    /// From the strike back to the approach point, mm/s.
    pub retract_mm_s: f64,
    /// Cap of the tip's speed against the head, mm/s. Moves of which the axes would make more are slowed down. Default
    /// 250.
    #[serde(default = "default_cap_mm_s")]
    pub cap_mm_s: f64,
}

fn default_cap_mm_s() -> f64 {
    FASTEST_MM_S
}

/// The needle holder as capsules around the needle's axis: all that is within `radius_mm` of the axis between the two
/// distances, the rounded ends beyond them included; and behind it a thicker body, if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// Radius, mm.
    pub radius_mm: f64,
    /// Where it starts, measured from the tip along the axis, mm.
    pub from_tip_mm: f64,
    /// Where it ends, measured from the tip along the axis, mm.
    pub to_tip_mm: f64,
    /// What it is carried by, as a motor behind a grip. Without it nothing else is near the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<HolderBody>,
}

/// What is behind the holder's front, from where that ends, as another capsule around the needle's axis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HolderBody {
    /// Radius, mm.
    pub radius_mm: f64,
    /// Where it ends, measured from the tip along the axis, mm.
    pub to_tip_mm: f64,
}

impl Holder {
    /// Its farthest end, measured from the tip along the axis, mm.
    pub fn end_mm(&self) -> f64 {
        self.body.map_or(self.to_tip_mm, |body| body.to_tip_mm)
    }
}

/// How the needle is driven. Which of them a controller has depends on its dialect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", tag = "kind")]
pub enum Drive {
    /// A motor on the spindle output: `M3 S…` on, `M5` off.
    Spindle {
        /// The `S` word.
        speed: f64,
        /// Wait after switching on, s.
        spin_up_s: f64,
    },
    /// A digital output: `M64 P…` on, `M65 P…` off; `M42 P… S…` with the dialects `marlin` and `reprap`.
    Output {
        /// Number of the output.
        port: u8,
        /// Wait after switching on, s.
        spin_up_s: f64,
    },
    /// A fan's output: `M106 P… S…` on and off.
    Fan {
        /// Number of the fan.
        fan: u8,
        /// Wait after switching on, s.
        spin_up_s: f64,
    },
    /// An output with a name: `SET_PIN PIN=… VALUE=1` on, `VALUE=0` off. Klipper's `[output_pin …]`.
    Pin {
        /// Name of the output: letters, digits and `_`.
        name: String,
        /// Wait after switching on, s.
        spin_up_s: f64,
    },
    /// An axis of its own pushes the needle out of the holder and into the skin: the last of `axes`, with the letter U, V or
    /// W. At its zero the needle is drawn back; there is nothing to switch.
    Plunge,
}

impl Drive {
    /// Its `kind` in a profile.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Spindle { .. } => "spindle",
            Self::Output { .. } => "output",
            Self::Fan { .. } => "fan",
            Self::Pin { .. } => "pin",
            Self::Plunge => "plunge",
        }
    }

    /// Wait after switching on, s.
    pub fn spin_up_s(&self) -> f64 {
        match self {
            Self::Spindle { spin_up_s, .. }
            | Self::Output { spin_up_s, .. }
            | Self::Fan { spin_up_s, .. }
            | Self::Pin { spin_up_s, .. } => *spin_up_s,
            Self::Plunge => 0.0,
        }
    }
}

/// Languages of controllers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// grbl 1.1: three axes, dwell in s rounded up to 50 ms by the controller.
    Grbl,
    /// grblHAL: grbl's words, and rotary axes.
    Grblhal,
    /// `FluidNC` 3 and later: grbl's words, rotary axes, dwell in s as it is asked.
    Fluidnc,
    /// Marlin 2.1: every `G0` has a feed of its own, dwell in ms.
    Marlin,
    /// Klipper: as Marlin, with outputs that have names.
    Klipper,
    /// `RepRapFirmware` 3.5 and later, in its CNC mode: dwell in ms.
    Reprap,
    /// LinuxCNC 2.8 and later.
    Linuxcnc,
}

impl Dialect {
    /// Its name in a profile and in the headers of programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grbl => "grbl",
            Self::Grblhal => "grblhal",
            Self::Fluidnc => "fluidnc",
            Self::Marlin => "marlin",
            Self::Klipper => "klipper",
            Self::Reprap => "reprap",
            Self::Linuxcnc => "linuxcnc",
        }
    }

    /// Kinds of needle drives that its controllers can switch. grbl has no axes or outputs besides its own, Klipper knows
    /// no `M3` and no numbered outputs.
    pub fn drives(self) -> &'static [&'static str] {
        match self {
            Self::Grbl => &["spindle"],
            Self::Grblhal | Self::Fluidnc | Self::Linuxcnc => &["spindle", "output", "plunge"],
            Self::Marlin | Self::Reprap => &["spindle", "output", "fan", "plunge"],
            Self::Klipper => &["pin", "plunge"],
        }
    }
}
