//! What lines of a rig's owner may say where nobody simulates them: a second reading, with the words of `words` and lists of its own.

use std::collections::BTreeSet;

use super::controller::{Contact, Controller};
use super::words::{self, Line, Word};
use crate::rig::{Drive, HookPoint, Hooks};

/// Letters of parameters that belong to no motion of any of the dialects.
const PARAMETERS: &str = "ELPQS";
/// Letters that mean nothing to a straight move where several commands stand in a line. To printers E is an axis, and H a kind of motion.
const IDLE: &str = "DEHLQ";
/// M codes that end, break off or begin anew, or go on without the operator: on grbl's relatives and LinuxCNC, on printers.
const ENDS: [&[u32]; 2] = [&[2, 30, 47, 99], &[2, 23, 24, 26, 30, 32, 81, 108, 112, 410, 524, 997, 999]];
/// What outlasts the modes that a program sets: zeros, scales, steps, limits, speeds and kinematics.
const LASTING: [&[&str]; 2] = [
    &["G7", "G10", "G28.1", "G30.1", "G50", "G51", "M428", "M429"],
    &[
        "G10", "G28.1", "G51", "G68", "G92", "M92", "M201", "M203", "M204", "M205", "M206", "M208", "M211", "M220",
        "M428", "M500", "M501", "M502", "M564", "M566", "M569", "M584", "M669", "M851",
    ],
];
/// Parts of names, between their underscores, by which Klipper's own commands end the job, write what lasts, or drive motors past its
/// kinematics. A macro of the owner's with such a part is taken for one of them.
const ENDING_PARTS: [&str; 11] =
    ["ABORT", "BUZZ", "CANCEL", "CONFIG", "FORCE", "HEATERS", "KINEMATIC", "RESTART", "SDCARD", "STEPPER", "VELOCITY"];
/// Those by which they move axes besides.
const MOVING_PARTS: [&str; 11] =
    ["CALIBRATE", "HOME", "HOMING", "LEVEL", "MOVE", "OFFSET", "PAUSE", "PROBE", "RESONANCES", "RESUME", "TILT"];
/// Commands that do one of both under another name.
const NAMES: [&str; 2] = ["PROBE", "RESTORE_GCODE_STATE"];
/// What moves under a name without parts.
const BARE: [&str; 1] = ["G28"];

/// Whether that command of Klipper's, in capitals, ends the job, lasts or, if that is asked, moves an axis of itself.
fn is_harmful(name: &str, moves_too: bool) -> bool {
    let is_part = |part: &str| {
        ENDING_PARTS.contains(&part) || (moves_too && (BARE.contains(&part) || MOVING_PARTS.contains(&part)))
    };
    NAMES.contains(&name) || name.split('_').any(is_part)
}

/// What is wrong with a line of the owner's at that point; none where nothing is.
pub(super) fn wrong(line: &str, point: HookPoint, controller: &Controller, drive: &Drive) -> Option<String> {
    let may = match point {
        HookPoint::NeedleOff => stays(line, controller),
        _ if point.is_motion() => switches(line, controller, drive),
        _ => ends_nothing(line, point == HookPoint::Start, controller),
    };
    may.err().map(|what| format!("\"{line}\" among the owner's lines for {}: {what}", point.name()))
}

/// Nothing but outputs other than the needle's.
fn switches(line: &str, controller: &Controller, drive: &Drive) -> Result<(), String> {
    match words::read(line, controller)? {
        Line::Words(words) if words.is_empty() => Ok(()),
        Line::Words(words) => {
            let ports: Vec<f64> = words.iter().filter(|word| word.letter == 'P').map(|word| word.value).collect();
            for word in &words {
                let code = Code::of(word, controller);
                let needles = match *drive {
                    Drive::Output { port, .. } if code.is_output() => Some(port),
                    Drive::Fan { fan, .. } if code.is_fan() => Some(fan),
                    _ => None,
                };
                let is_needles = needles.is_some_and(|number| {
                    ports.is_empty() || ports.iter().any(|port| (port - f64::from(number)).abs() < 0.5)
                });
                if is_needles || !(code.is_switch() || PARAMETERS.contains(word.letter)) {
                    return Err("not only outputs other than the needle's".to_owned());
                }
            }
            if words[0].letter == 'M' { Ok(()) } else { Err("no command".to_owned()) }
        }
        Line::Named(name, pairs) => {
            let pins: Vec<&str> = pairs.iter().filter(|(key, _)| key == "PIN").map(|(_, pin)| pin.as_str()).collect();
            let other = match (drive, &pins[..]) {
                (Drive::Pin { name: needle, .. }, [pin]) => !pin.eq_ignore_ascii_case(needle),
                _ => false,
            };
            let plain = pairs.iter().all(|(key, value)| {
                ["PIN", "VALUE"].contains(&key.as_str())
                    && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'))
            });
            if name == "SET_LED" || (name == "SET_PIN" && other && plain) {
                Ok(())
            } else {
                Err("not only outputs other than the needle's".to_owned())
            }
        }
    }
}

