//! What lines of a rig's owner may say: read as the controllers of the profile's dialect read them, and refused where that is not sure.

use super::hooks::{HookLine, HookPoint};
use super::profile::{Dialect, Drive, Profile};
use crate::error::{Error, Result};

/// How a family of controllers reads lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// RS274/NGC: several words of one line act, text in brackets is a comment, blanks and small letters make no difference.
    Blocks,
    /// Printers' firmware: one command a line.
    Commands,
    /// The same, with commands that have names.
    Named,
}

/// Words between the lines of a dot that switch lamps and outputs: they move nothing, wait for nothing and change no mode. Those of Marlin
/// and `RepRapFirmware` are in both or unknown to one of them.
fn switches(family: Family, m: f64) -> bool {
    match family {
        _ if m.fract() != 0.0 => false,
        Family::Blocks => matches!(m, 7.0..=9.0 | 62.0..=65.0 | 67.0..=68.0 | 100.0..=199.0),
        Family::Commands => [42.0, 106.0, 107.0, 300.0, 355.0].contains(&m),
        Family::Named => [106.0, 107.0].contains(&m),
    }
}

/// Characters that grbl acts upon as soon as it gets them, ahead of all lines that it still has.
const AT_ONCE: [char; 3] = ['!', '~', '?'];
/// Klipper's commands that move axes, end the job or keep what they change.
const HARMFUL_NAMES: [&str; 15] = [
    "CANCEL_PRINT",
    "FIRMWARE_RESTART",
    "FORCE_MOVE",
    "MANUAL_STEPPER",
    "PROBE",
    "RESTART",
    "RESTORE_GCODE_STATE",
    "SAVE_CONFIG",
    "SDCARD_PRINT_FILE",
    "SDCARD_RESET_FILE",
    "SET_KINEMATIC_POSITION",
    "SET_STEPPER_ENABLE",
    "SET_VELOCITY_LIMIT",
    "STEPPER_BUZZ",
    "TURN_OFF_HEATERS",
];

/// Whether the lines may stand at a point of programs for that rig; those that say a move are passed over. Errors: the first one that may
/// not, and why.
pub fn own_lines_allowed(profile: &Profile, point: HookPoint, lines: &[HookLine]) -> Result<()> {
    let family = match profile.dialect {
        Dialect::Grbl | Dialect::Grblhal | Dialect::Fluidnc | Dialect::Linuxcnc => Family::Blocks,
        Dialect::Marlin | Dialect::Reprap => Family::Commands,
        Dialect::Klipper => Family::Named,
    };
    let reader = Reader { family, dialect: profile.dialect, drive: &profile.drive };
    let wrong = |HookLine { index, text, .. }: &HookLine, expected: Expected| {
        Error::input(format!("\"{}\"", text.escape_debug()))
            .place(format!("hooks.{}[{index}]", point.name()))
            .expected(expected)
            .remedy("correct the rig profile")
    };
    let mut left = None;
    for line in lines.iter().filter(|line| !(point.is_motion() && line.moves)) {
        let read = match point {
            _ if point.is_motion() => reader.beside_a_move(&line.text),
            HookPoint::NeedleOff => reader.where_it_stands(&line.text),
            _ => reader.at_rest(&line.text, point == HookPoint::Start),
        };
        read.map_err(|expected| wrong(line, expected))?;
        left = reader.switches_needle(&line.text).map(|on| (line, on)).or(left);
    }
    // Beside a move no line names the needle's drive.
    match left {
        Some((line, false)) if point == HookPoint::NeedleOn => Err(wrong(line, "lines that leave the needle on")),
        Some((line, true)) if point != HookPoint::NeedleOn => {
            Err(wrong(line, "lines that leave the needle off, at once: nothing but needle_on leaves it running"))
        }
        _ => Ok(()),
    }
}

struct Reader<'a> {
    family: Family,
    dialect: Dialect,
    drive: &'a Drive,
}

type Expected = &'static str;

