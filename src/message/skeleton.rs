//! A message of which everything that is the same for all copies was encoded once.

use jiff::Timestamp;
use lettre::message::header;

use super::body::Frame;
use super::dkim::{self, Seal, Signer};
use super::{Content, FORMAT, Message, MessageError, NAME, Recipient, TEXT, headers, quoted};
use crate::audience::FieldValue;
use crate::render::{Encoded, Urls};

/// The headers that are signed, as far as a message has them.
const SIGNED: [&str; 16] = [
    "From",
    "Reply-To",
    "Subject",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "List-Id",
    "List-Unsubscribe-Post",
    "List-Help",
    "List-Archive",
    "List-Post",
    "Feedback-ID",
    "Date",
    "To",
    "Message-ID",
    "List-Unsubscribe",
];
/// What a copy adds to what all share, about; a buffer that is too small grows.
const COPY_BYTES: usize = 8 * 1024;

/// What all copies of an issue share, made once per send.
#[derive(Debug)]
pub struct Skeleton {
    content: Content,
    seals: Vec<Seal>,
    /// The headers of copies that have HTML.
    fixed: Fixed,
    /// Those of copies that are plain text alone.
    plain: Fixed,
    has_one_subject: bool,
    body: Encoded,
    /// What stands before the text, before the HTML and behind it.
    around: [String; 3],
    /// Whether copies go to the readers whose fields they bear.
    names_readers: bool,
    /// The length of the last copy, which the next one's is close to.
    usual_bytes: usize,
}

/// Headers that are the same for all copies.
#[derive(Debug)]
struct Fixed {
    headers: String,
    /// Their canonical form, as far as they are signed.
    signed: Vec<u8>,
}

impl Fixed {
    fn new(headers: &[String]) -> Self {
        let mut signed = Vec::new();
        for header in headers.iter().filter(|header| signed_name(header).is_some()) {
            dkim::relax(header, &mut signed);
        }
        Self { headers: headers.concat(), signed }
    }
}

impl Skeleton {
    /// Encodes what all copies share; each of the signers will sign each copy.
    ///
    /// # Errors
    /// [`MessageError`], if a header cannot hold what it should.
    pub fn new(content: Content, signers: Vec<Signer>) -> Result<Self, MessageError> {
        let Frame { headers: kind, around } = Frame::new(&content);
        let has_one_subject = content.compiled.has_one_subject();
        let mut fixed = vec![headers::mailbox::<header::From>(
            content.from.name.as_deref(),
            &content.from.address,
        )?];
        if let Some(reply_to) = &content.reply_to {
            let name = reply_to.name.as_deref();
            fixed.push(headers::mailbox::<header::ReplyTo>(name, &reply_to.address)?);
        }
        if has_one_subject {
            let urls = Urls { unsubscribe: "", preferences: None };
            let subject = content.compiled.subject(&Default::default(), &urls);
            fixed.push(headers::subject(subject)?);
        }
        fixed.push("MIME-Version: 1.0\r\n".to_owned());
        let at = fixed.len();
        fixed.extend(kind);
        fixed.extend(headers::list(&content)?);
        let mut plain = fixed.clone();
        plain.splice(at..at + 2, Frame::plain_headers());

        let mut names: Vec<&str> = fixed.iter().filter_map(|header| signed_name(header)).collect();
        names.extend(["Date", "To", "Message-ID"]);
        if !has_one_subject {
            names.push("Subject");
        }
        if content.unsubscribe_url.is_some() || content.unsubscribe_mailto.is_some() {
            names.push("List-Unsubscribe");
        }
        let seals = signers.into_iter().map(|signer| Seal::new(signer, &names)).collect();
        let body = Encoded::new(&content.compiled, quoted::encode);
        let (fixed, plain) = (Fixed::new(&fixed), Fixed::new(&plain));
        let around_bytes: usize = around.iter().map(String::len).sum();
        let usual_bytes = fixed.headers.len() + around_bytes + COPY_BYTES;
        Ok(Self {
            content,
            seals,
            fixed,
            plain,
            has_one_subject,
            body,
            around,
            names_readers: true,
            usual_bytes,
        })
    }

    /// Makes copies for others than the readers whose fields they bear: To names nobody.
    #[must_use]
    pub fn for_others(self) -> Self {
        Self { names_readers: false, ..self }
    }

