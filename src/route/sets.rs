/// Disjoint sets of nodes that are united again and again: a forest whose ways to the roots are halved in passing (R. E.
/// Tarjan, J. van Leeuwen, Worst-case analysis of set union algorithms, Journal of the ACM 31, 1984). The root of a set
/// is its least node.
#[derive(Debug)]
pub(super) struct Sets {
    parent: Vec<u32>,
    count: usize,
}

impl Sets {
    /// Every node from 0 a set of its own.
    pub(super) fn new(nodes: usize) -> Self {
        Self { parent: (0..nodes as u32).collect(), count: nodes }
    }

    /// Number of sets.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The least node of the set of a node.
    #[inline]
    pub(super) fn root(&mut self, node: u32) -> u32 {
        let mut at = node as usize;
        while self.parent[at] as usize != at {
            let above = self.parent[at] as usize;
            self.parent[at] = self.parent[above];
            at = self.parent[above] as usize;
        }
        at as u32
    }

    /// Unites the sets of two nodes; whether they were two.
    #[inline]
    pub(super) fn unite(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            self.parent[a.max(b) as usize] = a.min(b);
            self.count -= 1;
        }
        a != b
    }

    /// Of each node the least one of its set.
    pub(super) fn roots(&mut self) -> Vec<u32> {
        (0..self.parent.len() as u32).map(|node| self.root(node)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against sets as labels that are rewritten.
        #[test]
        fn united_nodes_share_their_least_node(pairs in proptest::collection::vec((0_u32..20, 0_u32..20), 0..40)) {
            let mut sets = Sets::new(20);
            let mut labels: Vec<u32> = (0..20).collect();
            for (a, b) in pairs {
                let (of_a, of_b) = (labels[a as usize], labels[b as usize]);
                prop_assert_eq!(sets.unite(a, b), of_a != of_b);
                for label in labels.iter_mut().filter(|label| **label == of_a.max(of_b)) {
                    *label = of_a.min(of_b);
                }
                let mut distinct = labels.clone();
                distinct.sort_unstable();
                distinct.dedup();
                prop_assert_eq!(sets.count(), distinct.len());
                prop_assert_eq!(&sets.roots(), &labels);
            }
        }
    }
}