impl Reader<'_> {
    /// Lamps and outputs other than the needle's, messages, comments.
    fn beside_a_move(&self, line: &str) -> Result<(), Expected> {
        const EXPECTED: Expected =
            "beside a move only words that switch outputs other than the needle's, see \"hooks\" in the schema";
        let code = self.quiet(line)?;
        if code.is_empty() || self.is_message(&code) {
            return Ok(());
        }
        if let Some((name, pairs)) = self.named(&code) {
            let is_lamp = name == "SET_LED" || (name == "SET_PIN" && self.is_other_pin(&pairs));
            return if is_lamp { Ok(()) } else { Err(EXPECTED) };
        }
        let words = strict_words(&code).ok_or(EXPECTED)?;
        let codes = words.iter().filter(|(letter, _)| *letter == 'M').count();
        let plain = words.iter().all(|&(letter, number)| match letter {
            'M' => switches(self.family, number),
            letter => "PSQEL".contains(letter),
        });
        let first = words.first().is_some_and(|(letter, _)| *letter == 'M');
        if first && plain && (codes == 1 || self.family == Family::Blocks) && self.is_other_output(&words) {
            Ok(())
        } else {
            Err(EXPECTED)
        }
    }

    /// What leaves the axes where they are: switches of any kind, waits, macros.
    fn where_it_stands(&self, line: &str) -> Result<(), Expected> {
        const EXPECTED: Expected = "words that leave the axes where they are, above the skin: M words that switch, G4";
        let code = self.quiet(line)?;
        if code.is_empty() || self.is_message(&code) {
            return Ok(());
        }
        if let Some((name, _)) = self.named(&code) {
            return if HARMFUL_NAMES.contains(&name) { Err(EXPECTED) } else { Ok(()) };
        }
        let words = strict_words(&code).ok_or(EXPECTED)?;
        let codes = words.iter().filter(|(letter, _)| matches!(letter, 'G' | 'M')).count();
        let plain = words.iter().all(|&(letter, number)| match letter {
            'G' => number.to_bits() == 4_f64.to_bits(),
            'M' => {
                switches(self.family, number)
                    || (3.0..=5.0).contains(&number)
                    || (self.family != Family::Blocks && number.to_bits() == 400_f64.to_bits())
            }
            letter => "PSQEL".contains(letter),
        });
        if plain && codes > 0 && (codes == 1 || self.family == Family::Blocks) { Ok(()) } else { Err(EXPECTED) }
    }

    /// Anything but the end of the program and, unless it is the start, what no later words take back.
    fn at_rest(&self, line: &str, start: bool) -> Result<(), Expected> {
        if matches!(self.dialect, Dialect::Grbl | Dialect::Grblhal | Dialect::Fluidnc) && line.contains(AT_ONCE) {
            return Err("none of the characters ! ~ ?, upon which the controller acts at once");
        }
        let code = self.without_comments(line)?.to_ascii_uppercase();
        if self.is_message(code.trim()) {
            return Ok(());
        }
        let name = code.split_ascii_whitespace().next().unwrap_or("");
        if HARMFUL_NAMES.contains(&name) || name == "ABORT" {
            return Err("no command that ends the job or keeps what it changes");
        }
        if self.named(code.trim()).is_some() {
            return Ok(());
        }
        if !start && code.trim_start().starts_with('$') && self.family == Family::Blocks && code.trim() != "$H" {
            return Err("no settings beside those of the start");
        }
        for (letter, number) in loose_words(&code, &['G', 'M']) {
            let Some(number) = number else {
                if self.family == Family::Blocks {
                    return Err("plain numbers behind G and M");
                }
                continue;
            };
            if letter == 'M' && self.ends(number) {
                return Err("no word that ends the program, as M2 or M30: the needle is yet to be switched off");
            }
            if !start && self.keeps(letter, number) {
                return Err("no word that shifts the zero or changes what no mode takes back, except at the start");
            }
        }
        Ok(())
    }

    /// Whether the line switches the needle's own drive, on or off. What is not off for sure is on.
    fn switches_needle(&self, line: &str) -> Option<bool> {
        let code = self.without_comments(line).ok()?.to_ascii_uppercase();
        if self.is_message(code.trim()) {
            return None;
        }
        if let Some(("SET_PIN", pairs)) = self.named(code.trim()) {
            let Drive::Pin { name: needle, .. } = self.drive else { return None };
            let plain = |pin: &str| pin.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
            let mut pins = pairs.iter().filter_map(|pair| pair.strip_prefix("PIN=")).peekable();
            let is_needles = pins.peek().is_none() || pins.any(|pin| !plain(pin) || pin.eq_ignore_ascii_case(needle));
            let zero = |pair: &&str| pair.strip_prefix("VALUE=").is_some_and(|v| v.parse() == Ok(0.0));
            return is_needles.then(|| !pairs.iter().any(zero));
        }
        let words = loose_words(&code, &['M', 'P', 'S']);
        let all = |letter: char| words.iter().filter(move |word| word.0 == letter).map(|word| word.1);
        let has = |codes: &[f64]| all('M').flatten().any(|number| codes.contains(&number));
        let is_port = |own: u8| {
            all('P').next().is_none()
                || all('P').any(|port| port.is_none_or(|p| p.to_bits() == f64::from(own).to_bits()))
        };
        let is_zero = all('S').next().is_some() && all('S').all(|value| value == Some(0.0));
        match *self.drive {
            Drive::Spindle { .. } => has(&[3.0, 4.0]).then_some(true).or(has(&[5.0]).then_some(false)),
            // M63 waits for the next motion.
            Drive::Output { port, .. } if self.family == Family::Blocks && is_port(port) => {
                has(&[62.0, 63.0, 64.0]).then_some(true).or(has(&[65.0]).then_some(false))
            }
            Drive::Output { port, .. } if has(&[42.0]) && is_port(port) => Some(!is_zero),
            Drive::Fan { fan, .. } if has(&[106.0]) && is_port(fan) => Some(!is_zero),
            Drive::Fan { fan, .. } if has(&[107.0]) && is_port(fan) => Some(false),
            _ => None,
        }
    }

    /// Whether the job is over with it, or begins anew.
    fn ends(&self, m: f64) -> bool {
        let ends: &[f64] = match self.dialect {
            Dialect::Grbl | Dialect::Grblhal | Dialect::Fluidnc | Dialect::Linuxcnc => &[2.0, 30.0, 47.0, 99.0],
            Dialect::Marlin => &[2.0, 23.0, 26.0, 30.0, 32.0, 81.0, 108.0, 112.0, 410.0, 524.0, 997.0, 999.0],
            Dialect::Reprap => &[0.0, 1.0, 2.0, 23.0, 26.0, 30.0, 32.0, 81.0, 112.0, 997.0, 999.0],
            Dialect::Klipper => &[2.0, 23.0, 26.0, 30.0, 112.0],
        };
        ends.contains(&m)
    }

    /// Whether what it changes outlasts the modes that programs set: zeros, steps, scales, limits and speeds.
    fn keeps(&self, letter: char, number: f64) -> bool {
        let kept: &[f64] = match (self.family, letter) {
            (Family::Blocks, 'G') => &[7.0, 10.0, 28.1, 30.1, 50.0, 51.0],
            (Family::Blocks, _) => &[428.0, 429.0],
            (_, 'G') => &[10.0, 28.1, 51.0, 68.0, 92.0],
            _ => &[
                92.0, 201.0, 203.0, 204.0, 205.0, 206.0, 208.0, 211.0, 220.0, 428.0, 500.0, 501.0, 502.0, 564.0, 566.0,
                569.0, 584.0, 669.0, 851.0,
            ],
        };
        kept.contains(&number)
    }

    /// The line without its comments, none of which does anything.
    fn quiet(&self, line: &str) -> Result<String, Expected> {
        if line.contains(AT_ONCE) {
            return Err("none of the characters ! ~ ?, upon which a controller may act at once");
        }
        Ok(self.without_comments(line)?.trim().to_owned())
    }

    /// The line with a blank in place of each comment. LinuxCNC carries some of them out.
    fn without_comments(&self, line: &str) -> Result<String, Expected> {
        let brackets = self.family == Family::Blocks;
        let (mut code, mut comments, mut inside) = (String::new(), vec![String::new()], false);
        let mut rest = line.chars();
        while let Some(c) = rest.next() {
            match (inside, c) {
                (false, ';') => {
                    comments.push(rest.collect());
                    break;
                }
                (false, '(') if brackets => {
                    inside = true;
                    comments.push(String::new());
                }
                (true, ')') => {
                    inside = false;
                    code.push(' ');
                }
                (true, _) => comments.iter_mut().rev().take(1).for_each(|comment| comment.push(c)),
                (false, _) => code.push(c),
            }
        }
        let acts = comments.iter().map(|comment| comment.trim_start().to_ascii_uppercase()).any(|comment| {
            let head = comment.split(',').next().unwrap_or("").to_owned();
            ["DEBUG", "PRINT", "LOG", "LOGOPEN", "LOGAPPEND", "PY", "ABORT"].contains(&head.trim_end())
                || comment.starts_with("PROBE")
                || comment.starts_with("LOGCLOSE")
        });
        if inside || (acts && self.family == Family::Blocks) {
            return Err("comments that end and do nothing");
        }
        Ok(code)
    }

    /// A text for the display, to the end of the line.
    fn is_message(&self, code: &str) -> bool {
        self.family != Family::Blocks && (code == "M117" || code.starts_with("M117 "))
    }

    /// A command with a name, and what stands behind it.
    fn named<'c>(&self, code: &'c str) -> Option<(&'c str, Vec<&'c str>)> {
        let mut parts = code.split_ascii_whitespace();
        let name = parts.next().filter(|_| self.family == Family::Named)?;
        let is_letter = |b: u8| b.is_ascii_uppercase() || b == b'_';
        let begins = name.len() > 1 && name.bytes().take(2).all(is_letter);
        let is_name = begins && name.bytes().all(|b| is_letter(b) || b.is_ascii_digit());
        is_name.then(|| (name, parts.collect()))
    }

    fn is_other_pin(&self, pairs: &[&str]) -> bool {
        let Drive::Pin { name: needle, .. } = self.drive else { return false };
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'='));
        let mut pins = pairs.iter().filter_map(|pair| pair.strip_prefix("PIN="));
        let is_other = pins.next().is_some_and(|pin| !pin.eq_ignore_ascii_case(needle)) && pins.next().is_none();
        is_other && pairs.iter().all(|pair| plain(pair) && (pair.starts_with("PIN=") || pair.starts_with("VALUE=")))
    }

    /// Whether none of the words switches the output on which the needle hangs.
    fn is_other_output(&self, words: &[(char, f64)]) -> bool {
        let has = |codes: &[f64]| words.iter().any(|(letter, number)| *letter == 'M' && codes.contains(number));
        let number = match *self.drive {
            Drive::Output { port, .. } if has(&[62.0, 63.0, 64.0, 65.0, 42.0]) => port,
            Drive::Fan { fan, .. } if has(&[106.0, 107.0]) => fan,
            _ => return true,
        };
        let mut ports = words.iter().filter(|(letter, _)| *letter == 'P').map(|(_, port)| *port).peekable();
        ports.peek().is_some() && ports.all(|port| port.to_bits() != f64::from(number).to_bits())
    }
}

