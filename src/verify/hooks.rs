use super::checks::Checks;
use super::controller::Controller;
use crate::error::{Finding, Severity};
use crate::rig::{Drive, Profile};

const BEGIN: &str = "; hook begins";
const END: &str = "; hook ends";

/// The program with the lines of the profile's hooks made blank, so that line numbers stay, and what is to be said of
/// them. Hooks that differ from the profile's or stand elsewhere than before all words and before the last two are faults.
pub(super) fn without_hooks(text: &str, rig: &Profile, checks: &mut Checks) -> (String, Option<Finding>) {
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    let has_words = |line: &&&str| !line.trim().is_empty() && !line.starts_with([';', '(']);
    let mut blank = vec![false; lines.len()];
    let mut expected =
        [("start", &rig.hooks.start), ("end", &rig.hooks.end)].into_iter().filter(|(_, own)| !own.is_empty());
    // The end of the program, and before it the needle's drive off where there is one to switch, once motion is over.
    let off = if Controller::of(rig.dialect).runs_ahead { 2 } else { 1 };
    let after_end = 1 + if rig.drive == Drive::Plunge { 0 } else { off };
    let mut skipped = 0;
    for begin in (0..lines.len()).filter(|&i| lines[i] == BEGIN) {
        let Some((which, own)) = expected.next() else {
            checks.note("P12", begin + 1, "a hook that the rig's profile has not");
            continue;
        };
        let inside = begin + 1..begin + 1 + own.len();
        let same =
            lines.get(inside.clone()).is_some_and(|found| found.iter().eq(own)) && lines.get(inside.end) == Some(&END);
        let words_before = lines[..begin].iter().filter(has_words).count();
        let words_after = lines.get(inside.end..).unwrap_or_default().iter().filter(has_words).count();
        let in_place = if which == "start" { words_before == 0 } else { words_after == after_end };
        if same && in_place {
            skipped += own.len();
            blank[inside].fill(true);
        } else {
            checks.note("P12", begin + 1, format!("not the {which} hook of the rig's profile, or not in its place"));
        }
    }
    if let Some((which, _)) = expected.next() {
        checks.note("P12", 1, format!("the {which} hook of the rig's profile is missing"));
    }
    let kept: Vec<&str> = lines.iter().zip(&blank).map(|(line, blank)| if *blank { "" } else { *line }).collect();
    let finding = (skipped > 0).then(|| {
        let message = format!("{skipped} lines of the rig's own hooks are not simulated");
        Finding::new("hooks-not-simulated", Severity::Warn, message)
            .times(skipped)
            .remedy("read them in the rig's profile, and watch them in the air run")
    });
    (kept.join("\n"), finding)
}
