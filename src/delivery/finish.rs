//! Closes the books of a call: what was kept back is settled, what was not begun is given up.

use std::sync::PoisonError;

use jiff::Timestamp;

use super::dispatch::Dispatch;
use super::error::DeliveryError;
use super::send::{Ended, Sent, Stop};

/// Closes the books.
pub(super) async fn finish(dispatch: &Dispatch) -> Result<Sent, DeliveryError> {
    let journal = &dispatch.ports.journal;
    let now = dispatch.ports.clock.now();
    let reason = dispatch.ended.lock().unwrap_or_else(PoisonError::into_inner).take();
    let halted = matches!(reason, Some(Ended::Halted(_)));
    let kept_back = dispatch.trial.close();
    if halted {
        journal.release(kept_back.iter().map(|settled| settled.copy).collect()).await?;
    } else {
        dispatch.settle(kept_back).await?;
    }
    dispatch.release_all().await?;
    if let Some(Ended::Quota(reply)) = &reason {
        journal.defer_rest(reply.clone(), now).await?;
    }
    let tally = journal.tally().await?;
    let ended = match reason {
        Some(Ended::Quota(_)) => Ended::Deferred { next: None },
        // Lost with nothing left to do, it was not lost for this send.
        Some(Ended::Unreachable(_)) | None if tally.pending == 0 => {
            plain_end(dispatch, tally.deferred, 0).await?
        }
        Some(reason) => reason,
        None => plain_end(dispatch, tally.deferred, tally.pending).await?,
    };
    let trusted = tally.accepted > 0 && tally.failed_share() <= dispatch.job.max_failed.0;
    if halted {
        journal.close_candidates(false, now).await?;
    } else if trusted && !matches!(ended, Ended::Interrupted | Ended::Stopped) {
        journal.close_candidates(true, now).await?;
    }
    Ok(Sent { ended, tally, progress: dispatch.counter.progress() })
}

async fn plain_end(
    dispatch: &Dispatch,
    deferred: u64,
    pending: u64,
) -> Result<Ended, DeliveryError> {
    if *dispatch.ports.stop.borrow() != Stop::No {
        return Ok(Ended::Interrupted);
    }
    if pending > 0 {
        return Ok(Ended::Limited);
    }
    if deferred > 0 {
        let next: Option<Timestamp> = dispatch.ports.journal.next_due().await?;
        return Ok(Ended::Deferred { next });
    }
    Ok(Ended::Done)
}
