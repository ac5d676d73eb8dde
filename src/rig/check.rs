//! Reading a rig profile, and what makes one usable.

use std::fmt::Display;

use super::profile::FASTEST_MM_S;
use super::{Dialect, Drive, FORMAT, Kinematics, PROGRAM_EXTENSIONS, Profile, Rotaries, StopTimes, with_tip};
use crate::case::SETUPS;
use crate::error::{Error, Result, from_commented_json};
use crate::geometry::{Point, Vector};

/// Least clearance while travelling, mm (check P07).
const LEAST_CLEARANCE_MM: f64 = 3.0;
/// Deepest protrusion that a profile may allow, mm (check P05).
const DEEPEST_MM: f64 = 1.5;
/// Last digital output that a controller may have.
const LAST_OUTPUT: u8 = 63;
/// Longest stop, s: beyond a day the unit is a mistake.
const LONGEST_STOP_S: f64 = 86_400.0;
/// Farthest that a rotary axis may turn either way, degrees: more turns shorten no way and wind up the cables.
const FARTHEST_DEG: f64 = 720.0;
/// Largest defect of a head rest's rotation matrix.
const ROTATION_DEFECT: f64 = 1e-6;

impl Profile {
    /// Reads a profile from the text of a `rig.json` and checks it. Errors name `file` and the place in it.
    pub fn parse(text: impl AsRef<[u8]>, file: &str) -> Result<Self> {
        let profile: Self = from_commented_json(text.as_ref(), file)?;
        profile.validate().map_err(|error| error.file(file))?;
        Ok(profile)
    }

    /// Checks that all numbers are finite and make sense together. The first one that does not is the error.
    pub fn validate(&self) -> Result<()> {
        require(self.format == FORMAT, "format", quoted(&self.format), quoted(FORMAT))?;
        self.validate_texts()?;
        self.validate_axes()?;
        self.validate_needle()?;
        self.validate_speeds()?;
        self.validate_corners()?;
        self.validate_drive()?;
        self.depth.check(self)?;
        self.hooks.check(self)?;
        self.validate_places()?;
        self.validate_stop_times()
    }

