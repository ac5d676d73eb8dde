//! What differs from one dialect to the next.

/// One dialect. Comments are `;` to the end of the line in all of them, dwell is `G4 P` in seconds.
#[derive(Debug)]
pub(super) struct Post {
    /// Name in the header.
    pub(super) name: &'static str,
    /// All modal state that a program relies on.
    pub(super) modal: &'static str,
    /// Ends the program.
    pub(super) end: &'static str,
    /// What the operator has to know about this controller.
    pub(super) advice: &'static [&'static str],
}
