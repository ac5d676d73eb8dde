use super::*;
use crate::rig::Dialect;

/// All of a program at once.
fn interpret(text: &str, machine: Machine<'_>) -> (Vec<Event>, Vec<Fault>) {
    let mut reader = Reader::new(machine);
    text.split('\n').zip(1..).for_each(|(line, number)| reader.read(number, line));
    reader.finish();
    (reader.events, reader.faults)
}

const SPINDLE: Drive = Drive::Spindle { speed: 100.0, spin_up_s: 0.0 };

fn read(text: &str, dialect: Dialect, drive: &Drive) -> (Vec<Event>, Vec<Fault>) {
    let letters = if dialect == Dialect::Grbl { &['X', 'Y', 'Z'][..] } else { &['X', 'Y', 'Z', 'B', 'C'] };
    interpret(text, Machine { controller: Controller::of(dialect), letters, drive, own: &BTreeSet::new() })
}

const MODES: &str = "G21 G90 G94 G17 G40 G49 G54 G92.1\n";

fn faults(text: &str) -> Vec<String> {
    let (_, faults) = read(text, Dialect::Grbl, &SPINDLE);
    faults.into_iter().map(|fault| format!("{}: {}", fault.line, fault.what)).collect()
}

#[test]
fn motion_before_the_modes_are_set_is_a_fault() {
    assert_eq!(faults("G21 G90 G40 G49 G92.1\nG0 Z5\nM2\n"), ["2: motion before G17, G54, G94 is set"]);
    assert_eq!(faults(&format!("{MODES}G1 Z5\nM2\n")), ["2: motion before F is set"]);
    assert_eq!(faults(&format!("{MODES}Z5\nM2\n")), ["2: motion before G0 or G1 is set"]);
    assert!(faults(&format!("{MODES}G1 Z5 F100\nM2\n")).is_empty());
    assert_eq!(faults(&format!("{MODES}G0 X-12F345\nM2\n")), ["2: F without a feed move"]);
    let (_, faults) = read(&format!("{MODES}G0 Z5\nM2\n"), Dialect::Linuxcnc, &SPINDLE);
    assert_eq!(faults[0].what, "motion before G61, G80 is set");
    let (_, faults) = read(&format!("{MODES}G61 G80\nG0 Z5\nG80\nZ6\nM2\n"), Dialect::Linuxcnc, &SPINDLE);
    assert_eq!(faults[0].what, "motion before G0 or G1 is set");
}

#[test]
fn words_that_change_the_meaning_of_numbers_are_faults() {
    for word in [
        "G20",
        "G91\nG1 X1 F5",
        "G38.2 Z1 F5",
        "G1 X[#5061+1] F5",
        "G92 X0",
        "G55",
        "G93 G93",
        "G93\nG1 X1",
        "G93\nG1 X1 F5\nY1",
        "G93\nG94\nG1 X1",
        "G2 X1 Y1 I1",
        "T1 M6",
        "G43 H1",
        "G10 L2 P1 X1",
        "B5",
        "G1.5",
        "G0.04",
        "G21.01",
        "G53 G0 X1",
        "G28",
        "G64",
        "M0 M5",
        "M1",
        "PAUSE",
        "M117 hello",
        "M4 S5",
        "M64 P0",
        "M7",
        "M48",
        "N5",
        "G1 F-1",
        "G1 F0",
        "G999999999999999999999",
    ] {
        assert!(!faults(&format!("{MODES}{word}\nM2\n")).is_empty(), "{word}");
    }
    assert_eq!(faults(MODES), ["2: no M2 or M30: the program does not end"]);
    assert_eq!(faults(&format!("{MODES}M2\nG0 Z1\n")), ["3: words after the end of the program"]);
}

#[test]
fn two_meanings_in_one_line_are_a_fault() {
    for line in [
        "G0 G1 X1 F5",
        "G0 X1 X2",
        "M3 M5 S1",
        "M3",
        "M5 S100",
        "S100",
        "G1 X1 F5 F500",
        "G4",
        "P1",
        "G4 P-1",
        "G4 P1 X2",
    ] {
        assert!(!faults(&format!("{MODES}G0\n{line}\nM2\n")).is_empty(), "{line}");
    }
}

