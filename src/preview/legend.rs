//! Everything that is words: heading, captions, key, figures.

use svg::Node;
use svg::node::element::{Group, Path};

use super::colour::{STEPS, Scale};
use super::distortion::Distortion;
use super::head_frame::HeadFrame;
use super::palette;
use super::pen;
use super::relief::Window;
use super::scene::{DotClass, DotKind, Scene};
use crate::error::Severity;
use crate::geometry::decimal;
use crate::plan::Plan;

/// What the words on the sheet are about.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    pub(super) plan: &'a Plan,
    pub(super) scene: &'a Scene<'a>,
    pub(super) distortion: &'a Distortion,
    pub(super) frame: &'a HeadFrame,
    /// Figures below the name, where they are not those of the plan.
    pub(super) headline: Option<String>,
}

/// What text is set in.
pub(super) const FONTS: &str = "Inter, Helvetica Neue, Arial, sans-serif";
/// Longer names are shortened in the heading; the document's title has them whole.
const LONGEST_NAME: usize = 60;
/// Size of text, mm.
const TITLE_MM: f64 = 15.0;
const BODY_MM: f64 = 6.6;
const LINE_MM: f64 = 10.5;

impl Facts<'_> {
    /// The case's name.
    pub(super) fn name(&self) -> String {
        self.plan.case.name.clone().unwrap_or_else(|| "Unnamed case".to_owned())
    }

    fn not_reached(&self) -> usize {
        self.plan.dots.iter().filter(|dot| !dot.existing && dot.setup.is_none()).count()
    }

    fn sessions(&self) -> usize {
        let mut sessions: Vec<u32> = self.plan.dots.iter().filter(|dot| !dot.existing).map(|dot| dot.session).collect();
        sessions.sort_unstable();
        sessions.dedup();
        sessions.len()
    }

    /// One sentence for `<desc>`.
    pub(super) fn description(&self) -> String {
        format!("True-scale drawing in mm, made by tonsure: {}.", self.headline())
    }

    fn headline(&self) -> String {
        if let Some(headline) = &self.headline {
            return headline.clone();
        }
        let (plan, figures) = (self.plan, &self.plan.statistics);
        let new = plan.dots.iter().filter(|dot| !dot.existing).count();
        [
            counted(new, "dot"),
            format!("{} not reached", grouped(self.not_reached())),
            counted(self.sessions(), "session"),
            format!("region {} cm²", decimal(figures.area_mm2 / 100.0, 1)),
            format!(
                "{} dots/cm² asked, {} reached",
                decimal(figures.density_asked_per_cm2, 1),
                decimal(figures.density_reached_per_cm2, 1)
            ),
            format!("rig {}", plan.rig.name),
            format!("seed {}", plan.seed),
        ]
        .join("  ·  ")
    }
}

/// 45120 as `45,120`.
pub(super) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let head = digits.len() % 3;
    let groups = digits.as_bytes()[head..].chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let first = Some(digits[..head].to_owned()).filter(|group| !group.is_empty());
    first.into_iter().chain(groups).collect::<Vec<_>>().join(",")
}

