use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of the scalp. Where each lies on a head is told by `density::HeadZones`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// Behind the hairline, between the temples.
    Frontal,
    /// In front of the ears and above them, where the hairline turns down.
    Temples,
    /// The top of the head.
    MidScalp,
    /// Behind the top, around the whorl.
    Crown,
    /// Above and behind the ears.
    Sides,
    /// The back of the head, down to the neck.
    Nape,
}

impl Zone {
    /// All of them, from the front backwards.
    pub const ALL: [Self; 6] = [Self::Frontal, Self::Temples, Self::MidScalp, Self::Crown, Self::Sides, Self::Nape];

    /// Name as in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Frontal => "frontal",
            Self::Temples => "temples",
            Self::MidScalp => "mid_scalp",
            Self::Crown => "crown",
            Self::Sides => "sides",
            Self::Nape => "nape",
        }
    }

    /// Its place in [`Zone::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// Stage of hair loss on the Norwood-Hamilton scale (O'T. Norwood, Southern Medical Journal 68(11), 1975).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Norwood {
    /// No loss.
    I,
    /// Slight recession at the temples.
    II,
    /// Deep recession at the temples.
    III,
    /// As III, and a spot at the crown.
    #[serde(rename = "III-vertex")]
    IIIVertex,
    /// More of both, a band between them.
    IV,
    /// The band is narrow or broken.
    V,
    /// Front and crown are one.
    VI,
    /// A horseshoe of hair is left.
    VII,
}

impl Norwood {
    /// All stages, by loss.
    pub const ALL: [Self; 8] = [Self::I, Self::II, Self::III, Self::IIIVertex, Self::IV, Self::V, Self::VI, Self::VII];

    /// Name as in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::I => "I",
            Self::II => "II",
            Self::III => "III",
            Self::IIIVertex => "III-vertex",
            Self::IV => "IV",
            Self::V => "V",
            Self::VI => "VI",
            Self::VII => "VII",
        }
    }

    /// How much of the asked density a zone needs at this stage, 0 to 1: none where the hair stands, a part where it is
    /// thinned or only blended into, all where it is gone. Which zones a stage takes is read off the scale; the parts are
    /// a suggestion, and `design.zones` says otherwise where it names a zone. At stage II the hair behind the line stands:
    /// the temples alone are treated.
    pub fn share(self, zone: Zone) -> f64 {
        const PART: f64 = 0.5;
        let of = |shares: [f64; 6]| shares[zone.index()];
        // Frontal, temples, mid-scalp, crown, sides, nape.
        match self {
            Self::I => of([0.0; 6]),
            Self::II => of([0.0, 1.0, 0.0, 0.0, 0.0, 0.0]),
            Self::III => of([PART, 1.0, 0.0, 0.0, 0.0, 0.0]),
            Self::IIIVertex => of([PART, 1.0, 0.0, 1.0, 0.0, 0.0]),
            Self::IV => of([1.0, 1.0, PART, 1.0, 0.0, 0.0]),
            Self::V | Self::VI => of([1.0, 1.0, 1.0, 1.0, 0.0, 0.0]),
            Self::VII => of([1.0, 1.0, 1.0, 1.0, PART, 0.0]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_files_and_places_those_of_the_list() {
        for (place, zone) in Zone::ALL.into_iter().enumerate() {
            assert_eq!(zone.index(), place);
            assert_eq!(serde_json::to_value(zone).unwrap(), zone.name());
        }
        for stage in Norwood::ALL {
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.name());
        }
    }

    #[test]
    fn later_stages_take_no_less() {
        for zone in Zone::ALL {
            let shares = Norwood::ALL.map(|stage| stage.share(zone));
            assert!(shares.is_sorted(), "{zone:?}: {shares:?}");
        }
    }
}
