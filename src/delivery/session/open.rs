//! From a greeting to a session that may take mail: EHLO, STARTTLS, log-in, proof.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Cause, Command, Event, Hello, Offers, Phase, Session, SessionError, Whole, completes};
use crate::words::{InboxToken, IssueName, Mechanism, PROOF_COMMAND, Secret, to_hex};

/// Answers to the challenges of a log-in, last first.
#[derive(Debug)]
pub(super) struct Exchange {
    answers: Vec<Secret>,
    challenges: usize,
}

/// How many challenges a log-in may have; LOGIN has two.
const CHALLENGES_MAX: usize = 3;

impl Session {
    /// Asks for encryption. At [`Event::Ready`] the connection is to be encrypted, and then
    /// [`Session::encrypted`] to be called.
    ///
    /// # Errors
    /// [`Cause::NotOffered`]: without it nothing more is to be said.
    pub fn start_tls(&mut self) -> Result<(), SessionError> {
        if !self.offers.start_tls {
            return Err(self.over(Cause::NotOffered("STARTTLS"), Phase::Tls));
        }
        self.command(Command::StartTls, b"STARTTLS\r\n");
        Ok(())
    }

    /// Says EHLO anew: what was offered in the clear counts no more (RFC 3207 section 4.2).
    pub fn encrypted(&mut self) {
        self.offers = Offers::default();
        self.say_hello(Command::Ehlo, "EHLO");
    }

    /// Logs in, as told or else by PLAIN or by LOGIN, whichever is offered.
    ///
    /// # Errors
    /// [`Cause::NotOffered`].
    pub fn log_in(
        &mut self,
        how: Option<Mechanism>,
        user: &str,
        secret: &Secret,
    ) -> Result<(), SessionError> {
        let (first, answers) = match self.mechanism(how)? {
            Mechanism::Plain => {
                (format!("PLAIN {}", encoded(&["\0", user, "\0", secret.expose()])), vec![])
            }
            Mechanism::LogIn => (
                "LOGIN".to_owned(),
                vec![Secret::new(encoded(&[secret.expose()])), Secret::new(encoded(&[user]))],
            ),
            Mechanism::Xoauth2 => {
                let parts = ["user=", user, "\x01auth=Bearer ", secret.expose(), "\x01\x01"];
                // A refusal comes as a challenge, to be answered with an empty line.
                (format!("XOAUTH2 {}", encoded(&parts)), vec![Secret::new("")])
            }
        };
        self.log_in = Some(Exchange { answers, challenges: 0 });
        self.command(Command::LogIn, format!("AUTH {first}\r\n").as_bytes());
        Ok(())
    }

    fn mechanism(&mut self, how: Option<Mechanism>) -> Result<Mechanism, SessionError> {
        let offers = &self.offers;
        let missing = match how {
            None if offers.plain => return Ok(Mechanism::Plain),
            None if offers.login => return Ok(Mechanism::LogIn),
            Some(Mechanism::Plain) if offers.plain => return Ok(Mechanism::Plain),
            Some(Mechanism::LogIn) if offers.login => return Ok(Mechanism::LogIn),
            Some(Mechanism::Xoauth2) if offers.xoauth2 => return Ok(Mechanism::Xoauth2),
            None => "AUTH PLAIN or LOGIN",
            Some(Mechanism::Plain) => "AUTH PLAIN",
            Some(Mechanism::LogIn) => "AUTH LOGIN",
            Some(Mechanism::Xoauth2) => "AUTH XOAUTH2",
        };
        Err(self.over(Cause::NotOffered(missing), Phase::LogIn))
    }

    /// Demands the proof that the server is the test inbox whose token we hold.
    ///
    /// # Errors
    /// [`Cause::NotOurs`]; then nothing but QUIT may follow.
    pub fn prove(
        &mut self,
        token: &InboxToken,
        nonce: &[u8],
        issue: &IssueName,
    ) -> Result<(), SessionError> {
        if !self.offers.inbox {
            return Err(self.over(Cause::NotOurs, Phase::Proof));
        }
        self.proof = Some(to_hex(&token.answer(nonce)));
        let question = format!("{PROOF_COMMAND} {} {issue}\r\n", to_hex(nonce));
        self.command(Command::Proof, question.as_bytes());
        Ok(())
    }

    /// Takes in a reply of the opening.
    pub(super) fn opened(&mut self, command: Command, whole: &Whole) -> Result<(), SessionError> {
        let phase = command.phase();
        if whole.code >= 400 {
            // A server that knows no EHLO may yet know HELO (RFC 5321 section 3.2).
            if command == Command::Ehlo && matches!(whole.code, 500..=504) {
                self.say_hello(Command::Helo, "HELO");
                return Ok(());
            }
            return match command {
                Command::Proof => Err(self.over(Cause::NotOurs, phase)),
                _ => Err(self.over(Cause::Refused(whole.reply()), phase)),
            };
        }
        match (command, whole.code) {
            (Command::Greeting, 220) => {
                self.say_hello(Command::Ehlo, "EHLO");
                return Ok(());
            }
            (Command::Ehlo, 250) => self.offers = Offers::parse(&whole.lines),
            (Command::Helo, 250) | (Command::StartTls, 220) => {}
            (Command::LogIn, 334) => return self.challenged(whole),
            (Command::LogIn, code) if completes(code) => self.log_in = None,
            (Command::Proof, 250) => self.proved(whole)?,
            _ => return Err(self.over(Cause::Unfitting(whole.reply()), phase)),
        }
        self.events.push_back(Event::Ready);
        Ok(())
    }

    fn say_hello(&mut self, command: Command, verb: &str) {
        let name = match &self.hello {
            Hello::Name(name) => name.clone(),
            Hello::Address(IpAddr::V4(address)) => format!("[{address}]"),
            Hello::Address(IpAddr::V6(address)) => format!("[IPv6:{address}]"),
        };
        self.command(command, format!("{verb} {name}\r\n").as_bytes());
    }

    fn challenged(&mut self, whole: &Whole) -> Result<(), SessionError> {
        let answer = self.log_in.as_mut().and_then(|exchange| {
            exchange.challenges += 1;
            exchange.answers.pop().filter(|_| exchange.challenges <= CHALLENGES_MAX)
        });
        match answer {
            Some(answer) => {
                self.command(Command::LogIn, format!("{}\r\n", answer.expose()).as_bytes());
                Ok(())
            }
            None => Err(self.over(Cause::Unfitting(whole.reply()), Phase::LogIn)),
        }
    }

    fn proved(&mut self, whole: &Whole) -> Result<(), SessionError> {
        let expected = self.proof.take().unwrap_or_default();
        let line = whole.lines.first().map_or("", String::as_str);
        let answer = line.split(' ').next().unwrap_or_default();
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(
            answer.as_bytes(),
            expected.as_bytes(),
        );
        same.map_err(|_| self.over(Cause::NotOurs, Phase::Proof))
    }
}

fn encoded(parts: &[&str]) -> String {
    STANDARD.encode(parts.concat())
}
