use rand::Rng;
use rand_distr::Distribution;
use rand_pcg::Pcg64;

use super::candidates::Candidates;
use super::k_opt::KOpt;
use super::network::Network;
use super::{Budget, Cost, Options, Progress};

/// Positions over which a kick reaches: shorter ones are soon repaired, longer ones too dear to repair.
const WINDOW: u32 = 100;
/// Highest temperature of the search, as a share of the mean edge, …
const MOST_HEAT: f64 = 0.5;
/// … and what each kick that a node can expect contributes to it: a short search has no time to cool down.
const HEAT_PER_KICK: f64 = 0.02;
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
/// the eight nodes that were touched, and takes everything back when the tour got longer by more than a random amount
/// around a temperature that falls to zero over the budget (O. Martin, S. W. Otto, E. W. Felten, Large-step Markov
/// chains for the traveling salesman problem, Complex Systems 5, 1991; local kicks: D. Applegate, W. Cook, A. Rohe,
/// Chained Lin-Kernighan for large traveling salesman problems, INFORMS Journal on Computing 15, 2003). Without a
/// temperature the search is caught after a few kicks a node.
///
/// `order` is a closed tour over the nodes of the network, eight or more, and `tour_length` its length.
pub(super) fn improve<C: Cost>(
    network: &Network<C>,
    candidates: &Candidates,
    order: Vec<u32>,
    tour_length: f64,
    options: &Options<'_>,
) -> Outcome {
    let count = order.len();
    let least_gain = 1e-7 * tour_length / count as f64;
    let kicks = match options.budget {
        Budget::KicksPerPoint(kicks) if kicks > 0.0 => (kicks * count as f64).max(LEAST_KICKS) as u64,
        Budget::KicksPerPoint(_) => 0,
        Budget::UntilStopped => u64::MAX,
    };
    let mut clock = Clock { options, kicks, steps: 0, stopped: false };
    let mut length = tour_length;

    let mut search = KOpt::new(network, candidates, order.clone(), least_gain);
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

    let mean_edge = tour_length / count as f64;
    let mut best: Option<(f64, Vec<u32>)> = None;
    let mut temperature = 0.0;
    let mut random = Pcg64::new(u128::from(options.seed), STREAM);
    for kick in 0..kicks {
        if clock.stops(kick, length) {
            break;
        }
        if kick.is_multiple_of(STEPS_PER_LOOK) {
            temperature = mean_edge * heat(kick as f64 / count as f64, clock.spent(kick));
        }
        if kick.is_multiple_of(count as u64) && temperature > 0.0 && best.as_ref().is_none_or(|best| length < best.0) {
            best = Some((length, search.tour().order().to_vec()));
        }
        let mut change = kick_somewhere(&mut search, network, &mut random);
        while let Some(gain) = search.improve_next() {
            change -= gain;
        }
        // Potentials leave rounding errors in changes that are none.
        if change > least_gain && change > temperature * exponential(&mut random) {
            search.tour_mut().roll_back();
        } else {
            search.tour_mut().commit();
            length += change;
        }
    }
    let moves = search.moves();
    let order = match best {
        Some((shortest, order)) if shortest < length => order,
        _ => search.into_tour().into_order(),
    };
    Outcome { moves, order, stopped: clock.stopped }
}

/// Temperature in mean edges after so many kicks a node, when a share of the budget is spent; none where that is not
/// known.
fn heat(kicks_per_node: f64, spent: Option<f64>) -> f64 {
    let Some(spent) = spent.filter(|&spent| spent > 0.0 && spent < 1.0) else { return 0.0 };
    (HEAT_PER_KICK * kicks_per_node / spent).min(MOST_HEAT) * (1.0 - spent)
}

/// A random number of the exponential distribution with mean 1.
fn exponential(random: &mut Pcg64) -> f64 {
    rand_distr::Exp1.sample(random)
}

/// Random number below `bound`; the bias of at most `bound / 2³²` does not matter here.
fn below(random: &mut Pcg64, bound: u32) -> u32 {
    ((u64::from(random.next_u32()) * u64::from(bound)) >> 32) as u32
}

/// Makes a double bridge at a random place, puts its nodes on the queue, and returns what it added to the length.
fn kick_somewhere<C: Cost>(search: &mut KOpt<'_, C>, network: &Network<C>, random: &mut Pcg64) -> f64 {
    let count = search.tour().len();
    let longest = ((WINDOW.min(count) - 2) / 3).max(1);
    let mut cuts = [1 + below(random, count); 4];
    for i in 1..4 {
        cuts[i] = cuts[i - 1] + 1 + below(random, longest);
    }
    let cuts = cuts.map(|cut| if cut > count { cut - count } else { cut });
    let tour = search.tour();
    let ends = cuts.map(|cut| [tour.node(cut), tour.around(cut)[1]]);
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
    /// Share of the budget that is spent.
    fn spent(&self, kick: u64) -> Option<f64> {
        if self.kicks == u64::MAX {
            self.options.spent.map(|spent| spent())
        } else {
            Some(kick as f64 / self.kicks as f64)
        }
    }

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
