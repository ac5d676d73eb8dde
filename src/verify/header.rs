use super::checks::Checks;
use crate::error::{Error, Result};
use crate::geometry::parse_finite;
use crate::plan::{Block, Plan};
use crate::rig::{DepthMode, HookValue};

/// What a program says of itself in its first comments.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Name of the controller's language.
    pub(super) dialect: String,
    /// First 16 hex digits of the plan's SHA-256.
    pub(super) plan_hash16: String,
    pub(super) session: u32,
    pub(super) setup: String,
    pub(super) tool: u32,
    pub(super) run: Run,
    /// What the depth counts from.
    pub(super) depth: String,
    /// Numbers of that: name and value, as they stand there.
    depth_numbers: Vec<(&'static str, String)>,
    machine: String,
    /// Name of the owner's dialect.
    own: Option<String>,
    units: String,
    axes: String,
    dots: usize,
}

/// Numbers of depth modes.
const DEPTH_NUMBERS: [&str; 5] = ["protrusion_mm", "over_travel_mm", "every_dots", "feed_mm_s", "search_mm"];

/// What a program says that it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    Treat,
    Air,
    /// Touches the skin and strikes nothing.
    Probe,
    /// Shows places without touching them.
    Frame,
    Fiducials,
}

impl Run {
    const ALL: [(&str, Self); 5] = [
        ("treat", Self::Treat),
        ("air", Self::Air),
        ("probe", Self::Probe),
        ("frame", Self::Frame),
        ("fiducials", Self::Fiducials),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, run)| *run == self).map_or("", |(name, _)| name)
    }

    /// Whether it strikes nothing, not even in the air.
    pub(super) fn hovers(self) -> bool {
        matches!(self, Self::Frame | Self::Fiducials)
    }
}

