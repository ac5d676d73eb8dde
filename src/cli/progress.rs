use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::job::Progress;

/// A line on a terminal that names the stage and, where it is known, how far it has come. Silent where standard error
/// is no terminal.
#[derive(Debug)]
pub(super) struct Line(ProgressBar);

impl Line {
    const STEPS: u64 = 1000;

    pub(super) fn new(quiet: bool) -> Self {
        let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(Self::STEPS), target);
        if let Ok(style) = ProgressStyle::with_template("{elapsed:>4} {bar:24.cyan/dim} {prefix} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }
}

impl Progress for Line {
    fn stage(&self, name: &str) {
        self.0.set_position(0);
        self.0.set_prefix(name.to_owned());
        self.0.set_message("");
    }

    fn fraction(&self, share: f64) {
        self.0.set_position((share.clamp(0.0, 1.0) * Self::STEPS as f64) as u64);
    }

    fn note(&self, text: &str) {
        self.0.set_message(text.to_owned());
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
