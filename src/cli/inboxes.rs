//! Starting the test inbox, and finding the page of one that runs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::context::Context;
use super::workspace::Workspace;
use crate::diag::Faults;
use crate::inbox::{Inbox, InboxOptions};
use crate::world::Files;

/// Where mail is usually taken.
pub const SMTP_PORT: u16 = 2525;
/// Where the page is usually served.
pub const WEB_PORT: u16 = 8225;
/// Where a running inbox leaves the address of its page.
const PAGE: &str = ".letterpress/inbox/page";

/// Starts an inbox, and leaves the address of its page for others.
///
/// # Errors
/// If a port is taken.
pub fn start(
    smtp: SocketAddr,
    web: SocketAddr,
    workspace: Option<&Workspace<'_>>,
    cx: &Context,
) -> Result<Inbox, Faults> {
    let newsletter = workspace.map(|workspace| &workspace.config.newsletter);
    let options = InboxOptions {
        smtp,
        web,
        pictures: workspace.and_then(|of| of.config.pictures.base().cloned()),
        time_zone: newsletter
            .map_or(jiff::tz::TimeZone::UTC, |newsletter| newsletter.time_zone.clone()),
    };
    let inbox = Inbox::start(options, &cx.world)?;
    let page = format!("http://{}/\n", inbox.web_address());
    // Only a convenience: without it the usual address is named.
    let _ = cx.world.files.write(PAGE, page.as_bytes());
    Ok(inbox)
}

/// Starts an inbox at the usual ports, or at free ones where they are taken.
///
/// # Errors
/// If none can be had.
pub fn start_somewhere(is_taken: bool, workspace: &Workspace<'_>) -> Result<Inbox, Faults> {
    let at = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let smtp = if is_taken { at(0) } else { at(SMTP_PORT) };
    start(smtp, at(WEB_PORT), Some(workspace), workspace.cx)
        .or_else(|_| start(at(0), at(0), Some(workspace), workspace.cx))
}

/// The page of the inbox that runs.
pub fn page_of_running(files: &dyn Files) -> String {
    files.read_text(PAGE).map_or_else(
        |_| format!("http://127.0.0.1:{WEB_PORT}/"),
        |page| page.text().trim().to_owned(),
    )
}
