//! Text of a program of 40,000 dots.
#![allow(missing_docs, clippy::unwrap_used, reason = "a benchmark, which may fail loudly")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tonsure::gcode::{Header, Run, Style, write};
use tonsure::geometry::{Point, Vector};
use tonsure::rig::{Pose, Profile, builtin, inverse};
use tonsure::toolpath::{Motion, MotionKind, Swings, Toolpath, TravelHeights};

const DOTS: u32 = 40_000;

/// A rig whose owner has words of their own for every move, and a lamp around each dot.
fn shop() -> Profile {
    let mut profile = builtin("fluidnc-xyzab").unwrap();
    let places = |letters: &str| {
        letters.chars().map(|l| format!("{l}{{{{ {} }}}} ", l.to_ascii_lowercase())).collect::<Vec<_>>().concat()
    };
    let [all, linear]: [String; 2] = ["XYZAB", "XYZ"].map(places);
    profile.hooks.travel = vec![format!("{{{{ g }}}} {all}{{% if f %}}F{{{{ f }}}}{{% endif %}}")];
    profile.hooks.strike = vec!["M64 P3".to_owned(), format!("G01 {linear}F{{{{ f }}}}")];
    profile.hooks.dwell = vec!["G04 P{{ p }}".to_owned()];
    profile.hooks.retract = vec!["{{ words }}".to_owned(), "M65 P3".to_owned()];
    profile
}

/// Dots in a spiral over a ball, with no scan to keep clear of: the writer does not look at it.
fn toolpath(profile: &Profile) -> Toolpath {
    let mut motions = Vec::new();
    for dot in 0..DOTS {
        let polar = 0.9 * (f64::from(dot) / f64::from(DOTS)).sqrt();
        let (sin, cos) = (f64::from(dot) * 0.03).sin_cos();
        let up = Vector::new(polar.sin() * cos, polar.sin() * sin, polar.cos());
        let needle = if profile.axes.len() > 3 { up } else { Vector::z() };
        let skin = Pose { tip: Point::from(up * 90.0 + Vector::z() * 20.0), needle };
        let mut push = |kind, height_mm| {
            let pose = skin.drawn_back(height_mm);
            let joints = inverse(profile, &pose.tip, &needle).unwrap();
            motions.push(Motion { kind, joints, pose, least_s: None, dot: Some(dot) });
        };
        push(MotionKind::Travel, 5.0);
        push(MotionKind::Strike, -0.5);
        push(MotionKind::Dwell { seconds: 0.05 }, -0.5);
        push(MotionKind::Retract, 5.0);
    }
    Toolpath { motions, strikes: DOTS as usize, heights: TravelHeights::default(), swings: Swings::default() }
}

fn text(c: &mut Criterion) {
    let mut group = c.benchmark_group("gcode/40000");
    group.throughput(Throughput::Elements(u64::from(DOTS))).sample_size(20);
    let rigs = ["gantry-xyz", "gantry-xyzab", "klipper-xyzbc"].map(|rig| (rig, builtin(rig).unwrap()));
    for (rig, profile) in rigs.into_iter().chain([("own dialect", shop())]) {
        let toolpath = toolpath(&profile);
        let header = Header {
            plan_hash16: "0123456789abcdef",
            case_name: "",
            session: 1,
            setup: "upright",
            tool: 1,
            tools: &[],
            seed: 1,
            run: Run::Treat,
        };
        group.bench_function(rig, |bencher| {
            bencher.iter(|| {
                let mut text = Vec::with_capacity(6 << 20);
                write(&mut text, &toolpath, &profile, &header, Style::Compact).unwrap();
                text.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, text);
criterion_main!(benches);
