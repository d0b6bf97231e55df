//! What a server offers in its reply to EHLO.

use crate::words::PROOF_COMMAND;

/// What a server offers that we use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// STARTTLS (RFC 3207).
    pub start_tls: bool,
    /// AUTH PLAIN (RFC 4616).
    pub plain: bool,
    /// AUTH LOGIN.
    pub login: bool,
    /// AUTH XOAUTH2.
    pub xoauth2: bool,
    /// PIPELINING (RFC 2920).
    pub pipelining: bool,
    /// 8BITMIME (RFC 6152).
    pub eight_bit: bool,
    /// SIZE (RFC 1870).
    pub size: bool,
    /// SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// DSN (RFC 3461).
    pub dsn: bool,
    /// The proof of a test inbox of ours.
    pub inbox: bool,
}

impl Offers {
    /// Reads the lines of the reply; keywords have no case (RFC 5321 section 4.1.1.1), and the first
    /// line is the server's name.
    pub(super) fn parse(lines: &[String]) -> Self {
        let mut offers = Self::default();
        for line in lines.iter().skip(1) {
            let line = line.to_ascii_uppercase();
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("STARTTLS") => offers.start_tls = true,
                Some("PIPELINING") => offers.pipelining = true,
                Some("8BITMIME") => offers.eight_bit = true,
                Some("SIZE") => offers.size = true,
                Some("SMTPUTF8") => offers.smtputf8 = true,
                Some("DSN") => offers.dsn = true,
                Some(PROOF_COMMAND) => offers.inbox = true,
                Some("AUTH") => words.for_each(|mechanism| match mechanism {
                    "PLAIN" => offers.plain = true,
                    "LOGIN" => offers.login = true,
                    "XOAUTH2" => offers.xoauth2 = true,
                    _ => {}
                }),
                _ => {}
            }
        }
        offers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_read_without_case_and_never_from_the_host_name() {
        let lines = ["AUTH.example STARTTLS", "auth plain LOGIN", "SIZE 1", "SmtpUtf8", ""];
        let offers = Offers::parse(&lines.map(str::to_owned));
        let expected =
            Offers { plain: true, login: true, size: true, smtputf8: true, ..Offers::default() };
        assert_eq!(offers, expected);
        assert_eq!(Offers::parse(&["STARTTLS".to_owned()]), Offers::default());
    }
}
