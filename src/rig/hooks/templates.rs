use minijinja::value::Kwargs;
use minijinja::{Environment, ErrorKind, UndefinedBehavior};

use super::{HookPoint, HookValue, Hooks, LONGEST_LINE, is_move};
use crate::error::{Error, Result};

/// Longest line of a template, characters.
const LONGEST_TEMPLATE: usize = 1000;
/// Steps that one line of a template may take; 64 bytes that it makes count as one (minijinja's fuel).
const MOST_WORK: u64 = 10_000;

/// The templates of a profile's [`Hooks`], compiled once for all lines of a program.
///
/// Values go in by name; what the lines say is not looked at here.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
    /// Templates of each point, in the order of [`HookPoint::ALL`].
    points: Vec<Vec<Template>>,
}

/// A line that a template has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookLine {
    /// Number of its template at that point, from 0.
    pub index: usize,
    /// What it says.
    pub text: String,
    /// Whether it says where to move or how long to wait.
    pub moves: bool,
}

#[derive(Debug)]
struct Template {
    /// Its place in a profile, under which the environment has it.
    place: String,
    /// Whether it says where to move or how long to wait.
    moves: bool,
    /// Whether there is nothing in it at all.
    blank: bool,
    /// Its parts where it only names values: those are put together without minijinja, which takes ten times as long.
    parts: Option<Vec<Part>>,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(String),
}

/// Texts and names of a template that consists of nothing else.
fn plain_parts(template: &str) -> Option<Vec<Part>> {
    const WORDS: [&str; 9] = ["true", "false", "none", "not", "and", "or", "in", "is", "if"];
    if template.contains("{%") || template.contains("{#") || template.contains(['\n', '\r']) {
        return None;
    }
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((text, code)) = rest.split_once("{{") {
        let (name, behind) = code.split_once("}}")?;
        let name = name.trim_matches(' ');
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if !is_name || WORDS.contains(&name) {
            return None;
        }
        parts.extend([Part::Text(text.to_owned()), Part::Value(name.to_owned())]);
        rest = behind;
    }
    parts.push(Part::Text(rest.to_owned()));
    Some(parts)
}

impl Templates {
    /// Compiles the templates. Errors: one that is none, or is too long.
    pub fn new(hooks: &Hooks) -> Result<Self> {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(MOST_WORK));
        let mut compile = |point: HookPoint, index: usize, text: &str| {
            let place = format!("hooks.{}[{index}]", point.name());
            if text.len() > LONGEST_TEMPLATE {
                let found = format!("a template of {} characters", text.len());
                return Err(fault(&place, found, &format!("at most {LONGEST_TEMPLATE} characters")));
            }
            let added = environment.add_template_owned(place.clone(), text.to_owned());
            added.map_err(|error| not_rendered(&place, &error))?;
            Ok(Template { place, moves: is_move(text), blank: text.trim().is_empty(), parts: plain_parts(text) })
        };
        let mut points = Vec::with_capacity(HookPoint::ALL.len());
        for point in HookPoint::ALL {
            let texts = hooks.template(point).iter().enumerate();
            points.push(texts.map(|(index, text)| compile(point, index, text)).collect::<Result<_>>()?);
        }
        Ok(Self { environment, points })
    }

    /// Whether the owner has lines for that point.
    pub fn has(&self, point: HookPoint) -> bool {
        !self.of(point).is_empty()
    }

    /// The lines of a point with the values put in; lines that a template leaves empty are left out. Errors: a template that does not fit
    /// the values or does too much work, a line that is no printable ASCII, is too long, or looks like a mark around hooks.
    pub fn lines(&self, point: HookPoint, values: &[(&str, HookValue)]) -> Result<Vec<HookLine>> {
        self.rendered(point, values, |_| true)
    }

    /// Those of them that stand beside the line that says the move of that point: before it, and behind it.
    pub fn beside(&self, point: HookPoint, values: &[(&str, HookValue)]) -> Result<[Vec<HookLine>; 2]> {
        let moves = self.of(point).iter().position(|template| template.moves).unwrap_or(usize::MAX);
        let mut before = self.rendered(point, values, |template| !template.moves)?;
        let behind = before.split_off(before.partition_point(|line| line.index < moves));
        Ok([before, behind])
    }

    fn of(&self, point: HookPoint) -> &[Template] {
        let at = HookPoint::ALL.iter().position(|known| *known == point);
        at.and_then(|at| self.points.get(at)).map_or(&[], Vec::as_slice)
    }

    fn rendered(
        &self,
        point: HookPoint,
        values: &[(&str, HookValue)],
        wanted: impl Fn(&Template) -> bool,
    ) -> Result<Vec<HookLine>> {
        let mut templates = self.of(point).iter().enumerate().filter(|(_, template)| wanted(template)).peekable();
        if templates.peek().is_none() {
            return Ok(Vec::new());
        }
        let mut all: Option<HookValue> = None;
        let mut lines = Vec::new();
        for (index, Template { place, moves, blank, parts }) in templates {
            let line = if let Some(line) = parts.as_ref().and_then(|parts| joined(parts, values)) {
                line
            } else {
                let all = all.get_or_insert_with(|| {
                    HookValue::from(values.iter().map(|&(name, ref value)| (name, value.clone())).collect::<Kwargs>())
                });
                let line = self.environment.get_template(place).and_then(|template| template.render(all.clone()));
                line.map_err(|error| not_rendered(place, &error))?
            };
            if line.trim().is_empty() && !blank {
                continue;
            }
            let shown = || format!("\"{}\"", line.escape_debug().take(2 * LONGEST_LINE).collect::<String>());
            let plain = (1..=LONGEST_LINE).contains(&line.len()) && line.bytes().all(|b| (b' '..=b'~').contains(&b));
            if !plain || line.contains('%') {
                let expected = format!("1 to {LONGEST_LINE} printable ASCII characters without %");
                return Err(fault(place, shown(), &expected));
            }
            if line.trim_start().starts_with("; hook") || line.contains("; own dot=") {
                return Err(fault(place, shown(), "no line that looks like the mark of a hook"));
            }
            lines.push(HookLine { index, text: line, moves: *moves });
        }
        Ok(lines)
    }
}

