use super::hilbert;
use crate::geometry::Point;

/// Places to visit, numbered along a Hilbert curve; points in the very same place make one site.
#[derive(Debug)]
pub(super) struct Sites {
    /// Point numbers, site after site.
    members: Vec<u32>,
    /// Where each site's points begin in `members`, and the end of the last one's.
    first: Vec<u32>,
}

impl Sites {
    /// Groups the points; every pinned point gets a site of its own.
    pub(super) fn new(points: &[Point], pins: [Option<u32>; 2]) -> Self {
        let keys = hilbert::keys(points);
        // -0.0 and 0.0 are the same place.
        let place = |i: u32| points[i as usize].coords.map(|x| x + 0.0);
        let pinned = |i: u32| pins.contains(&Some(i));
        let mut members: Vec<u32> = (0..points.len() as u32).collect();
        members.sort_unstable_by(|&a, &b| {
            let (at_a, at_b) = (place(a), place(b));
            let by_axis = (0..3).map(|axis| at_a[axis].total_cmp(&at_b[axis]));
            keys[a as usize]
                .cmp(&keys[b as usize])
                .then_with(|| by_axis.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then))
                .then_with(|| (pinned(a), a).cmp(&(pinned(b), b)))
        });
        let mut first: Vec<u32> = (0..members.len() as u32)
            .filter(|&i| {
                let here = members[i as usize];
                i == 0 || pinned(here) || place(members[i as usize - 1]) != place(here)
            })
            .collect();
        first.push(members.len() as u32);
        Self { members, first }
    }

    pub(super) fn count(&self) -> u32 {
        self.first.len() as u32 - 1
    }

    /// One point of every site.
    pub(super) fn representatives(&self) -> Vec<u32> {
        self.first[..self.first.len() - 1].iter().map(|&i| self.members[i as usize]).collect()
    }

    /// The points in the order of the sites.
    pub(super) fn expand(&self, order: &[u32]) -> Vec<u32> {
        let range = |site: u32| self.first[site as usize] as usize..self.first[site as usize + 1] as usize;
        order.iter().flat_map(|&site| &self.members[range(site)]).copied().collect()
    }

    /// The sites in the order in which an order of all points first comes to each.
    pub(super) fn contract(&self, order: &[u32]) -> Vec<u32> {
        let mut site_of = vec![0; self.members.len()];
        for (site, bounds) in (0..).zip(self.first.windows(2)) {
            for &point in &self.members[bounds[0] as usize..bounds[1] as usize] {
                site_of[point as usize] = site;
            }
        }
        let mut is_new = vec![true; self.first.len()];
        let sites = order.iter().map(|&point| site_of[point as usize]);
        sites.filter(|&site| std::mem::take(&mut is_new[site as usize])).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn orders_of_points_and_sites_stand_for_each_other(cells in proptest::collection::vec(0_u8..9, 1..40), turn in 0_usize..40) {
            let points: Vec<Point> = cells.iter().map(|&x| Point::new(f64::from(x), 0.0, 0.0)).collect();
            let sites = Sites::new(&points, [None; 2]);
            let mut order: Vec<u32> = (0..sites.count()).collect();
            order.rotate_left(turn % sites.count() as usize);
            let expanded = sites.expand(&order);
            prop_assert_eq!(sites.contract(&expanded), order);
            let mut sorted = expanded;
            sorted.sort_unstable();
            prop_assert!(sorted.into_iter().eq(0..points.len() as u32));
        }
    }
}
