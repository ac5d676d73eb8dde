use rand::Rng;
use rand_pcg::Pcg64;

use super::array_tour::ArrayTour;
use super::candidates::Candidates;
use super::k_opt::KOpt;
use super::network::Network;
use super::tally::Tally;
use super::{Cost, Options};

/// Positions over which a kick along the tour reaches: shorter ones are soon repaired, longer ones too dear to repair.
const WINDOW: u32 = 100;
/// Steps from candidate to candidate that a kick across the tour goes at most.
const LONGEST_WALK: u32 = 100;
/// Kicks, or nodes of the descent, between two looks at the stop callback.
const STEPS_PER_LOOK: u64 = 64;
const LOOKS_PER_REPORT: u64 = 16;
/// Tells the generator's stream of this stage from those of others with the same seed.
const STREAM: u128 = u128::from_le_bytes(*b"route: the kicks");

/// What a search came to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub order: Vec<u32>,
    /// By how much the tour is shorter.
    pub gained: f64,
    pub moves: u64,
    pub stopped: bool,
}

/// What to do in one search.
pub(super) struct Effort<'a> {
    /// Kicks to make.
    pub kicks: u64,
    /// Gains below this are rounding errors.
    pub least_gain: f64,
    /// Tells searches with the same seed apart.
    pub number: u64,
    pub options: &'a Options<'a>,
    pub tally: &'a Tally<'a>,
}

/// Chained local search: descends from the nodes of `start`, then kicks the tour by double bridges, one over some hundred
/// positions, the next between nodes that random walks lead to, descends again from the eight nodes that were touched, and takes everything back when the tour got longer
/// (O. Martin, S. W. Otto, E. W. Felten, Large-step Markov chains for the traveling salesman problem, Complex Systems 5,
/// 1991; local kicks: D. Applegate, W. Cook, A. Rohe, Chained Lin-Kernighan for large traveling salesman problems,
/// INFORMS Journal on Computing 15, 2003).
///
/// `order` is a closed tour over the nodes of the network, eight or more.
pub(super) fn improve<C: Cost>(
    network: &Network<C>,
    candidates: &Candidates,
    order: Vec<u32>,
    start: &[u32],
    effort: &Effort<'_>,
) -> Outcome {
    let mut clock = Clock { effort, steps: 0, kicks: 0, told: (0, 0.0), stopped: false };
    let mut gained = 0.0;
    let mut search = KOpt::new(network, candidates, order, effort);
    for &node in start {
        search.look_at(node);
    }
    while let Some(gain) = search.improve_next() {
        gained += gain;
        search.tour_mut().commit();
        if clock.stops(gained) {
            break;
        }
    }

    let seed = u128::from(effort.number) << 64 | u128::from(effort.options.seed);
    let mut random = Pcg64::new(seed, STREAM);
    while clock.kicks < effort.kicks && !clock.stopped {
        let across = if clock.kicks.is_multiple_of(2) { None } else { walks(search.tour(), candidates, &mut random) };
        let cuts = across.unwrap_or_else(|| stretch(search.tour(), &mut random));
        let mut change = kick(&mut search, network, cuts);
        while let Some(gain) = search.improve_next() {
            change -= gain;
            // Most often the tour is what it was before the kick, and all its nodes were looked at then.
            if gain > 0.0 && change.abs() <= effort.least_gain {
                search.look_no_further();
            }
        }
        // Potentials leave rounding errors in changes that are none.
        if change > effort.least_gain {
            search.tour_mut().roll_back();
        } else {
            search.tour_mut().commit();
            gained -= change;
        }
        clock.kicks += 1;
        clock.stops(gained);
    }
    clock.tell(gained);
    Outcome { moves: search.moves(), order: search.into_tour().into_order(), gained, stopped: clock.stopped }
}

/// Random number below `bound`; the bias of at most `bound / 2³²` does not matter here.
pub(super) fn below(random: &mut Pcg64, bound: u32) -> u32 {
    ((u64::from(random.next_u32()) * u64::from(bound)) >> 32) as u32
}

/// Four places near each other on the tour.
fn stretch(tour: &ArrayTour, random: &mut Pcg64) -> [u32; 4] {
    let count = tour.len();
    let longest = ((WINDOW.min(count) - 2) / 3).max(1);
    let mut cuts = [1 + below(random, count); 4];
    for i in 1..4 {
        cuts[i] = cuts[i - 1] + 1 + below(random, longest);
    }
    cuts.map(|cut| if cut > count { cut - count } else { cut })
}

/// Four places whose nodes random walks lead to from one node, wherever they are on the tour; none where walks meet.
/// Points in rows and even fields profit from them, and points in clusters, out of which few walks lead, from the others.
fn walks(tour: &ArrayTour, candidates: &Candidates, random: &mut Pcg64) -> Option<[u32; 4]> {
    let home = tour.node(1 + below(random, tour.len()));
    let mut cuts = [(); 4].map(|()| {
        let mut node = home;
        for _ in 0..=below(random, LONGEST_WALK) {
            let (nodes, costs) = candidates.row(node);
            let pick = below(random, nodes.len() as u32) as usize;
            // A segment has no places for what lies outside of it.
            if let (Some(&next), Some(true)) = (nodes.get(pick), costs.get(pick).map(|cost| cost.is_finite())) {
                node = next;
            }
        }
        tour.position(node)
    });
    cuts.sort_unstable();
    cuts.windows(2).all(|pair| pair[0] < pair[1]).then_some(cuts)
}

/// Makes a double bridge of four cuts in rising order around the tour, puts its nodes on the queue, and returns what it
/// added to the length.
fn kick<C: Cost>(search: &mut KOpt<'_, C>, network: &Network<C>, cuts: [u32; 4]) -> f64 {
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
    effort: &'a Effort<'a>,
    steps: u64,
    kicks: u64,
    /// Kicks and gain that the tally knows of.
    told: (u64, f64),
    stopped: bool,
}

impl Clock<'_> {
    fn stops(&mut self, gained: f64) -> bool {
        self.steps += 1;
        if self.steps.is_multiple_of(STEPS_PER_LOOK) {
            self.stopped = self.effort.options.stop.is_some_and(|stop| stop());
            if self.steps.is_multiple_of(STEPS_PER_LOOK * LOOKS_PER_REPORT) {
                self.tell(gained);
            }
        }
        self.stopped
    }

    fn tell(&mut self, gained: f64) {
        let kicks = self.kicks - std::mem::replace(&mut self.told.0, self.kicks);
        let gain = gained - std::mem::replace(&mut self.told.1, gained);
        self.effort.tally.add(kicks, gain);
    }
}
