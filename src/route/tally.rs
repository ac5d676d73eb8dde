use std::sync::Mutex;

use super::{Options, Progress};

/// What all searches for one order did so far, told now and then.
pub(super) struct Tally<'a> {
    options: &'a Options<'a>,
    so_far: Mutex<Progress>,
}

impl<'a> Tally<'a> {
    /// Of searches that begin with an order of this length.
    pub(super) fn new(options: &'a Options<'a>, budget: Option<u64>, length: f64) -> Self {
        Self { options, so_far: Mutex::new(Progress { kicks: 0, budget, length }) }
    }

    /// Tells of more kicks, and of what was gained since the last time.
    pub(super) fn add(&self, kicks: u64, gained: f64) {
        // Told under the lock, so that no two searches tell in the wrong order.
        let (Some(progress), Ok(mut so_far)) = (self.options.progress, self.so_far.lock()) else { return };
        so_far.kicks += kicks;
        so_far.length -= gained;
        progress(*so_far);
    }

    /// What one of several searches tells its own progress to, which begins with a part of this length.
    pub(super) fn part(&'a self, length: f64) -> impl Fn(Progress) + Sync {
        let told = Mutex::new((0, length));
        move |at: Progress| {
            let Ok(mut told) = told.lock() else { return };
            let (kicks, length) = std::mem::replace(&mut *told, (at.kicks, at.length));
            self.add(at.kicks - kicks, length - at.length);
        }
    }
}