/// Nothing that moves an axis of itself.
fn stays(line: &str, controller: &Controller) -> Result<(), String> {
    match words::read(line, controller)? {
        Line::Words(words) => {
            let stays = |word: &Word| {
                let code = Code::of(word, controller);
                // Klipper has no outputs by number: what that word does is for a macro to say.
                (code.is_switch() && !(code.is_output() && controller.named_commands))
                    || code.is_drive()
                    || code.is_wait()
                    || PARAMETERS.contains(word.letter)
            };
            if words.iter().all(stays) { Ok(()) } else { Err("words that may move an axis".to_owned()) }
        }
        Line::Named(name, _) if is_harmful(&name, true) => Err("a command that may move an axis".to_owned()),
        Line::Named(..) => Ok(()),
    }
}

/// Nothing that ends the job; and nothing that lasts, but at the start.
fn ends_nothing(line: &str, start: bool, controller: &Controller) -> Result<(), String> {
    let printer = usize::from(!controller.block_language);
    let code = line.split(';').next().unwrap_or("").to_ascii_uppercase();
    let first = code.split_ascii_whitespace().next().unwrap_or("");
    if printer == 1 && first == "M117" {
        return Ok(());
    }
    if is_harmful(first, false) {
        return Err("a command that ends the job or lasts".to_owned());
    }
    if printer == 0 {
        // Only grbl and its relatives count from a touch by relative positions.
        if controller.contact == Some(Contact::Relative) && line.contains(words::REAL_TIME) {
            return Err("a character upon which the controller acts at once".to_owned());
        }
        if let Some(comment) = acting_comment(line) {
            return Err(format!("the comment \"{comment}\", which a controller carries out"));
        }
    }
    if printer == 0 && !start && code.trim_start().starts_with('$') && code.trim() != "$H" {
        return Err("a setting, which lasts".to_owned());
    }
    // Names of two letters and more: macros and their values.
    if controller.named_commands && first.bytes().take(2).filter(u8::is_ascii_uppercase).count() == 2 {
        return Ok(());
    }
    let code = if printer == 0 { outside(&code, ['(', ')']) } else { outside(&code, ['"', '"']) };
    let packed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    for (at, letter) in packed.match_indices(['G', 'M']) {
        let rest = &packed[at + 1..];
        let digits = rest.split(|c: char| !(c.is_ascii_digit() || c == '.')).next().unwrap_or("");
        let Ok(number) = digits.parse::<f64>() else {
            if printer == 0 {
                return Err(format!("{letter} without a plain number"));
            }
            continue;
        };
        // Where M0 ends the job, M1 does, too.
        let more: &[u32] = if controller.ends.contains(&"M0") { &[0, 1] } else { &[] };
        let ends = ENDS[printer].iter().chain(more).any(|end| (f64::from(*end) - number).abs() < 0.05);
        if letter == "M" && ends {
            return Err(format!("M{number}, which ends the job"));
        }
        if !start && LASTING[printer].contains(&format!("{letter}{number}").as_str()) {
            return Err(format!("{letter}{number}, which lasts"));
        }
    }
    Ok(())
}

/// The first comment that is more than one, or does not end.
fn acting_comment(line: &str) -> Option<&str> {
    let (before, behind) = line.split_once(';').unwrap_or((line, ""));
    let mut comments: Vec<&str> = before.split('(').skip(1).map(|rest| rest.split(')').next().unwrap_or("")).collect();
    comments.push(behind);
    if before.matches('(').count() != before.matches(')').count() {
        return Some(before);
    }
    let acts = |comment: &&str| {
        let text = comment.trim().to_ascii_lowercase();
        let head = text.split(',').next().unwrap_or("").trim_end();
        let is_one = |active: &&str| match active.strip_suffix(',') {
            Some(name) => head == name && **active != *words::SHOWN,
            None => text.starts_with(*active),
        };
        words::ACTIVE.iter().any(is_one)
    };
    comments.into_iter().find(acts)
}

