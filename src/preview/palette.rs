//! Colours that people with any kind of colour vision can tell apart.

use crate::error::Severity;

/// Sessions in turn: Okabe and Ito, *Color Universal Design*, 2008, without the colours used below and yellow, which
/// is lost on white paper.
const SESSIONS: [&str; 5] = ["#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"];
/// Dots that no setup reaches.
pub(super) const NOT_REACHED: &str = "#d55e00";
/// Dots that were there before.
pub(super) const EXISTING: &str = "#7d7d7d";
/// The region's edge.
pub(super) const EDGE: &str = "#3a3f47";
/// The region's surface.
pub(super) const REGION: &str = "#f5f2ee";
/// The outline of the head.
pub(super) const SILHOUETTE: &str = "#a39a91";
/// Text.
pub(super) const TEXT: &str = "#22262b";
/// Text of less weight, scale bars.
pub(super) const QUIET: &str = "#6a717b";
/// Where a program stops.
pub(super) const STOP: &str = "#a3132b";
/// Travel between parts of an order.
pub(super) const TRAVEL: &str = "#9aa1ab";

/// Colour of a session, counted from 1.
pub(super) fn session(number: u32) -> &'static str {
    SESSIONS[(number.max(1) - 1) as usize % SESSIONS.len()]
}

/// How much a finding matters. The three differ in lightness, too: dark red, orange, blue.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Fail => "#a3132b",
        Severity::Warn => "#d97700",
        Severity::Pass => "#3a78b5",
    }
}

/// The dark two thirds of cividis (Nuñez, Anderton and Renslow 2018, doi:10.1371/journal.pone.0199239), from early (0) to late (1).
pub(super) fn order(share: f64) -> String {
    const STOPS: [[f64; 3]; 5] =
        [[0.0, 34.0, 78.0], [53.0, 69.0, 108.0], [102.0, 105.0, 112.0], [148.0, 142.0, 119.0], [186.0, 168.0, 92.0]];
    let place = share.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let below = (place as usize).min(STOPS.len() - 2);
    let between = place - below as f64;
    let [r, g, b] =
        [0, 1, 2].map(|k| (STOPS[below][k] * (1.0 - between) + STOPS[below + 1][k] * between).round() as u8);
    format!("#{r:02x}{g:02x}{b:02x}")
}
