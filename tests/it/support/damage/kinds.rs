use rand::SeedableRng;
use rand_pcg::Pcg64;
use tonsure::geometry::Units;

use super::{Damaged, FileKind, Head, company, frame, skin, texture};

/// What must come of a damaged head.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expected {
    /// A plan with the dots and area of the undamaged head, to 2 %.
    SamePlan,
    /// A plan.
    Plan,
    /// An error with all the words of one of the groups, joined by `+`.
    Error(&'static [&'static str]),
    /// Either.
    PlanOrError(&'static [&'static str]),
}

/// How costly a kind is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Up to the dots.
    Low,
    /// The checks of the whole plan are what is tested.
    Whole,
    /// Not in the tests of every day.
    High,
}

/// A kind of damage.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) expected: Expected,
    pub(crate) effort: Effort,
    damage: fn(&Head, &mut Pcg64) -> Damaged,
}

impl Kind {
    /// The head with this damage; the same for the same seed.
    pub(crate) fn damaged(&self, head: &Head, seed: u64) -> Damaged {
        (self.damage)(head, &mut Pcg64::seed_from_u64(seed))
    }

    /// A finding of a plan must have one of these words in it.
    pub(crate) fn told(&self) -> &'static [&'static str] {
        TOLD.iter().find(|(start, _)| self.name.starts_with(start)).map_or(&[], |(_, words)| words)
    }
}

const fn kind(
    name: &'static str,
    effort: Effort,
    expected: Expected,
    damage: fn(&Head, &mut Pcg64) -> Damaged,
) -> Kind {
    Kind { name, expected, effort, damage }
}

use Effort::{High, Low, Whole};
use Expected::{Error, Plan, PlanOrError, SamePlan};

/// What findings must speak of, by the beginning of the name of the kind.
const TOLD: &[(&str, &[&str])] = &[
    ("frontal-", &["hole"]),
    ("crown-", &["hole"]),
    ("many-", &["hole"]),
    ("slit", &["hole", "slit"]),
    ("flipped", &["flipped", "wound"]),
    ("inside-out", &["inside out", "flipped", "wound"]),
    ("loose", &["welded", "merged"]),
    ("litter", &["duplicate", "twice", "repeated"]),
    ("t-junctions", &["open", "junction"]),
    ("torn", &["open", "torn", "tear", "crack"]),
    ("sheet", &["sheet"]),
    ("shell", &["component", "sheet", "piece"]),
    ("fins", &["fins", "non-manifold"]),
    ("islands", &["component", "piece"]),
    ("crumbs", &["component", "piece"]),
    ("head-rest", &["component", "piece"]),
    ("shoulders", &["component", "piece"]),
    ("noise-0.5", &["noise", "p06"]),
    ("terraces-1mm", &["terrace", "p06"]),
];

/// How a line over a hole may be refused.
const BROKEN_LINE: Expected = PlanOrError(&["hole", "open edge"]);

