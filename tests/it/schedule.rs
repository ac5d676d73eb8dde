//! Stops of the work: their counts, the patches between registrations, and the way to the service place and back.

use proptest::prelude::*;
use tonsure::case::Stops;
use tonsure::geometry::Point;
use tonsure::mesh::SurfaceIndex;
use tonsure::rig::{Drive, Profile, builtin};
use tonsure::schedule::{DotTime, Halt, HaltKind, counted, patch_starts};
use tonsure::toolpath::{Message, Mode, Motion, MotionKind, Stop, Toolpath, build, build_with_halts};

use crate::rig::{ball_with_ears, reached, scattered};

mod program;

const HALT_S: f64 = 7.0;

proptest! {
    /// After every N dots and before the next one; none where nothing comes after it.
    #[test]
    fn stops_follow_their_counts(count in 0_usize..2000, every in proptest::array::uniform4(proptest::option::of(1_u32..700))) {
        let [reload, wipe, cartridge, pause] = every;
        let stops = Stops {
            max_minutes_between_registration: None,
            reload_every_dots: reload,
            wipe_every_dots: wipe,
            cartridge_every_dots: cartridge,
            pause_every_dots: pause,
            pause_is_optional: false,
        };
        let halts = counted(count, &stops);
        prop_assert!(halts.is_sorted());
        let kinds =
            [(HaltKind::Reload, reload), (HaltKind::Wipe, wipe), (HaltKind::Cartridge, cartridge), (HaltKind::Pause, pause)];
        for (kind, every) in kinds {
            let places: Vec<usize> = halts.iter().filter(|halt| halt.kind == kind).map(|halt| halt.before).collect();
            let every = every.map_or(usize::MAX, |every| every as usize);
            prop_assert_eq!(places.len(), count.saturating_sub(1) / every);
            prop_assert!(places.iter().enumerate().all(|(index, place)| *place == (index + 1) * every && *place < count));
        }
    }

    /// Patches are pieces of the order and take no longer than they may, but for one that is a single dot.
    #[test]
    fn patches_keep_to_their_time(
        dots in proptest::collection::vec((0.0..0.5_f64, 0.1..0.6_f64, 1.0..9.0_f64), 1..400),
        every in 3_usize..90,
        most_s in 5.0..120.0_f64,
    ) {
        let dots: Vec<DotTime> =
            dots.into_iter().map(|(hop_s, strike_s, service_s)| DotTime { hop_s, strike_s, service_s }).collect();
        let halts: Vec<Halt> =
            (every..dots.len()).step_by(every).map(|before| Halt { before, kind: HaltKind::Reload }).collect();
        let starts = patch_starts(&dots, &halts, most_s, |_| HALT_S);
        prop_assert_eq!(starts[0], 0);
        prop_assert!(starts.is_sorted_by(|a, b| a < b) && starts.iter().all(|&start| start < dots.len()));
        let ends: Vec<usize> = starts.iter().copied().skip(1).chain([dots.len()]).collect();
        // Out, each dot with the way to it, and back.
        let time_s = |from: usize, to: usize| {
            let inner = |dot: usize| if dot.is_multiple_of(every) {
                dots[dot - 1].service_s + HALT_S + dots[dot].service_s
            } else {
                dots[dot].hop_s
            };
            let ways: f64 = (from + 1..to).map(inner).sum();
            let strikes: f64 = dots[from..to].iter().map(|dot| dot.strike_s).sum();
            dots[from].service_s + ways + strikes + dots[to - 1].service_s
        };
        for (&start, &end) in starts.iter().zip(&ends) {
            prop_assert!(end == start + 1 || time_s(start, end) <= most_s + 1e-9);
            // It ends where the next dot would not fit, or a little before that at a stop that is due anyway.
            if end < dots.len() && time_s(start, end + 1) <= most_s - 1e-9 {
                prop_assert_eq!(end % every, 0);
                let longest = (start + 1..dots.len()).take_while(|&end| time_s(start, end + 1) <= most_s + 1e-9).count() + 1;
                prop_assert!((end - start) as f64 >= 0.8 * longest as f64 - 1.0, "{} of {longest}", end - start);
            }
        }
    }
}

/// A rig with a service place of its own.
fn rig(name: &str) -> Profile {
    let mut profile = builtin(name).unwrap();
    let [x, y, z] = profile.park_mm;
    profile.service_mm = Some([x + 60.0, y - 30.0, z - 10.0]);
    profile.validate().unwrap();
    profile
}

struct Job {
    profile: Profile,
    stops: Vec<Stop>,
    halts: Vec<Halt>,
    plain: Toolpath,
    halted: Toolpath,
}

fn job(name: &str, mode: Mode) -> Job {
    let profile = rig(name);
    let (mesh, mesh_to_rig) = ball_with_ears();
    let scan = SurfaceIndex::build(&mesh);
    let polar_deg = if name == "gantry-xyz" { 18.0 } else { 40.0 };
    let stops = reached(&scattered(40, polar_deg, &mesh_to_rig, 5), &profile, &mesh_to_rig, &scan);
    let kinds = [(0, HaltKind::Registration), (7, HaltKind::Reload), (7, HaltKind::Registration), (20, HaltKind::Wipe)];
    let halts: Vec<Halt> = kinds.into_iter().map(|(before, kind)| Halt { before, kind }).collect();
    let plain = build(&stops, &profile, &mesh_to_rig, &scan, mode).unwrap();
    let halted = build_with_halts(&stops, &halts, &profile, &mesh_to_rig, &scan, mode).unwrap();
    Job { profile, stops, halts, plain, halted }
}

