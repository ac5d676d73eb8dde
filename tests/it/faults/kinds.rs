//! The faults that are injected, one kind at a time.

use nalgebra::Matrix3;
use rand::RngExt;
use rand_pcg::Pcg64;
use tonsure::geometry::{Point, Vector};
use tonsure::rig::{Dialect, Joints, forward};

use super::corpus::Good;
use super::oracle::{Oracle, joints};
use super::reading::{Deed, Place, Step, Word, code, words};

/// A good program, split into lines.
pub(super) struct Source<'a> {
    pub(super) good: &'a Good,
    pub(super) oracle: Oracle<'a>,
    pub(super) lines: Vec<&'a str>,
    /// Numbers of the lines that are no comments, from 0.
    pub(super) code: Vec<usize>,
}

/// Makes one fault at a random place; `None` where the program has no place for it.
type Fault = fn(&Source<'_>, &mut Pcg64) -> Option<Vec<u8>>;

pub(super) const FAULTS: [(&str, Fault); 39] = [
    ("line lost", |s, r| {
        let at = pick(&s.code, r)?;
        s.edited(|lines| drop(lines.remove(at)))
    }),
    ("line doubled", |s, r| {
        let at = pick(&s.code, r)?;
        s.edited(|lines| lines.insert(at, lines[at].clone()))
    }),
    ("digits swapped", |s, r| {
        s.in_number(r, |digits, r| {
            let pairs: Vec<usize> = (1..digits.len()).filter(|&i| digits[i - 1] != digits[i]).collect();
            let at = pick(&pairs, r)?;
            digits.swap(at - 1, at);
            Some(())
        })
    }),
    ("digit dropped", |s, r| {
        s.in_number(r, |digits, r| {
            let places: Vec<usize> = (0..digits.len()).filter(|&i| digits[i].is_ascii_digit()).collect();
            digits.remove(pick(&places, r)?);
            Some(())
        })
    }),
    ("sign flipped", |s, r| {
        s.in_number(r, |digits, _| {
            let signed = digits[0] == b'-';
            digits.splice(..usize::from(signed), if signed { None } else { Some(b'-') });
            Some(())
        })
    }),
    ("decimal point moved", |s, r| {
        s.in_number(r, |digits, r| {
            let point = digits.iter().position(|b| *b == b'.').unwrap_or(digits.len());
            if point < digits.len() {
                digits.remove(point);
            }
            let to = if r.random() { point + 1 } else { point.checked_sub(1)? };
            (to <= digits.len()).then(|| digits.insert(to, b'.'))
        })
    }),
    ("G91 inserted", |s, r| s.before_motion(r, |_, _| "G91".to_owned())),
    ("G20 inserted", |s, r| s.before_motion(r, |_, _| "G20".to_owned())),
    ("needle off lost", |s, r| {
        let at = s.line_where(r, is_off)?;
        s.edited(|lines| drop(lines.remove(at)))
    }),
    ("retract lost", |s, r| {
        let stroke = s.stroke(r)?;
        s.edited(|lines| drop(lines.remove(stroke.out.line)))
    }),
    ("dwell unit wrong", |s, r| {
        let at = s.line_where(r, |line| line.starts_with("G4"))?;
        let by = if r.random() { 1000.0 } else { 0.001 };
        s.tried(|lines| set(&mut lines[at], 'P', |p| p * by))
    }),
    ("feed times ten", |s, r| {
        let at = s.line_where(r, |line| line.contains('F') && line.starts_with(['G', 'X', 'Y', 'Z']))?;
        s.tried(|lines| set(&mut lines[at], 'F', |f| f * 10.0))
    }),
    ("work offset changed", |s, r| {
        s.before_motion(r, |s, r| {
            let word = pick(&["G55", "G92 X1", "G92 Z-1.5", "G10 L2 P1 Z-1", "G10 L20 P1 X0", "G54.1 P2", "G53"], r);
            let printers =
                pick(&["G92 Z1", "M206 Z-1", "SET_GCODE_OFFSET Z=-1", "SET_GCODE_OFFSET Z_ADJUST=-1 MOVE=1"], r);
            if s.printer() { printers } else { word }.unwrap_or("G55").to_owned()
        })
    }),
    ("tool length changed", |s, r| {
        s.before_motion(r, |_, r| {
            pick(&["G43 H1", "G43.1 Z1", "G43.1 Z-0.3", "G10 L1 P1 Z2", "T2 M6", "M6", "T1", "G10 P1 Z-2"], r)
                .unwrap_or("T1")
                .to_owned()
        })
    }),
    ("acceleration or speed changed", |s, r| {
        s.before_motion(r, |_, r| {
            let words = [
                "M204 P9000",
                "M201 X9000",
                "M203 X900",
                "M205 X20",
                "M220 S300",
                "SET_VELOCITY_LIMIT ACCEL=9000",
                "$120=9000",
                "G64",
                "M52 P1",
            ];
            pick(&words, r).unwrap_or("M204").to_owned()
        })
    }),
    ("rotary off by 1 degree", |s, r| s.turned(r, 1.0)),
    ("rotary off by 180 degrees", |s, r| s.turned(r, 180.0)),
    ("lines swapped", |s, r| {
        let at = r.random_range(0..s.code.len() - 1);
        let with = if r.random() { at + 1 } else { r.random_range(0..s.code.len()) };
        s.edited(|lines| lines.swap(s.code[at], s.code[with]))
    }),
    ("header of another plan", |s, r| {
        let mut digit = r.random_range(0..16) + s.good.text.find("plan=")? + 5;
        let mut bytes = s.good.text.clone().into_bytes();
        if r.random_range(0..4) == 0 {
            digit = s.good.text.find("session=")? + 8;
        }
        bytes[digit] = if bytes[digit] == b'7' { b'8' } else { b'7' };
        Some(bytes)
    }),
    ("truncated", |s, r| Some(s.good.text.as_bytes()[..r.random_range(0..s.good.text.len())].to_vec())),
    ("bit flipped", |s, r| {
        let mut bytes = s.good.text.clone().into_bytes();
        bytes[r.random_range(0..s.good.text.len())] ^= 1 << r.random_range(0..8);
        Some(bytes)
    }),
    ("byte replaced", |s, r| {
        let mut bytes = s.good.text.clone().into_bytes();
        bytes[r.random_range(0..s.good.text.len())] = r.random();
        Some(bytes)
    }),
    ("travel lowered over the skull", |s, r| s.lowered(r)),
    ("dot moved by 0.05 mm", |s, r| s.moved(r, 0.05)),
    ("0.1 mm deeper", |s, r| {
        let stroke = s.stroke(r)?;
        let way = s.way(stroke);
        s.tried(|lines| s.shift(&mut lines[stroke.into.line], &stroke.into.to, &(way.normalize() * 0.1)))
    }),
    ("extra strike in the keep-out", |s, r| s.struck_again(r, 4.0)),
    ("dot struck again later", |s, r| s.struck_again(r, 0.0)),
    ("tool named otherwise", |s, r| {
        let said: Vec<usize> =
            (s.code[0]..s.lines.len()).filter(|&i| s.lines[i].contains("tool-change tool=")).collect();
        let mark = format!("; stop: tool-change tool={}", r.random_range(1..4));
        let other = format!("; put in tool {}, then resume", r.random_range(1..4));
        let anywhere = r.random_range(s.code[1]..s.lines.len());
        let at = pick(&said, r).filter(|_| r.random_range(0..4) > 0);
        s.edited(|lines| match (at, r.random_range(0..4)) {
            (Some(at), 0) => drop(lines.remove(at)),
            (Some(at), 1) => lines.insert(at, lines[at].clone()),
            (Some(at), 2) => lines[at] = lines[at].replace("tool=1", "tool=3").replace("tool=2", "tool=1"),
            (Some(at), _) => {
                let line = lines.remove(at);
                lines.insert(anywhere.min(lines.len()), line);
            }
            (None, 0 | 1) => lines.insert(anywhere, other),
            (None, _) => lines.insert(anywhere, mark),
        })
    }),
    ("number read otherwise", |s, r| {
        let at = pick(&s.code, r)?;
        let words = words(s.lines[at])?;
        if s.good.plan.rig.dialect == Dialect::Klipper || r.random_range(0..3) == 0 {
            let word = words.into_iter().find(|word| word.letter == 'G' && word.value.fract() == 0.0)?;
            return s.edited(|lines| lines[at].insert_str(word.end, ".0"));
        }
        let word = pick(&words, r).filter(|word| "XYZABC".contains(word.letter))?;
        let begin = word.start + 1 + usize::from(s.lines[at].as_bytes()[word.start + 1] == b'-');
        s.edited(|lines| lines[at].insert_str(begin, &"0".repeat(r.random_range(7..10))))
    }),
    ("danger behind a mark", |s, r| {
        let hidden = pick(&["G1 Z-40 F600", "M3 S9000", "G92 Z5", "M106 P0 S9", "SET_PIN PIN=a VALUE=1"], r)?;
        let dot = r.random_range(0..9);
        let marked = match r.random_range(0..5) {
            0 => format!("{hidden} ; own dot={dot}"),
            1 => format!("; hook wipe begins dot={dot}\n{hidden}\n; hook ends"),
            2 => format!("; hook needle_off begins\n{hidden}\n; hook ends"),
            3 => format!("; stop: tool-change tool=2\n{hidden}"),
            _ => format!("; hook end begins\n{hidden}\n; hook ends"),
        };
        let at = pick(&s.code, r)?;
        s.edited(|lines| lines.insert(at, marked))
    }),
    ("words behind the end", |s, r| {
        let more = pick(&["G0 Z0", "M3 S1000", "M8 ; own dot=1", "M42 P7 S1 ; own dot=1", "G91", "X0 Y0"], r)?;
        s.edited(|lines| lines.push(more.to_owned()))
    }),
    ("comment swallows words", |s, r| {
        let at = pick(&s.code, r)?;
        let mark = pick(&[";", "("], r)?;
        s.edited(|lines| lines[at].insert_str(r.random_range(0..s.lines[at].len()), mark))
    }),
    ("moves joined", |s, r| {
        let moves = |line: &str| words(line).is_some_and(|words| words.iter().any(|word| "XYZ".contains(word.letter)));
        let pairs: Vec<usize> =
            s.code.windows(2).filter(|at| at.iter().all(|&i| moves(s.lines[i]))).map(|at| at[0]).collect();
        let at = pick(&pairs, r)?;
        s.edited(|lines| {
            let next = lines.remove(at + 1);
            lines[at] += &next;
        })
    }),
    ("rapid for feed", |s, r| {
        let at = s.line_where(r, |line| line.starts_with("G0") || line.starts_with("G1"))?;
        let other = if s.lines[at].starts_with("G0") { "1" } else { "0" };
        s.edited(|lines| lines[at].replace_range(1..2, other))
    }),
    ("axes exchanged", |s, r| {
        let at = pick(&s.code, r)?;
        let words: Vec<Word> = words(s.lines[at])?.into_iter().filter(|w| "XYZABCU".contains(w.letter)).collect();
        let [a, b] = [pick(&words, r)?, pick(&words, r)?];
        s.edited(|lines| {
            lines[at].replace_range(a.start..=a.start, &b.letter.to_string());
            lines[at].replace_range(b.start..=b.start, &a.letter.to_string());
        })
    }),
    ("stop inserted or lost", |s, r| {
        let stop = match s.good.plan.rig.dialect {
            Dialect::Klipper => "PAUSE",
            Dialect::Reprap => "M226",
            _ => "M0",
        };
        let at = s.line_where(r, |line| line == stop);
        let to = pick(&s.code, r)?;
        s.edited(|lines| match at.filter(|_| r.random()) {
            Some(at) => drop(lines.remove(at)),
            None => lines.insert(to, stop.to_owned()),
        })
    }),
    ("dot left out", |s, r| {
        let stroke = s.stroke(r)?;
        let begin = s
            .oracle
            .steps()
            .iter()
            .rev()
            .find(|step| step.line < stroke.into.line && !matches!(step.deed, Deed::Way(_)))?;
        s.edited(|lines| drop(lines.drain(begin.line + 1..=stroke.out.line)))
    }),
    ("program run twice", |s, _| {
        s.edited(|lines| lines.extend(s.lines[s.code[0]..].iter().map(|line| (*line).to_owned())))
    }),
    ("needle off at a dot", |s, r| {
        let off = s.line_where(r, is_off)?;
        let stroke = s.stroke(r).filter(|_| s.good.text.contains("run=treat"))?;
        let at = pick(&[stroke.into.line, stroke.out.line], r)?;
        s.edited(|lines| lines.insert(at, lines[off].clone()))
    }),
];

/// The two halves of a strike.
#[derive(Clone, Copy)]
struct Stroke<'a> {
    into: &'a Step,
    out: &'a Step,
}

