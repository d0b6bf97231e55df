//! From a carrier to a session that may take mail: greeting, EHLO, STARTTLS, log-in, proof.

use std::future::Future;
use std::io;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Auth, Ehlo};
use lettre::transport::smtp::extension::ClientId;

use super::wire::{self, Carrier};
use super::{Cause, Hello, Phase, Session, SessionError, Timeouts, completes, timed};
use crate::words::{self, InboxToken, IssueName, Secret};

/// The keyword by which a test inbox of ours makes itself known.
const INBOX_KEYWORD: &str = "XLETTERPRESS";
/// How many challenges a log-in may have; LOGIN has two.
const CHALLENGES_MAX: usize = 4;

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
    /// 8BITMIME (RFC 6152).
    pub eight_bit: bool,
    /// SMTPUTF8 (RFC 6531).
    pub smtputf8: bool,
    /// The proof of a test inbox of ours.
    pub inbox: bool,
}

impl Offers {
    /// Reads the reply to EHLO as it came; keywords have no case (RFC 5321 section 4.1.1.1).
    fn parse(reply: &str) -> Self {
        let mut offers = Self::default();
        for line in reply.lines().skip(1) {
            let line = line.get(4..).unwrap_or_default().to_ascii_uppercase();
            let mut words = line.split_whitespace();
            match words.next() {
                Some("STARTTLS") => offers.start_tls = true,
                Some("8BITMIME") => offers.eight_bit = true,
                Some("SMTPUTF8") => offers.smtputf8 = true,
                Some(INBOX_KEYWORD) => offers.inbox = true,
                Some("AUTH") => words.for_each(|mechanism| match mechanism {
                    "PLAIN" => offers.plain = true,
                    "XOAUTH2" => offers.xoauth2 = true,
                    "LOGIN" => offers.login = true,
                    _ => {}
                }),
                _ => {}
            }
        }
        offers
    }
}

