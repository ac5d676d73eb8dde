use super::{Joints, Pose, Profile, Sweep, forward};
use crate::geometry::{Placement, Point};
use crate::mesh::SurfaceIndex;

/// Longest way of any part of the needle or holder between two looks at them, mm: a first, coarse try and the last
/// word. The coarser, the more must be added to the clearance.
const STEPS_MM: [f64; 2] = [2.0, 0.3];
/// What a place has to have to spare for moves to start from it, mm: above half of the finest step.
const SPARE_MM: f64 = 0.17;
/// The needle may meet the scan this much above the dot: roughness of a scan, mm.
const ROUGHNESS_MM: f64 = 0.5;
/// How far above a dot the needle's axis must not meet the scan: farther than any head is long, so that the skin inside
/// of a scan counts as out of reach, mm.
const WAY_OUT_MM: f64 = 300.0;
/// What the decimals of a program may take from the clearance: two at the ends of travels, mm.
const WRITTEN_MM: f64 = 0.012;
/// Queries look this much farther than they need to, so that "just as far" is told from "farther", mm.
const BEYOND_MM: f64 = 1e-6;

/// What is in the way of a stroke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The scan comes too close to the needle, or crosses its way to the dot.
    Needle,
    /// The scan comes closer to the holder than the clearance.
    Holder,
}

/// Keeps the needle and its holder away from a scan. Looked at from the head: where the rest turns, it is the tool that
/// moves around the scan.
#[derive(Debug)]
pub struct Clearance<'a> {
    profile: &'a Profile,
    scan: &'a SurfaceIndex,
    rig_to_mesh: Placement,
}

impl<'a> Clearance<'a> {
    /// From a scan and its place in the rig.
    pub fn new(profile: &'a Profile, scan: &'a SurfaceIndex, mesh_to_rig: &Placement) -> Self {
        Self { profile, scan, rig_to_mesh: mesh_to_rig.inverse() }
    }

    /// Whether needle and holder keep the profile's clearance during a move that is linear in the joints.
    ///
    /// The tip's path is covered without gaps: straight pieces, and the bow by which a turn leaves each piece. The rest
    /// of the needle and the holder are looked at in steps and widened by half of what they move in one.
    pub fn is_kept(&self, from: &Joints, to: &Joints) -> bool {
        STEPS_MM.into_iter().any(|step_mm| self.is_kept_in_steps(from, to, step_mm))
    }

    fn is_kept_in_steps(&self, from: &Joints, to: &Joints, step_mm: f64) -> bool {
        let profile = self.profile;
        let sweep = Sweep::new(profile, from, to);
        let way_mm = sweep.tool_mm();
        let steps = (way_mm / step_mm).ceil().max(1.0);
        let bow_mm = sweep.tip_bow_mm(steps);
        let half_step_mm = 0.5 * way_mm / steps + WRITTEN_MM;

        let mut before = self.pose(from);
        self.tool_is_clear(&before, half_step_mm)
            && (1..=steps as usize).all(|step| {
                let pose = self.pose(&from.lerp(to, step as f64 / steps));
                let tip = std::mem::replace(&mut before, pose).tip;
                self.segment_is_clear(&tip, &pose.tip, profile.clearance_mm + bow_mm + WRITTEN_MM)
                    && self.tool_is_clear(&pose, half_step_mm)
            })
    }

    /// Whether a stroke from the approach point to `depth_mm` below `skin` (its pose on the skin) has a free way, with
    /// enough to spare at the approach point to leave it.
    pub fn stroke(&self, skin: &Pose, depth_mm: f64) -> Result<(), Obstacle> {
        let Profile { holder, approach_mm, clearance_mm, .. } = self.profile;
        let skin = Pose { tip: self.rig_to_mesh.point(&skin.tip), needle: self.rig_to_mesh.direction(&skin.needle) };
        let above = |distance_mm: f64| skin.tip + skin.needle * distance_mm;
        // All places of the holder between strike and approach lie on one axis.
        let (bottom, top) = (above(holder.from_tip_mm - depth_mm), above(holder.to_tip_mm + approach_mm));
        if !self.segment_is_clear(&bottom, &top, holder.radius_mm + clearance_mm + SPARE_MM) {
            return Err(Obstacle::Holder);
        }
        let crossed = self.scan.is_occluded(&above(ROUGHNESS_MM), &skin.needle, WAY_OUT_MM);
        let (tip, shank) = (above(*approach_mm), above(approach_mm + holder.from_tip_mm));
        if crossed || !self.segment_is_clear(&tip, &shank, clearance_mm + SPARE_MM) {
            return Err(Obstacle::Needle);
        }
        Ok(())
    }

    /// Pose in the scan's frame.
    fn pose(&self, joints: &Joints) -> Pose {
        let pose = forward(self.profile, joints);
        Pose { tip: self.rig_to_mesh.point(&pose.tip), needle: self.rig_to_mesh.direction(&pose.needle) }
    }

    /// Whether the needle and its holder keep the clearance and `extra_mm` more.
    fn tool_is_clear(&self, pose: &Pose, extra_mm: f64) -> bool {
        let holder = self.profile.holder;
        let (bottom, top) = (pose.drawn_back(holder.from_tip_mm).tip, pose.drawn_back(holder.to_tip_mm).tip);
        let least_mm = self.profile.clearance_mm + extra_mm;
        self.segment_is_clear(&pose.tip, &bottom, least_mm)
            && self.segment_is_clear(&bottom, &top, holder.radius_mm + least_mm)
    }

    fn segment_is_clear(&self, a: &Point, b: &Point, least_mm: f64) -> bool {
        self.scan.segment_distance(a, b, least_mm + BEYOND_MM) >= least_mm
    }
}
