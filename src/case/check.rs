use super::{Case, Date, Design, Diameter, Edge, FORMAT, KeepOut, MeshFile, PatchTest, Session};
use crate::error::{Error, Result, from_commented_json};
use crate::geometry::sha256;

/// Densities beyond this are taken for a mistake: dots would touch (hair density ends near 310 per cm²), dots per cm².
pub const DENSITY_CAP_PER_CM2: f64 = 400.0;
/// Depths beyond this are an error on any rig, mm: twice the deepest figure that trade sources name.
pub const DEPTH_CAP_MM: f64 = 4.0;
/// A patch over a wider hole would be a guess of more skin than can be answered for, mm.
pub const HOLE_CAP_MM: f64 = 30.0;
/// Identifiers that a setup may have.
pub const SETUPS: [&str; 5] = ["upright", "supine", "left", "right", "prone"];

impl Case {
    /// Reads a case and checks every value that can be checked without the scan and the rig.
    ///
    /// Errors name the line, the JSON path, what was found and expected, and the nearest known key.
    pub fn parse(bytes: &[u8], file: &str) -> Result<Self> {
        let case: Self = from_commented_json(bytes, file)?;
        case.check().map_err(|error| error.file(file))?;
        Ok(case)
    }

    /// SHA-256 over what the case says: its values with sorted keys, without blanks. Comments, the order of keys, and
    /// defaults that are spelt out do not count.
    pub fn sha256(&self) -> Result<String> {
        let broken = |error: serde_json::Error| Error::system(error.to_string());
        // Objects of such a value have their keys sorted.
        let value = serde_json::to_value(self).map_err(broken)?;
        Ok(sha256(&serde_json::to_vec(&value).map_err(broken)?))
    }

    /// The first day, where it is known.
    pub fn first_day(&self) -> Option<Date> {
        self.start_date.as_deref()?.parse().ok()
    }

    /// Checks every value that can be checked without the scan and the rig. Errors name the JSON path.
    pub(crate) fn check(&self) -> Result<()> {
        if self.format != FORMAT {
            return Err(Error::input(format!("\"{}\"", self.format))
                .place("format")
                .expected(format!("\"{FORMAT}\""))
                .remedy("use a case of this version, or correct the key"));
        }
        let up_to_mm = self.mesh.close_holes_up_to_mm;
        if !(0.0..=HOLE_CAP_MM).contains(&up_to_mm) {
            return Err(Error::input(format!("{up_to_mm} mm"))
                .place("mesh.close_holes_up_to_mm")
                .expected(format!("0 to {HOLE_CAP_MM} mm; 0 closes none"))
                .remedy("correct the width; what is wider has to be scanned or filled in the scan"));
        }
        if let Some(smooth_mm) = self.mesh.smooth_mm {
            check_smoothing(smooth_mm).map_err(|error| error.place("mesh.smooth_mm"))?;
        }
        positive("boundary.snap_tolerance_mm", self.boundary.snap_tolerance_mm)?;
        self.design.check()?;
        self.skin.map_or(Ok(()), |skin| skin.check())?;
        for (index, keep_out) in self.keep_outs.iter().enumerate() {
            keep_out.check().map_err(|error| error.place(format!("keep_outs[{index}]")))?;
        }
        self.check_sessions()?;
        self.stops.check()?;
        self.check_tools()?;
        self.check_mix()?;
        self.patch_test.as_ref().map_or(Ok(()), PatchTest::check)?;
        if let Some(date) = self.start_date.as_deref().filter(|_| self.first_day().is_none()) {
            return Err(Error::input(format!("\"{date}\""))
                .place("start_date")
                .expected("a date as YYYY-MM-DD")
                .remedy("correct the date, or leave the key out to count days from day 0"));
        }
        for (index, setup) in self.setups.iter().enumerate() {
            if !SETUPS.contains(&setup.as_str()) || self.setups[..index].contains(setup) {
                return Err(Error::input(format!("\"{setup}\""))
                    .place(format!("setups[{index}]"))
                    .expected(format!("each of {} at most once", SETUPS.join(", ")))
                    .remedy("correct the list"));
            }
        }
        if let Some(choice) = &self.registration {
            if choice.file.is_some() == choice.mesh_to_rig.is_some() {
                return Err(Error::input("not exactly one of \"file\" and \"mesh_to_rig\"")
                    .place("registration")
                    .expected("a measured file or an explicit placement")
                    .remedy("keep one of the two"));
            }
            if let Some(defect) = choice.mesh_to_rig.map(|p| p.rotation_defect()).filter(|&defect| defect > 1e-6) {
                return Err(Error::input(format!("a matrix that is off a rotation by {defect:.2e}"))
                    .place("registration.mesh_to_rig.rotation")
                    .expected("an orthonormal, right-handed matrix to within 1e-6")
                    .remedy("give the rotation with more digits, and no mirroring or scale"));
            }
        }
        Ok(())
    }

