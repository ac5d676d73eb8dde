use super::block::Block;
use super::look_ahead::moves_s;
use super::rules::{Corners, MotionRules};
use crate::rig::{Joints, Profile};

/// Adds up the time of a sequence of moves and waits as a controller plans it.
#[derive(Debug)]
pub struct Stopwatch<'a> {
    profile: &'a Profile,
    rules: MotionRules,
    at: Joints,
    /// Moves since the last standstill.
    moving: Vec<Block>,
    total_s: f64,
}

impl<'a> Stopwatch<'a> {
    /// Starts at rest, with the rules of the profile's controller.
    pub fn new(profile: &'a Profile, at: Joints) -> Self {
        Self::with_rules(profile, MotionRules::of(profile), at)
    }

    /// Starts at rest, with the rules of another controller.
    pub fn with_rules(profile: &'a Profile, rules: MotionRules, at: Joints) -> Self {
        Self { profile, rules, at, moving: Vec::new(), total_s: 0.0 }
    }

    /// A move to `to`: a rapid without `feed_mm_s`.
    pub fn move_to(&mut self, to: &Joints, feed_mm_s: Option<f64>) {
        self.moving.extend(Block::new(self.profile, &self.rules, &self.at, to, feed_mm_s));
        self.at = *to;
        if self.rules.corners == Corners::Stop {
            self.stop();
        }
    }

    /// A wait; the machine comes to rest before it.
    pub fn dwell(&mut self, seconds: f64) {
        self.stop();
        self.total_s += self.rules.wait_s(seconds);
    }

    /// A stop of which somebody else knows how long it takes: a tool change, a reload, an operator.
    pub fn pause(&mut self, seconds: f64) {
        self.stop();
        self.total_s += seconds;
    }

    /// Comes to rest and returns the time since the start, s.
    pub fn stop(&mut self) -> f64 {
        if !self.moving.is_empty() {
            self.total_s += moves_s(&self.moving, self.profile, &self.rules) + self.rules.standstill_s;
            self.moving.clear();
        }
        self.total_s
    }
}
