use rand::Rng;
use rand_pcg::Pcg64;

use super::candidates::Candidates;
use super::k_opt::KOpt;
use super::network::Network;
use super::array_tour::ArrayTour;
use super::merge::Merger;
use super::{Budget, Cost, Options, Progress};

/// Positions over which a kick reaches, as long as there were fewer kicks than nodes: short ones are soon repaired.
const FIRST_WINDOW: u32 = 50;
static WIN: std::sync::LazyLock<u32> = std::sync::LazyLock::new(|| std::env::var("WIN").map_or(50, |s| s.parse().unwrap()));
static WL: std::sync::LazyLock<u32> = std::sync::LazyLock::new(|| std::env::var("WL").map_or(0, |s| s.parse().unwrap()));
/// And afterwards: what is left to gain lies further apart.
const WINDOW: u32 = 100;
/// Kicks of a budget are at least this many: they cost little where there are few points.
const LEAST_KICKS: f64 = 1000.0;
/// Kicks, or nodes of the descent, between two looks at the stop callback.
const STEPS_PER_LOOK: u64 = 64;
const LOOKS_PER_REPORT: u64 = 16;
/// Tells the generator's stream of this stage from those of others with the same seed.
const STREAM: u128 = u128::from_le_bytes(*b"route: the kicks");

/// What a search came to.
#[derive(Debug)]
pub(super) struct Outcome {
    pub order: Vec<u32>,
    pub moves: u64,
    pub stopped: bool,
}

/// Chained local search: descends, then kicks the tour by double bridges over a few dozen positions, descends again from
/// the eight nodes that were touched, and takes everything back when the tour got longer (O. Martin, S. W. Otto,
/// E. W. Felten, Large-step Markov chains for the traveling salesman problem, Complex Systems 5, 1991; local kicks:
/// D. Applegate, W. Cook, A. Rohe, Chained Lin-Kernighan for large traveling salesman problems, INFORMS Journal on
/// Computing 15, 2003).
///
/// `order` is a closed tour over the nodes of the network, eight or more, and `tour_length` its length.
pub(super) fn improve<C: Cost>(
    network: &Network<C>,
    candidates: &Candidates,
    order: Vec<u32>,
    tour_length: f64,
    options: &Options<'_>,
) -> Outcome {
    let ev = |n: &str, d: f64| std::env::var(n).map_or(d, |s| s.parse().unwrap());
    let kt = ev("KT", 0.0);
    if kt == 0.0 {
        return trial(network, candidates, order, tour_length, options, 0, None);
    }
    let least_gain = 1e-7 * tour_length / order.len() as f64;
    let mut best: Option<(f64, ArrayTour)> = None;
    let mut raws: Vec<Vec<u32>> = Vec::new();
    let mut merger = Merger::new(network, candidates, order.len(), least_gain);
    let mut random = Pcg64::new(u128::from(options.seed), STREAM + 1000);
    let mut moves = 0;
    let len = |order: &[u32]| -> f64 { (0..order.len()).map(|i| network.cost(order[i], order[(i + 1) % order.len()])).sum() };
    let verbose = std::env::var("DBG").is_ok();
    let pi: f64 = (0..0).map(|_| 0.0).sum();
    for number in 0.. {
        let found = trial(network, candidates, order.clone(), tour_length, options, number, Some(kt));
        moves += found.moves;
        let share = options.share.map_or(0.0, |s| s());
        let raw_len = len(&found.order);
        raws.push(found.order);
        let Some((length, tour)) = &mut best else {
            best = raws.last().map(|order| (raw_len, ArrayTour::new(order.clone())));
            if found.stopped { break; }
            continue;
        };
        let before = *length;
        let newest = raws.len() - 1;
        *length -= merger.merge(tour, &raws[newest], &mut random);
        let mut mine = ArrayTour::new(raws[newest].clone());
        let now = tour.order();
        let mine_len = raw_len - merger.merge(&mut mine, &now, &mut random);
        let a = *length;
        if mine_len < *length {
            *length = mine_len;
            *tour = mine;
        }
        let mut since = 0;
        let mut at = 0;
        while since < raws.len() {
            let gain = merger.merge(tour, &raws[at], &mut random);
            *length -= gain;
            since = if gain > 0.0 { 0 } else { since + 1 };
            at = (at + 1) % raws.len();
        }
        if verbose { eprintln!("{number} share {share:.2}..{:.2} raw {raw_len} before {before} a {a} mine {mine_len} after {} ", options.share.map_or(0.0, |s| s()), *length); }
        if found.stopped || options.stop.is_some_and(|s| s()) { break; }
    }
    let _ = pi;
    Outcome { moves, order: best.map(|(_, tour)| tour.into_order()).unwrap_or_default(), stopped: true }
}

