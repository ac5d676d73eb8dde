use super::{Joints, Kinematics, Profile, Rotaries, Unreachable, forward, with_tip};

impl Profile {
    /// How far X, Y and Z have to go so that the needle is drawn out along its axis by so much, wherever on that axis
    /// it stands while the rotary axes stand as in `joints`, mm as programs count; the plunge axis is not asked.
    pub fn way_out_mm(&self, joints: &Joints, height_mm: f64) -> Result<[f64; 3], Unreachable> {
        let pose = forward(self, joints);
        let [from, to] =
            [0.0, height_mm].map(|height_mm| with_tip(self, &pose.drawn_back(height_mm).tip, joints.turns()));
        let (from, to) = (from?, to?);
        Ok([0, 1, 2].map(|axis: usize| to[axis] - from[axis]))
    }

    /// The same rig with a needle whose tip stands out so much farther, mm; shorter for less than 0.
    ///
    /// With all axes where they were, the tip is so much lower: Z counts from another zero, what turns the needle is
    /// farther from its tip, and so is the holder.
    #[must_use]
    pub fn with_longer_needle(&self, longer_mm: f64) -> Self {
        let mut rig = self.clone();
        if let Some(z) = rig.axes.get_mut(2) {
            z.zero += z.direction.sign() * longer_mm;
        }
        if self.kinematics != Kinematics::Xyz && self.rotaries != Rotaries::TableTable {
            rig.pivot_to_tip_mm += longer_mm;
        }
        rig.holder.from_tip_mm += longer_mm;
        rig.holder.to_tip_mm += longer_mm;
        if let Some(body) = &mut rig.holder.body {
            body.to_tip_mm += longer_mm;
        }
        rig
    }
}