/// All kinds, each with what issue 4 demands of it.
pub(crate) const KINDS: &[Kind] = &[
    kind("undamaged", Whole, SamePlan, |head, _| Damaged::of(head)),
    // Skin that is missing.
    kind("frontal-holes-3mm", Low, SamePlan, |head, _| {
        skin::holes(head, &[30.0, 45.0, 60.0].map(|behind_mm| head.frontal(behind_mm)), 3.0)
    }),
    kind("crown-hole-8mm", Low, Plan, |head, _| skin::holes(head, &[head.crown()], 8.0)),
    kind("frontal-hole-15mm", Low, Plan, |head, _| skin::holes(head, &[head.frontal(30.0)], 15.0)),
    kind("crown-hole-30mm", Whole, Plan, |head, _| skin::holes(head, &[head.crown()], 30.0)),
    kind("many-holes-3mm", Low, SamePlan, |head, _| skin::holes(head, &head.places_inside(24, 6.0), 3.0)),
    kind("outside-hole-15mm", Low, SamePlan, |head, _| skin::holes(head, &[head.outside(17.0)], 15.0)),
    kind("hole-on-the-line-3mm", Low, BROKEN_LINE, |head, _| skin::holes(head, &[head.mid_frontal()], 3.0)),
    kind("hole-on-the-line-8mm", Low, BROKEN_LINE, |head, _| skin::holes(head, &[head.mid_frontal()], 8.0)),
    kind("hole-on-the-line-30mm", Low, BROKEN_LINE, |head, _| skin::holes(head, &[head.mid_frontal()], 30.0)),
    kind("slit-40x0.5mm", Low, Plan, |head, _| skin::slit(head, 40.0, 0.5)),
    // Triangles in disorder.
    kind("flipped-patches", Low, SamePlan, |head, _| {
        skin::flipped(head, &[head.crown(), head.occiput(), head.frontal(20.0)], 18.0, FileKind::Ply)
    }),
    kind("flipped-patches-loose", Low, SamePlan, |head, _| {
        skin::flipped(head, &[head.crown(), head.occiput(), head.frontal(20.0)], 18.0, FileKind::Stl)
    }),
    kind("inside-out", Low, SamePlan, |head, _| skin::inside_out(head)),
    kind("loose-triangles", Low, SamePlan, |head, _| skin::loose(head)),
    kind("litter", Low, SamePlan, |head, random| skin::litter(head, random, 300)),
    kind("t-junctions", Low, PlanOrError(&["open or non-manifold edge", "open edge"]), |head, random| {
        skin::t_junctions(head, random, 60)
    }),
    // The inside point lies on the patch; where the skin beside is near enough, that is taken.
    kind("torn-0.01mm", Low, PlanOrError(&["another piece of the scan+open edges of the scan"]), |head, random| {
        skin::torn(head, random, head.crown(), 20.0, 0.01)
    }),
    kind("torn-aside-0.01mm", Low, Plan, |head, random| skin::torn(head, random, head.frontal(45.0), 8.0, 0.01)),
    // Company.
    kind("sheet-0.5mm-above", Low, SamePlan, |head, _| company::second_sheet(head, 0.5, false)),
    kind("sheet-1mm-above", Low, SamePlan, |head, _| company::second_sheet(head, 1.0, false)),
    kind("sheet-2mm-above", Whole, SamePlan, |head, _| company::second_sheet(head, 2.0, false)),
    kind("sheet-0.5mm-below", Low, SamePlan, |head, _| company::second_sheet(head, -0.5, false)),
    kind("sheet-1mm-below", Low, SamePlan, |head, _| company::second_sheet(head, -1.0, false)),
    kind("sheet-2mm-below", Low, SamePlan, |head, _| company::second_sheet(head, -2.0, false)),
    kind("sheet-1mm-above-joined", Whole, SamePlan, |head, _| company::second_sheet(head, 1.0, true)),
    kind("sheet-2mm-below-joined", Low, SamePlan, |head, _| company::second_sheet(head, -2.0, true)),
    kind("fins", Whole, SamePlan, |head, random| company::fins(head, random, 30)),
    kind("islands", Low, SamePlan, |head, random| company::islands(head, random, 15)),
    kind("crumbs", Low, SamePlan, |head, random| company::crumbs(head, random, 30)),
    kind("head-rest-touching", Low, SamePlan, |head, _| company::head_rest(head, 0.0)),
    kind("head-rest-5mm-deep", Whole, SamePlan, |head, _| company::head_rest(head, 5.0)),
    kind("shell-6mm-below", Low, SamePlan, |head, _| company::shell(head, 6.0)),
    kind("shell-2mm-below", Low, SamePlan, |head, _| company::shell(head, 2.0)),
    kind("shoulders", Low, SamePlan, |head, _| company::shoulders(head)),
    // Shape.
    kind("noise-0.05mm", Low, Plan, |head, random| texture::noise(head, random, 0.05)),
    kind("noise-0.1mm", Low, Plan, |head, random| texture::noise(head, random, 0.1)),
    kind("noise-0.3mm", Low, Plan, |head, random| texture::noise(head, random, 0.3)),
    // Folds of such noise can make a head of the area of two.
    kind("noise-0.5mm", Whole, PlanOrError(&["noise+--smooth"]), |head, random| texture::noise(head, random, 0.5)),
    kind("terraces-0.5mm", Low, Plan, |head, _| texture::terraces(head, 0.5)),
    kind("terraces-1mm", Low, Plan, |head, _| texture::terraces(head, 1.0)),
    kind("decimated-2000", Low, Plan, |head, _| texture::decimated(head, 2000)),
    kind("refined-1000000", High, SamePlan, |head, _| texture::refined(head, 1_000_000)),
    // Frame.
    kind("moved", Low, SamePlan, frame::moved),
    kind("mirrored", Whole, Error(&["mirrored"]), |head, _| frame::mirrored(head)),
    kind("mirrored-scan", Whole, PlanOrError(&["mirrored", "away from the scan", "beyond an open edge"]), |head, _| {
        frame::mirrored_scan(head)
    }),
    kind("sides-swapped", Whole, Error(&["mirrored"]), |head, _| frame::sides_swapped(head)),
    kind("in-cm", Low, SamePlan, |head, _| frame::in_unit(head, Units::Centimetre)),
    kind("in-m", Low, SamePlan, |head, _| frame::in_unit(head, Units::Metre)),
    kind("in-inches", Low, SamePlan, |head, _| frame::in_unit(head, Units::Inch)),
    kind("scan-in-cm-said-mm", Whole, Error(&["units cm"]), |head, _| {
        frame::scan_said_wrong(head, Units::Centimetre, Units::Millimetre)
    }),
    kind("scan-in-m-said-mm", Whole, Error(&["units m "]), |head, _| {
        frame::scan_said_wrong(head, Units::Metre, Units::Millimetre)
    }),
    kind("scan-in-inches-said-mm", Whole, Error(&["units in"]), |head, _| {
        frame::scan_said_wrong(head, Units::Inch, Units::Millimetre)
    }),
    kind("scan-in-mm-said-cm", Whole, Error(&["units mm"]), |head, _| {
        frame::scan_said_wrong(head, Units::Millimetre, Units::Centimetre)
    }),
    kind("scan-in-mm-said-m", Whole, Error(&["units mm"]), |head, _| {
        frame::scan_said_wrong(head, Units::Millimetre, Units::Metre)
    }),
    kind("scan-in-cm-said-inches", Whole, Error(&["units cm"]), |head, _| {
        frame::scan_said_wrong(head, Units::Centimetre, Units::Inch)
    }),
    kind("all-in-m-said-mm", Whole, Error(&["units m "]), |head, _| {
        frame::all_said_wrong(head, Units::Metre, Units::Millimetre)
    }),
    kind("all-in-inches-said-mm", Whole, Error(&["units in"]), |head, _| {
        frame::all_said_wrong(head, Units::Inch, Units::Millimetre)
    }),
];