impl<'a> Source<'a> {
    pub(super) fn new(good: &'a Good) -> Self {
        let lines: Vec<&str> = good.text.lines().collect();
        let code = (0..lines.len()).filter(|&i| !code(lines[i]).is_empty()).collect();
        Self { good, oracle: Oracle::new(good), lines, code }
    }

    fn printer(&self) -> bool {
        matches!(self.good.plan.rig.dialect, Dialect::Marlin | Dialect::Klipper | Dialect::Reprap)
    }

    /// The program with some lines changed; `None` where the change does not apply.
    pub(super) fn tried(&self, edit: impl FnOnce(&mut Vec<String>) -> Option<()>) -> Option<Vec<u8>> {
        let mut lines: Vec<String> = self.lines.iter().map(|line| (*line).to_owned()).collect();
        edit(&mut lines)?;
        Some((lines.join("\n") + "\n").into_bytes())
    }

    /// The program with some lines changed.
    pub(super) fn edited(&self, edit: impl FnOnce(&mut Vec<String>)) -> Option<Vec<u8>> {
        self.tried(|lines| {
            edit(lines);
            Some(())
        })
    }

    fn line_where(&self, random: &mut Pcg64, is: impl Fn(&str) -> bool) -> Option<usize> {
        let found: Vec<usize> = self.code.iter().copied().filter(|&i| is(self.lines[i])).collect();
        pick(&found, random)
    }

