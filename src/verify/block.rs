use super::action::{AXES, Positions};
use super::controller::Contact;
use super::interpreter::{Machine, Reader};
use super::words::Word;
use crate::rig::Drive;

/// The words of one line, sorted by what they are for.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools, reason = "each says whether a word was there")]
pub(super) struct Block {
    pub(super) motion: Option<u8>,
    /// G38.2.
    pub(super) probe: bool,
    pub(super) dwell: bool,
    /// M3 or M5.
    pub(super) needle: Option<bool>,
    /// M64 or M65.
    pub(super) output: Option<bool>,
    /// M42 or M106.
    pub(super) value: bool,
    /// M220, the speed factor.
    pub(super) factor: bool,
    pub(super) pause: bool,
    pub(super) optional: bool,
    pub(super) end: bool,
    pub(super) axes: Positions,
    /// Which of `axes` count from where a probe has touched.
    pub(super) contacts: [bool; AXES],
    pub(super) f: Option<f64>,
    pub(super) p: Option<f64>,
    pub(super) s: Option<f64>,
    /// Modal groups of which the line has had a word.
    groups: Vec<&'static str>,
}

/// The modal group of a code: of each a line may hold one word (NIST IR 6556, table 4, with the path modes of LinuxCNC).
fn modal_group(letter: char, tenths: i64) -> Option<&'static str> {
    match (letter, tenths) {
        ('G', 0 | 10 | 20 | 30 | 380..=389 | 730 | 760 | 800..=890) => Some("motion"),
        ('G', 40 | 100 | 280 | 281 | 300 | 301 | 520 | 530 | 920..=923) => Some("no mode"),
        ('G', 170..=191) => Some("plane"),
        ('G', 900 | 910) => Some("distance"),
        ('G', 930..=950) => Some("feed mode"),
        ('G', 200 | 210) => Some("units"),
        ('G', 400..=421) => Some("cutter radius"),
        ('G', 430..=490) => Some("tool length"),
        ('G', 540..=593) => Some("work offset"),
        ('G', 610..=640) => Some("path"),
        ('M', 0 | 10 | 20 | 300 | 600) => Some("stop"),
        ('M', 30..=50) => Some("spindle"),
        _ => None,
    }
}

impl Reader<'_> {
    /// Puts a word where it belongs. Modes and waits take effect at once.
    pub(super) fn sort(&mut self, Word { letter, value, contact }: Word, block: &mut Block) {
        let Machine { controller, letters, drive, .. } = self.machine;
        let tenths = value * 10.0;
        // Codes are exact to a tenth; what is not is no code.
        let code = if (0.0..1e4).contains(&tenths) && tenths.fract() == 0.0 { tenths as i64 } else { -1 };
        if let Some(group) = modal_group(letter, code) {
            if block.groups.contains(&group) {
                self.fault(format!("{letter}{value} beside another word of its group, {group}"));
            }
            block.groups.push(group);
        }
        let by_number = matches!(drive, Drive::Output { .. });
        let twice = if let Some(axis) = letters.iter().position(|&known| known == letter) {
            block.contacts[axis] = contact;
            block.axes[axis].replace(value).is_some()
        } else {
            match (letter, code) {
                ('G', 0) => block.motion.replace(0).is_some(),
                ('G', 10) => block.motion.replace(1).is_some(),
                ('G', 40) => std::mem::replace(&mut block.dwell, true),
                ('G', 382) if controller.contact.is_some() => std::mem::replace(&mut block.probe, true),
                ('G', 910) if controller.contact == Some(Contact::Relative) => {
                    // Only G90 brings the absolute positions back.
                    self.modes.set.remove("G90");
                    std::mem::replace(&mut self.modes.relative, true)
                }
                ('G', 930) if controller.inverse_time => {
                    // No feed outlives a change of its unit.
                    self.modes.feed_mm_min = None;
                    self.modes.inverse_time = true;
                    false
                }
                ('M', 30 | 50) if matches!(drive, Drive::Spindle { .. }) => block.needle.replace(code == 30).is_some(),
                ('M', 640 | 650) if by_number && controller.full.is_none() => {
                    block.output.replace(code == 640).is_some()
                }
                ('M', 420) if by_number && controller.full.is_some() => std::mem::replace(&mut block.value, true),
                ('M', 1060) if matches!(drive, Drive::Fan { .. }) => std::mem::replace(&mut block.value, true),
                ('M', 2200) if controller.modes.contains(&"M220") => std::mem::replace(&mut block.factor, true),
                ('M', 4000) if !controller.block_language => {
                    self.modes.moving = false;
                    false
                }
                ('F', _) if value > 0.0 => block.f.replace(value).is_some(),
                ('P', _) => block.p.replace(value).is_some(),
                ('S', _) if value > 0.0 || block.value => block.s.replace(value).is_some(),
                ('G' | 'M', 0..) => self.mode(letter, code, block),
                _ => {
                    self.unknown(&format!("{letter}{value}"));
                    false
                }
            }
        };
        if twice {
            self.fault(format!("{letter}{value} beside another word of its kind"));
        }
    }

    /// Modes, stops and the end, by the names that the controller has for them. Says whether the line had it before.
    fn mode(&mut self, letter: char, tenths: i64, block: &mut Block) -> bool {
        let controller = self.machine.controller;
        let name = format!("{letter}{}", tenths as f64 / 10.0);
        if let Some(mode) = controller.modes.iter().copied().find(|mode| *mode == name) {
            match mode {
                // G80 also ends the motion mode.
                "G80" => self.modes.motion = None,
                "G90" => self.modes.relative = false,
                "G94" => self.modes.inverse_time = false,
                _ => {}
            }
            self.modes.set.insert(mode);
            false
        } else if name == controller.pauses {
            std::mem::replace(&mut block.pause, true)
        } else if controller.optional_stop == Some(name.as_str()) {
            std::mem::replace(&mut block.optional, true)
        } else if controller.ends.contains(&name.as_str()) {
            std::mem::replace(&mut block.end, true)
        } else {
            self.unknown(&name);
            false
        }
    }

    fn unknown(&mut self, word: &str) {
        if self.machine.own.contains(word) {
            self.unseen += 1;
        } else {
            self.fault(format!("the word {word}, which this program must not use"));
        }
    }
}
