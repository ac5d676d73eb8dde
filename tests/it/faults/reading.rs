//! What a program makes a rig do, read as plainly as possible: only what the writer's programs hold, and nothing that
//! `verify` uses.

use std::collections::BTreeSet;

use tonsure::rig::{Dialect, Profile};

/// Positions of the axes, by the order of the profile; unknown until the program names one.
pub(super) type Place = [Option<f64>; 6];

const UNKNOWN: Place = [None; 6];

/// One thing that the rig does.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    /// Line that asks for it, from 0.
    pub(super) line: usize,
    pub(super) deed: Deed,
    pub(super) from: Place,
    pub(super) to: Place,
    /// Modes in force while something moves.
    pub(super) modes: BTreeSet<String>,
}

/// How fast a rapid may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rate {
    /// As the axes can.
    Free,
    /// By a feed, mm/min.
    Feed(f64),
    /// All of it in that time, s.
    Within(f64),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Deed {
    /// A rapid, or what stands for one.
    Way(Rate),
    /// A feed move, mm/min.
    Stroke(Option<f64>),
    /// A rest, s.
    Rest(f64),
    /// Needle, stop or end, as it stands there.
    Switch(String),
    /// Whatever else stands there.
    Word(String),
}

/// Letter and number of a word, and where it stands in its line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word {
    pub(super) letter: char,
    pub(super) value: f64,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What is no comment of a line.
pub(super) fn code(line: &str) -> &str {
    let end = line.find(['(', ';']).unwrap_or(line.len());
    line[..end].trim_end()
}

/// Words of a line; `None` where it holds something else.
pub(super) fn words(line: &str) -> Option<Vec<Word>> {
    let line = code(line);
    let mut words = Vec::new();
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b' ' || bytes[at] == b'\t' {
            at += 1;
            continue;
        }
        let start = at;
        let letter = bytes[at];
        at += 1;
        while bytes.get(at).is_some_and(|b| b" \t".contains(b)) {
            at += 1;
        }
        let digits = at;
        while bytes.get(at).is_some_and(|b| b.is_ascii_digit() || b"+-.".contains(b)) {
            at += 1;
        }
        let value = line.get(digits..at)?.parse().ok()?;
        words.push(Word { letter: char::from(letter), value, start, end: at });
        if !letter.is_ascii_uppercase() {
            return None;
        }
    }
    Some(words)
}

/// Modes in which our programs run; all others are other words.
fn modes(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Marlin | Dialect::Klipper => &["G21", "G90"],
        Dialect::Reprap => &["M453", "G21", "G54", "G90", "G94"],
        Dialect::Linuxcnc => &["G17", "G21", "G40", "G49", "G54", "G61", "G80", "G90", "G94", "G92.1"],
        _ => &["G17", "G21", "G40", "G49", "G54", "G90", "G94", "G92.1"],
    }
}

/// Whether one axis has two places, or a line two motions.
fn is_twice(words: &[Word]) -> bool {
    let motions = words.iter().filter(|word| word.letter == 'G' && [0.0, 1.0].contains(&word.value)).count();
    let twice = |(at, word): (usize, &Word)| {
        "GM".find(word.letter).is_none() && words[..at].iter().any(|w| w.letter == word.letter)
    };
    motions > 1 || words.iter().enumerate().any(twice)
}

fn is_switch(name: &str) -> bool {
    ["M3", "M5", "M0", "M1", "M2", "M64", "M65", "M42", "M106", "M226", "M400", "PAUSE", "SET_PIN"].contains(&name)
}

