use rand::Rng;
use rand_pcg::Pcg64;

use super::candidates::Candidates;
use super::k_opt::KOpt;
use super::network::Network;
use super::{Budget, Cost, Options, Progress};

/// Positions over which a kick reaches, as long as there were fewer kicks than nodes: short ones are soon repaired.
const FIRST_WINDOW: u32 = 50;
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

    let mut random = Pcg64::new(u128::from(options.seed), STREAM);
    for kick in 0..kicks {
        if clock.stops(kick, length) {
            break;
        }
        let window = if kick < count as u64 { FIRST_WINDOW } else { WINDOW };
        let mut change = kick_somewhere(&mut search, network, window, &mut random);
        while let Some(gain) = search.improve_next() {
            change -= gain;
        }
        // Potentials leave rounding errors in changes that are none.
        if change > least_gain {
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
    let mut cuts = [below(random, count); 4];
    for i in 1..4 {
        cuts[i] = cuts[i - 1] + 1 + below(random, longest);
    }
    let cuts = cuts.map(|cut| if cut >= count { cut - count } else { cut });
    let tour = search.tour();
    let ends = cuts.map(|cut| [tour.node(cut), tour.next(tour.node(cut))]);
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
