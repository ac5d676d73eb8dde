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
//!   `PAUSE`, on `RepRapFirmware` `M226`, as `M0` ends its jobs. All modes are set anew after each,
//!   and all axes go back to where they stood, Z first, as hands may have moved them; so they do behind the owner's lines in `klipper.own.gcode`.
//! - Ends: `M2` with grbl's relatives and LinuxCNC, `M0` on `RepRapFirmware`, a last `M400` on Klipper and Marlin, which know no end.
//! - `marlin.numbered.gcode` counts its lines from `M110 N0` and has a checksum behind each; `linuxcnc.verbose.ngc` says what each move is for;
//!   `klipper.own.gcode` has its owner's words for needle, wiping and ends.
//! - `grbl.probe.nc`: each dot is `G38.2` down to 1.5 mm below the scan at 180 mm/min, which ends the motion mode, then `G91G1` as deep as the
//!   dot, 0.5 mm straight down; `G90` stands before the way back, which names all three axes, as nobody knows where the touch was.
//!   `linuxcnc.probe.ngc` strikes to `[#5061…]` instead, with the parts of 0.5 mm along the tilted needle, and never leaves `G90`.
//! - `grbl.nose.nc` differs from `grbl.nc` in the header, which says `depth=nose`, and in strikes 0.8 mm deeper.
//! - `grblhal.optional.nc` rests at an `M1`; its other stops are `M0`.
//! - `fluidnc.shop.nc`: header and footer of the owner, moves in their order of words, a lamp around each dot marked `; own dot=`.

use std::path::PathBuf;

use serde_json::json;
use tonsure::gcode::{self, Style};
use tonsure::mesh::SurfaceIndex;
use tonsure::rig::{DepthMode, Profile, builtin};
use tonsure::schedule::{Halt, HaltKind};
use tonsure::toolpath::{Mode, Toolpath, build_with_halts};

use super::header;
use crate::rig::{ball_with_ears, reached, scattered};

/// Five dots with stops of every kind between them.
pub(super) fn eventful(profile: &Profile, mode: Mode) -> Toolpath {
    with_rest(profile, mode, HaltKind::Pause)
}

fn with_rest(profile: &Profile, mode: Mode, rest: HaltKind) -> Toolpath {
    let (mesh, mesh_to_rig) = ball_with_ears();
    let scan = SurfaceIndex::build(&mesh);
    let polar_deg = if profile.pivot_to_tip_mm > 0.0 { 60.0 } else { 15.0 };
    let mut targets = scattered(5, polar_deg, &mesh_to_rig, 11);
    for target in &mut targets {
        target.depth_mm += profile.depth.over_travel_mm();
    }
    let stops = reached(&targets, profile, &mesh_to_rig, &scan);
    let halts = [
        (1, HaltKind::ToolChange),
        (1, HaltKind::Cartridge),
        (2, HaltKind::Wipe),
        (3, HaltKind::Reload),
        (3, rest),
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

/// A `FluidNC` rig whose owner writes every move in their own way.
fn shop() -> Profile {
    let mut value = serde_json::to_value(builtin("fluidnc-xyzab").unwrap()).unwrap();
    value["own_dialect"] = json!("shop");
    value["hooks"] = json!({
        "header": ["(SHOP {{ session }})"],
        "travel": ["{{ g }} A{{ a }} B{{ b }} X{{ x }} Y{{ y }} Z{{ z }}{% if f %} F{{ f }}{% endif %}"],
        "strike": ["M64 P3", "G01 X{{ x }} Y{{ y }} Z{{ z }} F{{ f }} H2"],
        "dwell": ["G04 P{{ p }}"],
        "retract": ["{{ words }}", "M65 P3"],
        "footer": ["M9"],
    });
    Profile::parse(value.to_string(), "shop.json").unwrap()
}

#[test]
fn golden_files() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/golden"));
    let rig = |name: &str| builtin(name).unwrap();
    let probe = DepthMode::Probe { feed_mm_s: 3.0, search_mm: 1.5, every_dots: 1 };
    let nose = DepthMode::Nose { protrusion_mm: 0.5, over_travel_mm: 0.8, compliance_mm: 1.5 };
    let with_depth = |name: &str, depth| Profile { depth, ..rig(name) };
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
        ("grbl.probe.nc", with_depth("gantry-xyz", probe), Mode::Treat, Style::Compact),
        ("grbl.nose.nc", with_depth("gantry-xyz", nose), Mode::Treat, Style::Compact),
        ("linuxcnc.probe.ngc", with_depth("gantry-xyzab", probe), Mode::Treat, Style::Compact),
        ("grblhal.optional.nc", rig("table-xyzac"), Mode::Treat, Style::Compact),
        ("fluidnc.shop.nc", shop(), Mode::Treat, Style::Compact),
    ];
    for (file, profile, mode, style) in jobs {
        let rest = if file.contains("optional") { HaltKind::OptionalPause } else { HaltKind::Pause };
        let toolpath = with_rest(&profile, mode, rest);
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
