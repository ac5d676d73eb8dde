//! How good orders are after how much time: draws a curve for each instance, with what peers reach beside it.
//!
//! `cargo bench --bench route_quality -- [--seconds S] [FILE.tsp …]`; without files uniform random points of its own,
//! the instance `E10k.0` of the DIMACS challenge. One thread; time counts from the start of the search, without reading.
//! Drawings go into cargo's folder for temporary files, figures to standard output as a table.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::panic, reason = "a program for a desk")]

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use svg::Document;
use svg::node::element::path::Data;
use svg::node::element::{Circle, Line, Path as Curve, Text};
use tonsure::route::{Budget, Ends, Options, Progress, TspInstance, read_tsp, solve};

/// Gaps of a peer over the best length known, %, after CPU seconds of its whole process.
type Points = &'static [(f64, f64)];

/// What is known of an instance: the best length, and what linkern (Concorde) and LKH-3 with the best of three candidate
/// sets reach on the same machine with one thread.
const KNOWN: [(&str, f64, Points, Points); 11] = [
    (
        "ell20000",
        31_139_946.0,
        &[(1.0, 0.315), (10.0, 0.110), (60.0, 0.067)],
        &[(1.0, 0.815), (10.0, 0.038), (60.0, 0.017)],
    ),
    ("ell40000", 44_020_000.0, &[(10.0, 0.121), (40.0, 0.070)], &[(10.0, 0.041), (40.0, 0.017)]),
    (
        "E10000",
        71_865_826.0,
        &[(1.0, 0.458), (10.0, 0.214), (60.0, 0.173)],
        &[(1.0, 1.096), (10.0, 0.041), (60.0, 0.020)],
    ),
    ("E100000", 225_784_127.0, &[(10.0, 0.588), (40.0, 0.321)], &[(10.0, 2.7), (40.0, 0.123)]),
    ("pcb3038", 137_694.0, &[(10.0, 0.203)], &[(10.0, 0.001)]),
    ("pr2392", 378_032.0, &[(10.0, 0.425)], &[(10.0, 0.001)]),
    ("rl5915", 565_530.0, &[(10.0, 0.979)], &[(10.0, 0.056)]),
    ("usa13509", 19_982_859.0, &[(10.0, 0.231)], &[(10.0, 0.072)]),
    ("d18512", 645_238.0, &[(10.0, 0.177)], &[(10.0, 0.035)]),
    ("pla33810", 66_048_945.0, &[(10.0, 0.451), (40.0, 0.353)], &[(10.0, 0.798), (40.0, 0.166)]),
    ("pla85900", 142_382_641.0, &[(10.0, 0.458)], &[]),
];

fn main() {
    let mut seconds = 60.0;
    let mut files: Vec<String> = Vec::new();
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => seconds = arguments.next().and_then(|s| s.parse().ok()).unwrap_or(seconds),
            _ => files.push(argument),
        }
    }
    let instances: Vec<TspInstance> = if files.is_empty() {
        vec![read_tsp(uniform(10_000).as_bytes()).unwrap()]
    } else {
        files.iter().map(|file| read_tsp(&std::fs::read(file).unwrap()).unwrap()).collect()
    };
    println!("| instance | best known | gap after 1 s | 10 s | {seconds} s |\n|---|---|---|---|---|");
    for instance in &instances {
        let (_, best, linkern, lkh) = KNOWN
            .into_iter()
            .find(|known| known.0 == instance.name)
            .unwrap_or_else(|| panic!("no best length known of \"{}\"", instance.name));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let curve = pool.install(|| search(instance, Duration::from_secs_f64(seconds)));
        let gaps: Vec<(f64, f64)> = curve.iter().map(|&(s, length)| (s, 100.0 * (length / best - 1.0))).collect();
        let after = |limit: f64| {
            let before = gaps.iter().take_while(|gap| gap.0 <= limit).last();
            before.map_or("-".to_owned(), |gap| format!("{:.3} %", gap.1))
        };
        println!("| {} | {best} | {} | {} | {} |", instance.name, after(1.0), after(10.0), after(f64::INFINITY));
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("route-quality-{}.svg", instance.name));
        svg::save(&file, &drawing(&instance.name, &gaps, &[("linkern", linkern), ("LKH-3", lkh)])).unwrap();
        println!("\n{}\n", file.display());
    }
}

