//! Golden files: a small plan with every kind of event in each dialect.
//!
//! `TONSURE_BLESS=1` writes them anew; read the difference before you commit it. What there is to see:
//!
//! - Every file begins with the header that `verify` asks for, and sets all modes before the first motion. The first motion goes up in Z, then
//!   come the rotary axes, then X and Y; the needle starts at the park place only.
//! - A dot is a travel that names all axes, a strike, a dwell and a retract. With grbl's relatives (`grbl`, `grblhal`, `fluidnc`, `linuxcnc`)
//!   the retract repeats no `G1`; on printers' firmware each line has its own command, and each `G0` its own `F`.
//! - Dwells are `P0.05`, seconds, with grbl's relatives and LinuxCNC; `P50`, milliseconds, on the others.
//! - The needle: `M3`/`M5`; Marlin's profile has it on a fan, `M106 P0 S255`; `RepRapFirmware`'s on an output, `M42 P0 S1`; Klipper's on a named
//!   pin. On Marlin and `RepRapFirmware` `M400` waits before each switch.
//! - Six stops before dots 2 to 5, two of them at one place: told to the operator by `(MSG,…)` or `M117` where there is one, `M0`, on Klipper
//!   `PAUSE`, on `RepRapFirmware` `M226`, as `M0` ends its jobs. All modes are set anew after each.
//! - Ends: `M2` with grbl's relatives and LinuxCNC, `M0` on `RepRapFirmware`, a last `M400` on Klipper and Marlin, which know no end.
//! - `marlin.numbered.gcode` counts its lines from `M110 N0` and has a checksum behind each; `linuxcnc.verbose.ngc` says what each move is for;
//!   `klipper.own.gcode` has its owner's words for needle, wiping and ends.

use std::path::PathBuf;

use serde_json::json;
use tonsure::gcode::{self, Style};
use tonsure::mesh::SurfaceIndex;
use tonsure::rig::{Profile, builtin};
use tonsure::schedule::{Halt, HaltKind};
use tonsure::toolpath::{Mode, Toolpath, build_with_halts};

use super::header;
use crate::rig::{ball_with_ears, reached, scattered};

/// Five dots with stops of every kind between them.
pub(super) fn eventful(profile: &Profile, mode: Mode) -> Toolpath {
    let (mesh, mesh_to_rig) = ball_with_ears();
    let scan = SurfaceIndex::build(&mesh);
    let polar_deg = if profile.pivot_to_tip_mm > 0.0 { 60.0 } else { 15.0 };
    let stops = reached(&scattered(5, polar_deg, &mesh_to_rig, 11), profile, &mesh_to_rig, &scan);
    let halts = [
        (1, HaltKind::ToolChange),
        (1, HaltKind::Cartridge),
        (2, HaltKind::Wipe),
        (3, HaltKind::Reload),
        (3, HaltKind::Pause),
        (4, HaltKind::Registration),
    ];
    let halts = halts.map(|(before, kind)| Halt { before, kind });
    build_with_halts(&stops, &halts, profile, &mesh_to_rig, &scan, mode).unwrap()
}

/// A Klipper rig whose owner has words of his own.
pub(super) fn own_klipper() -> Profile {
    let mut value = serde_json::to_value(builtin("klipper-xyzbc").unwrap()).unwrap();
    value["name"] = json!("own");
    value["hooks"] = json!({
        "start": ["RESPOND MSG=\"session {{ session }}, {{ setup }}\""],
        "needle_on": ["NEEDLE_ON TOOL={{ tool }}"],
        "needle_off": ["NEEDLE_OFF"],
        "wipe": ["WIPE_STATION", "RESPOND MSG=\"wiped before {{ dot }}\""],
        "message": ["RESPOND MSG=\"patch {{ number }}{% if of > 1 %} of {{ of }}{% endif %}\""],
        "end": ["NEEDLE_DOCK"],
    });
    Profile::parse(value.to_string(), "own.json").unwrap()
}

#[test]
fn golden_files() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden"));
    let rig = |name: &str| builtin(name).unwrap();
    let numbered = Profile { line_numbers: true, ..rig("marlin-xyzbc") };
    let jobs = [
        ("grbl.nc", rig("gantry-xyz"), Mode::Treat, Style::Compact),
        ("grbl.air.nc", rig("gantry-xyz"), Mode::Air, Style::Compact),
        ("grblhal.nc", rig("table-xyzac"), Mode::Treat, Style::Compact),
        ("fluidnc.nc", rig("fluidnc-xyzab"), Mode::Treat, Style::Compact),
        ("linuxcnc.ngc", rig("gantry-xyzab"), Mode::Treat, Style::Compact),
        ("linuxcnc.air.ngc", rig("gantry-xyzab"), Mode::Air, Style::Compact),
        ("linuxcnc.verbose.ngc", rig("gantry-xyzab"), Mode::Treat, Style::Verbose),
        ("klipper.gcode", rig("klipper-xyzbc"), Mode::Treat, Style::Compact),
        ("klipper.own.gcode", own_klipper(), Mode::Treat, Style::Compact),
        ("marlin.gcode", rig("marlin-xyzbc"), Mode::Treat, Style::Compact),
        ("marlin.numbered.gcode", numbered, Mode::Treat, Style::Compact),
        ("reprap.g", rig("reprap-xyzab"), Mode::Treat, Style::Compact),
    ];
    for (file, profile, mode, style) in jobs {
        let toolpath = eventful(&profile, mode);
        let program = gcode::program(&toolpath, &profile, &header(mode, "five dots on a ball"), style).unwrap();
        let map =
            (style == Style::Compact && !profile.line_numbers).then(|| (format!("{file}.map.csv"), program.map_csv()));
        for (file, text) in map.into_iter().chain([(file.to_owned(), program.text)]) {
            if std::env::var_os("TONSURE_BLESS").is_some() {
                std::fs::write(folder.join(&file), &text).unwrap();
            }
            let golden = std::fs::read_to_string(folder.join(&file)).unwrap_or_default();
            assert!(text == golden, "{file} has changed:\n{text}");
        }
    }
}