    fn check_sessions(&self) -> Result<()> {
        for (index, session) in self.sessions.iter().enumerate() {
            positive(&format!("sessions[{index}].share"), session.share)?;
            let days = session.interval_days;
            if !(1..=Session::LONGEST_INTERVAL_DAYS).contains(&days) {
                return Err(Error::input(format!("{days} days"))
                    .place(format!("sessions[{index}].interval_days"))
                    .expected(format!("1 to {} days", Session::LONGEST_INTERVAL_DAYS))
                    .remedy("correct the interval; 28 is usual"));
            }
            let check = |size: Diameter| size.check().map_err(|e| e.place(format!("sessions[{index}].diameter")));
            session.diameter.map_or(Ok(()), check)?;
        }
        let sum: f64 = self.sessions.iter().map(|session| session.share).sum();
        if !self.sessions.is_empty() && (sum - 1.0).abs() > 1e-6 {
            return Err(Error::input(format!("shares that sum to {sum}"))
                .place("sessions")
                .expected("a sum of 1")
                .remedy("correct the shares"));
        }
        Ok(())
    }
}

/// Checks a smoothing length, mm.
pub(crate) fn check_smoothing(smooth_mm: f64) -> Result<()> {
    let cap = MeshFile::SMOOTH_CAP_MM;
    if smooth_mm > 0.0 && smooth_mm <= cap {
        return Ok(());
    }
    Err(Error::input(format!("a smoothing length of {smooth_mm} mm"))
        .expected(format!("a length above 0 and at most {cap} mm"))
        .remedy(format!("correct the length; {} mm is usual", MeshFile::DEFAULT_SMOOTH_MM)))
}

impl Design {
    fn check(&self) -> Result<()> {
        let density = self.density_per_cm2;
        if !(density > 0.0 && density <= DENSITY_CAP_PER_CM2) {
            return Err(Error::input(format!("{density} dots per cm²"))
                .place("design.density_per_cm2")
                .expected(format!("a density above 0 and at most {DENSITY_CAP_PER_CM2}"))
                .remedy("correct the density; 30 to 120 is usual"));
        }
        if !(self.depth_mm > 0.0 && self.depth_mm <= DEPTH_CAP_MM) {
            return Err(Error::input(format!("a depth of {} mm", self.depth_mm))
                .place("design.depth_mm")
                .expected(format!("a depth above 0 and at most {DEPTH_CAP_MM} mm, and within the rig's cap"))
                .remedy("correct the depth; it is the nominal needle protrusion below the skin's surface"));
        }
        if !(self.dwell_s >= 0.0 && self.dwell_s <= 5.0) {
            return Err(Error::input(format!("a dwell of {} s", self.dwell_s))
                .place("design.dwell_s")
                .expected("0 to 5 s")
                .remedy("correct the dwell"));
        }
        positive("design.normal_radius_mm", self.normal_radius_mm)?;
        self.diameter.check().map_err(|error| error.place("design.diameter"))?;
        self.edge.as_ref().map_or(Ok(()), Edge::check)?;
        self.check_field()
    }
}

impl Diameter {
    pub(super) fn check(&self) -> Result<()> {
        let ordered = 0.0 < self.min_mm && self.min_mm <= self.mean_mm && self.mean_mm <= self.max_mm;
        if ordered && self.max_mm <= 1.0 && self.sd_mm >= 0.0 && self.sd_mm <= 1.0 {
            return Ok(());
        }
        Err(Error::input(format!(
            "mean {} mm, sd {} mm, {} to {} mm",
            self.mean_mm, self.sd_mm, self.min_mm, self.max_mm
        ))
        .expected("0 < min_mm <= mean_mm <= max_mm <= 1 and 0 <= sd_mm <= 1")
        .remedy("correct the diameters"))
    }
}