/// All steps of a program, in their order.
pub(super) fn steps(text: &str, profile: &Profile) -> Vec<Step> {
    let dialect = profile.dialect;
    let printer = matches!(dialect, Dialect::Marlin | Dialect::Klipper | Dialect::Reprap);
    let mut steps: Vec<Step> = Vec::new();
    let mut at = UNKNOWN;
    let (mut motion, mut feed, mut inverse) = (None, None, false);
    let mut in_force: BTreeSet<String> = BTreeSet::new();
    for (number, line) in text.split('\n').enumerate() {
        let mut line = line.strip_suffix('\r').unwrap_or(line);
        // A message is shown, and does nothing.
        if line.starts_with("(MSG,") || (printer && line.starts_with("M117 ")) {
            continue;
        }
        // Words beside a comment in brackets are read by some and not by others.
        let spoken = line.split(';').next().unwrap_or("");
        let whole = spoken.starts_with('(') && spoken.find(')') == Some(spoken.trim_end().len() - 1);
        let odd = spoken.contains(['(', ')']) && !whole;
        if !odd {
            line = code(line);
        }
        if line.trim().is_empty() {
            continue;
        }
        let mut push = |deed: Deed, from: Place, to: Place, modes: &BTreeSet<String>| {
            let moves = matches!(deed, Deed::Way(_) | Deed::Stroke(_));
            let modes = if moves { modes.clone() } else { BTreeSet::new() };
            steps.push(Step { line: number, deed, from, to, modes });
        };
        let Some(words) = words(line).filter(|words| !odd && !is_twice(words)) else {
            let name = line.split(' ').next().unwrap_or("");
            if line == "SET_GCODE_OFFSET X=0 Y=0 Z=0" {
                in_force.insert(line.to_owned());
                continue;
            }
            let deed = if is_switch(name) { Deed::Switch } else { Deed::Word };
            push(deed(line.to_owned()), at, at, &in_force);
            if name == "PAUSE" {
                in_force.clear();
                at = UNKNOWN;
            }
            continue;
        };
        let mut to = at;
        let (mut dwell, mut axes, mut others) = (false, false, Vec::new());
        if printer {
            motion = None;
        }
        for word in &words {
            let axis = profile.axes.iter().position(|axis| axis.letter == word.letter);
            let code = format!("{}{}", word.letter, word.value);
            match (axis, code.as_str()) {
                (Some(axis), _) => (to[axis], axes) = (Some(word.value), true),
                (_, "G0" | "G1") => motion = Some(code),
                (_, "G4") => dwell = true,
                // A unit of the feed of its own, until G94.
                (_, "G93") => inverse = true,
                (_, code) if modes(dialect).contains(&code) => {
                    inverse &= code != "G94";
                    in_force.insert(code.to_owned());
                }
                (_, "M30") => others.push("M2".to_owned()),
                _ if word.letter == 'F' && word.value > 0.0 => feed = Some(word.value),
                _ => others.push(code),
            }
        }
        if dwell && others.len() == 1 && others[0].starts_with('P') && !axes {
            let unit_s = if printer { 0.001 } else { 1.0 };
            push(Deed::Rest(others[0][1..].parse::<f64>().unwrap() * unit_s), at, at, &in_force);
            continue;
        }
        if dwell {
            others.push("G4".to_owned());
        }
        // A feed is for feed moves, and so is a time.
        let is_fed = words.iter().any(|word| word.letter == 'F');
        if is_fed && !printer && motion.as_deref() != Some("G1") {
            others.push("F".to_owned());
        }
        if others == ["M220", "S100"] {
            in_force.insert(others.concat());
            others.clear();
        }
        // Before anything has moved there is nothing to wait for.
        if others == ["M400"] && at.iter().take(profile.axes.len()).all(Option::is_none) {
            continue;
        }
        if others.first().is_some_and(|first| is_switch(first)) {
            let stops = ["M0", "M1", "M226"].contains(&others[0].as_str());
            push(Deed::Switch(others.join("")), at, at, &in_force);
            if stops {
                in_force.clear();
                (motion, feed) = (None, None);
                // Hands may move the axes meanwhile.
                (at, to) = (UNKNOWN, UNKNOWN);
            }
        } else {
            for word in others {
                push(Deed::Word(word), at, at, &in_force);
            }
        }
        if axes {
            let deed = match motion.as_deref() {
                Some("G0") if matches!(dialect, Dialect::Marlin | Dialect::Klipper) => {
                    Deed::Way(feed.map_or(Rate::Free, Rate::Feed))
                }
                Some("G0") => Deed::Way(Rate::Free),
                Some("G1") if inverse && !is_fed => Deed::Word(format!("{line} without its time")),
                Some("G1") if inverse => Deed::Way(feed.map_or(Rate::Free, |feed| Rate::Within(60.0 / feed))),
                // From wherever the machine stands nothing is struck: such a move is a way.
                Some("G1") if feed.is_some() && at.iter().take(profile.axes.len()).any(Option::is_none) => {
                    Deed::Way(feed.map_or(Rate::Free, Rate::Feed))
                }
                Some("G1") => Deed::Stroke(feed),
                _ => Deed::Word(format!("{line} without G0 or G1")),
            };
            push(deed, at, to, &in_force);
            at = to;
        }
    }
    merged(steps)
}

/// Rests one after the other in one, and nothing switched twice in a row.
fn merged(steps: Vec<Step>) -> Vec<Step> {
    let mut all: Vec<Step> = Vec::new();
    for step in steps {
        match (all.last_mut().map(|last| &mut last.deed), &step.deed) {
            (Some(Deed::Rest(sum)), Deed::Rest(more)) => *sum += more,
            (Some(Deed::Switch(last)), Deed::Switch(name))
                if last == name && !["M0", "M1", "M2", "M226", "PAUSE"].contains(&name.as_str()) => {}
            _ => all.push(step),
        }
    }
    all
}