    /// Makes the message of one copy in `buffer`, whatever that held; `date` is that of the copy's
    /// first attempt.
    ///
    /// # Errors
    /// [`MessageError`], if a value cannot stand where it must; nothing is changed to make it fit.
    pub fn compose(
        &self,
        recipient: &Recipient<'_>,
        date: Timestamp,
        buffer: Vec<u8>,
    ) -> Result<Message, MessageError> {
        let unsubscribe = self.content.unsubscribe_url(recipient.token);
        let urls = Urls { unsubscribe: &unsubscribe, preferences: None };
        let message_id = self.content.message_id(recipient.id);
        let own = self.own_headers(recipient, &urls, &message_id, date)?;

        let mut out = buffer;
        out.clear();
        out.reserve(self.usual_bytes);
        let blanks: Vec<_> = self.seals.iter().map(|seal| seal.begin(date, &mut out)).collect();
        for header in &own {
            out.extend_from_slice(header.as_bytes());
        }
        let is_plain = wants_text(recipient);
        let fixed = if is_plain { &self.plain } else { &self.fixed };
        out.extend_from_slice(fixed.headers.as_bytes());
        out.extend_from_slice(b"\r\n");
        let body = out.len();
        match is_plain {
            true => self.plain_body(recipient, &urls, body, &mut out),
            false => self.whole_body(recipient, &urls, &mut out),
        }

        if !blanks.is_empty() {
            let hash = dkim::body_hash(&out[body..]);
            let mut signed = fixed.signed.clone();
            own.iter().for_each(|header| dkim::relax(header, &mut signed));
            for (seal, blank) in self.seals.iter().zip(blanks) {
                seal.finish(blank, date, &hash, &mut signed, &mut out)?;
            }
        }
        let (from, to) = (self.content.return_path.clone(), recipient.address.clone());
        Ok(Message { from, to, message_id, bytes: out })
    }

    fn whole_body(&self, recipient: &Recipient<'_>, urls: &Urls<'_>, out: &mut Vec<u8>) {
        let [before_text, before_html, end] = &self.around;
        out.extend_from_slice(before_text.as_bytes());
        self.body.text(recipient.fields, urls, out);
        out.extend_from_slice(before_html.as_bytes());
        self.body.html(recipient.fields, urls, out);
        out.extend_from_slice(end.as_bytes());
    }

    /// Adds a body of plain text; `start` is where it begins.
    fn plain_body(
        &self,
        recipient: &Recipient<'_>,
        urls: &Urls<'_>,
        start: usize,
        out: &mut Vec<u8>,
    ) {
        self.body.text(recipient.fields, urls, out);
        // Empty lines at the end are no part of a body's canonical form.
        while out[start..].ends_with(b"\r\n\r\n") {
            out.truncate(out.len() - 2);
        }
    }

    /// The headers of one copy, in the order in which they are signed.
    fn own_headers(
        &self,
        recipient: &Recipient<'_>,
        urls: &Urls<'_>,
        message_id: &str,
        date: Timestamp,
    ) -> Result<Vec<String>, MessageError> {
        let name = match recipient.fields.get(NAME) {
            Some(FieldValue::Text(name)) if self.names_readers && !name.is_empty() => {
                Some(name.as_str())
            }
            _ => None,
        };
        let mut own = vec![
            headers::encoded(header::Date::new(date.into()))?,
            headers::mailbox::<header::To>(name, recipient.address)?,
            headers::sound(format!("Message-ID: {message_id}\r\n"))?,
        ];
        if !self.has_one_subject {
            own.push(headers::subject(self.content.compiled.subject(recipient.fields, urls))?);
        }
        own.extend(headers::unsubscribe(&self.content, recipient.token)?);
        Ok(own)
    }
}

/// Says whether a reader wants plain text alone.
fn wants_text(recipient: &Recipient<'_>) -> bool {
    match recipient.fields.get(FORMAT) {
        Some(FieldValue::Text(format)) => format.trim().eq_ignore_ascii_case(TEXT),
        _ => false,
    }
}

fn signed_name(header: &str) -> Option<&'static str> {
    let name = header.split(':').next().unwrap_or_default();
    SIGNED.into_iter().find(|signed| *signed == name)
}