/// Words of a line in capitals, each number right behind its letter; none where there is anything else.
fn strict_words(code: &str) -> Option<Vec<(char, f64)>> {
    let mut words = Vec::new();
    for mut rest in code.split_ascii_whitespace() {
        while let Some(letter) = rest.chars().next() {
            let digits = rest.strip_prefix(|c: char| c.is_ascii_uppercase())?;
            let end = digits.find(|c: char| !(c.is_ascii_digit() || ".+-".contains(c))).unwrap_or(digits.len());
            words.push((letter, digits[..end].parse().ok()?));
            rest = &digits[end..];
        }
    }
    Some(words)
}

/// Words with those letters of a line in capitals, wherever they stand but in quotation marks, blanks passed over; none
/// for a number that is none.
fn loose_words(code: &str, letters: &[char]) -> Vec<(char, Option<f64>)> {
    let outside = code.split('"').step_by(2).collect::<String>();
    let packed: String = outside.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let word = |(at, letter): (usize, char)| {
        let digits = &packed[at + letter.len_utf8()..];
        let end = digits.find(|c: char| !(c.is_ascii_digit() || ".+-".contains(c))).unwrap_or(digits.len());
        (letter, digits[..end].parse().ok())
    };
    packed.char_indices().filter(|(_, c)| letters.contains(c)).map(word).collect()
}