#[test]
fn a_needle_on_an_output_is_switched_by_its_number_only() {
    let needles = |line: &str| {
        let text = format!("{MODES}{line}\nM2\n");
        let (events, faults) = read(&text, Dialect::Linuxcnc, &Drive::Output { port: 3, spin_up_s: 0.0 });
        let on = events.into_iter().filter_map(|event| match event.action {
            Action::Needle { on } => Some(on),
            _ => None,
        });
        (on.collect::<Vec<_>>(), faults.len())
    };
    assert_eq!(needles("M64 P3"), (vec![Some(3.0)], 0));
    assert_eq!(needles("M65 P3"), (vec![None], 0));
    for line in ["M64", "M64 P2", "M64 P3.5", "M3 S5", "M5", "M64 P3 M65", "M65 P3 G4"] {
        assert!(needles(line).1 > 0, "{line}");
    }
}

#[test]
fn positions_stay_unknown_until_they_are_set() {
    let (events, faults) = read(&format!("{MODES}G0 Z5\nX1 Y2\nM2\n"), Dialect::Grbl, &SPINDLE);
    assert!(faults.is_empty());
    let Action::Move { from, to, .. } = events[1].action else { panic!("{events:?}") };
    assert_eq!((from[0], from[2], to[0], to[1], to[2]), (None, Some(5.0), Some(1.0), Some(2.0), Some(5.0)));
}

#[test]
fn after_a_stop_every_mode_is_unknown_again() {
    assert_eq!(faults(&format!("{MODES}G0 Z5\nM0\nG0 Z6\nM2\n")).len(), 1);
    assert!(faults(&format!("{MODES}G0 Z5\nM0\n{MODES}G0 Z6\nM2\n")).is_empty());
    let (events, _) = read(&format!("{MODES}G0 Z5\nM0\nM2\n"), Dialect::Grbl, &SPINDLE);
    assert_eq!(events[1].action, Action::Pause { optional: false });
}

/// What a printer's controller does with a program, and the faults in it.
fn printed(text: &str, dialect: Dialect) -> (Vec<Action>, Vec<String>) {
    let drive = match dialect {
        Dialect::Klipper => Drive::Pin { name: "needle".to_owned(), spin_up_s: 0.0 },
        _ => Drive::Output { port: 2, spin_up_s: 0.0 },
    };
    let modes = match dialect {
        Dialect::Klipper => "G21\nG90\nM220 S100\nSET_GCODE_OFFSET X=0 Y=0 Z=0\n",
        Dialect::Reprap => "M453\nG21\nG90\nG94\nG54\nM220 S100\n",
        _ => "G21\nG90\nM220 S100\n",
    };
    let end = if dialect == Dialect::Reprap { "M0\n" } else { "M400\n" };
    let (events, faults) = read(&format!("{modes}{text}\n{end}"), dialect, &drive);
    (events.into_iter().map(|event| event.action).collect(), faults.into_iter().map(|fault| fault.what).collect())
}

/// Such words look like a retract, and the needle would stay in the skin.
#[test]
fn words_beside_another_command_move_no_printer() {
    for dialect in [Dialect::Marlin, Dialect::Klipper, Dialect::Reprap] {
        for line in ["M400 Z50 F600", "M400 Z50", "G90 Z5", "G21 X1 F600"] {
            let (_, faults) = printed(&format!("G0X0Y0Z0B0C0F600\n{line}"), dialect);
            assert!(!faults.is_empty(), "{line} in {dialect:?}");
        }
    }
}