    /// Changes the digits of a number in some line of words.
    fn in_number(&self, random: &mut Pcg64, change: fn(&mut Vec<u8>, &mut Pcg64) -> Option<()>) -> Option<Vec<u8>> {
        let at = pick(&self.code, random)?;
        let line = self.lines[at];
        let word: Word = pick(&words(line)?, random)?;
        let mut digits = line.as_bytes()[word.start + 1..word.end].to_vec();
        change(&mut digits, random)?;
        let digits = String::from_utf8(digits).unwrap();
        self.edited(|lines| lines[at].replace_range(word.start + 1..word.end, &digits))
    }

    /// A line of its own before a line that moves.
    fn before_motion(&self, random: &mut Pcg64, line: fn(&Self, &mut Pcg64) -> String) -> Option<Vec<u8>> {
        let moving: Vec<usize> =
            self.oracle.steps().iter().filter(|step| step.from != step.to).map(|step| step.line).collect();
        let (at, line) = (pick(&moving, random)?, line(self, random));
        self.edited(|lines| lines.insert(at, line))
    }

    fn turned(&self, random: &mut Pcg64, by_deg: f64) -> Option<Vec<u8>> {
        let letter = self.good.plan.rig.axes.get(random.random_range(3..5))?.letter;
        let at = self.line_where(random, |line| line.contains(letter) && line.starts_with(['G', 'X', 'Y', 'Z']))?;
        let by_deg = if random.random() { by_deg } else { -by_deg };
        self.tried(|lines| set(&mut lines[at], letter, |q| q + by_deg))
    }

