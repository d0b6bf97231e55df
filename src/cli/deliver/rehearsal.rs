//! A rehearsal: every copy goes into the test inbox, on a ledger of its own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{Order, opening};
use crate::cli::exit::Exit;
use crate::cli::inboxes;
use crate::cli::ui::Ui;
use crate::cli::workspace::Workspace;
use crate::delivery::{Destination, InboxProof};
use crate::diag::Faults;
use crate::inbox::{self, Inbox, Probe};
use crate::ledger::{self, IssueState, Ledger};
use crate::words::IssueName;
use crate::world::Lock;

/// The lock of rehearsals; a real send may go on beside them.
pub(super) const LOCK: &str = ".letterpress/rehearsal/lock";

/// The command that goes on with a send; with a rehearsal, which must not become a send.
pub(super) fn command(name: &IssueName, is_rehearsal: bool) -> String {
    let inbox = if is_rehearsal { " --inbox" } else { "" };
    format!("letterpress send {name}{inbox}")
}

/// A rehearsal of one issue.
pub(super) struct Rehearsal {
    /// Its ledger.
    pub(super) ledger: Ledger,
    inbox: Option<Inbox>,
    page: String,
}

impl Rehearsal {
    /// Opens the rehearsal's ledger: a finished one makes way for a new one.
    pub(super) fn open(order: &Order, workspace: &Workspace<'_>) -> Result<Self, Faults> {
        let path = format!(".letterpress/rehearsal/{}.db", order.name);
        let open = || Ledger::open_rehearsal(&path, ledger::FILE, opening(workspace));
        let mut ledger = open()?;
        let finished = ledger.list()?.iter().any(|listed| listed.state == IssueState::Sent);
        if finished {
            drop(ledger);
            Ledger::discard(&path, workspace.files())?;
            ledger = open()?;
        }
        Ok(Self { ledger, inbox: None, page: String::new() })
    }

    /// Finds the workspace's test inbox, or starts it; on a free port where its own is taken.
    pub(super) async fn destination(
        &mut self,
        issue: &IssueName,
        workspace: &Workspace<'_>,
        ui: &Ui,
    ) -> Result<Destination, Faults> {
        let world = &workspace.cx.world;
        let usual = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), inboxes::SMTP_PORT);
        let token = inbox::token(world)?;
        let address = match inbox::probe(world, usual, &token).await {
            Probe::Ours => {
                self.page = inboxes::page_of_running(workspace.files());
                usual
            }
            found => {
                if found == Probe::Foreign {
                    ui.remark(&format!("{usual} is somebody else's; it gets no mail"));
                }
                let inbox = inboxes::start_somewhere(found == Probe::Foreign, workspace)?;
                self.page = format!("http://{}/", inbox.web_address());
                let address = inbox.smtp_address();
                self.inbox = Some(inbox);
                address
            }
        };
        let proof = InboxProof { token, issue: issue.clone() };
        Ok(Destination::Inbox { address, proof })
    }

    /// Says where the copies lie; on a terminal the page stays until Ctrl-C.
    pub(super) async fn end(self, exit: Exit, lock: Option<Lock>, ui: &Ui) -> Result<Exit, Faults> {
        drop(lock);
        if exit == Exit::Done {
            ui.tell(&ui.underlined(&self.page));
        }
        let Some(inbox) = self.inbox else { return Ok(exit) };
        if exit == Exit::Done && ui.is_terminal() && ui.mode() == crate::cli::ui::Mode::Words {
            ui.tell("\nThe page stays until you press Ctrl-C.");
            crate::cli::signal::interrupted().await;
        } else if exit == Exit::Done {
            ui.tell(&ui.dim("`letterpress inbox` shows the page again."));
        }
        inbox.stop().await;
        Ok(exit)
    }
}
