//! Randomness, which only keys and ids are drawn from.

use std::fmt::Debug;
use std::io;

/// Draws random bytes.
pub trait Entropy: Send + Sync + Debug {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// If the system has no randomness to give.
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()>;
}

/// The system's randomness.
#[derive(Clone, Copy, Debug)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> io::Result<()> {
        aws_lc_rs::rand::fill(bytes)
            .map_err(|_| io::Error::other("the system gave no random bytes"))
    }
}