    fn stroke(&self, random: &mut Pcg64) -> Option<Stroke<'_>> {
        let strokes: Vec<&Step> =
            self.oracle.steps().iter().filter(|step| matches!(step.deed, Deed::Stroke(_))).collect();
        let pairs: Vec<Stroke<'_>> =
            strokes.chunks_exact(2).map(|pair| Stroke { into: pair[0], out: pair[1] }).collect();
        pick(&pairs, random)
    }

    fn tip(&self, at: &Place) -> Point {
        forward(&self.good.plan.rig, &joints(&self.good.plan.rig, at).unwrap()).tip
    }

    /// From the approach point to the deepest place.
    fn way(&self, stroke: Stroke<'_>) -> Vector {
        self.tip(&stroke.into.to) - self.tip(&stroke.into.from)
    }

    /// Adds to X, Y and Z what moves the tip by so much where the rotary axes stand as at `at`.
    fn shift(&self, line: &mut String, at: &Place, by: &Vector) -> Option<()> {
        let rig = &self.good.plan.rig;
        let here = joints(rig, at)?;
        let tip = |joints: &Joints| forward(rig, joints).tip;
        let columns = [0, 1, 2].map(|axis| tip(&here.map(|i, q| if i == axis { q + 1.0 } else { q })) - tip(&here));
        let change = Matrix3::from_columns(&columns).try_inverse()? * by;
        for axis in 0..3 {
            let to = (here[axis] + change[axis]) * 1000.0;
            put(line, rig.axes[axis].letter, to.round() / 1000.0)?;
        }
        Some(())
    }

    fn moved(&self, random: &mut Pcg64, by_mm: f64) -> Option<Vec<u8>> {
        let stroke = self.stroke(random)?;
        let aside = self.way(stroke).cross(&unit(random)).normalize() * by_mm;
        let before = self.oracle.steps().iter().take_while(|step| step.line < stroke.into.line);
        let approach = before.filter(|step| matches!(step.deed, Deed::Way(_))).last()?;
        self.tried(|lines| {
            for step in [approach, stroke.into, stroke.out] {
                self.shift(&mut lines[step.line], &step.to, &aside)?;
            }
            Some(())
        })
    }

    /// Lines of a strike once more, behind another one, as far aside.
    fn struck_again(&self, random: &mut Pcg64, aside_mm: f64) -> Option<Vec<u8>> {
        let stroke = self.stroke(random)?;
        let aside = self.way(stroke).cross(&unit(random)).normalize() * aside_mm;
        self.tried(|lines| {
            let mut again = vec![lines[stroke.into.line].replace("G1", "G0"), lines[stroke.into.line].clone()];
            if !again[0].starts_with("G0") {
                again[0].insert_str(0, "G0");
                again[1].insert_str(0, "G1");
            }
            again.push(lines[stroke.into.line + 1].clone());
            again.push(again[1].clone());
            for (line, at) in [(0, &stroke.into.from), (1, &stroke.into.to), (3, &stroke.into.from)] {
                self.shift(&mut again[line], at, &aside)?;
            }
            let behind = stroke.out.line + 1;
            lines.splice(behind..behind, again);
            Some(())
        })
    }

    /// A place on a way between two dots that is 1 mm nearer to the skin than the rig's clearance.
    fn lowered(&self, random: &mut Pcg64) -> Option<Vec<u8>> {
        let (rig, head) = (&self.good.plan.rig, self.good.head);
        let ways: Vec<&Step> = self.oracle.steps().iter().filter(|step| matches!(step.deed, Deed::Way(_))).collect();
        let way = pick(&ways, random)?;
        let (from, to) = (joints(rig, &way.from)?, joints(rig, &way.to)?);
        let middle = from.lerp(&to, random.random_range(0.3..0.7));
        let mut place: Place = [None; 6];
        (0..middle.len()).for_each(|axis| place[axis] = Some(middle[axis]));
        let tip = self.tip(&place);
        let skin = head.scan.closest(&head.mesh_to_rig.inverse().point(&tip))?.position;
        let up = tip - head.mesh_to_rig.point(&skin);
        let down = up.normalize() * (rig.clearance_mm - 1.0 - up.norm());
        let mut line = "G0".to_owned();
        for axis in 3..middle.len() {
            put(&mut line, rig.axes[axis].letter, middle[axis])?;
        }
        self.shift(&mut line, &place, &down)?;
        if self.printer() {
            line += "F600";
        }
        // The way goes on as a rapid in any case.
        self.edited(|lines| {
            if !lines[way.line].starts_with("G0") {
                lines[way.line].insert_str(0, "G0");
            }
            lines.insert(way.line, line);
        })
    }
}

