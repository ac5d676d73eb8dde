use crate::rig::HookPoint;

/// Most axes that a program may move.
pub(super) const AXES: usize = 6;

/// Positions of the axes in the profile's order, mm and degrees; `None` until the program has set one.
pub(super) type Positions = [Option<f64>; AXES];

/// What a line makes the machine do.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    /// Straight move of the joints from one place to another.
    Move { from: Positions, to: Positions, pace: Pace },
    /// The same until something is touched, at the latest at `to`; what comes next is reckoned from there. A controller stops the
    /// program when nothing was touched.
    Probe { from: Positions, to: Positions, mm_min: f64 },
    /// Rest, s.
    Dwell { seconds: f64 },
    /// Needle drive on, with the number behind `S` or that of the output, or off.
    Needle { on: Option<f64> },
    /// Lines of the rig's owner that were passed over; where they stand for something, that comes next.
    Hook(Hooked),
    /// Stop until the operator goes on; one that is optional is made only where a switch asks for it.
    Pause { optional: bool },
    /// End of the program.
    End,
}

/// How fast a move is asked to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Pace {
    /// As fast as the axes can.
    Rapid,
    /// Feed per minute, mm/min.
    Feed { mm_min: f64 },
    /// As fast as a feed per minute allows that counts a way from an unknown place.
    Towards { mm_min: f64 },
    /// Inverse time: all of the move in that long, s.
    Within { seconds: f64 },
}

/// What the mark before lines of the owner's says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hooked {
    pub(super) point: HookPoint,
    /// The dot before which a stop comes.
    pub(super) dot: Option<u32>,
    /// Which patch of how many begins.
    pub(super) patch: Option<[u32; 2]>,
}

/// One action and the line that asks for it, from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Event {
    pub(super) line: usize,
    pub(super) action: Action,
}

/// Something in the text that a controller would refuse or that leaves a mode to chance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: usize,
    pub(super) what: String,
}
