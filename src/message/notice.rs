//! A message to staff: plain text from the newsletter's sender, signed as copies are.

use jiff::Timestamp;
use lettre::message::header;

use super::dkim::{self, Seal, Signer};
use super::{MessageError, headers, quoted};
use crate::config::Mailbox;
use crate::words::Address;

/// A subject that is longer is cut, in characters.
const SUBJECT_MAX: usize = 150;

/// What staff are told.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// The newsletter's sender.
    pub from: &'a Mailbox,
    /// Who is told.
    pub to: &'a Address,
    /// The Message-ID's left part.
    pub id: &'a str,
    /// The subject; it may hold anything.
    pub subject: &'a str,
    /// The text; its lines stay as they are.
    pub text: &'a str,
    /// When it was written.
    pub date: Timestamp,
}

impl Notice<'_> {
    /// Makes the message: headers and body with CRLF line ends, dots not stuffed.
    ///
    /// # Errors
    /// [`MessageError`], if an address cannot stand in a header or a key does not sign.
    pub fn compose(&self, signers: Vec<Signer>) -> Result<Vec<u8>, MessageError> {
        let headers = self.headers()?;
        let names: Vec<&str> = headers.iter().filter_map(|header| name(header)).collect();
        let seals: Vec<Seal> =
            signers.into_iter().map(|signer| Seal::new(signer, &names)).collect();
        let mut out = Vec::new();
        let blanks: Vec<_> = seals.iter().map(|seal| seal.begin(self.date, &mut out)).collect();
        headers.iter().for_each(|header| out.extend_from_slice(header.as_bytes()));
        out.extend_from_slice(b"\r\n");
        let body = out.len();
        // Empty lines at the end would not be canonical (RFC 6376 section 3.4.4).
        quoted::encode(&format!("{}\n", self.text.trim_end()), &mut out);
        let hash = dkim::body_hash(&out[body..]);
        let mut signed = Vec::new();
        headers.iter().for_each(|header| dkim::relax(header, &mut signed));
        for (seal, blank) in seals.iter().zip(blanks) {
            seal.finish(blank, self.date, &hash, &mut signed, &mut out)?;
        }
        Ok(out)
    }

    fn headers(&self) -> Result<Vec<String>, MessageError> {
        let Self { from, to, id, date, .. } = self;
        let domain = from.address.domain();
        Ok(vec![
            headers::mailbox::<header::From>(from.name.as_deref(), &from.address)?,
            headers::mailbox::<header::To>(None, to)?,
            headers::subject(one_line(self.subject))?,
            headers::encoded(header::Date::new((*date).into()))?,
            headers::sound(format!("Message-ID: <{id}@{domain}>\r\n"))?,
            "MIME-Version: 1.0\r\n".to_owned(),
            "Content-Type: text/plain; charset=utf-8\r\n".to_owned(),
            "Content-Transfer-Encoding: quoted-printable\r\n".to_owned(),
            // Nobody's holiday is to answer it (RFC 3834 section 5).
            "Auto-Submitted: auto-generated\r\n".to_owned(),
            "X-Auto-Response-Suppress: All\r\n".to_owned(),
        ])
    }
}

fn name(header: &str) -> Option<&str> {
    header.split_once(':').map(|(name, _)| name)
}

/// A text as a subject can hold it.
fn one_line(text: &str) -> String {
    let line = text.replace(char::is_control, " ");
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SUBJECT_MAX {
        return line;
    }
    line.chars().take(SUBJECT_MAX - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(subject: &str, text: &str) -> String {
        let from = Mailbox::parse("Desk, the <weekly@example.org>").unwrap();
        let to = Address::parse("desk@example.org").unwrap();
        let date = Timestamp::from_second(1_700_000_000).unwrap();
        let notice = Notice { from: &from, to: &to, id: "n1", subject, text, date };
        String::from_utf8(notice.compose(Vec::new()).unwrap()).unwrap()
    }

    #[test]
    fn it_is_a_message_of_plain_text_that_nobody_answers() {
        insta::assert_snapshot!(composed("Held", "One.\n\n  two = 2\n\n\n").replace('\r', ""));
    }

    #[test]
    fn a_subject_is_one_line_whatever_is_told() {
        let message = composed("a\r\nBcc: x@example.com\n\tb", ".\nb");
        assert!(message.contains("\r\nSubject: a Bcc: x@example.com b\r\n"), "{message}");
        assert!(message.ends_with("\r\n\r\n=2E\r\nb\r\n"), "{message}");
        let message = composed(&"word ".repeat(100), "");
        let subject = message.split("Subject: ").nth(1).unwrap();
        assert!(subject.split("Date: ").next().unwrap().len() < 300, "{message}");
    }
}