impl KeepOut {
    fn check(&self) -> Result<()> {
        let margin_is_sane = self.margin_mm >= 0.0 && self.margin_mm <= 100.0;
        let fault = match (&self.centre, &self.radius_mm, &self.outline) {
            (Some(_), Some(radius), None) if *radius >= 0.0 && radius + self.margin_mm > 0.0 && margin_is_sane => {
                return Ok(());
            }
            (None, None, Some(outline)) if outline.len() >= 3 && margin_is_sane => return Ok(()),
            (Some(_), Some(radius), None) => format!("a radius of {radius} mm and a margin of {} mm", self.margin_mm),
            (None, None, Some(outline)) => {
                format!("a loop of {} points and a margin of {} mm", outline.len(), self.margin_mm)
            }
            _ => "neither a disc nor a loop".to_owned(),
        };
        Err(Error::input(fault)
            .expected(
                "either \"centre\" and \"radius_mm\", or a \"loop\" of at least 3 points; margin_mm from 0 to 100 and \
                 not everything 0",
            )
            .remedy("correct the keep-out"))
    }
}

pub(super) fn positive(place: &str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::input(value.to_string()).place(place).expected("a number above 0").remedy("correct the value"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = r#"{"format": "tonsure-case/1", "mesh": {"file": "a.ply", "units": "mm"},
        "boundary": {"file": "a.hairline.json"}, "design": {"density_per_cm2": 60, "depth_mm": 0.5},
        "rig": "gantry-xyz", "seed": 1}"#;

    fn error(from: &str, to: &str) -> String {
        assert!(LEAST.contains(from), "{from}");
        let text = LEAST.replacen(from, to, 1);
        Case::parse(text.as_bytes(), "case.json").expect_err(&text).to_string()
    }

    #[test]
    fn the_least_case_is_valid_and_depth_has_no_default() {
        let case = Case::parse(LEAST.as_bytes(), "case.json").unwrap();
        assert!((case.design.depth_mm - 0.5).abs() < 1e-15);
        assert!(case.sessions.is_empty());
        let text = error(r#", "depth_mm": 0.5"#, "");
        assert!(text.contains("design") && text.contains("add \"depth_mm\"; it has no default"), "{text}");
    }

    #[test]
    fn absurd_values_are_refused_by_name() {
        for (from, to, place) in [
            ("\"mm\"}", "\"mm\", \"close_holes_up_to_mm\": -1}", "mesh.close_holes_up_to_mm"),
            ("\"mm\"}", "\"mm\", \"close_holes_up_to_mm\": 31}", "mesh.close_holes_up_to_mm"),
            ("60", "0", "design.density_per_cm2"),
            ("60", "-3", "design.density_per_cm2"),
            ("60", "6e9", "design.density_per_cm2"),
            ("0.5", "0", "design.depth_mm"),
            ("0.5", "-0.5", "design.depth_mm"),
            ("0.5", "50", "design.depth_mm"),
            ("0.5", "0.5, \"dwell_s\": -1", "design.dwell_s"),
            ("0.5", "0.5, \"edge\": {\"width_mm\": 5, \"edge_share\": 0}", "design.edge.edge_share"),
            ("0.5", "0.5, \"diameter\": {\"max_mm\": 0.1}", "design.diameter"),
            ("tonsure-case/1", "tonsure-case/9", "format"),
            ("\"seed\": 1", "\"sessions\": [{\"share\": 0.5}]", "sessions"),
            ("\"seed\": 1", "\"start_date\": \"2026-02-29\"", "start_date"),
            ("\"seed\": 1", "\"setups\": [\"upside-down\"]", "setups[0]"),
            ("\"seed\": 1", "\"registration\": {}", "registration"),
            ("\"seed\": 1", "\"keep_outs\": [{\"name\": \"mole\"}]", "keep_outs[0]"),
        ] {
            let text = error(from, to);
            assert!(text.starts_with(&format!("case.json: {place}: found ")), "{text}");
        }
    }

    #[test]
    fn a_mirrored_placement_is_refused() {
        let text = error(
            "\"seed\": 1",
            r#""registration": {"mesh_to_rig": {"rotation": [[-1,0,0],[0,1,0],[0,0,1]], "translation_mm": [0,0,0]}}"#,
        );
        assert!(text.contains("off a rotation by 2"), "{text}");
    }
}
