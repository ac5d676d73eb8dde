use super::box_tree::BoxTree;
use super::partition::Block;

/// Which blocks can have dots that stop each other, and an order in groups in which none do.
#[derive(Debug)]
pub(super) struct Neighbours {
    /// Where the list of each block begins, and the end.
    starts: Vec<u32>,
    lists: Vec<u32>,
    /// Blocks of one group are no neighbours: they can be filled at the same time.
    pub(super) groups: Vec<Vec<u32>>,
}

impl Neighbours {
    /// Groups by greedy colouring in the order of the blocks.
    pub(super) fn new(blocks: &[Block], tree: &BoxTree) -> Self {
        let mut neighbours = Self { starts: vec![0], lists: Vec::new(), groups: Vec::new() };
        let mut group_of: Vec<usize> = Vec::with_capacity(blocks.len());
        for (number, block) in (0..).zip(blocks) {
            let first = neighbours.lists.len();
            tree.reached(&block.bounds, block.reach(), &mut |other| {
                if other != number {
                    neighbours.lists.push(other);
                }
            });
            neighbours.starts.push(neighbours.lists.len() as u32);
            let taken: Vec<usize> =
                neighbours.lists[first..].iter().filter_map(|&other| group_of.get(other as usize).copied()).collect();
            let group = (0..neighbours.groups.len()).find(|group| !taken.contains(group));
            let group = group.unwrap_or(neighbours.groups.len());
            if group == neighbours.groups.len() {
                neighbours.groups.push(Vec::new());
            }
            neighbours.groups[group].push(number);
            group_of.push(group);
        }
        neighbours
    }

    pub(super) fn of(&self, block: u32) -> &[u32] {
        let [from, to] = [block, block + 1].map(|b| self.starts[b as usize] as usize);
        &self.lists[from..to]
    }
}