/// Lengths over time, s.
fn search(instance: &TspInstance, limit: Duration) -> Vec<(f64, f64)> {
    let since = Instant::now();
    let curve = Mutex::new(Vec::new());
    let stop = || since.elapsed() >= limit;
    let spent = || since.elapsed().as_secs_f64() / limit.as_secs_f64();
    let progress = |at: Progress| curve.lock().unwrap().push((since.elapsed().as_secs_f64(), at.length));
    let options = Options {
        ends: Ends::Closed,
        budget: Budget::UntilStopped,
        serpentine: false,
        stop: Some(&stop),
        spent: Some(&spent),
        progress: Some(&progress),
        ..Options::default()
    };
    let tour = solve(&instance.places(), &instance.cost(), &options).unwrap();
    let mut curve = curve.into_inner().unwrap();
    curve.push((since.elapsed().as_secs_f64(), tour.length));
    curve
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 480.0;
const MARGIN: f64 = 60.0;
/// Seconds and per cent at the ends of the axes, both logarithmic.
const SECONDS: [f64; 2] = [0.1, 100.0];
const PERCENT: [f64; 2] = [0.001, 20.0];

fn place((seconds, percent): (f64, f64)) -> (f64, f64) {
    let share = |value: f64, [low, high]: [f64; 2]| (value.clamp(low, high) / low).ln() / (high / low).ln();
    (
        MARGIN + share(seconds, SECONDS) * (WIDTH - 2.0 * MARGIN),
        HEIGHT - MARGIN - share(percent, PERCENT) * (HEIGHT - 2.0 * MARGIN),
    )
}

fn drawing(name: &str, gaps: &[(f64, f64)], peers: &[(&str, Points)]) -> Document {
    let text = |(x, y): (f64, f64), content: String| Text::new(content).set("x", x).set("y", y);
    let rule = |from: (f64, f64), to: (f64, f64)| {
        Line::new().set("x1", from.0).set("y1", from.1).set("x2", to.0).set("y2", to.1).set("stroke", "#ccc")
    };
    let title = format!("{name}: length above the best known, by time on one thread");
    let mut document = Document::new().set("viewBox", (0, 0, WIDTH, HEIGHT)).set("font-size", 12);
    document = document.add(text((MARGIN, MARGIN - 25.0), title));
    for seconds in [0.1, 1.0, 10.0, 100.0] {
        let [bottom, top] = PERCENT.map(|percent| place((seconds, percent)));
        let label = text((bottom.0 - 10.0, bottom.1 + 18.0), format!("{seconds} s"));
        document = document.add(rule(bottom, top)).add(label);
    }
    for percent in [0.001, 0.01, 0.1, 1.0, 10.0] {
        let [left, right] = SECONDS.map(|seconds| place((seconds, percent)));
        let label = text((left.0 - 55.0, left.1 + 4.0), format!("{percent} %"));
        document = document.add(rule(left, right)).add(label);
    }
    // Points closer than a pixel say nothing.
    let mut places: Vec<(f64, f64)> = gaps.iter().map(|&gap| place(gap)).collect();
    places.dedup_by(|a, b| (a.0 - b.0).hypot(a.1 - b.1) < 1.0);
    let data = places
        .iter()
        .enumerate()
        .fold(Data::new(), |data, (i, &at)| if i == 0 { data.move_to(at) } else { data.line_to(at) });
    document =
        document.add(Curve::new().set("d", data).set("fill", "none").set("stroke", "#06c").set("stroke-width", 2));
    for ((peer, points), colour) in peers.iter().zip(["#c60", "#080"]) {
        for &point in *points {
            let (x, y) = place(point);
            let dot = Circle::new().set("cx", x).set("cy", y).set("r", 4).set("fill", colour);
            document = document.add(dot).add(text((x + 7.0, y + 4.0), (*peer).to_owned()));
        }
    }
    document
}

/// Uniform points in a square by the generator of the DIMACS challenge: Knuth's subtractive one (The Art of Computer
/// Programming, volume 2, section 3.2.2, algorithm A), whose seed is the number of points.
fn uniform(count: u32) -> String {
    const MODULUS: i64 = 1_000_000_000;
    const RANGE: i64 = 1_000_000;
    let mut table = [0_i64; 55];
    let (mut last, mut next) = (i64::from(count) % MODULUS, 1);
    table[0] = last;
    for i in 1..55 {
        let at = 21 * i % 55;
        table[at] = next;
        next = (last - next).rem_euclid(MODULUS);
        last = table[at];
    }
    let (mut a, mut b) = (0_usize, 24_usize);
    let mut random = || {
        a = a.checked_sub(1).unwrap_or(54);
        b = b.checked_sub(1).unwrap_or(54);
        table[a] = (table[a] - table[b]).rem_euclid(MODULUS);
        table[a]
    };
    for _ in 0..165 {
        random();
    }
    let nodes: Vec<String> = (1..=count)
        .map(|node| {
            let [x, y] = [random(), random()].map(|value| value / (MODULUS / RANGE));
            format!("{node} {x} {y}\n")
        })
        .collect();
    let nodes = nodes.concat();
    format!("NAME: E{count}\nTYPE: TSP\nDIMENSION: {count}\nEDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n{nodes}EOF\n")
}
