//! Bugs that are planted to see whether the checkers find them. Each is a fault of one of the parts
//! around the send loop that looks, from outside, as if the loop had it.

/// A planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// The dot is written before the mark is durable.
    MarkBehindDot,
    /// A flush is taken for done that was not.
    LostFlush,
    /// The outcome of a copy is written behind the mark of the next.
    OutcomeBehindMark,
    /// A message is given up by a dot.
    LoneDot,
    /// The dot gets the reply that was meant for the command before.
    ShiftedReply,
    /// A copy is tried again whose connection dropped behind its dot.
    RetryBehindDot,
    /// Suppression is tested when the plan is made, and never again.
    SuppressionAtPlan,
    /// Windows of the rate begin empty after a restart.
    WindowsReset,
    /// A 421 to the dot is taken for an acceptance.
    ClosingAccepted,
}

impl Bug {
    pub const ALL: [Self; 9] = [
        Self::MarkBehindDot,
        Self::LostFlush,
        Self::OutcomeBehindMark,
        Self::LoneDot,
        Self::ShiftedReply,
        Self::RetryBehindDot,
        Self::SuppressionAtPlan,
        Self::WindowsReset,
        Self::ClosingAccepted,
    ];
}