#[test]
fn stops_are_made_at_the_service_place_with_the_needle_off() {
    for name in ["gantry-xyz", "gantry-xyzab", "gantry-xyzbc", "table-xyzac"] {
        let Job { profile, stops, halts, plain, halted } = job(name, Mode::Treat);
        assert!(stops.len() > 25, "{name}");
        let [service, park] = [profile.service_mm.unwrap(), profile.park_mm].map(Point::from);
        assert_ne!(profile.drive, Drive::Plunge);
        let (mut on, mut struck, mut made) = (false, 0, 0);
        for (motion, after) in halted.motions.iter().zip(halted.motions.iter().skip(1).map(Some).chain([None])) {
            match motion.kind {
                MotionKind::NeedleOn => {
                    assert!(!on && [service, park].contains(&motion.pose.tip));
                    on = true;
                }
                MotionKind::NeedleOff => {
                    assert!(on, "{name}: off twice");
                    on = false;
                }
                MotionKind::Halt(kind) => {
                    assert!(!on, "{name}: {kind} with the needle on");
                    assert_eq!(Halt { before: struck, kind }, halts[made]);
                    assert_eq!(motion.dot, Some(stops[struck].dot));
                    assert_eq!(motion.pose.tip, if struck == 0 { park } else { service });
                    made += 1;
                }
                MotionKind::Strike => {
                    assert!(on && motion.dot == Some(stops[struck].dot));
                    struck += 1;
                }
                // Sideways from the skin only after the way out, which every stroke has.
                MotionKind::Dwell { .. } => assert_eq!(after.unwrap().kind, MotionKind::Retract),
                _ => {}
            }
        }
        assert_eq!((struck, made, on), (stops.len(), halts.len(), false));
        let patches: Vec<MotionKind> =
            halted.motions.iter().map(|m| m.kind).filter(|kind| matches!(kind, MotionKind::Message(_))).collect();
        let patch = |number| MotionKind::Message(Message::Patch { number, of: 2 });
        assert_eq!(patches, [patch(1), patch(2)]);
        // What is struck, and how, is the same as without stops.
        let strikes = |path: &Toolpath| -> Vec<Motion> {
            let strikes = path.motions.iter().filter(|motion| motion.kind == MotionKind::Strike);
            strikes.copied().collect()
        };
        assert_eq!(strikes(&halted), strikes(&plain));
    }
}

#[test]
fn dry_runs_stop_at_the_same_places_and_never_start_the_needle() {
    let Job { halts, halted, .. } = job("gantry-xyzab", Mode::Air);
    let made = halted.motions.iter().filter(|motion| matches!(motion.kind, MotionKind::Halt(_))).count();
    assert_eq!(made, halts.len());
    assert!(halted.motions.iter().all(|m| !matches!(m.kind, MotionKind::NeedleOn | MotionKind::NeedleOff)));
}

#[test]
fn the_time_is_split_without_rest() {
    for name in ["gantry-xyz", "gantry-xyzab"] {
        let Job { mut profile, stops, halts, plain, halted } = job(name, Mode::Treat);
        profile.hooks.start_s = 3.0;
        let [without, with] = [&plain, &halted].map(|path| path.times(&profile));
        for (times, path) in [(&without, &plain), (&with, &halted)] {
            assert!((times.split.sum_s() - path.time_s(&profile) - 3.0).abs() < 1e-6);
            assert_eq!(times.dots.len(), stops.len());
        }
        assert!(without.halts.is_empty() && without.split.stop_travel_s == 0.0 && without.stop_way_mm == 0.0);
        assert!((without.split.drive_s - profile.drive.spin_up_s()).abs() < 1e-9);
        // Two visits to the service place, each with the needle switched on anew.
        assert!((with.split.drive_s - 3.0 * profile.drive.spin_up_s()).abs() < 1e-9);
        let stated = profile.stop_times;
        let expected = [(HaltKind::Wipe, stated.wipe_s), (HaltKind::Reload, stated.reload_s)];
        assert!(expected.iter().all(|(kind, seconds)| (with.split.stops_s[kind] - seconds).abs() < 1e-9));
        assert!((with.split.stops_s[&HaltKind::Registration] - 2.0 * stated.registration_s).abs() < 1e-9);
        assert!(with.split.stop_travel_s > 1.0 && with.stop_way_mm > 4.0 * 60.0, "{with:?}");
        // Travel from dot to dot is shorter by the two hops that became visits.
        assert!(with.split.travel_s < without.split.travel_s);
        assert!((with.split.strike_s - without.split.strike_s).abs() < 0.05 * without.split.strike_s);

        assert_eq!(with.halts.len(), halts.len());
        assert!(with.halts.is_sorted_by(|a, b| a.at_s <= b.at_s));
        let after = |index: usize| with.halts[index].at_s + with.halts[index].kind.seconds(&stated);
        let patches_s = [with.halts[2].at_s - after(0), with.split.sum_s() - after(2)];
        assert!((with.longest_patch_s - patches_s[0].max(patches_s[1])).abs() < 1e-6, "{patches_s:?}");
    }
}
