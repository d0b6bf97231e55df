//! Files fetched from the web.
//!
//! Invariant: nothing is asked of this machine or of the network that it stands in, by name, by
//! address or by a redirect, but of hosts that a person has allowed; and no answer is waited for
//! or read without end.

mod private;
mod probe;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{
    ACCEPT, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
    USER_AGENT,
};
use reqwest::{Client, Response, StatusCode, redirect};
use url::{Host, Url};

use private::is_private;

pub use probe::{Probed, probe};

/// How long a connection may take to come about, and the whole of an answer.
const CONNECT_MAX: Duration = Duration::from_secs(10);
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// The most of an answer that is read, in bytes, unpacked.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;
const REDIRECTS_MAX: usize = 5;
/// What we call ourselves.
const OURSELVES: &str = concat!("Letterpress/", env!("CARGO_PKG_VERSION"));

/// What makes an answer short if nothing has changed (RFC 9110 section 8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The server's mark of the content.
    pub etag: Option<String>,
    /// When the server says that it changed.
    pub last_modified: Option<String>,
}

/// What a server answered.
#[derive(Debug)]
pub enum Fetched {
    /// Nothing has changed since the validators were given.
    Unchanged,
    /// The content.
    Content {
        /// The bytes, unpacked.
        bytes: Vec<u8>,
        /// What to ask with the next time.
        validators: Validators,
    },
}

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// It is no http(s) address.
    #[error("it is no http or https address")]
    Scheme,
    /// It leads into a private network.
    #[error("`{host}` is this machine, or in a private network")]
    Private {
        /// The host, with its port if that is an odd one.
        host: String,
    },
    /// The server said no.
    #[error("the server answered {0}")]
    Status(StatusCode),
    /// It led on and on.
    #[error("it led to another address more than {REDIRECTS_MAX} times")]
    Redirects,
    /// There was too much of it.
    #[error("the answer is larger than 32 MiB")]
    TooLarge,
    /// The server did not answer in time.
    #[error("the server took longer than {} s", ANSWER_MAX.as_secs())]
    Slow,
    /// There was no answer that can be read.
    #[error("{0}")]
    Failed(String),
}

impl WebError {
    /// Whether another try may succeed without anybody changing anything.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Slow | Self::Failed(_) => true,
            Self::Status(status) => status.is_server_error() || *status == 429,
            _ => false,
        }
    }
}

impl From<reqwest::Error> for WebError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Slow;
        }
        // The innermost cause is what a person can use.
        let mut cause: &dyn std::error::Error = &error;
        while let Some(inner) = cause.source() {
            if let Some(private) = inner.downcast_ref::<PrivateHost>() {
                return Self::Private { host: private.0.clone() };
            }
            cause = inner;
        }
        Self::Failed(cause.to_string())
    }
}

/// Fetches a file. `allowed` are hosts, as `HOST` or `HOST:PORT`, that may be private.
///
/// # Errors
/// [`WebError`].
pub async fn fetch(
    url: &Url,
    validators: &Validators,
    allowed: &[String],
) -> Result<Fetched, WebError> {
    let fetch = async {
        let client = client(allowed)?;
        let mut url = url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let response = ask(&client, &url, validators, allowed).await?;
            let Some(target) = target(&response, &url) else { return answer(response).await };
            url = target?;
        }
        Err(WebError::Redirects)
    };
    tokio::time::timeout(ANSWER_MAX, fetch).await.unwrap_or(Err(WebError::Slow))
}

fn client(allowed: &[String]) -> Result<Client, WebError> {
    let builder = Client::builder()
        // A proxy would look names up for us, and so go round the filter.
        .no_proxy()
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_MAX)
        .dns_resolver(Arc::new(PublicHosts { allowed: allowed.to_vec() }));
    Ok(builder.build()?)
}

async fn ask(
    client: &Client,
    url: &Url,
    validators: &Validators,
    allowed: &[String],
) -> Result<Response, WebError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(WebError::Scheme);
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        _ => None,
    };
    if address.is_some_and(is_private) && !is_allowed(url, allowed) {
        return Err(WebError::Private { host: host_of(url) });
    }
    let mut request = client.get(url.clone()).header(USER_AGENT, OURSELVES).header(
        ACCEPT,
        "application/rss+xml, application/atom+xml, application/feed+json, */*;q=0.5",
    );
    if let Some(etag) = &validators.etag {
        request = request.header(IF_NONE_MATCH, etag);
    }
    if let Some(at) = &validators.last_modified {
        request = request.header(IF_MODIFIED_SINCE, at);
    }
    Ok(request.send().await?)
}

/// Where a redirect leads.
fn target(response: &Response, url: &Url) -> Option<Result<Url, WebError>> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| is_redirect)?;
    let joined = location.to_str().ok().and_then(|location| url.join(location).ok());
    Some(joined.ok_or_else(|| WebError::Failed("it leads to something that is no address".into())))
}

async fn answer(mut response: Response) -> Result<Fetched, WebError> {
    if response.status() == StatusCode::NOT_MODIFIED {
        return Ok(Fetched::Unchanged);
    }
    if !response.status().is_success() {
        return Err(WebError::Status(response.status()));
    }
    let validators = Validators {
        etag: header(response.headers(), &ETAG),
        last_modified: header(response.headers(), &LAST_MODIFIED),
    };
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(WebError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Fetched::Content { bytes, validators })
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// A host as a person would write it.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn is_allowed(url: &Url, allowed: &[String]) -> bool {
    let host = url.host_str().unwrap_or_default();
    allowed.iter().any(|own| *own == host || *own == host_of(url))
}

/// Looks names up, and gives no address of a private network.
struct PublicHosts {
    allowed: Vec<String>,
}

/// A name of a private network.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is private")]
struct PrivateHost(String);

impl Resolve for PublicHosts {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        // The port is not known here, and a name has but one network.
        let own = |allowed: &String| allowed.split(':').next() == Some(name.as_str());
        let is_allowed = self.allowed.iter().any(own);
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> =
                found.into_iter().filter(|at| is_allowed || !is_private(at.ip())).collect();
            if public.is_empty() {
                return Err(PrivateHost(name).into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests;