/// `1 dot`, `12,000 dots`.
fn counted(count: usize, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// Name and figures, with a line below.
pub(super) fn heading(facts: &Facts<'_>, width: f64) -> Group {
    let rule = Path::new()
        .set("stroke", palette::EDGE)
        .set("stroke-width", 0.4)
        .set("d", format!("M0 32h{}", pen::number(width)));
    pen::layer("heading", "heading")
        .add(pen::label([0.0, -12.0], TITLE_MM, &shortened(&facts.name(), LONGEST_NAME)).set("font-weight", 600))
        .add(pen::label([0.0, -24.5], BODY_MM + 0.6, &facts.headline()).set("fill", palette::QUIET))
        .add(
            pen::label([width, -12.0], BODY_MM, "true scale 1 : 1, mm")
                .set("fill", palette::QUIET)
                .set("text-anchor", "end"),
        )
        .add(rule)
}

/// Name of a drawing on the left, scale bar on the right.
pub(super) fn caption(name: &str, width: f64) -> Group {
    let bar = scale_bar([width - 50.0, -7.0]);
    Group::new().add(pen::label([0.0, -8.0], 8.5, name).set("font-weight", 600)).add(bar)
}

/// What stands below a drawing that has a page for itself: a scale bar to lay a ruler on, and what it is.
pub(super) fn footer(facts: &Facts<'_>, width: f64) -> Group {
    let bar = Path::new()
        .set("id", "ruler")
        .set("fill", palette::QUIET)
        .set("d", "M0 0v-3h.2v1.4h99.6v-1.4h.2v3h-.2v-1.4h-99.6v1.4z");
    let small = |place, text: &str| pen::label(place, 3.2, text).set("fill", palette::QUIET);
    let name = shortened(&facts.name(), LONGEST_NAME);
    let footer = Group::new()
        .add(Group::new().set("transform", "translate(0 4)").add(bar))
        .add(small([102.0, -4.0], "100 mm: print without scaling"))
        .add(small([0.0, -9.0], &shortened(&format!("{name}  ·  {}", facts.headline()), (width / 1.75) as usize)));
    let Some(scale) = &facts.scene.scale else { return footer };
    let (colours, range) = scale_entry(scale);
    footer.add(Group::new().set("transform", "translate(0 13)").add(colours)).add(small([15.0, -13.0], &range))
}

/// 50 mm, the first 10 mm filled.
fn scale_bar([x, y]: [f64; 2]) -> Group {
    let at = format!("translate({} {})", pen::number(x), pen::number(-y));
    let tip = |x: f64, text: &str, anchor: &str| {
        pen::label([x, 1.8], 4.6, text).set("text-anchor", anchor.to_owned()).set("fill", palette::QUIET)
    };
    Group::new()
        .set("transform", at)
        .add(Path::new().set("fill", palette::QUIET).set("d", "M0 0h10v1.6h-10z"))
        .add(
            Path::new()
                .set("fill", "none")
                .set("stroke", palette::QUIET)
                .set("stroke-width", 0.3)
                .set("d", "M.15.15h49.7v1.3h-49.7zM20 .15v1.3M30 .15v1.3M40 .15v1.3"),
        )
        .add(tip(10.0, "10", "middle"))
        .add(tip(50.0, "50 mm", "end"))
}

/// Which way is which on the unwrap.
pub(super) fn directions(window: &Window) -> Group {
    let (x, y) = (0.0, 0.0);
    let places = [
        ([x, window.min[1] + 2.0], "front", "middle"),
        ([x, window.max[1] - 5.0], "back", "middle"),
        ([window.max[0], y], "left", "end"),
        ([window.min[0], y], "right", "start"),
    ];
    let layer = pen::layer("unwrap-directions", "directions").set("fill", palette::QUIET);
    places
        .into_iter()
        .fold(layer, |layer, (place, text, anchor)| layer.add(pen::label(place, 5.6, text).set("text-anchor", anchor)))
}

/// The key to colours and lines.
pub(super) fn key(facts: &Facts<'_>) -> Group {
    let mut key = Key { group: pen::layer("key", "key"), line: 0.0 };
    key.heading("Key");
    // Dots that are not reached look alike in all sessions and share a line.
    let mut classes: Vec<&DotClass> = facts.scene.classes.iter().collect();
    classes.sort_by_key(|class| class.kind);
    for alike in classes.chunk_by(|a, b| a.kind == b.kind && a.colour == b.colour && a.kind != DotKind::Reached) {
        let count = alike.iter().map(|class| class.dots().count()).sum();
        let dots = || alike.iter().flat_map(|class| class.dots()).map(|k| facts.plan.dots[k].diameter_mm);
        let (least, largest) = (dots().fold(f64::INFINITY, f64::min), dots().fold(0.0, f64::max));
        let name = if alike[0].kind == DotKind::NotReached { "not reached" } else { &alike[0].label };
        let (least, largest) = (decimal(least, 2), decimal(largest, 2));
        let size = if least == largest { least } else { format!("{least} to {largest}") };
        let sample = [[2.0, 1.2], [6.5, 3.2], [11.0, 1.6]].map(|place| pen::ring(place, 1.2)).concat();
        let text = format!("{name}: {}, {size} mm", counted(count, "dot"));
        let colour = if facts.scene.scale.is_some() { palette::QUIET } else { alike[0].colour };
        key.entry(Path::new().set("fill", colour).set("d", sample), &text);
    }
    if let Some(scale) = &facts.scene.scale {
        let (colours, range) = scale_entry(scale);
        key.entry(colours, &range);
    }
    let line = |colour: &str, width: f64, data: &str| {
        Path::new()
            .set("fill", "none")
            .set("stroke", colour.to_owned())
            .set("stroke-width", width)
            .set("d", data.to_owned())
    };
    key.entry(line(palette::EDGE, 0.5, "M0-2h13"), "edge of the region");
    if !facts.plan.case.keep_outs.is_empty() {
        let swatch = line(palette::EDGE, 0.35, "M0-4.2h13v4.4h-13z").set("fill", "url(#hatch)");
        key.entry(swatch, "keep-out, without its margin");
    }
    if !facts.plan.blocks.is_empty() {
        let ramp = (0..6).fold(Group::new(), |ramp, k| {
            let share = f64::from(k) / 5.0;
            let data = format!("M{} -2h2.2", pen::number(f64::from(k) * 2.16));
            ramp.add(line(&palette::order(share), 1.0, &data))
        });
        key.entry(ramp, "order on the unwrap, first to last (layer route)");
        key.entry(line(palette::TRAVEL, 0.4, "M0-2h13").set("stroke-dasharray", "1.5 1"), "travel on the unwrap");
    }
    key.entry(
        Path::new().set("fill-rule", "evenodd").set("d", pen::ring([6.5, 2.0], 1.6) + &pen::ring([6.5, 2.0], 0.5)),
        "landmark",
    );
    if !facts.scene.fiducials.is_empty() {
        key.entry(line(palette::EDGE, 0.3, &("M3.5-2h6M6.5-5v6".to_owned() + &pen::ring([6.5, 2.0], 2.0))), "fiducial");
    }
    if !facts.scene.stops.is_empty() {
        key.entry(Path::new().set("fill", palette::STOP).set("d", "M6.5-4l1.3 2.4h-2.6z"), "stop, on the unwrap");
    }
    if !facts.scene.findings.is_empty() {
        key.entry(line(palette::severity(Severity::Warn), 0.6, &pen::ring([6.5, 2.0], 2.4)), "finding with a place");
    }
    key.group
}

/// The colours of a scale, from low to high, and what they stand for.
fn scale_entry(scale: &Scale) -> (Group, String) {
    let range = format!("{} to {}: {}", decimal(scale.low, 2), decimal(scale.high, 2), scale.label);
    let width = 13.0 / STEPS as f64;
    let colours = (0..STEPS).fold(Group::new(), |bar, step| {
        let data = format!("M{} -3h{}v3h-{1}z", pen::number(step as f64 * width), pen::number(width + 0.05));
        bar.add(Path::new().set("fill", Scale::colour(step)).set("d", data))
    });
    (colours, range)
}

/// How true the drawings are.
pub(super) fn notes(facts: &Facts<'_>) -> Group {
    let d = facts.distortion;
    let percent = |share: f64| format!("{} %", decimal(share * 100.0, 1));
    let mut key = Key { group: pen::layer("notes", "notes"), line: 0.0 };
    key.heading("How true the drawings are");
    key.note("Views are orthographic: dots crowd where the skin turns away.");
    key.note("They show the dots that face the viewer and that the scan does not hide.");
    key.note("The unwrap shows every dot once and keeps areas, hence densities.");
    key.note(&format!("Area error: {} RMS, at most {} in 95 % of the region", percent(d.area_rms), percent(d.area_95)));
    key.note(&format!("(measured on its triangles in {} squares of 1 cm²).", grouped(d.cells)));
    key.note(&format!(
        "Lengths are {} to {} times the true ones; {} of the region is folded.",
        decimal(d.shortest, 2),
        decimal(d.longest, 2),
        percent(d.folded)
    ));
    key.note("Discs are as large as fresh dots; pale rings only make them visible.");
    if !facts.frame.from_landmarks {
        key.note("No tragi and vertex are known: the views follow the region's main axes,");
        key.note("and front and back, or left and right, may be swapped.");
    }
    key.group
}

/// Lines of words one below the other.
struct Key {
    group: Group,
    line: f64,
}

impl Key {
    fn heading(&mut self, text: &str) {
        self.add(|group| group.add(pen::label([0.0, 0.0], 8.5, text).set("font-weight", 600)));
        self.line += 2.0;
    }

    fn note(&mut self, text: &str) {
        self.add(|group| group.add(pen::label([0.0, 0.0], BODY_MM, text)));
    }

    fn entry(&mut self, sample: impl Into<Box<dyn Node>>, text: &str) {
        let sample = sample.into();
        self.add(|group| group.add(sample).add(pen::label([19.0, 0.0], BODY_MM, text)));
    }

    fn add(&mut self, fill: impl FnOnce(Group) -> Group) {
        self.line += LINE_MM;
        let line = Group::new().set("transform", format!("translate(0 {})", pen::number(self.line - 2.5)));
        self.group.append(fill(line));
    }
}
