//! Poses for robot arms: where the needle is at the end of each motion, whatever turns it there.

use std::io::Write;

use nalgebra::UnitQuaternion;
use serde::Serialize;
use serde_json::json;

use super::Header;
use crate::error::{Error, Result};
use crate::geometry::Vector;
use crate::rig::{Pose, Profile};
use crate::toolpath::{Message, Motion, MotionKind, Toolpath};

/// Version tag of the JSON.
const FORMAT: &str = "tonsure-poses/1";
/// How the free turn about the needle is chosen, for readers of the JSON.
const ROTATION: &str = "turns z of the rig's frame into the direction from the needle's tip to its other end, by the \
                        shortest way; the turn about the needle is free";

/// One motion. The quaternion turns the rig's z into the needle's direction from the tip to its other end, by the
/// shortest way: so the tool does not spin where the needle passes the vertical.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Row {
    index: usize,
    kind: &'static str,
    x_mm: f64,
    y_mm: f64,
    z_mm: f64,
    qw: f64,
    qx: f64,
    qy: f64,
    qz: f64,
    /// Largest speed of the tip on the way there; 0 where nothing moves.
    speed_mm_s: f64,
    /// How long to wait; 0 where nobody knows or nobody waits.
    seconds: f64,
    /// The dot that it leads to or strikes, -1 for none.
    dot_id: i64,
}

impl Row {
    fn new(index: usize, motion: &Motion, profile: &Profile) -> Self {
        let Pose { tip, needle } = motion.pose;
        let turn = UnitQuaternion::rotation_between(&Vector::z(), &needle)
            .unwrap_or_else(|| UnitQuaternion::from_axis_angle(&Vector::x_axis(), std::f64::consts::PI));
        let (kind, speed_mm_s, seconds) = match motion.kind {
            MotionKind::Start => ("start", profile.speeds.cap_mm_s, 0.0),
            MotionKind::Travel => ("travel", profile.speeds.cap_mm_s, 0.0),
            MotionKind::Approach => ("approach", profile.speeds.cap_mm_s, 0.0),
            MotionKind::Probe { .. } => ("probe", profile.depth.probe_mm_s().unwrap_or(0.0), 0.0),
            MotionKind::Strike => ("strike", profile.speeds.strike_mm_s, 0.0),
            MotionKind::Dwell { seconds } => ("dwell", 0.0, seconds),
            MotionKind::Retract => ("retract", profile.speeds.retract_mm_s, 0.0),
            MotionKind::NeedleOn => ("needle-on", 0.0, profile.drive.spin_up_s()),
            MotionKind::NeedleOff => ("needle-off", 0.0, 0.0),
            MotionKind::Halt(kind) => (kind.name(), 0.0, 0.0),
            MotionKind::Message(Message::Patch { .. }) => ("patch", 0.0, 0.0),
            MotionKind::Message(Message::Tool { .. }) => ("tool", 0.0, 0.0),
        };
        Self {
            index,
            kind,
            x_mm: tip.x,
            y_mm: tip.y,
            z_mm: tip.z,
            qw: turn.w,
            qx: turn.i,
            qy: turn.j,
            qz: turn.k,
            speed_mm_s,
            seconds,
            dot_id: motion.dot.map_or(-1, i64::from),
        }
    }
}

fn rows<'a>(toolpath: &'a Toolpath, profile: &'a Profile) -> impl Iterator<Item = Row> + 'a {
    toolpath.motions.iter().enumerate().map(|(index, motion)| Row::new(index, motion, profile))
}

/// Writes the poses of a toolpath in the rig's frame as CSV, a row a motion:
/// `index,kind,x_mm,y_mm,z_mm,qw,qx,qy,qz,speed_mm_s,seconds,dot_id`.
pub fn write_poses_csv(out: &mut dyn Write, toolpath: &Toolpath, profile: &Profile) -> Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    let written = rows(toolpath, profile).try_for_each(|row| csv.serialize(row));
    written
        .map_err(|error| error.to_string())
        .and_then(|()| csv.flush().map_err(|error| error.to_string()))
        .map_err(Error::system)
}

/// The same as JSON, with what the rows belong to: `{"format", "plan", "session", "setup", "run", "units", "rotation", "poses": [{…}, …]}`.
pub fn write_poses_json(
    out: &mut dyn Write,
    toolpath: &Toolpath,
    profile: &Profile,
    header: &Header<'_>,
) -> Result<()> {
    let head = json!({
        "format": FORMAT, "plan": header.plan_hash16, "session": header.session, "setup": header.setup,
        "run": header.run.name(), "units": "mm", "rotation": ROTATION,
    });
    let text = head.to_string();
    let mut write = || -> std::io::Result<()> {
        out.write_all(text.trim_end_matches('}').as_bytes())?;
        let mut before = ",\"poses\":[\n";
        for row in rows(toolpath, profile) {
            out.write_all(before.as_bytes())?;
            serde_json::to_writer(&mut *out, &row)?;
            before = ",\n";
        }
        out.write_all(b"\n]}\n")
    };
    write().map_err(|error| Error::system(error.to_string()))
}
