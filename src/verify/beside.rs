use super::checks::Checks;
use super::header::Header;
use crate::rig::{HookPoint, HookValue, Hooks, Templates};

/// Lines of the owner's between those of a dot: each has to stand before or behind the move for which the profile has it, once, with that
/// move's dot behind it.
pub(super) struct Beside {
    templates: Templates,
    values: Vec<(&'static str, HookValue)>,
    /// Lines since the last move, with their numbers.
    found: Vec<(usize, Own)>,
    /// What has to stand behind that move.
    behind: Vec<Own>,
}

/// A line and the dot that is named behind it.
pub(super) type Own = (String, u32);

impl Beside {
    pub(super) fn new(hooks: &Hooks, header: &Header) -> Result<Self, crate::error::Error> {
        let templates = Templates::new(hooks)?;
        Ok(Self { templates, values: header.values(), found: Vec::new(), behind: Vec::new() })
    }

    /// Whether the owner has lines for that point.
    pub(super) fn has(&self, point: HookPoint) -> bool {
        self.templates.has(point)
    }

    /// That tool is in from here on.
    pub(super) fn put_in(&mut self, tool: u32) {
        self.values = Header::with_tool(&self.values, tool);
    }

    /// A line of the owner's.
    pub(super) fn line(&mut self, number: usize, own: Own) {
        self.found.push((number, own));
    }

    /// A move or a wait of that kind for that dot; none for one that has no lines of its own.
    pub(super) fn motion(&mut self, line: usize, point: Option<HookPoint>, dot: u32, checks: &mut Checks) {
        let Some(point) = point.filter(|point| self.templates.has(*point)) else { return self.other(line, checks) };
        let mut values = self.values.clone();
        values.push(("dot", dot.into()));
        match self.templates.beside(point, &values) {
            Ok(sides) => {
                let [before, behind] =
                    sides.map(|lines| lines.into_iter().map(|line| (line.text, dot)).collect::<Vec<Own>>());
                self.behind.extend(before);
                self.other(line, checks);
                self.behind = behind;
            }
            Err(error) => checks.note("P12", line, error.to_string()),
        }
    }

    /// Anything else that a line does.
    pub(super) fn other(&mut self, line: usize, checks: &mut Checks) {
        let (found, expected) = (std::mem::take(&mut self.found), std::mem::take(&mut self.behind));
        if found.iter().map(|(_, own)| own).eq(&expected) {
            return;
        }
        let differs = found.iter().zip(&expected).find(|((_, own), expected)| own != *expected).map(|(found, _)| found);
        let at = differs.or(found.get(expected.len())).map_or(line, |(number, _)| *number);
        let shown =
            |lines: Vec<&Own>| lines.iter().map(|(text, dot)| format!("\"{text}\" for dot {dot}")).collect::<Vec<_>>();
        let what = format!(
            "lines of the owner's {:?}, the rig's profile has {:?} there",
            shown(found.iter().map(|(_, own)| own).collect()),
            shown(expected.iter().collect()),
        );
        checks.note("P12", at, what);
    }
}
