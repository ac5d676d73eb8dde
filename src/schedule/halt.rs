use std::fmt;

use serde::{Deserialize, Serialize};

use crate::case::Stops;
use crate::rig::StopTimes;

/// Why the needle stops working for a while. What stands first is done first where several fall together; the head's place
/// is measured last, right before the needle goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HaltKind {
    /// Another tool.
    ToolChange,
    /// A new needle cartridge.
    Cartridge,
    /// The skin is wiped.
    Wipe,
    /// Fresh ink.
    Reload,
    /// A rest for client and operator.
    Pause,
    /// The same, made only while the operator's switch for optional stops is on.
    OptionalPause,
    /// The head's place in the rig is measured anew.
    Registration,
}

impl HaltKind {
    /// All kinds, in their order.
    pub const ALL: [Self; 7] = [
        Self::ToolChange,
        Self::Cartridge,
        Self::Wipe,
        Self::Reload,
        Self::Pause,
        Self::OptionalPause,
        Self::Registration,
    ];

    /// Name as in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::ToolChange => "tool-change",
            Self::Cartridge => "cartridge",
            Self::Wipe => "wipe",
            Self::Reload => "reload",
            Self::Pause => "pause",
            Self::OptionalPause => "optional-pause",
            Self::Registration => "registration",
        }
    }

    /// What the operator has to do, letters and plain punctuation only.
    pub fn instruction(self) -> &'static str {
        match self {
            Self::ToolChange => "put in the other tool, then resume",
            Self::Cartridge => "put in a new sterile needle cartridge, then resume",
            Self::Wipe => "wipe the skin, then resume",
            Self::Reload => "load fresh ink, then resume",
            Self::Pause | Self::OptionalPause => "rest, then resume",
            Self::Registration => "check that the head lies as registered, then resume",
        }
    }

    /// How long it takes by the profile, s.
    pub fn seconds(self, times: &StopTimes) -> f64 {
        match self {
            Self::ToolChange => times.tool_change_s,
            Self::Cartridge => times.cartridge_s,
            Self::Wipe => times.wipe_s,
            Self::Reload => times.reload_s,
            Self::Pause | Self::OptionalPause => times.pause_s,
            Self::Registration => times.registration_s,
        }
    }
}

impl fmt::Display for HaltKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A stop on the way from dot to dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Halt {
    /// Place in the visiting order of the dot before which it comes.
    pub before: usize,
    /// Why.
    pub kind: HaltKind,
}

/// The stops that come after so many dots each, in their order: after every N dots and before the next one, none at the
/// start and none at the end.
pub fn counted(count: usize, stops: &Stops) -> Vec<Halt> {
    let each =
        limits(stops).flat_map(|(kind, every)| (every..count).step_by(every).map(move |before| Halt { before, kind }));
    let mut halts: Vec<Halt> = each.collect();
    halts.sort_unstable();
    halts
}

/// Stops of a way that is taken up again, in their order: those that were planned on it, and between them those without
/// which more dots would be struck since the last one than the case allows. `behind` tells how many dots were struck since the
/// last one of a kind, before the way begins.
pub fn recounted(count: usize, planned: Vec<Halt>, behind: impl Fn(HaltKind) -> usize, stops: &Stops) -> Vec<Halt> {
    let mut halts = planned;
    for (kind, every) in limits(stops) {
        let own: Vec<usize> = halts.iter().filter(|halt| halt.kind == kind).map(|halt| halt.before).collect();
        // The next stop is due before the dot of this number.
        let mut due = every.saturating_sub(behind(kind));
        for end in own.into_iter().chain([count]) {
            while due < end {
                halts.push(Halt { before: due, kind });
                due += every;
            }
            due = end + every;
        }
    }
    halts.sort_unstable();
    halts
}

/// After how many dots each kind of stop comes.
fn limits(stops: &Stops) -> impl Iterator<Item = (HaltKind, usize)> {
    let pause = if stops.pause_is_optional { HaltKind::OptionalPause } else { HaltKind::Pause };
    let every = [
        (HaltKind::Cartridge, stops.cartridge_every_dots),
        (HaltKind::Wipe, stops.wipe_every_dots),
        (HaltKind::Reload, stops.reload_every_dots),
        (pause, stops.pause_every_dots),
    ];
    every.into_iter().filter_map(|(kind, every)| Some((kind, every.filter(|&every| every > 0)? as usize)))
}
