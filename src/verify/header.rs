use super::checks::Checks;
use crate::error::{Error, Result};
use crate::plan::Plan;

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
}

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
        let value = |key: &str| {
            let mut values = words().filter_map(|word| word.strip_prefix(key));
            match (values.next(), values.next()) {
                (Some(value), None) => Ok(value),
                (None, _) => Err(wrong(format!("no \"{key}\" in the first comments"), "a program of this planner")),
                _ => Err(wrong(format!("\"{key}\" twice"), "every key once")),
            }
        };
        let plan_hash16 = value("plan=")?;
        if plan_hash16.len() != 16 || !plan_hash16.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(wrong(format!("plan={plan_hash16}"), "16 hex digits"));
        }
        let number = |key: &str| {
            let found = value(key)?;
            found.parse().map_err(|_| wrong(format!("{key}{found}"), "a number"))
        };
        let named = value("run=")?;
        let run = Run::ALL.iter().find(|(name, _)| *name == named).map(|(_, run)| *run);
        let run = run.ok_or_else(|| wrong(format!("run={named}"), "treat, air, probe, frame or fiducials"))?;
        Ok(Self {
            dialect: value("dialect=")?.to_owned(),
            plan_hash16: plan_hash16.to_owned(),
            session: number("session=")?,
            tool: number("tool=")?,
            setup: value("setup=")?.to_owned(),
            run,
            depth: value("depth=")?.to_owned(),
        })
    }

    /// What it says otherwise than the plan with that SHA-256.
    pub(super) fn compare(&self, plan: &Plan, plan_sha256: &str, checks: &mut Checks) {
        let rig = &plan.rig;
        if self.dialect != rig.dialect.name() {
            checks.note("P12", 1, format!("for the controller {}, the rig has {}", self.dialect, rig.dialect.name()));
        }
        if self.depth != rig.depth.name() {
            checks.note("P05", 1, format!("the depth mode {}, the rig has {}", self.depth, rig.depth.name()));
        }
        if !plan_sha256.starts_with(&self.plan_hash16) {
            checks.note("P18", 1, format!("made from the plan {}…, not from this one", self.plan_hash16));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_the_first_comments_only() {
        let text = "; dialect=grbl plan=0123456789abcdef session=3 depth=nose\n(setup=left tool=1 run=air)\nG0 X1\n; run=treat\n";
        let header = Header::read(text).unwrap();
        assert_eq!((header.session, header.setup.as_str(), header.run), (3, "left", Run::Air));
    }

    #[test]
    fn what_names_no_single_program_is_an_error() {
        let good = "; dialect=grbl plan=0123456789abcdef session=3 setup=left tool=1 run=air depth=nose\n";
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
        ] {
            assert!(Header::read(&good.replace(from, to)).is_err(), "{to}");
        }
    }
}
