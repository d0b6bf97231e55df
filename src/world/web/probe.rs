//! What stands at an address, as far as the head of an answer says.

use std::time::Duration;

use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use url::Url;

use super::{REDIRECTS_MAX, Validators, WebError, ask, client, header, target};

/// How long an answer may take.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// The head of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// The status, behind redirects.
    pub status: u16,
    /// The media type, without its parameters, in lower case.
    pub media_type: Option<String>,
    /// How many bytes follow, where the server says so.
    pub bytes: Option<u64>,
}

/// Asks for an address and reads no more than the head of the answer. `allowed` are hosts that may
/// be private, as for [`super::fetch`].
///
/// # Errors
/// [`WebError`], but for a status, which is an answer.
pub async fn probe(url: &Url, allowed: &[String]) -> Result<Probed, WebError> {
    let probe = async {
        let client = client(allowed)?;
        let mut url = url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let response = ask(&client, &url, &Validators::default(), allowed).await?;
            let Some(target) = target(&response, &url) else {
                let text = |name: &HeaderName| header(response.headers(), name);
                let media_type = text(&CONTENT_TYPE).map(|value| {
                    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
                });
                let bytes = text(&CONTENT_LENGTH).and_then(|length| length.parse().ok());
                return Ok(Probed { status: response.status().as_u16(), media_type, bytes });
            };
            url = target?;
        }
        Err(WebError::Redirects)
    };
    tokio::time::timeout(ANSWER_MAX, probe).await.unwrap_or(Err(WebError::Slow))
}
