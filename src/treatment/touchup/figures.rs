use std::collections::BTreeMap;

use serde::Serialize;

use super::cloud::median;
use super::healing::{Fate, Healing};

/// How the dots of a group have healed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// By what dots are grouped: `session`, `setup`, `tool` or `zone`.
    pub by: &'static str,
    /// Which of them.
    pub name: String,
    /// What became of them.
    #[serde(flatten)]
    pub share: Share,
}

/// Figures of healed dots. Shares are of those that were seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Share {
    /// Dots that were expected.
    pub expected: usize,
    /// Those about which nothing is known.
    pub unseen: usize,
    /// Those that are not there.
    pub missing: usize,
    /// Those that are paler than most.
    pub faded: usize,
    /// Those that have spread.
    pub blown_out: usize,
    /// Those that have run together with another.
    pub merged: usize,
    /// Share of the missing.
    pub missing_share: f64,
    /// Share of the faded.
    pub faded_share: f64,
    /// Median of the healed diameters over the fresh ones, where they were measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diameter_share: Option<f64>,
    /// Median contrast, where it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contrast: Option<f64>,
}

impl Share {
    /// Of the expected dots with these indices.
    pub fn of(healing: &Healing, dots: &[usize]) -> Self {
        let count = |fate: Fate| dots.iter().filter(|&&dot| healing.fates[dot] == fate).count();
        let middle = |values: &[Option<f64>]| {
            let there: Vec<f64> = dots.iter().filter_map(|&dot| values[dot]).collect();
            (!there.is_empty()).then(|| median(there))
        };
        let (unseen, missing, faded) = (count(Fate::Unseen), count(Fate::Missing), count(Fate::Faded));
        let seen = (dots.len() - unseen).max(1) as f64;
        Self {
            expected: dots.len(),
            unseen,
            missing,
            faded,
            blown_out: count(Fate::BlownOut),
            merged: count(Fate::Merged),
            missing_share: missing as f64 / seen,
            faded_share: faded as f64 / seen,
            diameter_share: middle(&healing.diameter_share),
            contrast: middle(&healing.contrast),
        }
    }
}

impl Group {
    /// The groups of expected dots that have the same name.
    pub fn by(by: &'static str, healing: &Healing, name: impl Fn(usize) -> String) -> Vec<Self> {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for dot in 0..healing.fates.len() {
            groups.entry(name(dot)).or_default().push(dot);
        }
        groups.into_iter().map(|(name, dots)| Self { by, name, share: Share::of(healing, &dots) }).collect()
    }
}
