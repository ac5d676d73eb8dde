use super::checks::Checks;
use super::controller::Controller;
use super::header::Header;
use crate::error::{Finding, Severity};
use crate::rig::{Drive, HookPoint, HookValue, Profile};

const BEGIN: &str = "; hook ";
const BEGINS: &str = " begins";
const END: &str = "; hook ends";

/// A program whose hooks were looked at.
pub(super) struct Unhooked {
    /// The text with their lines made blank, so that line numbers stay.
    pub(super) text: String,
    /// Where they stand: line from 1, and in place of what.
    pub(super) points: Vec<(usize, HookPoint)>,
    /// What is to be said of them.
    pub(super) finding: Option<Finding>,
}

/// The lines of one hook, without its marks.
struct Found {
    point: HookPoint,
    begin: usize,
    lines: usize,
}

/// Takes out the lines of the profile's hooks. Hooks that differ from what the profile's templates give with the values that the mark
/// names are faults, and so are those of the start and the end elsewhere than before all words and before the last ones.
pub(super) fn without_hooks(text: &str, rig: &Profile, header: &Header, checks: &mut Checks) -> Unhooked {
    let mut lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    let mut hooks = Vec::new();
    for begin in 0..lines.len() {
        let Some(mark) = lines[begin].strip_prefix(BEGIN).filter(|_| lines[begin] != END) else { continue };
        match find(mark, begin, &lines, rig, header) {
            Ok(found) => {
                lines[begin + 1..=begin + found.lines].fill("");
                hooks.push(found);
            }
            Err(what) => checks.note("P12", begin + 1, what),
        }
    }
    let has_words = |line: &&&str| !line.trim().is_empty() && !line.starts_with([';', '(']);
    // The end of the program, and before it the needle's drive off where there is one to switch, once motion is over.
    let settle = usize::from(Controller::of(rig.dialect).runs_ahead);
    let off = usize::from(rig.hooks.needle_off.is_empty());
    let after_end = 1 + if rig.drive == Drive::Plunge { 0 } else { settle + off };
    for (point, name) in [(HookPoint::Start, "start"), (HookPoint::End, "end")] {
        let expected = usize::from(!rig.hooks.template(point).is_empty());
        let places: Vec<usize> = hooks.iter().filter(|hook| hook.point == point).map(|hook| hook.begin).collect();
        if places.len() != expected {
            checks.note("P12", 1, format!("{} {name} hooks, the rig's profile has {expected}", places.len()));
        }
        for begin in places {
            let before = lines[..begin].iter().filter(has_words).count();
            let after = lines[begin..].iter().filter(has_words).count();
            if !(if point == HookPoint::Start { before == 0 } else { after == after_end }) {
                checks.note("P12", begin + 1, format!("the {name} hook of the rig's profile is not in its place"));
            }
        }
    }
    let skipped: usize = hooks.iter().map(|hook| hook.lines).sum();
    let finding = (skipped > 0).then(|| {
        let message = format!("{skipped} lines of the rig's own hooks are not simulated");
        Finding::new("hooks-not-simulated", Severity::Warn, message)
            .times(skipped)
            .remedy("read them in the rig's profile, and watch them in the air run")
    });
    let points = hooks.iter().map(|hook| (hook.begin + 1, hook.point)).collect();
    Unhooked { text: lines.join("\n"), points, finding }
}

/// The hook that a mark names, if its lines are those of the profile.
fn find(mark: &str, begin: usize, lines: &[&str], rig: &Profile, header: &Header) -> Result<Found, String> {
    let (name, named) = mark.split_once(BEGINS).ok_or("no mark of a hook")?;
    let point = HookPoint::ALL.into_iter().find(|point| point.name() == name).ok_or("a hook of no known name")?;
    if rig.hooks.template(point).is_empty() {
        return Err("a hook that the rig's profile has not".to_owned());
    }
    let mut values = vec![
        ("session", HookValue::from(header.session)),
        ("setup", HookValue::from(header.setup.as_str())),
        ("run", HookValue::from(header.run.name())),
        ("tool", HookValue::from(header.tool)),
    ];
    for pair in named.split_ascii_whitespace() {
        let (key, value) = pair.split_once('=').ok_or("a value of a hook that is none")?;
        let value: u32 = value.parse().map_err(|_| "a value of a hook that is no number")?;
        if !["dot", "number", "of"].contains(&key) {
            return Err(format!("the value {key}, which no hook has"));
        }
        values.push((key, HookValue::from(value)));
    }
    let own = rig.hooks.lines(point, &values).map_err(|error| error.to_string())?;
    let inside = begin + 1..begin + 1 + own.len();
    let same =
        lines.get(inside.clone()).is_some_and(|found| found.iter().eq(&own)) && lines.get(inside.end) == Some(&END);
    if same {
        Ok(Found { point, begin, lines: own.len() })
    } else {
        Err(format!("not the {name} hook of the rig's profile"))
    }
}