/// Whether a line switches the needle off.
fn is_off(line: &str) -> bool {
    line == "M5" || line.ends_with(" S0") || line.ends_with("VALUE=0")
}

pub(super) fn pick<T: Clone>(among: &[T], random: &mut Pcg64) -> Option<T> {
    (!among.is_empty()).then(|| among[random.random_range(0..among.len())].clone())
}

fn unit(random: &mut Pcg64) -> Vector {
    Vector::from_fn(|_, _| random.random_range(-1.0..1.0)).normalize()
}

/// Changes the number behind a letter.
fn set(line: &mut String, letter: char, change: impl Fn(f64) -> f64) -> Option<()> {
    let word = words(line)?.into_iter().find(|word| word.letter == letter)?;
    line.replace_range(word.start + 1..word.end, &shown(change(word.value)));
    Some(())
}

/// Puts a number behind a letter, which is added before the feed where the line has none.
fn put(line: &mut String, letter: char, value: f64) -> Option<()> {
    if set(line, letter, |_| value).is_none() {
        let at = words(line)?.into_iter().find(|word| word.letter == 'F').map_or(line.len(), |word| word.start);
        line.insert_str(at, &format!("{letter}{}", shown(value)));
    }
    Some(())
}

/// Four decimals at most, as controllers read them.
fn shown(value: f64) -> String {
    format!("{}", (value * 1e4).round() / 1e4 + 0.0)
}