impl Header {
    /// Reads the comment lines at the top. Errors: a key that is missing, stands twice or has no sensible value.
    pub(super) fn read(text: &str) -> Result<Self> {
        let head = || text.lines().take_while(|line| line.starts_with(['(', ';']));
        let words = || head().flat_map(|line| line.split(['(', ')', ';', ' ']));
        let wrong = |found: String, expected: &str| {
            let remedy = "make the program anew, and leave its header as it is";
            Error::input(found).place("header").expected(expected).remedy(remedy)
        };
        let named = |key: &str| {
            let mut values = words().filter_map(|word| word.strip_prefix(key));
            match (values.next(), values.next()) {
                (value, None) => Ok(value),
                _ => Err(wrong(format!("\"{key}\" twice"), "every key once")),
            }
        };
        let value = |key: &str| {
            named(key)?.ok_or_else(|| wrong(format!("no \"{key}\" in the first comments"), "a program of this planner"))
        };
        let plan_hash16 = value("plan=")?;
        if plan_hash16.len() != 16 || !plan_hash16.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(wrong(format!("plan={plan_hash16}"), "16 hex digits"));
        }
        let number = |key: &str| {
            let found = value(key)?;
            found.parse().map_err(|_| wrong(format!("{key}{found}"), "a number"))
        };
        let run_name = value("run=")?;
        let run = Run::ALL.iter().find(|(name, _)| *name == run_name).map(|(_, run)| *run);
        let run = run.ok_or_else(|| wrong(format!("run={run_name}"), "treat, air, probe, frame or fiducials"))?;
        let mut depth_numbers = Vec::new();
        for key in DEPTH_NUMBERS {
            depth_numbers.extend(named(&format!("{key}="))?.map(|value| (key, value.to_owned())));
        }
        let dots = value("dots=")?;
        Ok(Self {
            dialect: value("dialect=")?.to_owned(),
            plan_hash16: plan_hash16.to_owned(),
            session: number("session=")?,
            tool: number("tool=")?,
            setup: value("setup=")?.to_owned(),
            run,
            depth: value("depth=")?.to_owned(),
            depth_numbers,
            machine: value("machine=")?.to_owned(),
            own: named("own=")?.map(str::to_owned),
            units: value("units=")?.to_owned(),
            axes: value("axes=")?.to_owned(),
            dots: dots.parse().map_err(|_| wrong(format!("dots={dots}"), "a number"))?,
        })
    }

    /// What templates of the owner's lines may name everywhere.
    pub(super) fn values(&self) -> Vec<(&'static str, HookValue)> {
        vec![
            ("session", self.session.into()),
            ("setup", HookValue::from(self.setup.as_str())),
            ("run", HookValue::from(self.run.name())),
            ("tool", self.tool.into()),
        ]
    }

    /// The same values with another tool.
    pub(super) fn with_tool(values: &[(&'static str, HookValue)], tool: u32) -> Vec<(&'static str, HookValue)> {
        let others = values.iter().filter(|(name, _)| *name != "tool").cloned();
        others.chain([("tool", tool.into())]).collect()
    }

    /// What it says otherwise than the plan with that SHA-256.
    pub(super) fn compare(&self, plan: &Plan, plan_sha256: &str, checks: &mut Checks) {
        let rig = &plan.rig;
        if self.dialect != rig.dialect.name() {
            checks.note("P12", 1, format!("for the controller {}, the rig has {}", self.dialect, rig.dialect.name()));
        }
        self.compare_depth(&rig.depth, checks);
        let letters: String = rig.axes.iter().map(|axis| axis.letter).collect();
        let own = rig.own_dialect.as_deref().unwrap_or("none");
        for (key, found, planned) in [
            ("machine", self.machine.as_str(), rig.name.as_str()),
            ("axes", &self.axes, &letters),
            ("units", &self.units, "mm"),
            ("own", self.own.as_deref().unwrap_or("none"), own),
        ] {
            if found != planned {
                checks.note("P12", 1, format!("made for {key}={found}, the plan's rig has {planned}"));
            }
        }
        let is_its = |block: &&Block| block.session == self.session && block.setup == self.setup;
        if let Some(block) = plan.blocks.iter().find(is_its) {
            let dots = if self.run.hovers() || self.run == Run::Probe { 0 } else { block.dots.len() };
            if self.tool != block.tool {
                checks.note("P18", 1, format!("for tool {}, the plan has {}", self.tool, block.tool));
            }
            if self.dots != dots {
                checks.note("P18", 1, format!("{} dots by the header, {dots} in the plan", self.dots));
            }
        }
        if !plan_sha256.starts_with(&self.plan_hash16) {
            checks.note("P18", 1, format!("made from the plan {}…, not from this one", self.plan_hash16));
        }
    }

    fn compare_depth(&self, depth: &DepthMode, checks: &mut Checks) {
        if self.depth != depth.name() {
            checks.note("P05", 1, format!("the depth mode {}, the rig has {}", self.depth, depth.name()));
        }
        let planned: Vec<(&str, f64)> = match *depth {
            DepthMode::Absolute => Vec::new(),
            DepthMode::Nose { protrusion_mm, over_travel_mm, .. } => {
                vec![("protrusion_mm", protrusion_mm), ("over_travel_mm", over_travel_mm)]
            }
            DepthMode::Probe { feed_mm_s, search_mm, every_dots } => {
                let every = (every_dots > 1).then_some(("every_dots", f64::from(every_dots)));
                every.into_iter().chain([("feed_mm_s", feed_mm_s), ("search_mm", search_mm)]).collect()
            }
        };
        let names = |numbers: &[&str]| numbers.join(", ");
        let found: Vec<&str> = self.depth_numbers.iter().map(|(key, _)| *key).collect();
        let expected: Vec<&str> = planned.iter().map(|(key, _)| *key).collect();
        if found != expected {
            checks.note(
                "P05",
                1,
                format!("numbers [{}] of the depth, the rig has [{}]", names(&found), names(&expected)),
            );
            return;
        }
        for ((key, found), (_, planned)) in self.depth_numbers.iter().zip(planned) {
            if parse_finite(found).is_none_or(|found| (found - planned).abs() > 1e-9) {
                checks.note("P05", 1, format!("{key}={found}, the rig has {planned}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_the_first_comments_only() {
        let text = "; dialect=grbl plan=0123456789abcdef session=3 depth=nose machine=a axes=XYZ units=mm\n\
            (setup=left tool=1 run=air dots=5)\nG0 X1\n; run=treat\n";
        let header = Header::read(text).unwrap();
        assert_eq!((header.session, header.setup.as_str(), header.run), (3, "left", Run::Air));
    }

    #[test]
    fn what_names_no_single_program_is_an_error() {
        let good = "; dialect=grbl plan=0123456789abcdef session=3 setup=left tool=1 run=air depth=nose dots=5\n\
            ; machine=a axes=XYZ units=mm protrusion_mm=0.5\n";
        assert!(Header::read(good).is_ok());
        for (from, to) in [
            ("plan=0123456789abcdef", "plan="),
            ("plan=0123456789abcdef", "plan=0123456789abcdeg"),
            ("session=3", "session=three"),
            ("session=3", "session=3 session=4"),
            ("setup=left ", ""),
            ("run=air", "run=fast"),
            ("; dialect", "M5\n; dialect"),
            ("dialect=grbl ", ""),
            (" depth=nose", ""),
            ("dots=5", "dots=all"),
            (" machine=a", ""),
            ("units=mm", "units=mm units=mm"),
            ("protrusion_mm=0.5", "protrusion_mm=0.5 protrusion_mm=0.6"),
        ] {
            assert!(Header::read(&good.replace(from, to)).is_err(), "{to}");
        }
    }
}
