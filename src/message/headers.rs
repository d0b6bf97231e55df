//! The headers of a mailing list: List-Id (RFC 2919), List-Unsubscribe (RFC 2369) and
//! List-Unsubscribe-Post (RFC 8058).

use lettre::message::MessageBuilder;
use lettre::message::header::{Header, HeaderName, HeaderValue};

use super::{Content, LINE_BYTES_MAX, MessageError};

/// A header whose value is written as it stands: ASCII, folded by us where it may be.
macro_rules! raw_header {
    ($type:ident, $name:literal) => {
        #[derive(Clone)]
        struct $type(String);

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(value: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(value.to_owned()))
            }

            fn display(&self) -> HeaderValue {
                let unfolded = self.0.replace("\r\n ", " ");
                HeaderValue::dangerous_new_pre_encoded(Self::name(), unfolded, self.0.clone())
            }
        }
    };
}

raw_header!(ListId, "List-Id");
raw_header!(ListUnsubscribe, "List-Unsubscribe");
raw_header!(ListUnsubscribePost, "List-Unsubscribe-Post");

/// Adds the headers of the list; `token` stands for the reader.
pub(super) fn list(
    builder: MessageBuilder,
    content: &Content,
    token: &str,
) -> Result<MessageBuilder, MessageError> {
    let mut builder = builder.header(ListId(list_id(content)));
    let mut ways = Vec::new();
    if let Some(pattern) = &content.unsubscribe_url {
        ways.push(format!("<{}>", pattern.replace("{token}", token)));
    }
    if let Some(address) = &content.unsubscribe_mailto {
        ways.push(format!("<mailto:{address}?subject=unsubscribe%20{token}>"));
    }
    let plain = |way: &String| {
        way.bytes().all(|byte| byte.is_ascii_graphic()) && way.len() < LINE_BYTES_MAX - 32
    };
    if !ways.iter().all(plain) {
        return Err(MessageError::Address("the unsubscribe address".to_owned()));
    }
    if !ways.is_empty() {
        // Folded at the comma alone: some relays break signatures over other folds.
        builder = builder.header(ListUnsubscribe(ways.join(",\r\n ")));
    }
    if content.unsubscribe_url.as_ref().is_some_and(|url| url.starts_with("https://")) {
        builder = builder.header(ListUnsubscribePost("List-Unsubscribe=One-Click".to_owned()));
    }
    Ok(builder)
}

/// The title as a phrase, where it is plain, and the identifier: the newsletter's id under the
/// domain of its sender.
fn list_id(content: &Content) -> String {
    let id = format!("<{}.{}>", content.newsletter, content.from.address.domain());
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_".contains(c);
    let title = content.title.trim();
    if title.chars().all(plain) && !title.is_empty() && title.len() < 60 {
        format!("{title} {id}")
    } else {
        id
    }
}