    fn validate_texts(&self) -> Result<()> {
        let word = |text: &str, longest: usize| {
            (1..=longest).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        require(word(&self.name, 32), "name", quoted(&self.name), "1 to 32 letters, digits, - and _")?;
        let known = PROGRAM_EXTENSIONS.contains(&self.extension.as_str());
        require(known, "extension", quoted(&self.extension), format!("one of {PROGRAM_EXTENSIONS:?}"))?;
        let own = self.own_dialect.as_deref().unwrap_or(&self.name);
        require(
            word(own, 32),
            "own_dialect",
            quoted(own),
            "1 to 32 letters, digits, - and _, or a file that ends in .json",
        )?;
        let one_line = !self.description.chars().any(char::is_control);
        require(one_line, "description", "a control character", "one line of text")
    }

    fn validate_axes(&self) -> Result<()> {
        let found: String = self.axes.iter().map(|axis| axis.letter).collect();
        let needed: String = self.kinematics.letters().iter().collect();
        let (plunge, more) =
            if self.drive == Drive::Plunge { (&["U", "V", "W"][..], " and U, V or W") } else { (&[""][..], "") };
        let known = plunge.iter().any(|plunge| found == format!("{needed}{plunge}"));
        require(known, "axes", quoted(&found), format!("the axes \"{needed}\"{more}, in this order"))?;
        for (index, axis) in self.axes.iter().enumerate() {
            let place = |key: &str| format!("axes[{index}].{key} (axis {})", axis.letter);
            let travel = axis.min.is_finite() && axis.max.is_finite() && axis.min < axis.max;
            let limits = format!("{} to {}", axis.min, axis.max);
            require(travel, place("min"), limits, "a finite travel whose min is below its max")?;
            positive(axis.max_speed, place("max_speed"))?;
            positive(axis.max_acceleration, place("max_acceleration"))?;
            axis.max_jerk.map_or(Ok(()), |jerk| positive(jerk, place("max_jerk")))?;
            require(axis.zero.is_finite(), place("zero"), axis.zero, "a finite position")?;
            let finite = axis.centre_mm.iter().all(|c| c.is_finite());
            require(finite, place("centre_mm"), "a number that is not finite", "finite numbers")?;
            if ['A', 'B', 'C'].contains(&axis.letter) {
                let few_turns = axis.min >= -FARTHEST_DEG && axis.max <= FARTHEST_DEG;
                let limits = format!("{} to {}", axis.min, axis.max);
                require(few_turns, place("min"), limits, format!("at most {FARTHEST_DEG} degrees either way"))?;
            } else {
                let uncentred = axis.centre_mm.iter().all(|&c| c == 0.0);
                require(uncentred, place("centre_mm"), "a centre", "none, as this axis does not turn")?;
            }
        }
        let spoken = self.dialect != Dialect::Grbl || self.kinematics == Kinematics::Xyz;
        require(spoken, "dialect", "\"grbl\" with rotary axes", "the kinematics \"xyz\", all that grbl 1.1 can drive")
    }

    fn validate_needle(&self) -> Result<()> {
        let turns_needle = self.kinematics != Kinematics::Xyz && self.rotaries != Rotaries::TableTable;
        if turns_needle {
            positive(self.pivot_to_tip_mm, "pivot_to_tip_mm")?;
        } else {
            let straight = self.pivot_to_tip_mm == 0.0;
            require(straight, "pivot_to_tip_mm", self.pivot_to_tip_mm, "0, as the needle does not turn")?;
        }
        let with_rotaries = self.kinematics != Kinematics::Xyz || self.rotaries == Rotaries::default();
        require(with_rotaries, "rotaries", "a head rest that turns", "none with the kinematics \"xyz\"")?;
        let (tilt, off) = (self.tilt_limit_deg, self.needle_to_normal_limit_deg);
        require((0.0..=180.0).contains(&tilt), "tilt_limit_deg", tilt, "an angle from 0 to 180")?;
        require((0.0..90.0).contains(&off), "needle_to_normal_limit_deg", off, "an angle from 0 to below 90")?;

        positive(self.depth_cap_mm, "depth_cap_mm")?;
        let shallow = self.depth_cap_mm <= DEEPEST_MM;
        require(shallow, "depth_cap_mm", self.depth_cap_mm, format!("at most {DEEPEST_MM} mm"))?;
        let clear = (LEAST_CLEARANCE_MM..f64::INFINITY).contains(&self.clearance_mm);
        require(clear, "clearance_mm", self.clearance_mm, format!("at least {LEAST_CLEARANCE_MM} mm"))?;
        let above = self.approach_mm.is_finite() && self.approach_mm >= self.clearance_mm + 1.0;
        let expected = format!("at least 1 mm more than clearance_mm, which is {}", self.clearance_mm);
        require(above, "approach_mm", self.approach_mm, expected)?;

        positive(self.holder.radius_mm, "holder.radius_mm")?;
        let least = self.holder.radius_mm + self.depth_cap_mm + self.clearance_mm;
        let from = self.holder.from_tip_mm;
        let expected =
            format!("more than radius_mm + depth_cap_mm + clearance_mm = {least}, to stay clear of flat skin");
        require(from.is_finite() && from > least, "holder.from_tip_mm", from, expected)?;
        let to = self.holder.to_tip_mm;
        require(to.is_finite() && to > from, "holder.to_tip_mm", to, "more than from_tip_mm")?;
        let Some(body) = self.holder.body else { return Ok(()) };
        positive(body.radius_mm, "holder.body.radius_mm")?;
        let end = body.to_tip_mm;
        require(end.is_finite() && end > to, "holder.body.to_tip_mm", end, "more than holder.to_tip_mm")?;
        let least = body.radius_mm + self.depth_cap_mm + self.clearance_mm;
        let expected =
            format!("more than body.radius_mm + depth_cap_mm + clearance_mm = {least}, to stay clear of flat skin");
        require(to > least, "holder.to_tip_mm", to, expected)
    }

    fn validate_speeds(&self) -> Result<()> {
        let speeds = self.speeds;
        positive(speeds.cap_mm_s, "speeds.cap_mm_s")?;
        let capped = speeds.cap_mm_s <= FASTEST_MM_S;
        require(capped, "speeds.cap_mm_s", speeds.cap_mm_s, format!("at most {FASTEST_MM_S} mm/s near a head"))?;
        let below_cap = format!("above 0 and at most cap_mm_s, which is {}", speeds.cap_mm_s);
        for (key, value) in [("strike_mm_s", speeds.strike_mm_s), ("retract_mm_s", speeds.retract_mm_s)] {
            require(value > 0.0 && value <= speeds.cap_mm_s, format!("speeds.{key}"), value, &below_cap)?;
        }
        Ok(())
    }

    fn validate_corners(&self) -> Result<()> {
        let Some(deviation_mm) = self.junction_deviation_mm else { return Ok(()) };
        let rounds = !matches!(self.dialect, Dialect::Linuxcnc | Dialect::Klipper);
        let expected = format!("none with the dialect \"{}\", which has other rules for corners", self.dialect.name());
        require(rounds, "junction_deviation_mm", deviation_mm, expected)?;
        let small = deviation_mm > 0.0 && deviation_mm <= 1.0;
        require(small, "junction_deviation_mm", deviation_mm, "above 0 and at most 1 mm")
    }

    fn validate_drive(&self) -> Result<()> {
        match &self.drive {
            Drive::Spindle { speed, .. } => positive(*speed, "drive.speed")?,
            Drive::Plunge => self.validate_plunge()?,
            Drive::Output { port: number, .. } | Drive::Fan { fan: number, .. } => {
                let place = if matches!(self.drive, Drive::Fan { .. }) { "drive.fan" } else { "drive.port" };
                require(*number <= LAST_OUTPUT, place, number, format!("0 to {LAST_OUTPUT}"))?;
            }
            Drive::Pin { name, .. } => {
                let plain =
                    (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                require(plain, "drive.name", quoted(name), "1 to 32 letters, digits and _")?;
            }
        }
        let (kind, kinds) = (self.drive.kind(), self.dialect.drives());
        let expected = format!("one that the dialect \"{}\" can switch: {}", self.dialect.name(), kinds.join(", "));
        require(kinds.contains(&kind), "drive.kind", quoted(kind), expected)?;
        let spin_up_s = self.drive.spin_up_s();
        require((0.0..=60.0).contains(&spin_up_s), "drive.spin_up_s", spin_up_s, "0 to 60 s")
    }

    /// The needle has to come from the approach height to the deepest strike, and to be drawn back in between.
    fn validate_plunge(&self) -> Result<()> {
        let Some(axis) = self.plunge_axis() else { return Ok(()) };
        let stroke_mm = self.approach_mm + self.depth_cap_mm;
        let end = axis.zero + axis.direction.sign() * stroke_mm;
        let inside = [axis.zero, end].iter().all(|position| (axis.min..=axis.max).contains(position));
        let place = format!("axes[{}].max (axis {})", self.axes.len() - 1, axis.letter);
        let expected = format!("room for its zero and approach_mm + depth_cap_mm = {stroke_mm} mm from there");
        require(inside, place, format!("{} to {}", axis.min, axis.max), expected)
    }

    fn validate_places(&self) -> Result<()> {
        require(!self.head_rest.is_empty(), "head_rest", "no setup", "a placement for \"upright\" at least")?;
        for (setup, placement) in &self.head_rest {
            let place = format!("head_rest.{setup}");
            require(SETUPS.contains(&setup.as_str()), "head_rest", quoted(setup), format!("one of {SETUPS:?}"))?;
            let finite = placement.translation_mm.iter().all(|t| t.is_finite());
            require(finite, format!("{place}.translation_mm"), "a number that is not finite", "finite numbers")?;
            let defect = placement.rotation_defect();
            let found = format!("a matrix that is off by {defect:.2e}");
            let expected = "rows of a rotation matrix: orthonormal, determinant +1";
            require(defect <= ROTATION_DEFECT, format!("{place}.rotation"), found, expected)?;
        }
        self.validate_waiting_places()
    }

    /// That the axes come to the places where the program waits. A longer needle takes more of Z than the rig's own.
    pub fn validate_waiting_places(&self) -> Result<()> {
        for (key, place_mm) in [("park_mm", Some(self.park_mm)), ("service_mm", self.service_mm)] {
            let Some(place) = place_mm.map(|place_mm| Point::from(Vector::from(place_mm))) else { continue };
            if let Err(reason) = with_tip(self, &place, self.turns_at_zero()) {
                require(false, key, reason, "a place within the travel of all axes")?;
            }
        }
        Ok(())
    }

    fn validate_stop_times(&self) -> Result<()> {
        let StopTimes { registration_s, reload_s, wipe_s, cartridge_s, tool_change_s, pause_s } = self.stop_times;
        let stated = [
            ("stop_times.registration_s", registration_s),
            ("stop_times.reload_s", reload_s),
            ("stop_times.wipe_s", wipe_s),
            ("stop_times.cartridge_s", cartridge_s),
            ("stop_times.tool_change_s", tool_change_s),
            ("stop_times.pause_s", pause_s),
            ("hooks.start_s", self.hooks.start_s),
            ("hooks.end_s", self.hooks.end_s),
        ];
        stated.into_iter().try_for_each(|(place, seconds)| {
            let plausible = (0.0..=LONGEST_STOP_S).contains(&seconds);
            require(plausible, place, format!("{seconds} s"), format!("0 to {LONGEST_STOP_S} s"))
        })
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}

fn require(ok: bool, place: impl Into<String>, found: impl Display, expected: impl Display) -> Result<()> {
    if ok {
        return Ok(());
    }
    Err(Error::input(found.to_string()).place(place).expected(expected.to_string()).remedy("correct the rig profile"))
}

fn positive(value: f64, place: impl Into<String>) -> Result<()> {
    require(value.is_finite() && value > 0.0, place, value, "a number above 0")
}
