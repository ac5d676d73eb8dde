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
    /// The lap of each of them.
    laps_of_moving: Vec<usize>,
    laps_s: Vec<f64>,
    total_s: f64,
}

impl<'a> Stopwatch<'a> {
    /// Starts at rest, with the rules of the profile's controller.
    pub fn new(profile: &'a Profile, at: Joints) -> Self {
        Self::with_rules(profile, MotionRules::of(profile), at)
    }

    /// Starts at rest, with the rules of another controller.
    pub fn with_rules(profile: &'a Profile, rules: MotionRules, at: Joints) -> Self {
        Self { profile, rules, at, moving: Vec::new(), laps_of_moving: Vec::new(), laps_s: Vec::new(), total_s: 0.0 }
    }

    /// A move to `to`: a rapid without `feed_mm_s`.
    pub fn move_to(&mut self, to: &Joints, feed_mm_s: Option<f64>) {
        if let Some(block) = Block::new(self.profile, &self.rules, &self.at, to, feed_mm_s) {
            self.moving.push(block);
            self.laps_of_moving.push(self.laps_s.len());
        }
        self.laps_s.push(0.0);
        self.at = *to;
        if self.rules.corners == Corners::Stop {
            self.stop();
        }
    }

    /// A wait; the machine comes to rest before it.
    pub fn dwell(&mut self, seconds: f64) {
        self.pause(self.rules.wait_s(seconds));
    }

    /// A stop of which somebody else knows how long it takes: a tool change, a reload, an operator.
    pub fn pause(&mut self, seconds: f64) {
        self.stop();
        self.total_s += seconds;
        self.laps_s.push(seconds);
    }

    /// Comes to rest and returns the time since the start, s.
    pub fn stop(&mut self) -> f64 {
        if let Some(&last) = self.laps_of_moving.last() {
            let times_s = moves_s(&self.moving, self.profile, &self.rules);
            self.total_s += times_s.iter().sum::<f64>() + self.rules.standstill_s;
            for (&lap, time_s) in self.laps_of_moving.iter().zip(times_s) {
                self.laps_s[lap] = time_s;
            }
            self.laps_s[last] += self.rules.standstill_s;
            self.moving.clear();
            self.laps_of_moving.clear();
        }
        self.total_s
    }

    /// Comes to rest and returns what each move, wait and pause took, in their order, s. A standstill counts to the move
    /// that ends in it.
    pub fn laps_s(mut self) -> Vec<f64> {
        self.stop();
        self.laps_s
    }
}
