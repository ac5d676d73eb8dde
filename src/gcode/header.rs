use super::post::Post;
use super::writer::PLACES;
use crate::geometry::decimal;
use crate::rig::Profile;
use crate::toolpath::{Mode, Toolpath};

/// What the rig has to guarantee, as no program can.
const DUTIES: [&str; 5] = [
    "this is a plan, no medical device. the rig must guarantee:",
    "emergency stop and hold-to-run, force limit with retract,",
    "head rest with tracking, needle retracted on power loss,",
    "sterile single-use cartridge and barrier, eyes shielded,",
    "a trained operator present, air run made before treatment.",
];

/// What a program says about itself, besides what the toolpath and the profile tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header<'a> {
    /// First 16 hex digits of the plan's SHA-256.
    pub plan_hash16: &'a str,
    /// Name of the case; any text.
    pub case_name: &'a str,
    /// Session, from 1.
    pub session: u32,
    /// Setup.
    pub setup: &'a str,
    /// Tool that is in first, from 1.
    pub tool: u32,
    /// Tools that are put in, by number, and what each of them is; any text. None where there is nothing to change.
    pub tools: &'a [(u32, String)],
    /// Seed of the plan.
    pub seed: u64,
    /// What the program is for.
    pub run: Run,
}

/// What a program is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// Strikes into the skin.
    Treat,
    /// The same path clear of the skin, needle off.
    Air,
    /// Touches of the skin at some of the dots, needle off.
    Probe,
    /// Once around the region, clear of the skin.
    Frame,
    /// A rest above each fiducial.
    Fiducials,
}

impl From<Mode> for Run {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Treat => Self::Treat,
            Mode::Air => Self::Air,
            Mode::Probe => Self::Probe,
        }
    }
}

impl Run {
    /// Name in headers and file names.
    pub fn name(self) -> &'static str {
        match self {
            Self::Treat => "treat",
            Self::Air => "air",
            Self::Probe => "probe",
            Self::Frame => "frame",
            Self::Fiducials => "fiducials",
        }
    }
}

impl Header<'_> {
    /// The texts of the comments at the top.
    pub(super) fn texts(&self, toolpath: &Toolpath, profile: &Profile, post: &Post, time_s: f64) -> Vec<String> {
        let letters: String = profile.axes.iter().map(|axis| axis.letter).collect();
        let places = PLACES as usize;
        let range =
            |name: char, min: f64, max: f64| format!("{name}={}:{}", decimal(min, places), decimal(max, places));
        let tip = toolpath.bounds();
        let tips: Vec<_> = (0..3).map(|i| range(['X', 'Y', 'Z'][i], tip.min[i], tip.max[i])).collect();
        let axes: Vec<_> = (profile.axes.iter().enumerate())
            .map(|(i, axis)| {
                let positions = || toolpath.motions.iter().filter_map(|motion| motion.joints.get(i).copied());
                let (min, max) =
                    (positions().fold(f64::INFINITY, f64::min), positions().fold(f64::NEG_INFINITY, f64::max));
                range(axis.letter, min, max)
            })
            .collect();
        let limits: Vec<_> =
            profile.axes.iter().map(|a| format!("{}={}/{}", a.letter, a.max_speed, a.max_acceleration)).collect();
        let own = profile.own_dialect.as_ref().map_or_else(String::new, |own| format!(" own={own}"));
        let mut texts = vec![
            format!("tonsure dialect={} machine={} units=mm axes={letters}{own}", profile.dialect.name(), profile.name),
            format!(
                "plan={} session={} setup={} tool={} run={}",
                self.plan_hash16,
                self.session,
                self.setup,
                self.tool,
                self.run.name()
            ),
            profile.depth.line(),
            format!("seed={} dots={} time_s={}", self.seed, toolpath.strikes, decimal(time_s, 1)),
            // No name may pass for another key of this header.
            format!("case={}", self.case_name.replace('=', "-")),
        ];
        texts.extend(self.tools.iter().map(|(number, text)| format!("tool {number}: {}", text.replace('=', "-"))));
        texts.extend([
            format!("tip box mm {}", tips.join(" ")),
            format!("axis ranges {}", axes.join(" ")),
            format!("set the controller to these speeds/accelerations per s: {}", limits.join(" ")),
        ]);
        texts.extend(DUTIES.iter().chain(post.advice).map(|line| (*line).to_owned()));
        texts
    }
}
