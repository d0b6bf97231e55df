//! A message of which everything that is the same for all copies was encoded once.

use jiff::Timestamp;
use lettre::message::header;

use super::dkim::{self, Seal, Signer};
use super::{Content, Message, MessageError, NAME, Recipient, headers, quoted};
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
    /// The headers that are the same for all copies.
    fixed: String,
    /// Their canonical form, as far as they are signed.
    fixed_signed: Vec<u8>,
    has_one_subject: bool,
    body: Encoded,
    /// What stands before the text, before the HTML and behind it.
    frame: [String; 3],
    /// Whether copies go to the readers whose fields they bear.
    names_readers: bool,
    /// The length of the last copy, which the next one's is close to.
    usual_bytes: usize,
}

impl Skeleton {
    /// Encodes what all copies share; each of the signers will sign each copy.
    ///
    /// # Errors
    /// [`MessageError`], if a header cannot hold what it should.
    pub fn new(content: Content, signers: Vec<Signer>) -> Result<Self, MessageError> {
        let boundary = boundary(&content);
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
        fixed.push(format!("Content-Type: multipart/alternative; boundary=\"{boundary}\"\r\n"));
        fixed.push("Content-Transfer-Encoding: 7bit\r\n".to_owned());
        fixed.extend(headers::list(&content)?);

        let mut names = Vec::new();
        let mut fixed_signed = Vec::new();
        for header in &fixed {
            if let Some(name) = signed_name(header) {
                names.push(name);
                dkim::relax(header, &mut fixed_signed);
            }
        }
        names.extend(["Date", "To", "Message-ID"]);
        if !has_one_subject {
            names.push("Subject");
        }
        if content.unsubscribe_url.is_some() || content.unsubscribe_mailto.is_some() {
            names.push("List-Unsubscribe");
        }
        let seals = signers.into_iter().map(|signer| Seal::new(signer, &names)).collect();
        let body = Encoded::new(&content.compiled, quoted::encode);
        let (frame, fixed) = (frame(&boundary), fixed.concat());
        let usual_bytes = fixed.len() + COPY_BYTES;
        Ok(Self {
            content,
            seals,
            fixed,
            fixed_signed,
            has_one_subject,
            body,
            frame,
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
        out.extend_from_slice(self.fixed.as_bytes());
        out.extend_from_slice(b"\r\n");
        let body = out.len();
        out.extend_from_slice(self.frame[0].as_bytes());
        self.body.text(recipient.fields, &urls, &mut out);
        out.extend_from_slice(self.frame[1].as_bytes());
        self.body.html(recipient.fields, &urls, &mut out);
        out.extend_from_slice(self.frame[2].as_bytes());

        if !blanks.is_empty() {
            let hash = dkim::body_hash(&out[body..]);
            let mut signed = self.fixed_signed.clone();
            own.iter().for_each(|header| dkim::relax(header, &mut signed));
            for (seal, blank) in self.seals.iter().zip(blanks) {
                seal.finish(blank, date, &hash, &mut signed, &mut out)?;
            }
        }
        let (from, to) = (self.content.return_path.clone(), recipient.address.clone());
        Ok(Message { from, to, message_id, bytes: out })
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

/// `=_` occurs in no quoted-printable text, so the boundary occurs in no part.
fn boundary(content: &Content) -> String {
    let digest = Content::digest(&format!("{}/{}", content.newsletter, content.issue));
    let digits: String = digest.chars().skip("sha256:".len()).take(24).collect();
    format!("=_{digits}")
}

fn frame(boundary: &str) -> [String; 3] {
    let part = |kind: &str| {
        format!(
            "--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        )
    };
    // The line end before a boundary is the boundary's own (RFC 2046 section 5.1.1).
    [part("plain"), format!("\r\n{}", part("html")), format!("\r\n--{boundary}--\r\n")]
}

fn signed_name(header: &str) -> Option<&'static str> {
    let name = header.split(':').next().unwrap_or_default();
    SIGNED.into_iter().find(|signed| *signed == name)
}