fn trial<C: Cost>(
    network: &Network<C>,
    candidates: &Candidates,
    order: Vec<u32>,
    tour_length: f64,
    options: &Options<'_>,
    number: u64,
    kpp: Option<f64>,
) -> Outcome {
    let count = order.len();
    let least_gain = 1e-7 * tour_length / count as f64;
    let kicks = match options.budget {
        _ if kpp.is_some() => (kpp.unwrap_or(0.0) * count as f64) as u64,
        Budget::KicksPerPoint(kicks) if kicks > 0.0 => (kicks * count as f64).max(LEAST_KICKS) as u64,
        Budget::KicksPerPoint(_) => 0,
        Budget::UntilStopped => u64::MAX,
    };
    let mut clock = Clock { options, kicks, steps: 0, stopped: false };
    let mut length = tour_length;

    let mut search = KOpt::new(network, candidates, order.clone(), least_gain);
    let mut random = Pcg64::new(u128::from(options.seed), STREAM + 7 * u128::from(number));
    let mut order = order;
    if number > 0 {
        for i in 1..order.len() {
            let j = below(&mut random, i as u32 + 1) as usize;
            order.swap(i, j);
        }
    }
    for node in order {
        search.look_at(node);
    }
    while let Some(gain) = search.improve_next() {
        length -= gain;
        search.tour_mut().commit();
        if clock.stops(0, length) {
            break;
        }
    }

    let t0: f64 = std::env::var("T0").map_or(0.0, |s| s.parse().unwrap());
    let mean = tour_length / count as f64;
    let mut temp = t0 * mean;
    for kick in 0..kicks {
        if clock.stops(kick, length) {
            break;
        }
        let window = *WIN;
        let mut change = kick_somewhere(&mut search, network, window, &mut random);
        while let Some(gain) = search.improve_next() {
            change -= gain;
        }
        // Potentials leave rounding errors in changes that are none.
        let u = (f64::from(random.next_u32()) + 0.5) * (-32_f64).exp2();
        if kick % 64 == 0 { temp = t0 * mean * (1.0 - (if kpp.is_some() { kick as f64 / kicks as f64 } else { options.share.map_or(kick as f64 / kicks as f64, |s| s()) })).max(0.0); }
        if change > least_gain && change > -u.ln() * temp {
            search.tour_mut().roll_back();
        } else {
            search.tour_mut().commit();
            length += change;
        }
    }
    Outcome { moves: search.moves(), order: search.into_tour().into_order(), stopped: clock.stopped }
}

/// Random number below `bound`; the bias of at most `bound / 2³²` does not matter here.
fn below(random: &mut Pcg64, bound: u32) -> u32 {
    ((u64::from(random.next_u32()) * u64::from(bound)) >> 32) as u32
}

/// Makes a double bridge at a random place, puts its nodes on the queue, and returns what it added to the length.
fn kick_somewhere<C: Cost>(search: &mut KOpt<'_, C>, network: &Network<C>, window: u32, random: &mut Pcg64) -> f64 {
    let count = search.tour().len();
    let longest = ((window.min(count) - 2) / 3).max(1);
    let mut cuts = [1 + below(random, count); 4];
    for i in 1..4 {
        cuts[i] = cuts[i - 1] + 1 + below(random, longest);
    }
    let mut cuts = cuts.map(|cut| if cut > count { cut - count } else { cut });
    if *WL > 0 {
        let mut nodes = [below(random, count); 4];
        let cands = search.candidates();
        let mut i = 1;
        let mut tries = 0;
        while i < 4 {
            let mut at = nodes[0];
            for _ in 0..*WL {
                let row = cands.of(at);
                if row.is_empty() { break; }
                at = row[below(random, row.len() as u32) as usize].0;
            }
            tries += 1;
            if tries > 30 { at = below(random, count); }
            if nodes[..i].contains(&at) { continue; }
            nodes[i] = at; i += 1;
        }
        cuts = nodes.map(|x| search.tour().position(x));
        cuts.sort_unstable();
    }
    let tour = search.tour();
    let ends = cuts.map(|cut| [tour.node(cut), tour.around(cut).1]);
    let cut: f64 = ends.iter().map(|[a, b]| network.cost(*a, *b)).sum();
    let mut pieces = tour.double_bridge(cuts);
    search.tour_mut().rearrange(&mut pieces);
    for node in ends.into_iter().flatten() {
        search.look_at(node);
    }
    // Old pieces: A | B | C | D with A the rest of the tour; new order A D C B.
    let joined =
        [(ends[0][0], ends[2][1]), (ends[3][0], ends[1][1]), (ends[2][0], ends[0][1]), (ends[1][0], ends[3][1])];
    joined.iter().map(|&(a, b)| network.cost(a, b)).sum::<f64>() - cut
}

/// Looks at the stop callback and reports progress now and then.
struct Clock<'a> {
    options: &'a Options<'a>,
    kicks: u64,
    steps: u64,
    stopped: bool,
}

impl Clock<'_> {
    fn stops(&mut self, kick: u64, length: f64) -> bool {
        self.steps += 1;
        if self.steps.is_multiple_of(STEPS_PER_LOOK) {
            self.stopped = self.options.stop.is_some_and(|stop| stop());
            if let Some(progress) =
                self.options.progress.filter(|_| self.steps.is_multiple_of(STEPS_PER_LOOK * LOOKS_PER_REPORT))
            {
                progress(Progress { kicks: kick, budget: (self.kicks != u64::MAX).then_some(self.kicks), length });
            }
        }
        self.stopped
    }
}