/// The parts with the values put in; none where one of them has no value.
fn joined(parts: &[Part], values: &[(&str, HookValue)]) -> Option<String> {
    let mut line = String::with_capacity(LONGEST_LINE);
    for part in parts {
        match part {
            Part::Text(text) => line.push_str(text),
            Part::Value(name) => {
                let (_, value) = values.iter().rfind(|(known, _)| known == name)?;
                match value.as_str() {
                    Some(text) => line.push_str(text),
                    None => line.push_str(&value.to_string()),
                }
            }
        }
    }
    Some(line)
}

fn not_rendered(place: &str, error: &minijinja::Error) -> Error {
    let expected = match error.kind() {
        ErrorKind::OutOfFuel => "one that is done in a few steps",
        _ => "minijinja",
    };
    fault(place, format!("a template with a fault: {error}"), expected)
}

fn fault(place: &str, found: String, expected: &str) -> Error {
    Error::input(found).place(place).expected(expected).remedy("correct the rig profile")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Put together by hand or by minijinja: the same.
    #[test]
    fn plain_templates_say_the_same_either_way() {
        let values = [("dot", 7.into()), ("words", "G1X5".into()), ("f", "".into()), ("x", "-0.5".into())];
        let texts = [
            "M8",
            "  ",
            "{{ words }}",
            "{{words}} ; {{ dot }}{{dot}}",
            "a } b {{ x }} { c }}",
            "{{ dot }}{ {",
            "G1 X{{ x }}F{{ f }} ",
            "{{ nothing }}",
            "{{ words",
            "{{ 'G' }}",
            "{{ dot + 1 }}",
            "{{ true }}",
            "{{- x }}",
            "{% if f %}F{% endif %}",
            "{{ }}",
        ];
        let mut by_hand = 0;
        for text in texts {
            let hooks = Hooks { wipe: vec![text.to_owned()], ..Hooks::default() };
            let Ok(mut templates) = Templates::new(&hooks) else { continue };
            let lines =
                |templates: &Templates| templates.lines(HookPoint::Wipe, &values).map_err(|error| error.to_string());
            let found = lines(&templates);
            by_hand += templates.points.iter_mut().flatten().filter_map(|template| template.parts.take()).count();
            assert_eq!(found, lines(&templates), "{text}");
        }
        assert_eq!(by_hand, 8);
    }
}
