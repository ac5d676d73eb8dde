use std::time::Instant;

/// Where a job tells how far it has come.
pub trait Progress: Sync {
    /// A stage begins.
    fn stage(&self, name: &str);
    /// Share of the present stage that is done, 0 to 1.
    fn fraction(&self, share: f64);
    /// What there is to tell of the present stage besides; nothing by default.
    fn note(&self, text: &str) {
        let _ = text;
    }
}

/// Tells nobody.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &str) {}
    fn fraction(&self, _: f64) {}
}

/// Wall time by stage. For standard output only: no time reaches a file.
pub struct Stages<'a> {
    progress: &'a dyn Progress,
    seconds: Vec<(&'static str, f64)>,
    since: Instant,
}

impl std::fmt::Debug for Stages<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stages").field("seconds", &self.seconds).finish_non_exhaustive()
    }
}

impl<'a> Stages<'a> {
    /// Starts the clock.
    pub fn new(progress: &'a dyn Progress) -> Self {
        Self { progress, seconds: Vec::new(), since: Instant::now() }
    }

    /// Ends the stage before and begins the next one.
    pub fn begin(&mut self, name: &'static str) {
        self.close();
        self.progress.stage(name);
        self.seconds.push((name, 0.0));
    }

    /// Where the present stage tells how far it has come.
    pub fn progress(&self) -> &'a dyn Progress {
        self.progress
    }

    /// Seconds by stage, in order; a stage that came twice is summed.
    pub fn finish(mut self) -> Vec<(&'static str, f64)> {
        self.close();
        let mut sums: Vec<(&'static str, f64)> = Vec::new();
        for (name, seconds) in self.seconds {
            match sums.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => *sum += seconds,
                None => sums.push((name, seconds)),
            }
        }
        sums
    }

    fn close(&mut self) {
        let now = Instant::now();
        if let Some((_, seconds)) = self.seconds.last_mut() {
            *seconds += now.duration_since(self.since).as_secs_f64();
        }
        self.since = now;
    }
}