#[test]
fn rapids_of_printers_move_at_the_feed_in_force() {
    let start = "G0X0Y0Z0B0C0F600";
    let seconds = |line: &str, dialect| {
        let (actions, faults) = printed(&format!("{start}\n{line}"), dialect);
        assert!(faults.is_empty(), "{faults:?}");
        match actions[1] {
            Action::Move { pace: Pace::Within { seconds }, .. } => seconds,
            _ => panic!("{actions:?}"),
        }
    };
    // 50 mm at 10 mm/s, whatever turns beside; turns alone count by the norm or by the farthest.
    for dialect in [Dialect::Marlin, Dialect::Klipper] {
        assert!((seconds("G0 X30 Y40 B90", dialect) - 5.0).abs() < 1e-9);
        assert!((seconds("G0 X30 Y40 B90 F1200", dialect) - 2.5).abs() < 1e-9);
    }
    assert!((seconds("G0 B30 C40", Dialect::Marlin) - 5.0).abs() < 1e-9);
    assert!((seconds("G0 B30 C40", Dialect::Klipper) - 4.0).abs() < 1e-9);
    let (actions, _) = printed(&format!("{start}\nG0 X30 F1"), Dialect::Reprap);
    assert!(matches!(actions[1], Action::Move { pace: Pace::Rapid, .. }), "{actions:?}");
    assert!(!printed("G0X0Y0Z0B0C0", Dialect::Marlin).1.is_empty(), "no feed has been set");
    assert!(!printed("G0X0Y0Z0B0C0F600\nG1X5", Dialect::Reprap).1.is_empty(), "what G0 leaves is not sure");
    assert!(!printed("G93\nG1X0F600", Dialect::Klipper).1.is_empty());
}

#[test]
fn dwells_count_in_the_unit_of_the_controller() {
    for dialect in [Dialect::Marlin, Dialect::Klipper, Dialect::Reprap] {
        assert_eq!(printed("G4P50", dialect).0[0], Action::Dwell { seconds: 0.05 });
    }
    assert!(!printed("G4P0.5", Dialect::Reprap).1.is_empty());
}

#[test]
fn printers_switch_the_needle_once_they_stand() {
    let on = Action::Needle { on: Some(2.0) };
    assert_eq!(printed("M42 P2 S255", Dialect::Marlin), (vec![on.clone(), Action::End], Vec::new()));
    assert_eq!(printed("M42 P2 S1", Dialect::Reprap), (vec![on, Action::End], Vec::new()));
    assert_eq!(printed("SET_PIN PIN=needle VALUE=0", Dialect::Klipper).0[0], Action::Needle { on: None });
    let moved = "G0X0F600\nM42 P2 S0";
    assert_eq!(printed(moved, Dialect::Marlin).1.len(), 1);
    assert!(printed(&moved.replace("\nM42", "\nM400\nM42"), Dialect::Marlin).1.is_empty());
    for (line, dialect) in [
        ("M42 P2 S1", Dialect::Marlin),
        ("M42 P3 S255", Dialect::Marlin),
        ("M64 P2", Dialect::Marlin),
        ("M106 P2 S255", Dialect::Marlin),
        ("M3 S100", Dialect::Klipper),
        ("SET_PIN PIN=other VALUE=1", Dialect::Klipper),
        ("SET_PIN PIN=needle VALUE=0.5", Dialect::Klipper),
        ("SET_GCODE_OFFSET X=0 Y=0 Z=1", Dialect::Klipper),
        ("PAUSE", Dialect::Marlin),
        ("M0", Dialect::Klipper),
    ] {
        assert!(!printed(line, dialect).1.is_empty(), "{line}");
    }
}

#[test]
fn stops_and_ends_have_the_names_of_the_controller() {
    assert_eq!(printed("M226", Dialect::Reprap).0[0], Action::Pause { optional: false });
    assert_eq!(printed("PAUSE", Dialect::Klipper).0[0], Action::Pause { optional: false });
    assert_eq!(printed("M0", Dialect::Marlin).0[0], Action::Pause { optional: false });
    assert!(!printed("M0", Dialect::Reprap).1.is_empty(), "words after the end");
    let (_, faults) = read("G21\nG90\n", Dialect::Marlin, &SPINDLE);
    assert_eq!(faults[0].what, "no M400 at the end: the program does not end");
}
