//! How a log-in is made.

/// A mechanism of AUTH (RFC 4954).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// PLAIN (RFC 4616).
    Plain,
    /// LOGIN, which never became a standard.
    LogIn,
    /// XOAUTH2: the secret is a bearer token of OAuth.
    Xoauth2,
}
