use crate::schedule::Halt;

/// Where the needle goes one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Station<'a> {
    /// The park place, with what is to be done there before the first dot.
    Park(&'a [Halt]),
    /// The service place, with what is to be done there.
    Service(&'a [Halt]),
    /// Above the dot of that place in the order.
    Dot(usize),
}

impl Station<'_> {
    pub(super) fn dot(&self) -> Option<usize> {
        if let Self::Dot(dot) = self { Some(*dot) } else { None }
    }
}

/// All stations from the park place back to it, for so many dots and sorted halts between them.
pub(super) fn stations(count: usize, halts: &[Halt]) -> Vec<Station<'_>> {
    let mut visits = halts.chunk_by(|a, b| a.before == b.before).peekable();
    let mut visit_before = |dot| visits.next_if(|visit| visit[0].before == dot);
    let mut stations = vec![Station::Park(visit_before(0).unwrap_or_default())];
    for dot in 0..count {
        stations.extend(visit_before(dot).map(Station::Service));
        stations.push(Station::Dot(dot));
    }
    stations.push(Station::Park(&[]));
    stations
}
