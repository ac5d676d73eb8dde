use super::Cost;

/// The closed tour that stands for the wanted order.
///
/// An open path becomes a closed tour by one more node, the gate, between its two ends. Going to the gate costs
/// nothing, except to a fixed end: that edge is so cheap that no shorter tour can be without it.
#[derive(Debug)]
pub(super) struct Network<C> {
    cost: C,
    /// Number of the gate, one above the last site; `u32::MAX` where the tour is closed.
    gate: u32,
    /// The fixed ends.
    pins: [Option<u32>; 2],
    pin_cost: f64,
    /// Added to every edge at a site; none without an ascent.
    potentials: Vec<f64>,
}

impl<C: Cost> Network<C> {
    /// A closed tour over the sites.
    pub(super) fn closed(cost: C) -> Self {
        Self { cost, gate: u32::MAX, pins: [None; 2], pin_cost: 0.0, potentials: Vec::new() }
    }

    /// A path over `sites` sites. `bound` is the length of some path that ends at the pins.
    pub(super) fn open(cost: C, sites: u32, pins: [Option<u32>; 2], bound: f64) -> Self {
        Self { cost, gate: sites, pins, pin_cost: -2.0 * bound - 1.0, potentials: Vec::new() }
    }

    /// The same network with potentials of the sites: all tours change their lengths by the same amount.
    pub(super) fn with_potentials(self, potentials: Vec<f64>) -> Self {
        Self { potentials, ..self }
    }

    /// The network of a path over a part of the sites, renumbered from 0 as they come in `sites`.
    pub(super) fn part(&self, path: &[u32], sites: &[u32], pins: [Option<u32>; 2]) -> Network<impl Cost> {
        let potentials = sites.iter().filter_map(|&site| self.potentials.get(site as usize).copied()).collect();
        let bound = super::length(&self.cost, path, false);
        Network::open(self.cost.renumbered(sites), sites.len() as u32, pins, bound).with_potentials(potentials)
    }

    /// The fixed first and last site.
    pub(super) fn pins(&self) -> [Option<u32>; 2] {
        self.pins
    }

    /// The gate, when an order is open.
    pub(super) fn gate(&self) -> Option<u32> {
        (self.gate != u32::MAX).then_some(self.gate)
    }

    /// The gate, when a better place for it may be found.
    pub(super) fn free_gate(&self) -> Option<u32> {
        self.gate().filter(|_| self.pins.contains(&None))
    }

    /// Kept out of line: one comparison is all that other costs should pay for it.
    #[cold]
    fn cost_to_gate(&self, site: u32) -> f64 {
        if self.pins.contains(&Some(site)) { self.pin_cost } else { 0.0 }
    }
}

impl<C: Cost> Cost for Network<C> {
    #[inline]
    fn cost(&self, a: u32, b: u32) -> f64 {
        let cost = if a.max(b) == self.gate { self.cost_to_gate(a.min(b)) } else { self.cost.cost(a, b) };
        let potential = |node: u32| self.potentials.get(node as usize).copied().unwrap_or(0.0);
        cost + potential(a) + potential(b)
    }
}