impl Session {
    /// Reads the greeting and says EHLO.
    ///
    /// # Errors
    /// [`Phase::Greeting`].
    pub async fn open(
        carrier: Box<dyn Carrier>,
        hello: Hello,
        timeouts: Timeouts,
    ) -> Result<Self, SessionError> {
        let (stream, wire) = wire::wire(carrier);
        let id = client_id(&hello);
        let connect = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &id);
        let connection =
            timed(timeouts.greeting, connect).await.map_err(|cause| cause.at(Phase::Greeting))?;
        // A `250` where the greeting belongs, and so on: the ends would be out of step.
        if wire.replies() != 2 {
            let cause = io::Error::new(io::ErrorKind::InvalidData, "its greeting is none");
            return Err(Cause::Lost(cause).at(Phase::Greeting));
        }
        let offers = Offers::parse(&wire.last_reply());
        Ok(Self { connection, wire, offers, hello, timeouts })
    }

    /// Encrypts the session, which is required: without it nothing more is said.
    ///
    /// # Errors
    /// [`Phase::Tls`]; the session is then over, and nothing but STARTTLS was sent.
    pub async fn start_tls<F, U>(&mut self, upgrade: F) -> Result<(), SessionError>
    where
        F: FnOnce(Box<dyn Carrier>) -> U,
        U: Future<Output = io::Result<Box<dyn Carrier>>>,
    {
        if !self.offers.start_tls {
            return Err(Cause::NotOffered("STARTTLS").at(Phase::Tls));
        }
        let limit = self.timeouts.command;
        self.expect("STARTTLS\r\n", Phase::Tls, limit, |code| code == 220).await?;
        let lost = || Cause::Lost(io::ErrorKind::NotConnected.into()).at(Phase::Tls);
        let plain = self.wire.take().ok_or_else(lost)?;
        let upgraded = timed(self.timeouts.connect, upgrade(plain)).await;
        self.wire.put(upgraded.map_err(|cause| cause.at(Phase::Tls))?);
        // What was offered in the clear counts no more (RFC 3207 section 4.2).
        self.offers = Offers::default();
        let ehlo = Ehlo::new(client_id(&self.hello));
        self.expect(ehlo, Phase::Tls, self.timeouts.greeting, completes).await?;
        self.offers = Offers::parse(&self.wire.last_reply());
        Ok(())
    }

    /// The mechanism that is wanted, or the best that is offered.
    fn mechanism(&self, wanted: Option<words::Mechanism>) -> Result<Mechanism, Cause> {
        let Offers { plain, login, xoauth2, .. } = self.offers;
        match wanted {
            Some(words::Mechanism::Plain) if plain => Ok(Mechanism::Plain),
            Some(words::Mechanism::LogIn) if login => Ok(Mechanism::Login),
            Some(words::Mechanism::Xoauth2) if xoauth2 => Ok(Mechanism::Xoauth2),
            Some(words::Mechanism::Plain) => Err(Cause::NotOffered("AUTH PLAIN")),
            Some(words::Mechanism::LogIn) => Err(Cause::NotOffered("AUTH LOGIN")),
            Some(words::Mechanism::Xoauth2) => Err(Cause::NotOffered("AUTH XOAUTH2")),
            None if plain => Ok(Mechanism::Plain),
            None if login => Ok(Mechanism::Login),
            None => Err(Cause::NotOffered("AUTH PLAIN or LOGIN")),
        }
    }

    /// Logs in, by PLAIN or else by LOGIN.
    ///
    /// # Errors
    /// [`Phase::LogIn`].
    pub async fn log_in(
        &mut self,
        user: &str,
        password: &Secret,
        wanted: Option<words::Mechanism>,
    ) -> Result<(), SessionError> {
        let mechanism = self.mechanism(wanted).map_err(|cause| cause.at(Phase::LogIn))?;
        let credentials = Credentials::new(user.to_owned(), password.expose().to_owned());
        let limit = self.timeouts.command;
        let answers = |code| code == 334 || completes(code);
        let begin = Auth::new(mechanism, credentials.clone(), None)
            .map_err(|error| Cause::from(error).at(Phase::LogIn))?;
        let mut response = self.expect(begin, Phase::LogIn, limit, answers).await?;
        for _ in 0..CHALLENGES_MAX {
            if !response.has_code(334) {
                return Ok(());
            }
            let answer = Auth::new_from_response(mechanism, credentials.clone(), &response)
                .map_err(|error| Cause::from(error).at(Phase::LogIn))?;
            response = self.expect(answer, Phase::LogIn, limit, answers).await?;
        }
        match response.has_code(334) {
            true => Err(Cause::Unfitting(super::reply_of(&response)).at(Phase::LogIn)),
            false => Ok(()),
        }
    }

    /// Demands the proof that the server is the test inbox whose token we hold.
    ///
    /// # Errors
    /// [`Phase::Proof`] on anything but the right answer; then nothing but QUIT may follow.
    pub async fn prove(
        &mut self,
        token: &InboxToken,
        nonce: &[u8; 16],
        issue: &IssueName,
    ) -> Result<(), SessionError> {
        let not_ours = || Cause::NotOurs.at(Phase::Proof);
        if !self.offers.inbox {
            return Err(not_ours());
        }
        let command = format!("{INBOX_KEYWORD} {} {issue}\r\n", hex(nonce));
        let limit = self.timeouts.command;
        let response = self
            .expect(command, Phase::Proof, limit, |code| code == 250)
            .await
            .map_err(|_| not_ours())?;
        let answer = response.first_word().unwrap_or_default().as_bytes();
        let expected = hex(&token.answer(nonce));
        aws_lc_rs::constant_time::verify_slices_are_equal(answer, expected.as_bytes())
            .map_err(|_| not_ours())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn client_id(hello: &Hello) -> ClientId {
    match hello {
        Hello::Name(name) => ClientId::Domain(name.clone()),
        Hello::Address(std::net::IpAddr::V4(address)) => ClientId::Ipv4(*address),
        Hello::Address(std::net::IpAddr::V6(address)) => ClientId::Ipv6(*address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_are_read_without_case_and_never_from_the_host_name() {
        let reply =
            "250-AUTH.example STARTTLS\r\n250-auth plain LOGIN\r\n250-SIZE 1\r\n250 SmtpUtf8\r\n";
        let offers = Offers::parse(reply);
        assert_eq!(
            offers,
            Offers { plain: true, login: true, smtputf8: true, ..Offers::default() }
        );
        assert_eq!(Offers::parse("250 STARTTLS\r\n"), Offers::default());
        assert_eq!(Offers::parse("250-é\r\n25\u{e9}\r\n250"), Offers::default());
    }
}
