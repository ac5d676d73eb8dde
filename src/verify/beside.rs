use super::checks::Checks;
use super::header::Header;
use crate::rig::{HookPoint, HookValue, Hooks, Templates};

/// Lines between two moves that are kept; more of them no profile has there, and they are only counted.
const KEPT: usize = 256;
/// Characters of a line that are kept: more than a line of a profile may have.
const KEPT_OF_LINE: usize = 80;

/// Lines of the owner's between those of a dot: each has to stand before or behind the move for which the profile has it, once, with that
/// move's dot behind it.
pub(super) struct Beside {
    templates: Templates,
    values: Vec<(&'static str, HookValue)>,
    /// Lines since the last move, with their numbers, as far as they are kept; and how many there are.
    found: Vec<(usize, Own)>,
    count: usize,
    /// What has to stand behind that move.
    behind: Vec<Own>,
}

/// A line and the dot that is named behind it.
pub(super) type Own = (String, u32);

impl Beside {
    pub(super) fn new(hooks: &Hooks, header: &Header) -> Result<Self, crate::error::Error> {
        let templates = Templates::new(hooks)?;
        Ok(Self { templates, values: header.values(), found: Vec::new(), count: 0, behind: Vec::new() })
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
    pub(super) fn line(&mut self, number: usize, (mut text, dot): Own) {
        self.count += 1;
        if self.found.len() < KEPT {
            let end = text.char_indices().nth(KEPT_OF_LINE).map_or(text.len(), |(at, _)| at);
            text.truncate(end);
            text.shrink_to_fit();
            self.found.push((number, (text, dot)));
        }
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
        let count = std::mem::take(&mut self.count);
        if count == expected.len() && found.iter().map(|(_, own)| own).eq(&expected) {
            return;
        }
        let differs = found.iter().zip(&expected).position(|((_, own), expected)| own != expected);
        let first = differs.unwrap_or(expected.len().min(found.len()));
        let at = found.get(first).map_or(line, |(number, _)| *number);
        let shown =
            |own: Option<&Own>| own.map_or("none".to_owned(), |(text, dot)| format!("\"{text}\" for dot {dot}"));
        let what = format!(
            "{count} lines of the owner's, the rig's profile has {} there; the first that differs is {}, and not {}",
            expected.len(),
            shown(found.get(first).map(|(_, own)| own)),
            shown(expected.get(first)),
        );
        checks.note("P12", at, what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines without end are counted, not kept.
    #[test]
    fn what_is_kept_does_not_grow_with_the_lines() {
        let text = "; dialect=grbl plan=0123456789abcdef session=1 setup=left tool=1 run=air depth=nose dots=5\n\
            ; machine=a axes=XYZ units=mm\n";
        let mut beside = Beside::new(&Hooks::default(), &Header::read(text).unwrap()).unwrap();
        let long = "x".repeat(10_000);
        for number in 1..=100_000 {
            beside.line(number, (if number % 1000 == 1 { long.clone() } else { "M8".to_owned() }, 1));
        }
        let kept: usize = beside.found.iter().map(|(_, (text, _))| text.capacity()).sum();
        assert!(beside.found.len() == KEPT && kept <= KEPT * KEPT_OF_LINE, "{} {kept}", beside.found.len());
        let mut checks = Checks::default();
        beside.other(7, &mut checks);
        assert_eq!((checks.count("P12"), beside.found.len()), (1, 0));
        // What is cut off is no line of a profile's.
        beside.line(1, ("y".repeat(KEPT_OF_LINE + 1), 1));
        beside.behind = vec![("y".repeat(KEPT_OF_LINE), 2)];
        beside.other(8, &mut checks);
        assert_eq!(checks.count("P12"), 2);
    }
}