/// Whether a line switches the needle's own drive on or off, whatever else it does; none where it does not name it.
/// What is not surely off, and at once, is on.
pub(super) fn switched(line: &str, controller: &Controller, drive: &Drive) -> Option<bool> {
    let code = line.split(';').next().unwrap_or("").to_ascii_uppercase();
    let code = if controller.block_language { outside(&code, ['(', ')']) } else { outside(&code, ['"', '"']) };
    let mut parts = code.split_ascii_whitespace();
    let first = parts.next()?;
    if controller.named_commands && first == "SET_PIN" {
        let Drive::Pin { name, .. } = drive else { return None };
        let pairs: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('=')).collect();
        let values = |key: &'static str| pairs.iter().filter(move |(known, _)| *known == key).map(|(_, value)| *value);
        let is_other = |pin: &str| {
            let is_plain =
                !pin.is_empty() && pin.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
            is_plain && !pin.eq_ignore_ascii_case(name)
        };
        let is_needles = values("PIN").next().is_none() || !values("PIN").all(is_other);
        let is_off = values("VALUE").next_back().is_some_and(|value| value.parse() == Ok(0.0));
        return is_needles.then_some(!is_off);
    }
    if !controller.block_language && first == "M117" {
        return None;
    }
    let packed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let numbers = |letter: char| -> Vec<Option<f64>> {
        let number = |(at, _): (usize, &str)| {
            let digits = &packed[at + 1..];
            let end = digits.find(|c: char| !(c.is_ascii_digit() || ".+-".contains(c))).unwrap_or(digits.len());
            digits[..end].parse().ok()
        };
        packed.match_indices(letter).map(number).collect()
    };
    let words = numbers('M');
    let has = |codes: &[f64]| words.iter().flatten().any(|word| codes.contains(word));
    let is_number = |number: u8| {
        let ports = numbers('P');
        ports.is_empty() || ports.iter().any(|port| port.is_none_or(|port| (port - f64::from(number)).abs() < 0.5))
    };
    let values = numbers('S');
    let is_zero = !values.is_empty() && values.iter().all(|value| *value == Some(0.0));
    match drive {
        Drive::Spindle { .. } if has(&[3.0, 4.0]) => Some(true),
        Drive::Spindle { .. } if has(&[5.0]) => Some(false),
        // M63 is off with the next motion only.
        Drive::Output { port, .. } if controller.full.is_none() && has(&[62.0, 63.0, 64.0]) => {
            is_number(*port).then_some(true)
        }
        Drive::Output { port, .. } if controller.full.is_none() && has(&[65.0]) => is_number(*port).then_some(false),
        Drive::Output { port, .. } if controller.full.is_some() && has(&[42.0]) => is_number(*port).then_some(!is_zero),
        Drive::Fan { fan, .. } if has(&[106.0]) => is_number(*fan).then_some(!is_zero),
        Drive::Fan { fan, .. } if has(&[107.0]) => is_number(*fan).then_some(false),
        _ => None,
    }
}

/// The text outside of pairs of marks.
fn outside(text: &str, [open, close]: [char; 2]) -> String {
    let mut inside = false;
    text.chars()
        .filter(|&c| {
            let was = inside;
            inside = if inside { c != close } else { c == open };
            !was && !inside
        })
        .collect()
}

/// A word as a code, with the family that reads it.
struct Code {
    letter: char,
    /// A whole number, or -1.
    number: i64,
    printer: bool,
}

impl Code {
    fn of(word: &Word, controller: &Controller) -> Self {
        let whole = word.value.fract() == 0.0 && (0.0..1e6).contains(&word.value) && !word.contact;
        Self {
            letter: word.letter,
            number: if whole { word.value as i64 } else { -1 },
            printer: !controller.block_language,
        }
    }

    /// Coolant, outputs, and codes that are the shop's by RS274/NGC's custom; fans, pins, sound and light of printers.
    fn is_switch(&self) -> bool {
        let known: &[i64] = if self.printer { &[42, 106, 107, 300, 355] } else { &[7, 8, 9, 62, 63, 64, 65, 67, 68] };
        self.letter == 'M' && (known.contains(&self.number) || (!self.printer && (100..200).contains(&self.number)))
    }

    fn is_output(&self) -> bool {
        self.letter == 'M' && [42, 62, 63, 64, 65].contains(&self.number)
    }

    fn is_fan(&self) -> bool {
        self.letter == 'M' && [106, 107].contains(&self.number)
    }

    fn is_drive(&self) -> bool {
        self.letter == 'M' && (3..=5).contains(&self.number)
    }

    fn is_wait(&self) -> bool {
        (self.letter == 'G' && self.number == 4) || (self.letter == 'M' && self.printer && self.number == 400)
    }
}

/// Words that stand as they are in the templates of moves and mean nothing to a move: passed over there.
pub(super) fn in_moves(hooks: &Hooks, controller: &Controller) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if !controller.block_language {
        return found;
    }
    for template in HookPoint::ALL.iter().filter(|point| point.is_motion()).flat_map(|point| hooks.template(*point)) {
        // What is computed is never among them.
        let mut text = template.as_str();
        while !text.is_empty() {
            let computed = text.find("{{").into_iter().chain(text.find("{%")).min().unwrap_or(text.len());
            for word in text[..computed].split_ascii_whitespace() {
                let number = word.get(1..).and_then(|digits| digits.parse::<f64>().ok());
                let Some((letter, number)) = word.chars().next().zip(number) else { continue };
                if IDLE.contains(letter) || (letter == 'M' && (100.0..200.0).contains(&number)) {
                    found.insert(format!("{letter}{number}"));
                }
            }
            let rest = &text[computed..];
            let end = rest.find("}}").into_iter().chain(rest.find("%}")).min().map_or(rest.len(), |end| end + 2);
            text = &rest[end..];
        }
    }
    found
}
